import type { Order } from "../generated/schema.ts";
import { paginate } from "../pagination/paginate.ts";
import { handledPosition } from "../webhooks/delivery-log.ts";
import {
  ApiError,
  ConfigurationError,
  ConnectionError,
  NotFoundError,
  RateLimitError,
  TimeoutError,
  UnexpectedResponseError,
} from "../wrapper/errors.ts";
import { notify } from "../wrapper/hooks.ts";
import { memoryStore } from "../wrapper/store.ts";
import { systemTiming, type Timing } from "../wrapper/timing.ts";
import { ChangesState, type ChangesStore, timeOf } from "./changes-state.ts";
import type { OrderClient } from "./order-client.ts";
import { orderOf } from "./order-of.ts";
import { timedStore } from "./timed-store.ts";

/**
 * The options of {@link orderChanges}.
 *
 * @example
 * ```ts
 * import { createFulfillmentClient, fromEnv, type OrderChangesOptions, orderChanges } from "juniper-fulfillment";
 * import { sqlLedger } from "juniper-fulfillment/stores";
 * import { Pool } from "pg";
 *
 * const options: OrderChangesOptions = { store: sqlLedger(new Pool()), requestsPerSecond: 0.5 };
 * for await (const { id, status } of orderChanges(createFulfillmentClient(fromEnv()), options)) console.log(id, status);
 * ```
 */
export interface OrderChangesOptions {
  /**
   * Where to go on from after a restart. Give the same one to the webhook handler: what it has handled is then left
   * out. It must have `list`, as every store of this package has.
   * @default this process's memory: a restart begins anew
   */
  store?: ChangesStore | undefined;
  /**
   * The name of the feed, for several of them in one store. A feed has one reader at a time.
   * @default "default"
   */
  name?: string | undefined;
  /**
   * The most requests that it makes, a second. They count against the vendor's limits like all others.
   * @default 1
   */
  requestsPerSecond?: number | undefined;
  /**
   * How often it looks for changes, in milliseconds. A look that takes longer is followed by the next one at once.
   * @default 60000
   */
  intervalMs?: number | undefined;
  /**
   * Where the very first look begins: orders that were created before are not seen. Later looks go on from the store.
   * @default a month ago
   */
  since?: Date | undefined;
  /** Ends the iteration, and with it a request in flight. The loop then throws its reason. */
  signal?: AbortSignal | undefined;
  /**
   * Told after each look: how many requests it made, how many orders were handed on, and how many may still change.
   * @default none
   */
  onLook?:
    | ((info: { readonly requests: number; readonly changed: number; readonly open: number }) => void)
    | undefined;
  /**
   * Told of a failure that may pass: no connection, a timeout, a 429 or a 5xx. The next look tries again.
   * @default none
   */
  onError?: ((error: unknown) => void) | undefined;
}

/**
 * Yields the latest state of every order that has changed, from polling alone: for partners without webhooks, and for
 * the webhooks that were missed, since the vendor documents no redelivery.
 *
 * - It promises the latest state, and not every step: an order that is PROCESSING and SHIPPED between two looks is
 *   yielded once.
 * - An order counts as handled when you ask for the next one. After a crash in between it is yielded again.
 * - New orders come from the first pages of the list. Orders that may still change come from further pages while those
 *   hold several of them, and are read one by one otherwise, those that were looked at longest ago first.
 * - With the `store` of a webhook handler, what that has handled is left out.
 * - SHIPPED and CANCELLED are taken for the end of an order.
 *
 * @param client The client to read with.
 * @param options The store to go on from, and how much to ask of the vendor.
 * @returns The orders. It never ends by itself: leave the loop, or abort the `signal`.
 * @throws {ConfigurationError} when an option can't work.
 * @throws {AuthenticationError} while iterating, when the credentials are rejected.
 * @throws {ApiError} while iterating, for any other refusal that will not pass.
 * @throws {Error} while iterating, when the store fails, or takes longer than half a minute. Begin again then.
 * @example
 * ```ts
 * import { createFulfillmentClient, fromEnv, orderChanges } from "juniper-fulfillment";
 *
 * const client = createFulfillmentClient(fromEnv());
 * for await (const order of orderChanges(client, { intervalMs: 300_000 })) {
 *   console.log(order.id, order.status, order.fulfillmentInfo?.trackingNumber);
 * }
 * ```
 */
export function orderChanges(client: OrderClient, options: OrderChangesOptions = {}): AsyncIterable<Order> {
  return orderChangesWith(client, options, systemTiming);
}

/** The same with a clock of the caller's, for tests. */
export function orderChangesWith(
  client: OrderClient,
  options: OrderChangesOptions,
  timing: Timing,
): AsyncIterable<Order> {
  const settings = readSettings(options, timing);
  return { [Symbol.asyncIterator]: () => new Feed(client, settings, timing).changes() };
}

type Settings = ReturnType<typeof readSettings>;

const monthMs = 30 * 24 * 60 * 60_000;

/** How far the lists are read again each time: an order may come to be listed late, and clocks differ. */
const overlapMs = 10 * 60_000;

/** A further page is worth its request while it holds this many orders that would take one each. */
const worthwhile = 2;

function readSettings(options: OrderChangesOptions, timing: Timing) {
  const { name = "default", requestsPerSecond = 1, intervalMs = 60_000, store, since } = options;
  if (typeof name !== "string" || !/^[\w.-]{1,100}$/.test(name)) {
    throw new ConfigurationError("name must be 1 to 100 letters, digits, dots, dashes and underscores.");
  }
  for (const [option, value] of Object.entries({ requestsPerSecond, intervalMs })) {
    if (!(typeof value === "number" && value > 0 && Number.isFinite(value))) {
      throw new ConfigurationError(`${option} must be a number above 0.`);
    }
  }
  for (const method of ["get", "set", "delete", "list"] as const) {
    if (store !== undefined && typeof store?.[method] !== "function") {
      throw new ConfigurationError(
        `The store of orderChanges must have ${method}. Every store of this package has it.`,
      );
    }
  }
  const sinceMs = since === undefined ? timing.wallMs() - monthMs : Number(since);
  if (Number.isNaN(sinceMs)) throw new ConfigurationError("since must be a valid Date.");
  return {
    ...{ ...options, name, requestsPerSecond, intervalMs, sinceMs },
    store: timedStore(store ?? memoryStore({ maxEntries: Number.POSITIVE_INFINITY }), timing, options.signal),
  };
}

/** One iteration over the changes. */
class Feed {
  readonly #client: OrderClient;
  readonly #settings: Settings;
  readonly #timing: Timing;
  #nextRequestMs = Number.NEGATIVE_INFINITY;
  #requests = 0;
  #changed = 0;

  constructor(client: OrderClient, settings: Settings, timing: Timing) {
    this.#client = client;
    this.#settings = settings;
    this.#timing = timing;
  }

  async *changes(): AsyncGenerator<Order, void, undefined> {
    const { name, intervalMs, signal, onLook } = this.#settings;
    const state = await ChangesState.load(this.#settings.store, name);
    for (;;) {
      const startMs = this.#timing.monotonicMs();
      [this.#requests, this.#changed] = [0, 0];
      try {
        yield* this.#look(state, startMs + intervalMs);
      } catch (error) {
        if (!mayPass(error)) throw error;
        notify(this.#settings.onError, error);
      }
      notify(onLook, { requests: this.#requests, changed: this.#changed, open: state.open });
      const restMs = startMs + intervalMs - this.#timing.monotonicMs();
      signal?.throwIfAborted();
      if (restMs > 0) await this.#timing.sleep(restMs, signal);
    }
  }

  /** Looks once: at the list, and then at open orders that it did not show, as long as there is time. */
  async *#look(state: ChangesState, endMs: number): AsyncGenerator<Order, void, undefined> {
    const seen = new Set<string>();
    yield* this.#readLists(state, seen, endMs);
    for (const id of [...state.openIds()]) {
      if (seen.has(id)) continue;
      if (this.#timing.monotonicMs() >= endMs) return;
      const order = await this.#read(id).catch((error: unknown) => {
        // One response that can't be used doesn't keep the feed from the other orders. This one is read again.
        if (!(error instanceof UnexpectedResponseError)) throw error;
        notify(this.#settings.onError, error);
        return "unusable" as const;
      });
      if (order === "unusable") continue;
      if (order === undefined) await state.forget(id);
      else yield* this.#handOn(state, order);
    }
  }

  async *#readLists(
    state: ChangesState,
    seen: Set<string>,
    endMs: number,
  ): AsyncGenerator<Order, void, undefined> {
    const reachMs = (state.readToMs ?? this.#settings.sinceMs + overlapMs) - overlapMs;
    const { signal } = this.#settings;
    let newestMs = state.readToMs ?? this.#settings.sinceMs;
    let isWithinReach = true;
    await this.#takeTurn();
    for await (const page of paginate(this.#client, "/orders", { signal, prefetch: false }).pages()) {
      const items = page.items.filter(({ id }) => typeof id === "string" && id !== "");
      const saved = items.filter(({ id }) => state.isOpen(id) && !seen.has(id)).length;
      for (const order of items) {
        const createdAtMs = timeOf(order.createdAt);
        const isInReach = createdAtMs === undefined || createdAtMs >= reachMs;
        seen.add(order.id);
        newestMs = Math.max(newestMs, createdAtMs ?? 0);
        if (isInReach || state.isKnown(order.id)) yield* this.#handOn(state, order);
      }
      // The newest come first: a page without any in reach is followed by none.
      isWithinReach &&= items.some(({ createdAt }) => (timeOf(createdAt) ?? reachMs) >= reachMs);
      const isWorthwhile = saved >= worthwhile && this.#timing.monotonicMs() < endMs;
      if (!isWithinReach && !isWorthwhile) break;
      await this.#takeTurn();
    }
    await state.finishListing(newestMs, overlapMs);
  }

  /** Yields an order that has changed, unless the webhook handler has handled it. */
  async *#handOn(state: ChangesState, order: Order): AsyncGenerator<Order, void, undefined> {
    if (state.isNews(order) && !(await this.#isHandled(order))) {
      this.#changed++;
      yield order;
    }
    await state.record(order, this.#timing.wallMs());
  }

  async #isHandled({ id, status, updatedAt }: Order): Promise<boolean> {
    const { store } = this.#settings;
    const handled = await handledPosition(store, id);
    return handled !== undefined && handled.status === status && handled.updatedAt === updatedAt;
  }

  async #read(orderId: string): Promise<Order | undefined> {
    await this.#takeTurn();
    const { signal } = this.#settings;
    const init = { params: { path: { orderId } }, ...(signal && { signal }) };
    try {
      return orderOf(await this.#client.GET("/orders/{orderId}", init), orderId);
    } catch (error) {
      if (error instanceof NotFoundError) return undefined;
      throw error;
    }
  }

  /** Waits until the next request may be made. */
  async #takeTurn(): Promise<void> {
    const { requestsPerSecond, signal } = this.#settings;
    const nowMs = this.#timing.monotonicMs();
    const waitMs = this.#nextRequestMs - nowMs;
    this.#nextRequestMs = Math.max(nowMs, this.#nextRequestMs) + 1_000 / requestsPerSecond;
    signal?.throwIfAborted();
    if (waitMs > 0) await this.#timing.sleep(waitMs, signal);
    this.#requests++;
  }
}

/** Failures after which the next look may well succeed. */
function mayPass(error: unknown): boolean {
  if (error instanceof ConnectionError || error instanceof TimeoutError) return true;
  return error instanceof RateLimitError || (error instanceof ApiError && error.status >= 500);
}
