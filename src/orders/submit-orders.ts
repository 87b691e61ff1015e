import { checkFunction } from "../wrapper/check-options.ts";
import { checkSignal } from "../wrapper/check-signal.ts";
import { checkWhole } from "../wrapper/check-whole.ts";
import { systemTiming, type Timing } from "../wrapper/timing.ts";
import type { OrderClient } from "./order-client.ts";
import { Submissions } from "./submissions.ts";
import type { OrderSubmission, SubmitOrdersOptions, SubmitOrdersOutcome } from "./submit-orders-options.ts";

/**
 * Submits many orders from one machine, several at a time, each at most once. What {@link submitOrder} promises for
 * one order holds for each. For several machines, share a ledger.
 *
 * - Outcomes come as orders end, not in the order of the input. A bad order is an outcome too, and stops nobody.
 * - The input is read as fast as outcomes are taken, and never more than `concurrency` items ahead of them.
 * - The rate adapts to what the API takes. It starts with ten orders a second and grows until a 429 says that it is
 *   too much. Processes that share a ledger with `replace` (all of `juniper-fulfillment/stores` have it) share the
 *   rate. An order is tried until `giveUpAfterMs`, however often that is.
 * - Leaving the loop starts no further order, and waits for those in flight. The ledger knows how they ended, and
 *   `onProgress` is told: submit the same input again to see.
 * - After an abort, an error of the input or a rejected sign-in, the outcomes of the orders in flight still come, and
 *   then the loop throws.
 *
 * @param client The client to send with.
 * @param submissions The orders with their references: an array, a generator, a stream of objects.
 * @param options The ledger, how many at a time, and whom to tell.
 * @throws {ConfigurationError} when `submissions` can't be iterated, or an option can't work.
 * @throws {AuthenticationError} while iterating, when the credentials are rejected: all other orders would fail alike.
 * @example
 * ```ts
 * import { createFulfillmentClient, fromEnv, type OrderSubmission, submitOrders } from "juniper-fulfillment";
 *
 * const client = createFulfillmentClient(fromEnv());
 * declare const submissions: AsyncIterable<OrderSubmission>;
 * for await (const { reference, outcome, order, error } of submitOrders(client, submissions)) {
 *   console.log(reference, outcome, order?.id ?? error);
 * }
 * ```
 */
export function submitOrders(
  client: OrderClient,
  submissions: Iterable<OrderSubmission> | AsyncIterable<OrderSubmission>,
  options: SubmitOrdersOptions = {},
): AsyncIterable<SubmitOrdersOutcome> {
  return submitOrdersWith(client, submissions, options, systemTiming);
}

/** {@link submitOrders} by another clock. */
export function submitOrdersWith(
  client: OrderClient,
  submissions: Iterable<OrderSubmission> | AsyncIterable<OrderSubmission>,
  options: SubmitOrdersOptions,
  timing: Timing,
): AsyncIterable<SubmitOrdersOutcome> {
  checkSignal(options.signal);
  checkFunction("onProgress", options.onProgress);
  checkFunction("onRateLimit", options.onRateLimit);
  const concurrency = checkWhole("concurrency", options.concurrency ?? 8, 1, 10_000);
  const giveUpAfterMs = checkWhole("giveUpAfterMs", options.giveUpAfterMs ?? 15 * 60_000, 1);
  return new Submissions(client, submissions, { ...options, concurrency, giveUpAfterMs }, timing).outcomes();
}
