import { type Backoff, backoffMs } from "../wrapper/backoff.ts";
import type { Timing } from "../wrapper/timing.ts";
import type { BoundedStore } from "./bounded-store.ts";

/** How long a delivery waits for its turn. */
const maxWaitMs = 5_000;
const polling: Backoff = { baseMs: 10, maxMs: 200, fixedShare: 0.5 };
const mark = "turn";

/** The right to handle an order, until it is ended or its lease runs out. */
export interface Lease {
  readonly key: string;
  readonly entry: string;
  readonly endsAtMs: number;
}

/**
 * Lets the deliveries of one order be handled one at a time, in all processes that share the store. Of two that
 * overlap, the older could write last.
 *
 * - A turn ends with its lease at the latest, so that a process that is gone blocks nobody for long. Its entry says
 *   when it began and for which delivery: a store without expiry keeps it after the lease.
 * - A turn is only ended by its owner, as far as the store has `remove`.
 */
export class OrderTurns {
  readonly #store: BoundedStore;
  readonly #timing: Timing;
  readonly #leaseMs: number;

  constructor(store: BoundedStore, timing: Timing, leaseMs: number) {
    this.#store = store;
    this.#timing = timing;
    this.#leaseMs = leaseMs;
  }

  /** Whether memory may drop this entry when it is full: not while it is somebody's turn. */
  static mayForget(value: string): boolean {
    return !value.startsWith(mark);
  }

  /**
   * Waits for a turn, for {@link maxWaitMs} at most.
   *
   * @param isDone Whether the delivery has been handled by now, which ends the wait.
   * @returns The lease; `in-progress` while this very delivery is being handled; `too-long` after the wait.
   */
  async take(
    key: string,
    delivery: string,
    isDone: () => Promise<boolean>,
  ): Promise<Lease | "done" | "in-progress" | "too-long"> {
    const untilMs = this.#timing.monotonicMs() + maxWaitMs;
    for (let attempt = 1; ; attempt++) {
      const entry = [mark, this.#timing.wallMs(), crypto.randomUUID(), delivery].join(" ");
      const lease: Lease = { key, entry, endsAtMs: this.#timing.monotonicMs() + this.#leaseMs };
      const giveBack = (): Promise<void> => this.end(lease);
      if (await this.#store.add(key, entry, this.#leaseMs, giveBack)) return lease;
      const [holder, isHandled] = await Promise.all([this.#store.get(key), isDone()]);
      // A client that lost the reply and asked again is told that the key is taken: by its own entry.
      if (holder === entry) return lease;
      if (isHandled) return "done";
      if (holder !== undefined) {
        const isExpired = this.#hasExpired(holder);
        if (isExpired && (await this.#store.replace(key, holder, entry, this.#leaseMs, giveBack)))
          return lease;
        if (!isExpired && holder.endsWith(` ${delivery}`)) return "in-progress";
      }
      if (this.#timing.monotonicMs() >= untilMs) return "too-long";
      await this.#timing.sleep(backoffMs(polling, attempt, () => this.#timing.random()));
    }
  }

  async end({ key, entry, endsAtMs }: Lease): Promise<void> {
    await this.#store.remove(key, entry, this.#timing.monotonicMs() < endsAtMs);
  }

  #hasExpired(holder: string): boolean {
    const sinceMs = Number(holder.split(" ")[1]);
    // An entry that can't be read counts as expired.
    return !(this.#timing.wallMs() < sinceMs + this.#leaseMs);
  }
}
