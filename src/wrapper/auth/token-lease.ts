import type { TokenStore } from "../store.ts";
import type { Timing } from "../timing.ts";

/** What a lease needs of a store. */
type LeaseStore = Pick<TokenStore, "get" | "delete" | "replace" | "remove"> &
  Required<Pick<TokenStore, "add">>;

const leaseMs = 2_000;
const renewMs = 600;

/**
 * Lets one instance of a fleet work while the others wait.
 *
 * - The holder renews it for as long as it works, and each time with another value. Whoever waits takes a holder for
 *   dead when the value has not changed for 2 s.
 * - Only the holder gives it back: a value is nobody else's.
 * - With a store that can't compare and set it is not renewed: work that takes longer than 2 s is then done twice.
 */
export class TokenLease {
  readonly #store: LeaseStore;
  readonly #key: string;
  readonly #timing: Timing;
  readonly #owner: string = crypto.randomUUID();
  #value: string | undefined;
  #renewals = 0;
  #renewal: unknown;
  #seen: unknown;
  #seenAtMs: number;

  constructor(store: LeaseStore, key: string, timing: Timing) {
    this.#store = store;
    this.#key = key;
    this.#timing = timing;
    this.#seenAtMs = timing.monotonicMs();
  }

  /** Takes the lease, unless another instance has it. */
  async take(): Promise<boolean> {
    const value = this.#nextValue();
    if (!(await this.#store.add(this.#key, value, leaseMs))) return false;
    this.#value = value;
    return true;
  }

  /** Whether the one who has it seems to be alive. */
  async isHeld(): Promise<boolean> {
    const value = await this.#store.get(this.#key);
    if (value !== this.#seen) {
      this.#seen = value;
      this.#seenAtMs = this.#timing.monotonicMs();
    }
    return this.#timing.monotonicMs() < this.#seenAtMs + leaseMs;
  }

  /** Works, and renews the lease meanwhile. */
  async keepDuring<Result>(work: Promise<Result>): Promise<Result> {
    const end = new AbortController();
    // A store that fails loses the lease, and others work too: harmless.
    this.#renew(end.signal).catch(() => {});
    return work.finally(() => end.abort());
  }

  async giveBack(): Promise<void> {
    // It has yet to be said which value is the last.
    await this.#renewal;
    const value = this.#value;
    this.#value = undefined;
    if (value === undefined) return;
    if (this.#store.remove !== undefined) await this.#store.remove(this.#key, value);
    else if ((await this.#store.get(this.#key)) === value) await this.#store.delete(this.#key);
  }

  async #renew(signal: AbortSignal): Promise<void> {
    if (this.#store.replace === undefined) return;
    for (;;) {
      await this.#timing.sleep(renewMs, signal);
      if (signal.aborted || this.#value === undefined) return;
      const renewal = this.#replace(this.#value);
      this.#renewal = renewal.catch(() => {});
      if (!(await renewal)) return;
    }
  }

  async #replace(held: string): Promise<boolean> {
    const value = this.#nextValue();
    const isRenewed = (await this.#store.replace?.(this.#key, held, value, leaseMs)) === true;
    if (isRenewed) this.#value = value;
    return isRenewed;
  }

  #nextValue(): string {
    return `${this.#owner} ${this.#renewals++}`;
  }
}
