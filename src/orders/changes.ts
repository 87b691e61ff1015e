import type { Order } from "../generated/schema.ts";
import { checkNames } from "../wrapper/check-names.ts";
import { systemTiming, type Timing } from "../wrapper/timing.ts";
import { ChangesFeed } from "./changes-feed.ts";
import { type OrderChangesOptions, readSettings } from "./changes-options.ts";
import type { OrderClient } from "./order-client.ts";

/**
 * Yields every order that has changed, in its latest state, by polling. Use it if you have no webhooks, or for webhooks
 * that you missed: the vendor documents no redelivery.
 *
 * - It yields the latest state, not every step: an order that becomes PROCESSING and then SHIPPED between two polls is
 *   yielded once.
 * - An order counts as handled when you ask for the next one. After a crash in between it is yielded again.
 * - New orders are found on the first pages of the list. Open orders are read from later pages where a page holds
 *   several of them, and otherwise one by one, starting with those not read for longest.
 * - What is further down the list than the next poll reads is read until nothing new is found: orders move to other pages
 *   when one leaves the list.
 * - With the `store` of your webhook handler, it leaves out what the handler has handled.
 * - What a list that is behind shows of an order's past is left out. An order that can't be found (404, 410) is looked for
 *   for a day. One that can't be read for another reason, such as a 403, is told to `onError`, and read again each time.
 * - SHIPPED and CANCELLED are final: such an order is not read again. It is yielded again only if the machine's clock is set
 *   back by more than a day.
 *
 * @param client The client to read with.
 * @param options Where to resume from, and how often to poll.
 * @returns The orders. It never ends by itself: leave the loop, or abort the `signal`.
 * @throws {ConfigurationError} when an option can't work.
 * @throws {InvalidRequestError} when `signal` is no AbortSignal.
 * @throws {AuthenticationError} while iterating, when the credentials are rejected.
 * @throws {ApiError} while iterating, when the list responds with any other status than 429 and 5xx.
 * @throws {Error} while iterating, when the store fails, or takes longer than 30 seconds. Iterate again then.
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
  checkNames<OrderChangesOptions>("orderChanges", options, {
    store: true,
    name: true,
    requestsPerSecond: true,
    intervalMs: true,
    since: true,
    signal: true,
    onLook: true,
    onError: true,
  });
  return orderChangesWith(client, options, systemTiming);
}

/** The same with a clock of the caller's, for tests. */
export function orderChangesWith(
  client: OrderClient,
  options: OrderChangesOptions,
  timing: Timing,
): AsyncIterable<Order> {
  const settings = readSettings(options, timing);
  return { [Symbol.asyncIterator]: () => new ChangesFeed(client, settings, timing).changes() };
}
