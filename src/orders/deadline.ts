import { maxTimerMs } from "../wrapper/max-timer.ts";
import type { Timing } from "../wrapper/timing.ts";

/** How long a call may go on after its deadline or its signal, in milliseconds, to clean up and to look once more. */
export const graceMs = 2_000;

/** How long something may take: by two clocks, of which one may be set, and until the caller's signal. */
export class Deadline {
  /** When it is over for every other process, in milliseconds since 1970. */
  readonly overAtMs: number;
  readonly signal: AbortSignal | undefined;
  readonly #timing: Timing;
  readonly #endMonotonicMs: number;
  readonly #graceMs: number;
  #abortedMonotonicMs: number | undefined;

  /** @param graceMs How much longer it goes on after the signal. */
  constructor(timing: Timing, limitMs: number, signal?: AbortSignal, graceMs = 0) {
    this.#timing = timing;
    this.signal = signal;
    this.overAtMs = timing.wallMs() + limitMs;
    this.#endMonotonicMs = timing.monotonicMs() + limitMs;
    this.#graceMs = graceMs;
  }

  /** One that ends so much later: after this one's end, or after the signal. */
  extended(graceMs: number): Deadline {
    return this.#copy(this.remainingMs() + graceMs, graceMs);
  }

  /** One that ends after this time, if this one has not ended before. */
  shortened(limitMs: number): Deadline {
    return this.#copy(Math.min(limitMs, this.remainingMs()), this.#graceMs);
  }

  /** The grace of a copy begins when that of the original does. */
  #copy(limitMs: number, graceMs: number): Deadline {
    const copy = new Deadline(this.#timing, limitMs, this.signal, graceMs);
    copy.#abortedMonotonicMs = this.#abortedMonotonicMs;
    return copy;
  }

  /** What is left, by the clock that is further on. A clock that is set back does not make it longer. */
  remainingMs(): number {
    const monotonicMs = this.#timing.monotonicMs();
    const byClocks = Math.min(this.overAtMs - this.#timing.wallMs(), this.#endMonotonicMs - monotonicMs);
    if (!this.signal?.aborted) return Math.max(0, byClocks);
    this.#abortedMonotonicMs ??= monotonicMs;
    return Math.max(0, Math.min(byClocks, this.#abortedMonotonicMs + this.#graceMs - monotonicMs));
  }

  get isOver(): boolean {
    return this.remainingMs() <= 0;
  }

  /**
   * A signal that is aborted at the end, and with the caller's. Release it when it isn't needed any more. On Node 20
   * `AbortSignal.any` can lose a timeout that nobody else holds.
   */
  toSignal(reason: () => unknown): { readonly signal: AbortSignal; release(): void } {
    const controller = new AbortController();
    const follow = (): void => controller.abort(this.signal?.reason);
    const timer = setTimeout(() => controller.abort(reason()), timerMs(this.remainingMs()));
    if (this.signal?.aborted) follow();
    this.signal?.addEventListener("abort", follow, { once: true });
    const release = (): void => {
      clearTimeout(timer);
      this.signal?.removeEventListener("abort", follow);
    };
    return { signal: controller.signal, release };
  }

  /**
   * Waits for the work as long as time is left. The work itself goes on.
   *
   * @throws the reason of the signal, or an `Overdue`.
   */
  async within<Value>(work: () => Value | Promise<Value>): Promise<Value> {
    if (this.isOver) throw this.#reason();
    const value = work();
    return isPromise(value) ? this.#waitFor(value) : value;
  }

  #waitFor<Value>(value: Promise<Value>): Promise<Value> {
    return new Promise((resolve, reject) => {
      const giveUp = (): void => settle(() => reject(this.#reason()));
      let timer = setTimeout(giveUp, timerMs(this.remainingMs()));
      const abort = (): void => {
        clearTimeout(timer);
        if (this.isOver) giveUp();
        else timer = setTimeout(giveUp, timerMs(this.remainingMs()));
      };
      const settle = (end: () => void): void => {
        clearTimeout(timer);
        this.signal?.removeEventListener("abort", abort);
        end();
      };
      if (!this.signal?.aborted) this.signal?.addEventListener("abort", abort, { once: true });
      value.then(
        (result) => settle(() => resolve(result)),
        (error: unknown) => settle(() => reject(error)),
      );
    });
  }

  #reason(): unknown {
    return this.signal?.aborted ? this.signal.reason : new Overdue();
  }
}

/** The reason that `AbortSignal.timeout` has, for a {@link Deadline.toSignal} in its place. */
export function timeoutReason(): DOMException {
  return new DOMException("The operation was aborted due to timeout", "TimeoutError");
}

/** A timer may run a little early. */
const timerMs = (ms: number): number => Math.min(maxTimerMs, Math.ceil(ms));

/** The time was over before the work was done. */
export class Overdue extends Error {
  override readonly name = "Overdue";
  readonly code = "ETIMEDOUT";

  constructor() {
    super("It took too long.");
  }
}

function isPromise<Value>(value: Value | Promise<Value>): value is Promise<Value> {
  return typeof (value as Partial<Promise<Value>> | undefined)?.then === "function";
}
