/** What ends a wait early. */
export interface WaitLimits {
  /** How long to wait, in milliseconds. */
  readonly limitMs: number;
  /** The error after that time. */
  readonly timeoutError: () => unknown;
  /** Ends the wait with its reason. */
  readonly signal?: AbortSignal | null | undefined;
}

/**
 * Tells once that the time is up, or that the signal has fired, and why.
 *
 * @returns What ends the watch.
 */
export function watchLimits(
  { limitMs, timeoutError, signal }: WaitLimits,
  onEnd: (reason: unknown) => void,
): () => void {
  const abort = (): void => end(signal?.reason || abortError());
  const timer = setTimeout(() => end(timeoutError()), Math.max(0, limitMs));
  const stop = (): void => {
    clearTimeout(timer);
    signal?.removeEventListener("abort", abort);
  };
  const end = (reason: unknown): void => {
    stop();
    onEnd(reason);
  };
  if (signal?.aborted) abort();
  else signal?.addEventListener("abort", abort, { once: true });
  return stop;
}

/**
 * Waits for a promise that may never settle. Nothing stops the work behind it, and what becomes of it later is ignored.
 */
export function waitWithin<Value>(promise: Promise<Value>, limits: WaitLimits): Promise<Value> {
  return new Promise((resolve, reject) => {
    const stop = watchLimits(limits, reject);
    promise.then(
      (value) => {
        stop();
        resolve(value);
      },
      (error: unknown) => {
        stop();
        reject(error);
      },
    );
  });
}

/** The error of a signal whose reason is none, as of `abort(null)`. */
export function abortError(): DOMException {
  return new DOMException("The call was aborted.", "AbortError");
}
