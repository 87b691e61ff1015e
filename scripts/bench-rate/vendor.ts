/** An API that limits the rate, in one of the ways that are in use. */
export interface Vendor {
  readonly name: string;
  /** How many requests per second it takes in the long run. */
  readonly perSecond: number;
  /** Takes a request at this time, or says after how many milliseconds the next one may be taken. */
  take(nowMs: number): { readonly isTaken: true } | { readonly isTaken: false; readonly freeInMs: number };
}

/** A bucket that fills steadily and holds a burst. */
export function tokenBucket(perSecond: number, burst: number): Vendor {
  let tokens = burst;
  let atMs = 0;
  return {
    ...{ name: `a bucket of ${burst}`, perSecond },
    take(nowMs) {
      tokens = Math.min(burst, tokens + ((nowMs - atMs) * perSecond) / 1000);
      atMs = nowMs;
      // A rounding error isn't a request.
      if (tokens < 1 - 1e-6) return { isTaken: false, freeInMs: ((1 - tokens) * 1000) / perSecond };
      tokens -= 1;
      return { isTaken: true };
    },
  };
}

/** A count that starts anew with every window. */
export function fixedWindow(perSecond: number, windowMs: number): Vendor {
  const most = (perSecond * windowMs) / 1000;
  let window = -1;
  let count = 0;
  return {
    ...{ name: `windows of ${windowMs / 1000} s`, perSecond },
    take(nowMs) {
      const current = Math.floor(nowMs / windowMs);
      if (current !== window) count = 0;
      window = current;
      if (count >= most) return { isTaken: false, freeInMs: (current + 1) * windowMs - nowMs };
      count++;
      return { isTaken: true };
    },
  };
}

/** A count of those that were taken in the time just past. */
export function slidingWindow(perSecond: number, windowMs: number): Vendor {
  const most = (perSecond * windowMs) / 1000;
  const taken: number[] = [];
  return {
    ...{ name: `a sliding window of ${windowMs / 1000} s`, perSecond },
    take(nowMs) {
      while (taken[0] !== undefined && taken[0] <= nowMs - windowMs) taken.shift();
      const [first] = taken;
      if (taken.length >= most && first !== undefined) {
        return { isTaken: false, freeInMs: first + windowMs - nowMs };
      }
      taken.push(nowMs);
      return { isTaken: true };
    },
  };
}
