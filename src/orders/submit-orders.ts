import { checkFunction } from "../wrapper/check-function.ts";
import { checkNames } from "../wrapper/check-names.ts";
import { checkSignal } from "../wrapper/check-signal.ts";
import { checkWhole } from "../wrapper/check-whole.ts";
import { systemTiming } from "../wrapper/timing.ts";
import type { OrderClient } from "./order-client.ts";
import { Submissions } from "./submissions.ts";
import { submitOrderNames } from "./submit-options.ts";
import type { OrderSubmission, SubmitOrdersOptions, SubmitOrdersOutcome } from "./submit-orders-options.ts";

/**
 * Submits many orders, several at a time, each at most once, with the guarantees of {@link submitOrder}. To submit from
 * several machines, share a ledger.
 *
 * - Outcomes come as orders finish, not in the order of the input. A bad order is an outcome too, and stops no other.
 * - The input is read as fast as you take outcomes, at most `concurrency` items ahead of them.
 * - The rate adapts to the API: it starts at ten orders a second and grows until a 429. Processes that share a ledger
 *   with `replace` (all of `juniper-fulfillment/stores` have it) share the rate. An order is retried until
 *   `giveUpAfterMs`, however often that is.
 * - When you leave the loop, no further order is started, and those in flight are waited for. The ledger records how they
 *   end, and `onProgress` is called: submit the same input again to get their outcomes.
 * - After an abort, an error of the input or rejected credentials, the outcomes of the orders in flight still come, and
 *   then the loop throws.
 *
 * @param client The client to send with.
 * @param submissions The orders with their references: an array, a generator, a stream of objects.
 * @param options The ledger, the concurrency, and callbacks.
 * @returns The outcomes. Nothing is sent before you iterate.
 * @throws {ConfigurationError} when `submissions` can't be iterated, or an option can't work.
 * @throws {AuthenticationError} while iterating, when the credentials are rejected: every other order would fail too.
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
  const { reference: _, ...shared } = submitOrderNames;
  checkNames<SubmitOrdersOptions>("submitOrders", options, {
    ...shared,
    concurrency: true,
    onProgress: true,
    giveUpAfterMs: true,
    onRateLimit: true,
  });
  checkSignal(options.signal);
  checkFunction("onProgress", options.onProgress);
  checkFunction("onRateLimit", options.onRateLimit);
  const concurrency = checkWhole("concurrency", options.concurrency ?? 8, 1, 10_000);
  const giveUpAfterMs = checkWhole("giveUpAfterMs", options.giveUpAfterMs ?? 15 * 60_000, 1);
  const checked = { ...options, concurrency, giveUpAfterMs };
  return new Submissions(client, submissions, checked, systemTiming).outcomes();
}
