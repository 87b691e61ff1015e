import type { OrderRequest } from "../generated/schema.ts";
import { checkFunction } from "../wrapper/check-function.ts";
import { checkNames } from "../wrapper/check-names.ts";
import { checkSignal } from "../wrapper/check-signal.ts";
import { checkWhole } from "../wrapper/check-whole.ts";
import { ConfigurationError } from "../wrapper/errors.ts";
import { maxTimerMs } from "../wrapper/max-timer.ts";
import { mayRepeatPosts } from "../wrapper/runtime.ts";
import { systemTiming, type Timing } from "../wrapper/timing.ts";
import { ledgerOf, stateOf } from "./client-state.ts";
import { copyOrder } from "./copy-order.ts";
import { defaultListDelayMs } from "./list-delay.ts";
import { checkLookup } from "./lookup.ts";
import { observeSubmission } from "./observe-submission.ts";
import type { OrderClient } from "./order-client.ts";
import { isReference } from "./reference.ts";
import { checkRetention } from "./retention.ts";
import { Submission } from "./submission.ts";
import { type SubmitOrderOptions, type SubmitOrderResult, submitOrderNames } from "./submit-options.ts";

/**
 * Submits an order at most once, however often it is called with the same reference.
 *
 * - The reference is entered in the ledger, atomically, before anything is sent. A call that finds it there, in
 *   another process or after a crash, does not send.
 * - Right before the first byte leaves, the sender checks that the entry is still its own and that its time is not over.
 *   A call that was paused while another one took over does not send.
 * - An order that was refused or never sent frees its reference. Correct it where needed, and submit it again.
 * - When the outcome is unknown, the order is looked for among the API's orders: same customer, items and terms,
 *   created since the reference was entered. Orders of other references are left out. If exactly one
 *   matches, that is the result.
 * - If none or several match, or another reference of unknown outcome has an order that looks the same, you get
 *   {@link OutcomeUnknownError}. {@link settleOrder} records what you find out.
 * - It sends again only with `resend`, and then only one caller does.
 *
 * It can't know the outcome in every case. Then it throws {@link OutcomeUnknownError}; it never guesses. Two cases are
 * beyond it: a machine that pauses the process between that last check and the first byte, for so long that another
 * process resends the order; and orders that a middleware sends by itself. Let the client send them.
 *
 * @param client The client to send with.
 * @param order The order. It is copied first, so you may change it afterwards.
 * @param options The reference, and where it is remembered.
 * @returns The stored order, and whether it was created, found or submitted earlier.
 * @throws {ConfigurationError} when the reference or an option can't work, or in a browser without `acceptDuplicates`.
 * @throws {ReferenceInUseError} when the reference belongs to another order, which was placed or is of unknown outcome.
 * @throws {InvalidRequestError} when the order can't be written as JSON or its doses don't add up (JH-09), or a
 * middleware changes the order or responds in place of the API. Nothing is sent then.
 * @throws {OutcomeUnknownError} when the order may or may not exist, also because the ledger fails. `candidates` holds
 * the orders that look like it.
 * @throws {FulfillmentError} of any other class when the order certainly does not exist, such as
 * {@link ValidationError}.
 * @example
 * ```ts
 * import { createFulfillmentClient, fromEnv, type OrderRequest, submitOrder } from "juniper-fulfillment";
 *
 * const client = createFulfillmentClient(fromEnv());
 * declare const order: OrderRequest;
 * const { outcome, order: stored } = await submitOrder(client, order, { reference: "2026-000123" });
 * console.log(outcome, stored.id);
 * ```
 */
export async function submitOrder(
  client: OrderClient,
  order: OrderRequest,
  options: SubmitOrderOptions,
): Promise<SubmitOrderResult> {
  checkNames("submitOrder", options, submitOrderNames);
  return submitOrderWith(client, order, options, systemTiming);
}

/** The same with a clock and chance of the caller's, for tests. */
export async function submitOrderWith(
  client: OrderClient,
  order: OrderRequest,
  options: SubmitOrderOptions,
  timing: Timing,
): Promise<SubmitOrderResult> {
  const { reference, deadlineMs = 120_000, retentionMs, resend = false, correlate } = options ?? {};
  if (!isReference(reference)) {
    throw new ConfigurationError(
      "submitOrder needs a reference, your own name for the order, of 1 to 256 characters.",
    );
  }
  if (options.acceptDuplicates !== true && mayRepeatPosts()) {
    throw new ConfigurationError(
      "A browser's fetch may send an order twice when a connection breaks. Submit orders from a server, or set acceptDuplicates to true.",
    );
  }
  const { signal, onLedgerError, onDifference } = options;
  checkSignal(signal);
  for (const [name, value] of Object.entries({ correlate, onLedgerError, onDifference }))
    checkFunction(name, value);
  const ledger = ledgerOf(client, options.ledger);
  signal?.throwIfAborted();
  const parts = {
    ...{ client, reference, correlate, timing, ledger, recent: stateOf(client).recent },
    order: copyOrder(order),
    lookup: checkLookup(options.lookup),
    resendAfterMs: resendAfterMsOf(resend),
    retentionMs: checkRetention(retentionMs),
    deadlineMs: checkWhole("deadlineMs", deadlineMs, 1, maxTimerMs),
    ...{ signal, onLedgerError, onDifference },
  };
  return observeSubmission(() => Submission.run(parts));
}

function resendAfterMsOf(resend: unknown): number | undefined {
  if (resend === undefined || resend === false) return undefined;
  if (resend === true) return defaultListDelayMs;
  const { afterMs } = Object(resend) as { readonly afterMs?: unknown };
  return checkWhole("resend.afterMs", afterMs, 0);
}
