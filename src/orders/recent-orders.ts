import type { Order } from "../generated/schema.ts";
import { paginate } from "../pagination/paginate.ts";
import { NotFoundError } from "../wrapper/errors.ts";
import { timeOf } from "./created-at.ts";
import { isAsKnown, type KnownOrder } from "./echo.ts";
import { fingerprintOf } from "./fingerprint.ts";
import type { OrderClient } from "./order-client.ts";
import { isOrderId, orderOf } from "./order-of.ts";

/** What is read of the API's orders. */
export interface Reading {
  /** No order before this time matters, in milliseconds since 1970. */
  readonly sinceMs: number;
  /** The most pages of orders that matter. */
  readonly maxPages: number;
  /** Whether pages are read again that are known. The API may have put an order in between. */
  readonly isThorough: boolean;
  /** Whether what is not found is taken not to be there. */
  readonly isProof: boolean;
  /** Orders that are known to exist. What doesn't show them proves nothing. */
  readonly known: readonly KnownOrder[];
}

/** Why an order that wasn't found may exist all the same. */
export type Gap =
  | /** Not all orders were read. */ "unread"
  | /** The list doesn't show what is known to exist, or in another form. */ "unproven"
  | /** An order says too little of itself. */ "brief";

export interface RecentlyPlaced {
  readonly orders: readonly Order[];
  /** Undefined where these are all. */
  readonly gap: Gap | undefined;
}

/** The most orders that are kept. */
const maxKnown = 5_000;

/** From so many orders in a row on, their order is taken to be that of the list. */
const minInOrder = 10;

/** The same for a reading that proves something: a list may show one group of orders after the other. */
const minForProof = 1_000;

/**
 * Reads the orders of the last minutes, for all lookups of one client.
 *
 * - Lookups that wait at the same time share one reading.
 * - A list that begins with the newest orders is read until they are too old, or until all of a page is known.
 * - A list that begins with the oldest ones is read from the last page that was too old the last time.
 * - Any other list is read to its end, or to `maxPages`.
 *
 * What is to prove that an order doesn't exist begins at the beginning, and reads the list twice: an order that moves up
 * meanwhile is on no page of one reading. It takes the list to be sorted only after a thousand orders, and to be complete
 * only if it shows its first order in the same form as the API does by itself, and every order that is known to exist as it
 * was returned.
 */
export class RecentOrders {
  readonly #client: OrderClient;
  readonly #known = new Map<string, Order>();
  /** Every order since then is known, as of the last reading. */
  #knownSinceMs = Number.POSITIVE_INFINITY;
  /** The page to begin with in a list with the oldest first: its last order is older than what matters. */
  #skip: Skip | undefined;
  #running: Promise<unknown> = Promise.resolve();
  #next: SharedReading | undefined;

  constructor(client: OrderClient) {
    this.#client = client;
  }

  /** Reads from now on, not what was read before. Rejects with the signal's reason, or with what a GET throws. */
  async read(reading: Reading, signal: AbortSignal): Promise<RecentlyPlaced> {
    signal.throwIfAborted();
    let shared = this.#next;
    if (shared === undefined) {
      shared = new SharedReading((merged, end) =>
        merged.isProof ? this.#prove(merged, end) : this.#walk(merged, end),
      );
      this.#next = shared;
      const begin = (): Promise<unknown> => {
        this.#next = undefined;
        return (shared as SharedReading).start();
      };
      this.#running = this.#running.then(begin, begin).catch(() => {});
    }
    const { orders, gap } = await shared.join(reading, signal).catch((error: unknown) => {
      // A cursor may be good for some time only.
      this.#skip = undefined;
      throw error;
    });
    return { orders: orders.filter((order) => !(timeOf(order) < reading.sinceMs)), gap };
  }

  async #prove(reading: Reading, signal: AbortSignal): Promise<RecentlyPlaced> {
    const first = await this.#walk(reading, signal);
    const second = await this.#walk(reading, signal);
    const again = new Set(second.orders.map(({ id }) => id));
    const gap =
      first.gap ??
      second.gap ??
      ((await areAsKnown(second.shown, reading.known)) && (await this.#isListedAsRead(second.first, signal))
        ? undefined
        : "unproven");
    return { orders: [...second.orders, ...first.orders.filter(({ id }) => !again.has(id))], gap };
  }

  /** Whether the list shows its first order as the API does by itself. An empty list shows nothing. */
  async #isListedAsRead(first: Order | undefined, signal: AbortSignal): Promise<boolean> {
    if (first === undefined || !isOrderId(first.id)) return false;
    const { id } = first;
    const init = { params: { path: { orderId: id } }, signal };
    const order = await this.#client
      .GET("/orders/{orderId}", init)
      .then((result) => orderOf(result, id))
      .catch((error: unknown) => {
        if (error instanceof NotFoundError) return undefined;
        throw error;
      });
    return (
      order !== undefined &&
      fingerprintOf(order) === fingerprintOf(first) &&
      Object.is(timeOf(order), timeOf(first))
    );
  }

  async #walk(reading: Reading, signal: AbortSignal): Promise<Walked> {
    const { sinceMs, maxPages, isThorough, isProof, known } = reading;
    const skip =
      !isProof && this.#skip !== undefined && this.#skip.newestMs < sinceMs ? this.#skip : undefined;
    const found = new Map<string, Order>();
    const list = new ListOrder();
    const unseen = new Set(known.map(({ id }) => id));
    const shown: Order[] = [];
    let first: Order | undefined;
    let gap: Gap | undefined = "unread";
    let isSpliced = false;
    let pages = 0;
    let cursor = skip?.cursor;
    const options = { signal, prefetch: false, ...(cursor && { params: { query: { cursor } } }) };
    for await (const { items, nextCursor } of paginate(this.#client, "/orders", options).pages()) {
      if (skip !== undefined && cursor === skip.cursor && !items.some(({ id }) => id === skip.lastId)) {
        // Orders have left the list, and others may have moved up to before this page.
        this.#skip = undefined;
        return this.#walk(reading, signal);
      }
      first ??= items[0];
      const recent = items.filter((order) => !(timeOf(order) < sinceMs));
      const isKnown = recent.length > 0 && recent.every(({ id }) => this.#known.has(id) && !found.has(id));
      // One without an identifier is kept too: whoever looks has to know that it is there.
      for (const order of recent) found.set(order.id ?? `unnamed ${found.size}`, order);
      list.add(items);
      for (const order of items) if (unseen.delete(order.id)) shown.push(order);
      isSpliced = !isThorough && isKnown && list.isNewestFirst && this.#knownSinceMs <= sinceMs;
      const isSorted = list.isNewestFirst && (!isProof || list.count >= minForProof);
      const isPast = isSorted && list.lastMs < sinceMs;
      if (nextCursor === undefined || isSpliced || (isPast && unseen.size === 0)) {
        gap = unseen.size === 0 ? undefined : "unproven";
        break;
      }
      const isTooOld = recent.length === 0;
      if (isTooOld && list.isOldestFirst) {
        if (cursor !== undefined) this.#skip = { cursor, lastId: items.at(-1)?.id, newestMs: list.lastMs };
      } else if (!(isTooOld && list.isNewestFirst && !isSorted) && ++pages >= maxPages) break;
      cursor = nextCursor;
    }
    if (isSpliced) for (const [id, order] of this.#known) if (!found.has(id)) found.set(id, order);
    if (list.isNewestFirst && gap === undefined) this.#keep(found, isSpliced ? this.#knownSinceMs : sinceMs);
    return { orders: [...found.values()], gap, first, shown };
  }

  /** Keeps what was read, the newest of it. */
  #keep(found: ReadonlyMap<string, Order>, sinceMs: number): void {
    const newest = [...found.values()].sort((a, b) => timeOf(b) - timeOf(a));
    const firstLeftOut = newest[maxKnown];
    this.#known.clear();
    for (const order of newest.slice(0, maxKnown)) this.#known.set(order.id, order);
    this.#knownSinceMs = firstLeftOut === undefined ? sinceMs : timeOf(firstLeftOut) + 1;
  }
}

interface Walked extends RecentlyPlaced {
  /** The first order that was read, whatever its age. */
  readonly first: Order | undefined;
  /** Those of the known orders that the list has. */
  readonly shown: readonly Order[];
}

/** Whether the list shows orders as the API has returned them: from one day to the next it may tell times or customers otherwise. */
async function areAsKnown(shown: readonly Order[], known: readonly KnownOrder[]): Promise<boolean> {
  const pairs = shown.flatMap((order) =>
    known.filter(({ id }) => id === order.id).map((one) => isAsKnown(order, one)),
  );
  return (await Promise.all(pairs)).every(Boolean);
}

interface Skip {
  readonly cursor: string;
  readonly lastId: string | undefined;
  readonly newestMs: number;
}

/** One reading that several lookups wait for. It ends when none of them does any more. */
class SharedReading {
  readonly #read: (reading: Reading, signal: AbortSignal) => Promise<RecentlyPlaced>;
  readonly #abort = new AbortController();
  readonly #promise: Promise<RecentlyPlaced>;
  #settle: (result: Promise<RecentlyPlaced>) => void = () => {};
  #merged: Reading | undefined;
  #isStarted = false;
  #waiting = 0;

  constructor(read: (reading: Reading, signal: AbortSignal) => Promise<RecentlyPlaced>) {
    this.#read = read;
    this.#promise = new Promise((resolve) => {
      this.#settle = resolve;
    });
    this.#promise.catch(() => {});
  }

  start(): Promise<RecentlyPlaced> {
    this.#isStarted = true;
    const nothing = { orders: [], gap: "unread" as const };
    const merged = this.#waiting > 0 ? this.#merged : undefined;
    this.#settle(merged ? this.#read(merged, this.#abort.signal) : Promise.resolve(nothing));
    return this.#promise;
  }

  async join(reading: Reading, signal: AbortSignal): Promise<RecentlyPlaced> {
    const merged = this.#merged;
    this.#merged = merged === undefined ? reading : both(merged, reading);
    this.#waiting++;
    let leave = (): void => {};
    const left = new Promise<never>((_, reject) => {
      leave = () => reject(signal.reason);
      signal.addEventListener("abort", leave, { once: true });
    });
    try {
      return await Promise.race([this.#promise, left]);
    } finally {
      signal.removeEventListener("abort", leave);
      // Until it starts, others may still join.
      if (--this.#waiting === 0 && this.#isStarted) this.#abort.abort();
    }
  }
}

/** One reading that does for two. */
function both(one: Reading, other: Reading): Reading {
  return {
    sinceMs: Math.min(one.sinceMs, other.sinceMs),
    maxPages: Math.max(one.maxPages, other.maxPages),
    isThorough: one.isThorough || other.isThorough,
    isProof: one.isProof || other.isProof,
    known: [...one.known, ...other.known],
  };
}

/** What is seen of the order of a list, page by page. */
class ListOrder {
  lastMs = Number.NaN;
  count = 0;
  #canBeNewestFirst = true;
  #canBeOldestFirst = true;

  add(orders: readonly Order[]): void {
    for (const order of orders) {
      const timeMs = timeOf(order);
      // Of an order without a time neither holds.
      if (Number.isNaN(timeMs) || timeMs > this.lastMs) this.#canBeNewestFirst = false;
      if (Number.isNaN(timeMs) || timeMs < this.lastMs) this.#canBeOldestFirst = false;
      this.lastMs = timeMs;
      this.count++;
    }
  }

  get isNewestFirst(): boolean {
    return this.#canBeNewestFirst && !this.#canBeOldestFirst && this.count >= minInOrder;
  }

  get isOldestFirst(): boolean {
    return this.#canBeOldestFirst && !this.#canBeNewestFirst && this.count >= minInOrder;
  }
}
