import type { Order } from "../generated/schema.ts";
import { paginate } from "../pagination/paginate.ts";
import { handledPosition } from "../webhooks/delivery-log.ts";
import { isBehind, isSame } from "../webhooks/order-position.ts";
import {
  ApiError,
  AuthenticationError,
  InvalidRequestError,
  RateLimitError,
  UnexpectedResponseError,
} from "../wrapper/errors.ts";
import { notify } from "../wrapper/hooks.ts";
import type { Timing } from "../wrapper/timing.ts";
import { type ChangesSettings, overlapMs } from "./changes-options.ts";
import { ChangesState } from "./changes-state.ts";
import { latestTimeOf } from "./created-at.ts";
import { mayPass } from "./may-pass.ts";
import type { OrderClient } from "./order-client.ts";
import { isOrderId, orderOf } from "./order-of.ts";

/** A further page is worth its request while it holds this many orders that would take one each. */
const worthwhile = 2;

/** After so many reads in a row that failed and may pass, the next look goes on. */
const mostFailures = 5;

/** What one reading of the list has shown. */
interface Reading {
  /** When the newest order was created. */
  readonly newestMs: number;
  /** When the oldest order was created with which a page went on within reach. */
  readonly jointMs: number;
  /** When the oldest order was created that was not known before. */
  readonly oldestNewMs: number;
}

/** One iteration over the changes. */
export class ChangesFeed {
  readonly #client: OrderClient;
  readonly #settings: ChangesSettings;
  readonly #timing: Timing;
  #nextRequestMs = Number.NEGATIVE_INFINITY;
  #requests = 0;
  #changed = 0;

  constructor(client: OrderClient, settings: ChangesSettings, timing: Timing) {
    this.#client = client;
    this.#settings = settings;
    this.#timing = timing;
  }

  async *changes(): AsyncGenerator<Order, void, undefined> {
    const { store, name, intervalMs, signal, onLook } = this.#settings;
    const state = await ChangesState.load(store, name);
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
    let failures = 0;
    for (const id of [...state.openIds()]) {
      if (seen.has(id)) continue;
      const order = await this.#read(id).catch((error: unknown) => {
        state.putOff(id);
        // One order doesn't keep the feed from the others. So many failures in a row are the API's.
        const isOfAll = error instanceof RateLimitError || !mayPass(error);
        if (!isOfOneOrder(error) && (isOfAll || ++failures === mostFailures)) throw error;
        notify(this.#settings.onError, error);
        return "unreadable" as const;
      });
      if (order !== "unreadable") {
        failures = 0;
        if (order === undefined) await state.miss(id, this.#timing.wallMs());
        else yield* this.#handOn(state, order, state.createdAtMsOf(id));
      }
      // Not before one has been read: the list alone may take all the time.
      if (this.#timing.monotonicMs() >= endMs) return;
    }
  }

  /**
   * Reads the list. An order that moves up over the edge of a page meanwhile is on no page. Where the next look will not
   * reach it, the list is read again until that shows nothing new.
   */
  async *#readLists(
    state: ChangesState,
    seen: Set<string>,
    endMs: number,
  ): AsyncGenerator<Order, void, undefined> {
    const sinceMs = this.#sinceMs(state);
    const reachMs = Math.max(sinceMs, this.#past(state.readToMs ?? 0) - overlapMs);
    for (let isAgain = false; ; isAgain = true) {
      const { newestMs, jointMs, oldestNewMs } = yield* this.#readList(state, seen, reachMs, endMs);
      const readToMs = Math.max(newestMs, this.#past(state.readToMs ?? 0));
      const nextReachMs = readToMs - overlapMs;
      const mayMissOne = Math.max(reachMs, jointMs) < nextReachMs;
      if (mayMissOne && (!isAgain || oldestNewMs < nextReachMs)) continue;
      return state.finishListing(readToMs, nextReachMs, sinceMs);
    }
  }

  async *#readList(
    state: ChangesState,
    seen: Set<string>,
    reachMs: number,
    endMs: number,
  ): AsyncGenerator<Order, Reading, undefined> {
    const { signal } = this.#settings;
    const never = Number.POSITIVE_INFINITY;
    const reading = { newestMs: 0, jointMs: never, oldestNewMs: never };
    let isWithinReach = true;
    let edgeMs = Number.NEGATIVE_INFINITY;
    await this.#takeTurn();
    for await (const page of paginate(this.#client, "/orders", { signal, prefetch: false }).pages()) {
      const times = page.items.map((order) => latestTimeOf(order) ?? reachMs);
      if (edgeMs >= reachMs) reading.jointMs = Math.min(reading.jointMs, times[0] ?? never);
      edgeMs = times.at(-1) ?? edgeMs;
      const items = page.items.filter(({ id }) => isOrderId(id));
      const saved = items.filter(({ id }) => state.isOpen(id) && !seen.has(id)).length;
      for (const order of items) {
        const createdAtMs = latestTimeOf(order);
        const isInReach = createdAtMs === undefined || createdAtMs >= reachMs;
        const isKnown = state.isKnown(order.id);
        seen.add(order.id);
        reading.newestMs = Math.max(reading.newestMs, this.#past(createdAtMs ?? 0));
        if (isInReach && !isKnown)
          reading.oldestNewMs = Math.min(reading.oldestNewMs, createdAtMs ?? reachMs);
        if (isInReach || isKnown) yield* this.#handOn(state, order, createdAtMs);
      }
      // The newest come first: a page without any in reach is followed by none.
      isWithinReach &&= times.length === 0 || times.some((ms) => ms >= reachMs);
      const isWorthwhile = saved >= worthwhile && this.#timing.monotonicMs() < endMs;
      if (!isWithinReach && !isWorthwhile) break;
      await this.#takeTurn();
    }
    return reading;
  }

  /** What was created before is none of the feed's. */
  #sinceMs({ sinceMs, readToMs }: ChangesState): number {
    if (readToMs === undefined) return this.#past(this.#settings.sinceMs);
    // One that is still to come was made by a clock that was ahead.
    return sinceMs > this.#timing.wallMs() ? this.#past(readToMs) - overlapMs : sinceMs;
  }

  /**
   * Yields an order that has changed, unless the webhook handler has handled it.
   *
   * @param createdAtMs When it was created, as far as the list says.
   */
  async *#handOn(
    state: ChangesState,
    order: Order,
    createdAtMs: number | undefined,
  ): AsyncGenerator<Order, void, undefined> {
    if (state.isNews(order) && !(await this.#isHandled(order))) {
      this.#changed++;
      yield order;
    }
    await state.record(order, createdAtMs);
  }

  /** A time that has not come yet, as of a clock that was wrong, must not hide all that is created until then. */
  #past(ms: number): number {
    return Math.min(ms, this.#timing.wallMs());
  }

  async #isHandled(order: Order): Promise<boolean> {
    const handled = await handledPosition(this.#settings.store, order.id);
    return handled !== undefined && (isSame(order, handled) || isBehind(order, handled));
  }

  async #read(orderId: string): Promise<Order | undefined> {
    await this.#takeTurn();
    const { signal } = this.#settings;
    const init = { params: { path: { orderId } }, ...(signal && { signal }) };
    try {
      return orderOf(await this.#client.GET("/orders/{orderId}", init), orderId);
    } catch (error) {
      if (error instanceof ApiError && (error.status === 404 || error.status === 410)) return undefined;
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

/** Whether it is this order that can't be read, whatever becomes of the others: each is read again in the next look. */
function isOfOneOrder(error: unknown): boolean {
  // A list may show an id that no path can hold.
  if (error instanceof UnexpectedResponseError || error instanceof InvalidRequestError) return true;
  if (error instanceof AuthenticationError || error instanceof RateLimitError) return false;
  return error instanceof ApiError && error.status < 500;
}
