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
 * Waits for a promise that may never settle. Nothing stops the work behind it, and what becomes of it later is ignored.
 *
 * @param onEnd What happens when the time is up or the signal has fired: at once the wait rejects with the reason, unless
 * this decides otherwise.
 */
export function waitWithin<Value>(
  promise: Promise<Value>,
  { limitMs, timeoutError, signal }: WaitLimits,
  onEnd = (reason: unknown, reject: (reason: unknown) => void): void => reject(reason),
): Promise<Value> {
  return new Promise((resolve, reject) => {
    const abort = (): void => end(signal && abortReason(signal));
    const timer = setTimeout(() => end(timeoutError()), Math.max(0, limitMs));
    const stop = (): void => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", abort);
    };
    const end = (reason: unknown): void => {
      stop();
      onEnd(reason, reject);
    };
    promise.then(
      (value) => {
        stop();
        resolve(value);
      },
      (error: unknown) => {
        stop();
        reject(error || unexplained());
      },
    );
    if (signal?.aborted) abort();
    else signal?.addEventListener("abort", abort, { once: true });
  });
}

/** Why a signal has fired: never nothing, as after `abort(null)`. */
export function abortReason(signal: AbortSignal): unknown {
  return signal.reason || unexplained();
}

/** In place of nothing, which openapi-fetch would take for no error. */
function unexplained(): DOMException {
  return new DOMException("The call was aborted.", "AbortError");
}
