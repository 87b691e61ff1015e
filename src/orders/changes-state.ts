import type { Order } from "../generated/schema.ts";
import { isBehind, type Look } from "../webhooks/order-position.ts";
import { ConfigurationError } from "../wrapper/errors.ts";
import type { Store } from "../wrapper/store.ts";
import { isFinal } from "./final-status.ts";

/**
 * The store that {@link orderChanges} needs. Every store of this package fits; your own must have `list`.
 *
 * @example
 * ```ts
 * import { type ChangesStore, createFulfillmentClient, fromEnv, orderChanges } from "juniper-fulfillment";
 * import { fileLedger } from "juniper-fulfillment/stores";
 *
 * const store: ChangesStore = fileLedger("changes");
 * for await (const { id } of orderChanges(createFulfillmentClient(fromEnv()), { store })) console.log(id);
 * ```
 */
export type ChangesStore = Pick<Store, "get" | "set" | "delete" | "list">;

/** What is known of an order that is watched. */
interface Watched {
  /** What was handed on last, or seen when there was nothing to hand on. */
  readonly state: string;
  /** Undefined where the list doesn't say: every listing reaches back to it. */
  readonly createdAtMs?: number | undefined;
  /** Whether nothing more is expected of it. It stays until no listing has reached back to it for a day. */
  readonly isFinal: boolean;
  /** Since when there has been no such order. A process that starts anew begins anew. */
  readonly missingSinceMs?: number;
}

/** How long an order that can't be found is looked for. */
const patienceMs = 24 * 60 * 60_000;

/** How far a clock may be set back before ended orders, which are forgotten by then, are handed on again. */
const clockMs = 24 * 60 * 60_000;

/**
 * What a feed of changes knows, in memory and in its store:
 *
 * - one entry for each order that may still change, for those that have come to their end lately, and for those of which
 *   the list doesn't say when they were created;
 * - up to when the lists of orders have been read in full.
 *
 * The store is read once, when the feed begins. A feed has one reader at a time.
 */
export class ChangesState {
  readonly #store: ChangesStore;
  readonly #prefix: string;
  readonly #orders = new Map<string, Watched>();
  /** The lists have been read back from now to this time, in milliseconds since 1970. Undefined before the first time. */
  readToMs: number | undefined;
  /** Where the very first listing began: what was created before is none of the feed's. */
  sinceMs: number = Number.NEGATIVE_INFINITY;

  private constructor(store: ChangesStore, prefix: string) {
    this.#store = store;
    this.#prefix = prefix;
  }

  /** @throws {ConfigurationError} when the store holds something else. */
  static async load(store: ChangesStore, name: string): Promise<ChangesState> {
    const state = new ChangesState(store, `juniper-fulfillment:changes:${name}`);
    state.readToMs = await state.#read(state.#readToKey);
    state.sinceMs = (await state.#read(state.#sinceKey)) ?? Number.NEGATIVE_INFINITY;
    for await (const [key, value] of store.list?.(state.#openPrefix) ?? []) {
      state.#orders.set(key.slice(state.#openPrefix.length), readWatched(value, key));
    }
    return state;
  }

  /** How many orders may still change. */
  get open(): number {
    let count = 0;
    for (const { isFinal } of this.#orders.values()) if (!isFinal) count++;
    return count;
  }

  /** The orders that may still change, those that were looked at longest ago first. */
  *openIds(): Generator<string> {
    for (const [id, { isFinal }] of this.#orders) if (!isFinal) yield id;
  }

  isOpen(id: string): boolean {
    return this.#orders.get(id)?.isFinal === false;
  }

  isKnown(id: string): boolean {
    return this.#orders.has(id);
  }

  createdAtMsOf(id: string): number | undefined {
    return this.#orders.get(id)?.createdAtMs;
  }

  /** Whether the order is not as it was known to be, nor as it was before. */
  isNews(order: Order): boolean {
    return this.#orders.get(order.id)?.state !== stateOf(order) && !this.#isBehind(order);
  }

  #isBehind(order: Order): boolean {
    const known = this.#orders.get(order.id);
    return known !== undefined && isBehind(order, lookOf(known.state));
  }

  /** Notes what the order looks like now, and that it has been looked at. */
  async record(order: Order, createdAtMs: number | undefined): Promise<void> {
    const known = this.#orders.get(order.id);
    if (known !== undefined && this.#isBehind(order)) return this.#putLast(order.id, known);
    const watched: Watched = {
      state: stateOf(order),
      createdAtMs,
      isFinal: isFinal(order),
    };
    if (known?.state !== watched.state || known.createdAtMs !== createdAtMs) {
      await this.#store.set(this.#openPrefix + order.id, JSON.stringify(watched));
    }
    this.#putLast(order.id, watched);
  }

  /** Notes that there was no such order, and forgets one that has been missing for a day: a 404 can pass. */
  async miss(id: string, nowMs: number): Promise<void> {
    const known = this.#orders.get(id);
    const missingSinceMs = known?.missingSinceMs ?? nowMs;
    if (known === undefined || nowMs - missingSinceMs >= patienceMs) await this.forget(id);
    else this.#putLast(id, { ...known, missingSinceMs });
  }

  /** Notes that it could not be read, so that it is read last. */
  putOff(id: string): void {
    const known = this.#orders.get(id);
    if (known !== undefined) this.#putLast(id, known);
  }

  /** A Map is in the order of insertion: whatever was looked at last goes last. */
  #putLast(id: string, watched: Watched): void {
    this.#orders.delete(id);
    this.#orders.set(id, watched);
  }

  async forget(id: string): Promise<void> {
    await this.#store.delete(this.#openPrefix + id);
    this.#orders.delete(id);
  }

  /** Notes that the lists have been read from and up to these times, and forgets ended orders that they won't reach again. */
  async finishListing(readToMs: number, nextReachMs: number, sinceMs: number): Promise<void> {
    if (sinceMs !== this.sinceMs) await this.#store.set(this.#sinceKey, String(sinceMs));
    await this.#store.set(this.#readToKey, String(readToMs));
    [this.sinceMs, this.readToMs] = [sinceMs, readToMs];
    for (const [id, { isFinal, createdAtMs = nextReachMs }] of [...this.#orders]) {
      if (isFinal && createdAtMs < nextReachMs - clockMs) await this.forget(id);
    }
  }

  get #openPrefix(): string {
    return `${this.#prefix}:open:`;
  }

  async #read(key: string): Promise<number | undefined> {
    const text = await this.#store.get(key);
    return text ? readTime(text, key) : undefined;
  }

  get #sinceKey(): string {
    return `${this.#prefix}:since`;
  }

  get #readToKey(): string {
    return `${this.#prefix}:read-to`;
  }
}

/** What makes two looks at an order differ: all that the vendor changes after it was created. */
function stateOf({ status, updatedAt = "", fulfillmentInfo }: Order): string {
  const updatedMs = Date.parse(updatedAt);
  // A time may be written in several ways.
  const time = Number.isNaN(updatedMs) ? updatedAt : new Date(updatedMs).toISOString();
  return JSON.stringify([status, time, fulfillmentInfo?.carrier, fulfillmentInfo?.trackingNumber]);
}

function lookOf(state: string): Look {
  const [status, updatedAt] = JSON.parse(state) as unknown[];
  return {
    status: typeof status === "string" ? status : undefined,
    updatedAt: typeof updatedAt === "string" ? updatedAt : undefined,
  };
}

function readTime(text: string, key: string): number {
  const ms = text.trim() === "" ? Number.NaN : Number(text);
  if (Number.isFinite(ms)) return ms;
  throw foreign(key);
}

function readWatched(text: string, key: string): Watched {
  try {
    const { state, createdAtMs, isFinal } = JSON.parse(text) as Partial<Watched>;
    if (
      typeof state === "string" &&
      lookOf(state) &&
      (createdAtMs === undefined || typeof createdAtMs === "number") &&
      typeof isFinal === "boolean"
    ) {
      return { state, createdAtMs, isFinal };
    }
  } catch {
    // Said below.
  }
  throw foreign(key);
}

function foreign(key: string): ConfigurationError {
  return new ConfigurationError(
    `The store holds something else under ${key}. Give the feed a name of its own.`,
  );
}
