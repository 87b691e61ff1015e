import { type Backoff, backoffMs } from "../wrapper/backoff.ts";
import { RateLimitError } from "../wrapper/errors.ts";
import type { Timing } from "../wrapper/timing.ts";

/** The longest pause that is made at once, whatever the server asks for. */
const maxPauseMs = 5 * 60_000;
const backoff: Backoff = { baseMs: 500, maxMs: 30_000, fixedShare: 0.5 };

/**
 * One pause for all who send to an API that limits them.
 *
 * - Whoever is answered with a 429 closes the way for all, for as long as `Retry-After` says, or for a time that
 *   doubles.
 * - After that one of them tries alone. The others go on when it got through, and wait again when it did not.
 * - An answer to what was sent before the pause does not end it.
 */
export class SharedPause {
  readonly #timing: Timing;
  readonly #onPause: (delayMs: number) => void;
  #isClosed = false;
  #untilMs = 0;
  #inARow = 0;
  #trial: Promise<void> | undefined;

  constructor(timing: Timing, onPause: (delayMs: number) => void) {
    this.#timing = timing;
    this.#onPause = onPause;
  }

  /** Sends when the way is free. Throws what `send` throws, or the signal's reason. */
  async pass<Answer>(send: () => Promise<Answer>, signal: AbortSignal | undefined): Promise<Answer> {
    while (this.#isClosed) {
      // It ends with the signal too, since it is waited for and sent under it.
      if (this.#trial === undefined) return this.#tryAlone(send, signal);
      await this.#trial;
    }
    signal?.throwIfAborted();
    try {
      return await send();
    } catch (error) {
      if (error instanceof RateLimitError) this.#close(error.retryAfterMs);
      throw error;
    }
  }

  async #tryAlone<Answer>(send: () => Promise<Answer>, signal: AbortSignal | undefined): Promise<Answer> {
    let end = (): void => {};
    this.#trial = new Promise((resolve) => {
      end = resolve;
    });
    try {
      for (let leftMs = this.#leftMs(); leftMs > 0; leftMs = this.#leftMs()) {
        await this.#timing.sleep(leftMs, signal);
      }
      const answer = await send();
      this.#open();
      return answer;
    } catch (error) {
      if (error instanceof RateLimitError) this.#close(error.retryAfterMs);
      // Another failure is no limit. Whether the pause is over is then found out by all.
      else if (this.#leftMs() <= 0) this.#open();
      throw error;
    } finally {
      this.#trial = undefined;
      end();
    }
  }

  #leftMs(): number {
    return this.#untilMs - this.#timing.monotonicMs();
  }

  #open(): void {
    this.#isClosed = false;
    this.#inARow = 0;
  }

  #close(retryAfterMs: number | undefined): void {
    // Several answers to what was under way at the same time are one limit.
    if (!this.#isClosed || this.#trial !== undefined) this.#inARow++;
    const ownDelayMs = backoffMs(backoff, this.#inARow, () => this.#timing.random());
    const delayMs = Math.min(maxPauseMs, retryAfterMs ?? ownDelayMs);
    const untilMs = this.#timing.monotonicMs() + delayMs;
    this.#isClosed = true;
    if (untilMs <= this.#untilMs) return;
    this.#untilMs = untilMs;
    this.#onPause(delayMs);
  }
}
