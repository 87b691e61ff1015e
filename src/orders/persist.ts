import { type Backoff, backoffMs } from "../wrapper/backoff.ts";
import { ConnectionError, RateLimitError, TimeoutError } from "../wrapper/errors.ts";
import type { Timing } from "../wrapper/timing.ts";
import type { SharedRate } from "./shared-rate.ts";

/** How long an API that can't be reached is tried. */
const mostUnreachableMs = 30_000;
const backoff: Backoff = { baseMs: 500, maxMs: 10_000, fixedShare: 0.5 };

/** A time in which the API can't be reached. */
class Outage {
  readonly #timing: Timing;
  #endMs: number | undefined;
  #failures = 0;

  constructor(timing: Timing) {
    this.#timing = timing;
  }

  end(): void {
    this.#endMs = undefined;
    this.#failures = 0;
  }

  /** Waits a little longer each time. Throws the error when it is another one, or when it would take too long. */
  async wait(error: unknown, endMs: number, signal: AbortSignal | undefined): Promise<void> {
    if (!(error instanceof ConnectionError) && !(error instanceof TimeoutError)) throw error;
    const nowMs = this.#timing.monotonicMs();
    this.#endMs ??= nowMs + mostUnreachableMs;
    const waitMs = backoffMs(backoff, ++this.#failures, () => this.#timing.random());
    if (nowMs + waitMs >= Math.min(endMs, this.#endMs)) throw error;
    await this.#timing.sleep(waitMs, signal);
  }
}

/** How {@link persist} goes on, and until when. */
export interface Persistence {
  readonly rate: SharedRate;
  readonly timing: Timing;
  readonly giveUpAfterMs: number;
  readonly signal: AbortSignal | undefined;
}

/**
 * Sends in turn with all others, and again where the API has certainly not taken it and may do so later: after a 429
 * until the time is up, and while the API can't be reached for half a minute. The number of tries has no limit.
 *
 * @throws the last error, when the time is up.
 */
export async function persist<Result extends object>(
  send: () => Promise<Result>,
  { rate, timing, giveUpAfterMs, signal }: Persistence,
): Promise<Result> {
  const endMs = timing.monotonicMs() + giveUpAfterMs;
  const outage = new Outage(timing);
  for (;;) {
    try {
      const result = await rate.pass(send, { signal, endMs });
      if (result !== undefined) return result;
    } catch (error) {
      if (signal?.aborted || timing.monotonicMs() >= endMs) throw error;
      if (error instanceof RateLimitError) outage.end();
      else await outage.wait(error, endMs, signal);
      continue;
    }
    // It has waited for its turn all the time.
    throw (
      rate.lastRefusal ??
      new TimeoutError({
        ...{ method: "POST", path: "/orders" },
        ...{ limit: "giveUpAfterMs", limitMs: giveUpAfterMs },
      })
    );
  }
}
