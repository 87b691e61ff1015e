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
 */
export function waitWithin<Value>(
  promise: Promise<Value>,
  { limitMs, timeoutError, signal }: WaitLimits,
): Promise<Value> {
  return new Promise((resolve, reject) => {
    const abort = (): void => end(reject, signal?.reason || abortError());
    const timer = setTimeout(() => end(reject, timeoutError()), Math.max(0, limitMs));
    const end = <Result>(settle: (result: Result) => void, result: Result): void => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", abort);
      settle(result);
    };
    promise.then(
      (value) => end(resolve, value),
      (error: unknown) => end(reject, error),
    );
    if (signal?.aborted) abort();
    else signal?.addEventListener("abort", abort, { once: true });
  });
}

/** The error of a signal whose reason is none, as of `abort(null)`. */
export function abortError(): DOMException {
  return new DOMException("The call was aborted.", "AbortError");
}
