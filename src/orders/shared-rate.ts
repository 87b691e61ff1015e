import { RateLimitError } from "../wrapper/errors.ts";
import type { Store } from "../wrapper/store.ts";
import type { Timing } from "../wrapper/timing.ts";
import { accepted, newRate, perSecondOf, type Rate, refused, type Turn, takeTurns } from "./adaptive-rate.ts";

/** What a fleet shares its rate through: a store that can compare and set. */
export type RateStore = Pick<Store, "get" | "add" | "replace">;

/** When to stop waiting for a turn. */
export interface PassLimits {
  readonly signal: AbortSignal | undefined;
  /** By the monotonic clock. */
  readonly endMs: number;
}

interface Waiter {
  readonly endMs: number;
  readonly give: (turn: Turn | undefined) => void;
}

const key = "juniper-fulfillment:rate";
/** What was learned an hour ago says little about now. */
const ttlMs = 60 * 60_000;
/** A turn is used without asking again whether it still holds when the rate was read so lately. */
const freshMs = 100;
/** How long anybody sleeps without looking whether the rate has changed. */
const mostSleepMs = 1_000;
/** How many milliseconds of turns one exchange with the store takes. */
const batchMs = 100;
const storeTimeoutMs = 2_000;
/** How long a store that failed is left alone. */
const storeRestMs = 5_000;
const mostExchanges = 30;

/**
 * Lets senders pass at the {@link Rate} that the API takes, in this process or in a whole fleet.
 *
 * - With a store that can compare and set, all processes take turns from one schedule. Without, or while the store
 *   fails or hangs, each process has its own.
 * - Whoever has to give up first comes first. A turn that was taken before a cut isn't used: a new one is asked for.
 * - Processes agree on a clock without a common one: each puts its own forward to the latest that it has seen.
 */
export class SharedRate {
  readonly #store: RateStore | undefined;
  readonly #timing: Timing;
  readonly #onLimit: (info: { perSecond: number; pauseMs: number }) => void;
  /** What the monotonic clock lacks to the fleet's. */
  #offsetMs: number;
  #rate: Rate = newRate;
  /** What the store held when it was last read, and when that was. */
  #stored: string | null | undefined;
  #exchanges: Promise<void> = Promise.resolve();
  #failedUntilMs = Number.NEGATIVE_INFINITY;
  #readAtMs = Number.NEGATIVE_INFINITY;
  #waiters: Waiter[] = [];
  #pump: AbortController | undefined;
  #lastRefusal: RateLimitError | undefined;

  constructor(
    store: RateStore,
    timing: Timing,
    onLimit: (info: { perSecond: number; pauseMs: number }) => void,
  ) {
    this.#store = typeof store.replace === "function" ? store : undefined;
    this.#timing = timing;
    this.#onLimit = onLimit;
    this.#offsetMs = timing.wallMs() - timing.monotonicMs();
  }

  /** The last 429 that this process was told. */
  get lastRefusal(): RateLimitError | undefined {
    return this.#lastRefusal;
  }

  /**
   * Sends when it is the sender's turn.
   *
   * @returns What `send` returns, or undefined when there is no turn before the end.
   * @throws what `send` throws, or the signal's reason.
   */
  async pass<Result extends object>(
    send: () => Promise<Result>,
    limits: PassLimits,
  ): Promise<Result | undefined> {
    const turn = await this.#turn(limits);
    if (turn === undefined) return undefined;
    try {
      const result = await send();
      const change = (rate: Rate): Rate => accepted(rate, turn, this.#nowMs());
      if (change(this.#rate) !== this.#rate) void this.#exchange(change);
      return result;
    } catch (error) {
      if (error instanceof RateLimitError) await this.#refuse(turn, error);
      throw error;
    }
  }

  async #refuse(turn: Turn, error: RateLimitError): Promise<void> {
    this.#lastRefusal = error;
    const before = this.#rate.generation;
    await this.#exchange((rate) => refused(rate, turn, this.#nowMs(), error.retryAfterMs));
    // Another process, or another 429 of this one, may have made the cut.
    if (this.#rate.generation !== before + 1 || turn.generation !== before) return;
    const pauseMs = Math.max(0, this.#rate.nextMs - this.#nowMs());
    this.#onLimit({ perSecond: perSecondOf(this.#rate), pauseMs });
  }

  #turn({ signal, endMs }: PassLimits): Promise<Turn | undefined> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason);
      const abort = (): void => {
        this.#remove((one) => one === waiter);
        reject(signal?.reason);
      };
      const give = (turn: Turn | undefined): void => {
        signal?.removeEventListener("abort", abort);
        resolve(turn);
      };
      const waiter: Waiter = { endMs, give };
      signal?.addEventListener("abort", abort, { once: true });
      // Whoever has waited longest comes first, also after a 429.
      const later = this.#waiters.findLastIndex((other) => other.endMs <= endMs);
      this.#waiters.splice(later + 1, 0, waiter);
      if (this.#pump === undefined) void this.#giveTurns();
    });
  }

  #remove(isGone: (waiter: Waiter) => boolean): void {
    this.#waiters = this.#waiters.filter((waiter) => !isGone(waiter));
    // Nobody is left to sleep for.
    if (this.#waiters.length === 0) this.#pump?.abort();
  }

  /** Takes turns and gives them out, while anybody waits. One at a time of these runs. */
  async #giveTurns(): Promise<void> {
    while (this.#waiters.length > 0) {
      this.#pump = new AbortController();
      for (const turn of await this.#takeTurns()) {
        if (!(await this.#arrives(turn, this.#pump.signal))) break;
        this.#waiters.shift()?.give(turn);
      }
    }
    this.#pump = undefined;
  }

  async #takeTurns(): Promise<readonly Turn[]> {
    let taken: readonly Turn[] = [];
    await this.#exchange((rate) => {
      const count = Math.min(this.#waiters.length, Math.round((perSecondOf(rate) * batchMs) / 1000));
      const { turns, rate: next } = takeTurns(rate, count, this.#nowMs());
      taken = turns;
      return next;
    });
    return taken;
  }

  /** Waits for a turn. False when nobody is left to use it, or the rate was cut during the wait. */
  async #arrives({ atMs, generation }: Turn, signal: AbortSignal): Promise<boolean> {
    const atMonotonicMs = atMs - this.#offsetMs;
    const isLate = ({ endMs }: Waiter): boolean => endMs < atMonotonicMs;
    for (const waiter of this.#waiters.filter(isLate)) waiter.give(undefined);
    this.#remove(isLate);
    for (;;) {
      const waitMs = atMonotonicMs - this.#timing.monotonicMs();
      if (signal.aborted) return false;
      await this.#timing.sleep(Math.min(waitMs, mostSleepMs), signal).catch(() => {});
      if (this.#timing.monotonicMs() - this.#readAtMs > freshMs) await this.#exchange((rate) => rate, true);
      if (signal.aborted || generation !== this.#rate.generation) return false;
      if (waitMs <= mostSleepMs) return true;
    }
  }

  #nowMs(): number {
    return this.#timing.monotonicMs() + this.#offsetMs;
  }

  /**
   * Changes the rate, for the whole fleet where that is possible. A change that changes nothing isn't written. One at
   * a time: those of one process would only get in each other's way.
   */
  #exchange(change: (rate: Rate) => Rate, isStale = false): Promise<void> {
    this.#exchanges = this.#exchanges.then(() => this.#carryOut(change, isStale));
    return this.#exchanges;
  }

  async #carryOut(change: (rate: Rate) => Rate, isStale: boolean): Promise<void> {
    const store = this.#timing.monotonicMs() < this.#failedUntilMs ? undefined : this.#store;
    try {
      if (store !== undefined) return await this.#carryOutIn(store, change, isStale);
    } catch {
      // A ledger that fails is its callers' to report. The rate goes on in this process.
      this.#failedUntilMs = this.#timing.monotonicMs() + storeRestMs;
    }
    this.#rate = change(this.#rate);
  }

  async #carryOutIn(store: RateStore, change: (rate: Rate) => Rate, isStale: boolean): Promise<void> {
    if (isStale || this.#stored === undefined) await this.#read(store);
    for (let tries = 1; tries <= mostExchanges; tries++) {
      const rate = change(this.#rate);
      if (rate === this.#rate) return;
      const text = JSON.stringify({ ...rate, stampMs: this.#nowMs() });
      const isWritten = await this.#inTime(
        typeof this.#stored === "string"
          ? store.replace?.(key, this.#stored, text, ttlMs)
          : store.add(key, text, ttlMs),
      );
      if (isWritten === true) {
        this.#stored = text;
        this.#rate = rate;
        this.#readAtMs = this.#timing.monotonicMs();
        return;
      }
      if (tries > 1) await this.#timing.sleep(this.#timing.random() * 5 * tries);
      await this.#read(store);
    }
    throw new Error("Too many change the rate at once.");
  }

  async #read(store: RateStore): Promise<void> {
    const atMs = this.#timing.monotonicMs();
    this.#stored = (await this.#inTime(store.get(key))) ?? null;
    this.#readAtMs = atMs;
    const { stampMs, ...rate } = readRate(this.#stored);
    this.#rate = rate;
    this.#offsetMs += Math.max(0, stampMs - this.#nowMs());
  }

  /** A store that hangs is one that fails. */
  async #inTime<Value>(value: Value | Promise<Value>): Promise<Value> {
    if (!(value instanceof Promise)) return value;
    const end = new AbortController();
    const timeout = this.#timing.sleep(storeTimeoutMs, end.signal).then(() => {
      throw new Error("The ledger takes too long.");
    });
    try {
      return await Promise.race([value, timeout]);
    } finally {
      timeout.catch(() => {});
      end.abort();
    }
  }
}

/** Reads the rate from the store. Anything else, perhaps from another version of this package, is replaced by a new rate. */
function readRate(text: string | null): Rate & { readonly stampMs: number } {
  const nothing = { ...newRate, stampMs: Number.NEGATIVE_INFINITY };
  try {
    const rate: Rate & { readonly stampMs: number } = { ...nothing, ...JSON.parse(text ?? "{}") };
    return Object.values(rate).every((value) => typeof value === "number") ? rate : nothing;
  } catch {
    return nothing;
  }
}
