import type { Store } from "../wrapper/store.ts";
import { boundedStore, LedgerFailure } from "./bounded-store.ts";
import type { Deadline } from "./deadline.ts";
import {
  type DoneEntry,
  isAhead,
  isPending,
  type PendingEntry,
  type Stored,
  store,
  type VoidEntry,
} from "./entry.ts";
import { EntryCell, maxTries, voidTtlMs } from "./entry-cell.ts";

export const keyPrefix = "juniper-fulfillment:order";

/** The keys of what is unsettled: `list` finds them. */
export const openPrefix: string = `${keyPrefix}:open:`;

/**
 * The entry of one reference, and who may change it.
 *
 * - The reference → its entry. It is replaced by compare-and-set alone, and by its owner alone: a call that has been
 *   overtaken notices.
 * - The reference and an owner → that there is such an entry, from before it is made until after it is settled. That
 *   is what is listed.
 * - Where the ledger has no `replace`: the reference and an epoch → when its sender is over. Added once, so that one
 *   caller alone sends again. Everything else is then read before it is written, which a stopped process can get wrong.
 */
export class ReferenceLedger {
  readonly #store: Store;
  readonly referenceHash: string;
  readonly #key: string;
  readonly #cell: EntryCell;

  constructor(ledger: Store, referenceHash: string, deadline: Deadline) {
    this.#store = boundedStore(ledger, deadline);
    this.referenceHash = referenceHash;
    this.#key = `${keyPrefix}:reference:${referenceHash}`;
    this.#cell = new EntryCell(this.#store, this.#key);
  }

  /** Undefined when there is none, or when the ledger lags behind. */
  read(): Promise<Stored | undefined> {
    return this.#cell.read();
  }

  /** Enters a reference that has no entry, or a void one. Undefined when another call has done so. */
  async enter(entry: PendingEntry, found: Stored | undefined): Promise<Stored<PendingEntry> | undefined> {
    const mine = store(entry);
    await this.#open(entry);
    if (await this.#cell.swap(found?.text, mine.text)) return mine;
    await this.#close(entry);
    return undefined;
  }

  /**
   * Whether the entry still is what the ledger holds, asked of the copy that takes the writes. Undefined when another
   * call has taken it over. Others may note on it what they have seen.
   */
  async confirm(mine: Stored<PendingEntry>): Promise<Stored<PendingEntry> | undefined> {
    return this.#cell.change(mine, (entry) => entry);
  }

  /** Whether this is what the ledger holds, and not an older copy. One that is done stays as it is until its end. */
  async isCurrent({ text, entry }: Stored): Promise<boolean> {
    return (
      entry.state === "done" || this.#cell.swap(text, text, entry.state === "void" ? voidTtlMs : undefined)
    );
  }

  /** The entry, if it is certain that nothing about its order changes any more. */
  async readSettled(): Promise<DoneEntry | VoidEntry | undefined> {
    const stored = await this.read();
    if (stored === undefined || stored.entry.state === "pending") return undefined;
    const { entry } = stored;
    return (await this.isCurrent(stored)) ? entry : undefined;
  }

  /** Notes something on an entry, unless it has changed hands. Whether it did. */
  async note(mine: Stored<PendingEntry>, added: Partial<PendingEntry>): Promise<boolean> {
    return (await this.#cell.change(mine, (entry) => ({ ...entry, ...added }))) !== undefined;
  }

  /** Notes when an entry was first met that is ahead of this clock, so that its time comes. */
  async meet(found: Stored<PendingEntry>, nowMs: number, clockSkewMs: number): Promise<Stored<PendingEntry>> {
    if (found.entry.metAtMs !== undefined || !isAhead(found.entry, nowMs, clockSkewMs)) return found;
    return (await this.#cell.change(found, (entry) => ({ ...entry, metAtMs: nowMs }))) ?? found;
  }

  /** Frees the reference, if the entry is still its owner's. Whether it was. */
  async withdraw(mine: Stored<PendingEntry>): Promise<boolean> {
    const { hash, owner, epoch } = mine.entry;
    if (this.#store.replace !== undefined) {
      const isOurs = await this.#cell.change(mine, () => ({ state: "void", hash, owner, epoch }));
      if (isOurs === undefined) return false;
    } else {
      if ((await this.#store.get(this.#key)) !== mine.text) return false;
      await this.#store.delete(this.#key);
    }
    await this.#close(mine.entry);
    return true;
  }

  /**
   * Makes `next` the owner of an entry that may have been sent already. Undefined when another call was faster.
   *
   * @param mayBeAlive Whether a sender may still be at work that is over at this time by its own clock.
   */
  async takeOver(
    from: Stored<PendingEntry>,
    next: PendingEntry,
    mayBeAlive: (overAtMs: number) => boolean,
  ): Promise<Stored<PendingEntry> | undefined> {
    const epoch = this.#store.replace ? next.epoch : await this.#takeEpoch(next, mayBeAlive);
    if (epoch === undefined) return undefined;
    const mine = store({ ...next, epoch });
    await this.#open(next);
    if (await this.#cell.swap(from.text, mine.text)) {
      await this.#close(from.entry);
      return mine;
    }
    await this.#close(next);
    return undefined;
  }

  /** Records which order it is, unless the entry has changed hands. Whether it did. */
  async settle(found: Stored<PendingEntry>, orderId: string, ttlMs: number | undefined): Promise<boolean> {
    const { hash, owner, epoch, server } = found.entry;
    const entry: DoneEntry = { state: "done", hash, owner, epoch, server, orderId };
    const done = await this.#cell.change(found, () => entry, ttlMs);
    if (done !== undefined) await this.#close(found.entry);
    return done !== undefined;
  }

  /** Records which order it is. Whoever owns the entry: that the order exists is certain. */
  async complete(
    from: Stored<PendingEntry>,
    orderId: string,
    ttlMs: number | undefined,
  ): Promise<Stored<DoneEntry>> {
    const { hash, owner, epoch, server } = from.entry;
    const done = store<DoneEntry>({ state: "done", hash, owner, epoch, server, orderId });
    let current: Stored | undefined = from;
    for (let tries = 0; tries < maxTries; tries++) {
      const isDone = current?.entry.state === "done";
      if (isDone || (await this.#cell.swap(current?.text, done.text, ttlMs))) {
        await this.#close(from.entry);
        if (isPending(current) && current.entry.owner !== owner) await this.#close(current.entry);
        return isDone ? (current as Stored<DoneEntry>) : done;
      }
      current = await this.read();
    }
    throw new LedgerFailure(new Error("The entry changes all the time."));
  }

  async #takeEpoch(
    next: PendingEntry,
    mayBeAlive: (overAtMs: number) => boolean,
  ): Promise<number | undefined> {
    for (let { epoch } = next; ; epoch++) {
      const key = `${this.#key}:epoch:${epoch}`;
      if (await this.#store.add(key, String(next.overAtMs), voidTtlMs)) return epoch;
      const overAtMs = Number(await this.#store.get(key));
      if (!(overAtMs > 0) || mayBeAlive(overAtMs)) return undefined;
    }
  }

  /** Lists the entry, before it is made. */
  async #open(entry: PendingEntry): Promise<void> {
    const { reference, overAtMs } = entry;
    await this.#store.add(this.#openKey(entry), JSON.stringify({ reference, overAtMs }));
  }

  async #close(entry: PendingEntry): Promise<void> {
    await this.#store.delete(this.#openKey(entry));
  }

  #openKey({ owner }: PendingEntry): string {
    return `${openPrefix}${this.referenceHash}:${owner}`;
  }
}
