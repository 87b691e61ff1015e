import { ConfigurationError } from "../wrapper/errors.ts";
import { memoryStore, type Store } from "../wrapper/store.ts";

/**
 * Remembers which orders have been sent, so that no second process and no restart sends one again. A ledger for a
 * fleet must be shared, and must survive a crash. It is given hashes, times and the identifiers of orders, and
 * nothing about a customer.
 *
 * @example
 * ```ts
 * import type { Ledger } from "juniper-fulfillment";
 *
 * // What a key-value server offers, with `nx` for "only if there is none yet".
 * declare const server: {
 *   set(key: string, value: string, options?: { nx: boolean }): Promise<"OK" | null>;
 *   get(key: string): Promise<string | null>;
 *   del(key: string): Promise<number>;
 * };
 * const ledger: Ledger = {
 *   add: async (key, value) => (await server.set(key, value, { nx: true })) === "OK",
 *   get: (key) => server.get(key),
 *   set: (key, value) => server.set(key, value),
 *   delete: (key) => server.del(key),
 * };
 * ```
 */
export interface Ledger extends Store {}

/**
 * Makes a ledger in this process's memory. It is gone with the process: use a shared one for a fleet, and wherever a
 * crash must not be followed by a second order.
 *
 * @returns A ledger for {@link submitOrder}.
 * @example
 * ```ts
 * import { createFulfillmentClient, fromEnv, memoryLedger, type OrderRequest, submitOrder } from "juniper-fulfillment";
 *
 * const client = createFulfillmentClient(fromEnv());
 * const ledger = memoryLedger();
 * declare const order: OrderRequest;
 * console.log(await submitOrder(client, order, { reference: "2026-000123", ledger }));
 * ```
 */
export function memoryLedger(): Ledger {
  return memoryStore({ maxEntries: maxEntriesInMemory, mayForget: (value) => !value.includes('"pending"') });
}

/** So many entries take some 100 MB. */
const maxEntriesInMemory = 250_000;

/** A reference whose order may have been sent. */
export interface PendingEntry {
  readonly state: "pending";
  /** The hash of the order. */
  readonly hash: string;
  readonly startedAtMs: number;
  /** How often it may have been sent. */
  readonly sends: number;
}

/** A reference whose order exists. */
export interface DoneEntry {
  readonly state: "done";
  readonly hash: string;
  readonly orderId: string;
}

const prefix = "juniper-fulfillment:order";
const dayMs = 24 * 60 * 60_000;

/**
 * What the ledger holds of one order, under three kinds of keys:
 *
 * - its reference → its entry;
 * - its fingerprint and a day → the reference that was sent on that day with this fingerprint, or that several
 *   were. A lookup can't tell two of those apart. Nobody deletes it, so that nobody can miss it.
 * - its reference and a number → when it was sent for that time. Added once, so that one caller alone sends.
 */
export class OrderLedger {
  readonly #ledger: Ledger;
  readonly #reference: string;
  readonly #fingerprint: string;

  constructor(ledger: Ledger, referenceHash: string, fingerprintHash: string) {
    this.#ledger = ledger;
    this.#reference = `${prefix}:reference:${referenceHash}`;
    this.#fingerprint = `${prefix}:fingerprint:${fingerprintHash}`;
  }

  /** Enters the reference. False when it has been entered before. */
  async enter(entry: PendingEntry): Promise<boolean> {
    return this.#ledger.add(this.#reference, JSON.stringify(entry));
  }

  async read(): Promise<PendingEntry | DoneEntry | undefined> {
    const text = await this.#ledger.get(this.#reference);
    if (text === null || text === undefined) return undefined;
    try {
      return readEntry(JSON.parse(text));
    } catch {
      throw new ConfigurationError(
        `The ledger holds something else under ${this.#reference}. Give it keys of its own.`,
      );
    }
  }

  async withdraw(): Promise<void> {
    await this.#ledger.delete(this.#reference);
  }

  async complete({ hash }: PendingEntry, orderId: string): Promise<void> {
    const entry: DoneEntry = { state: "done", hash, orderId };
    await this.#ledger.set(this.#reference, JSON.stringify(entry));
  }

  /** Lets every other submission with the same fingerprint know of this one, before it is sent. */
  async announce(nowMs: number): Promise<void> {
    const key = this.#fingerprintKey(Math.floor(nowMs / dayMs));
    if (await this.#ledger.add(key, this.#reference)) return;
    if ((await this.#ledger.get(key)) !== this.#reference) await this.#ledger.set(key, "several");
  }

  /** Whether another order with the same fingerprint was sent in this time. To be asked after the lookup. */
  async hasTwin(fromMs: number, toMs: number): Promise<boolean> {
    const first = Math.floor(fromMs / dayMs);
    const last = Math.floor(toMs / dayMs);
    if (last - first > 31) return true;
    for (let day = first; day <= last; day++) {
      const owner = await this.#ledger.get(this.#fingerprintKey(day));
      if (owner !== null && owner !== undefined && owner !== this.#reference) return true;
    }
    return false;
  }

  /** Enters a further sending. Undefined when another caller has entered one that may still be under way. */
  async enterResend(
    entry: PendingEntry,
    mayBeUnderWay: (atMs: number) => boolean,
    nowMs: number,
  ): Promise<PendingEntry | undefined> {
    for (let sends = entry.sends + 1; ; sends++) {
      const key = `${this.#reference}:send:${sends}`;
      if (await this.#ledger.add(key, String(nowMs))) {
        const next: PendingEntry = { ...entry, sends };
        await this.#ledger.set(this.#reference, JSON.stringify(next));
        return next;
      }
      if (mayBeUnderWay(Number(await this.#ledger.get(key)))) return undefined;
    }
  }

  #fingerprintKey(day: number): string {
    return `${this.#fingerprint}:${day}`;
  }
}

function readEntry({
  state,
  hash,
  startedAtMs,
  sends,
  orderId,
}: Record<string, unknown>): PendingEntry | DoneEntry {
  if (typeof hash !== "string") throw new TypeError("no hash");
  if (state === "done" && typeof orderId === "string") return { state, hash, orderId };
  if (state === "pending" && typeof startedAtMs === "number" && typeof sends === "number") {
    return { state, hash, startedAtMs, sends };
  }
  throw new TypeError("no entry");
}
