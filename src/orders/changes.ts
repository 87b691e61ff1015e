import type { Order } from "../generated/schema.ts";
import { systemTiming, type Timing } from "../wrapper/timing.ts";
import { ChangesFeed } from "./changes-feed.ts";
import { type OrderChangesOptions, readSettings } from "./changes-options.ts";
import type { OrderClient } from "./order-client.ts";

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
  return { [Symbol.asyncIterator]: () => new ChangesFeed(client, settings, timing).changes() };
}
