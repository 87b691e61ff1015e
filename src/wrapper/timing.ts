import { abortReason } from "./wait-within.ts";

/** Time and chance, in one place so that tests can bring their own. */
export interface Timing {
  /** Milliseconds that only ever go forward. */
  monotonicMs(): number;
  /** Milliseconds since 1970, by a clock that may be set. */
  wallMs(): number;
  /** Waits, or rejects with the signal's reason. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
  /** From 0 up to 1. */
  random(): number;
}

export const systemTiming: Timing = {
  monotonicMs: () => performance.now(),
  wallMs: () => Date.now(),
  random: () => Math.random(),
  sleep: (ms, signal) =>
    new Promise((resolve, reject) => {
      const abort = (): void => {
        clearTimeout(timer);
        reject(signal && abortReason(signal));
      };
      const timer = setTimeout(() => {
        signal?.removeEventListener("abort", abort);
        resolve();
      }, ms);
      if (signal?.aborted) abort();
      else signal?.addEventListener("abort", abort, { once: true });
    }),
};
