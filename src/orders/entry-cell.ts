import type { Store } from "../wrapper/store.ts";
import { type Entry, isPending, type PendingEntry, readEntry, type Stored, store } from "./entry.ts";
import { readValue } from "./read-value.ts";

/** How long a reference without an order is remembered: for as long as a lookup may ask after it. */
export const voidTtlMs: number = 31 * 24 * 60 * 60_000;

/** How often an entry is read again that changes under our hands. */
export const maxTries = 5;

/** The place of one entry in the ledger. What it holds is replaced by compare-and-set alone. */
export class EntryCell {
  readonly #store: Store;
  readonly key: string;

  /** @param store One that is bounded by a deadline. */
  constructor(store: Store, key: string) {
    this.#store = store;
    this.key = key;
  }

  /**
   * Undefined when there is no entry, or when the ledger lags behind.
   *
   * @throws {ConfigurationError} when it holds something else, or what can't be read.
   */
  async read(): Promise<Stored | undefined> {
    const text = await this.#store.get(this.key);
    return text === null || text === undefined ? undefined : readValue(this.key, text, readEntry);
  }

  /** Replaces the entry for as long as it is its owner's, whatever others have noted on it. */
  async change<Kind extends Entry>(
    mine: Stored<PendingEntry>,
    change: (entry: PendingEntry) => Kind,
    ttlMs?: number,
  ): Promise<Stored<Kind> | undefined> {
    let current: Stored<PendingEntry> = mine;
    for (let tries = 0; tries < maxTries; tries++) {
      const next = store(change(current.entry));
      const ownTtlMs = next.entry.state === "void" ? voidTtlMs : ttlMs;
      if (await this.swap(current.text, next.text, ownTtlMs)) return next;
      const found = await this.read();
      if (!isPending(found) || found.entry.owner !== mine.entry.owner) return undefined;
      current = found;
    }
    return undefined;
  }

  /** Stores the text if the ledger holds `from`. */
  async swap(from: string | undefined, text: string, ttlMs?: number): Promise<boolean> {
    const { add, get, set, replace } = this.#store;
    if (from === undefined) {
      if (await add(this.key, text, ttlMs)) return true;
    } else if (replace !== undefined) {
      if (await replace(this.key, from, text, ttlMs)) return true;
    } else {
      if ((await get(this.key)) !== from) return false;
      await set(this.key, text, ttlMs);
      return true;
    }
    // Some clients send a command again whose reply was lost. The second time it finds what the first time stored.
    return (await get(this.key)) === text;
  }
}
