import type { Order } from "../generated/schema.ts";
import { checkNames } from "../wrapper/check-names.ts";
import { checkWhole } from "../wrapper/check-whole.ts";
import { sha256 } from "../wrapper/digest.ts";
import {
  ConfigurationError,
  InvalidRequestError,
  OutcomeUnknownError,
  TimeoutError,
} from "../wrapper/errors.ts";
import { maxTimerMs } from "../wrapper/max-timer.ts";
import { serverOfClient } from "../wrapper/server-of-client.ts";
import { systemTiming, type Timing } from "../wrapper/timing.ts";
import { LedgerFailure } from "./bounded-store.ts";
import { checkServer } from "./check-server.ts";
import { Claims } from "./claims.ts";
import { ledgerOf } from "./client-state.ts";
import { timeOf } from "./created-at.ts";
import { Deadline } from "./deadline.ts";
import { Echo, mustBeShown } from "./echo.ts";
import { earliestOf, isPending, type PendingEntry, type Stored, skewOf, timesOf } from "./entry.ts";
import { fingerprintOf } from "./fingerprint.ts";
import * as hints from "./hints.ts";
import type { Ledger } from "./ledger.ts";
import { defaultListDelayMs } from "./list-delay.ts";
import { findMatchingOrders } from "./matching-orders.ts";
import type { OrderClient } from "./order-client.ts";
import { orderOf } from "./order-of.ts";
import { isReference } from "./reference.ts";
import { ReferenceLedger } from "./reference-ledger.ts";
import { checkRetention } from "./retention.ts";

/**
 * The options of {@link settleOrder}.
 *
 * @example
 * ```ts
 * import { createFulfillmentClient, fromEnv, settleOrder, type SettleOrderOptions } from "juniper-fulfillment";
 * import { fileLedger } from "juniper-fulfillment/stores";
 *
 * const options: SettleOrderOptions = { reference: "2026-000123", ledger: fileLedger("orders"), as: "not-placed" };
 * await settleOrder(createFulfillmentClient(fromEnv()), options);
 * ```
 */
export interface SettleOrderOptions {
  /** The reference that the order was submitted with. */
  reference: string;
  /**
   * The ledger that it was submitted with.
   * @default the one in memory that belongs to the client
   */
  ledger?: Ledger | undefined;
  /** Which order the reference has, or that it has none. */
  as:
    | {
        /** The order's `id`. */
        readonly orderId: string;
      }
    | "not-placed";
  /**
   * Record the order even if its customer, items or terms differ from those that were submitted, it is older, or another
   * reference has an order with its identifier, as of a server that has used one again.
   * @default false
   */
  evenIfDifferent?: boolean | undefined;
  /**
   * Free a reference that was not placed without looking for its order first, because you know more than the list of
   * orders tells. If the order exists all the same, the next submission places a second one.
   * @default false
   */
  withoutLooking?: boolean | undefined;
  /**
   * How long after the end of the last call its order may still appear in the list of orders, in milliseconds: a reference
   * is not freed by a look before that.
   * @default 1800000
   */
  listDelayMs?: number | undefined;
  /**
   * How long to remember the placed reference, in milliseconds, at least 32 days: see {@link SubmitOrderOptions}. A
   * reference that is settled as not placed is free at once.
   * @default for ever
   */
  retentionMs?: number | undefined;
  /**
   * How far apart the clocks of the machines that share the ledger may be, in milliseconds.
   * @default 60000
   */
  clockSkewMs?: number | undefined;
  /**
   * How long settling may take in all, in milliseconds.
   * @default 30000
   */
  deadlineMs?: number | undefined;
}

/**
 * What {@link settleOrder} recorded.
 *
 * @example
 * ```ts
 * import type { SettledOrder } from "juniper-fulfillment";
 *
 * const describe = ({ reference, outcome, order }: SettledOrder): string =>
 *   outcome === "placed" ? `${reference} is ${order?.id}` : `${reference} is free`;
 * console.log(describe({ reference: "2026-000123", outcome: "not-placed" }));
 * ```
 */
export interface SettledOrder {
  /** The reference. */
  readonly reference: string;
  /** `placed`, with the order; or `not-placed`, and the reference is free again. */
  readonly outcome: "placed" | "not-placed";
  /** The order, if there is one. */
  readonly order?: Order;
}

/**
 * Records whether an order of unknown outcome was placed. From then on {@link submitOrder} returns that order for the
 * reference, or may place it anew.
 *
 * It is atomic: another call with this reference that is waiting to send finds its entry gone, and does not send. While
 * such a call may still be at work, settling is rejected, since an order may still appear. With `"not-placed"` it looks
 * first, from `listDelayMs` after that call on, since a list may be behind, and is rejected if an order of the same customer
 * exists that no other reference has, where the API returns orders in another form, where the list doesn't show a recent order
 * that was created with this ledger, or where there is none yet.
 *
 * @param client The client to read the order with.
 * @param options The reference, its ledger, and your decision.
 * @returns What was recorded.
 * @throws {ConfigurationError} when an option can't work, or the ledger has no `replace`.
 * @throws {InvalidRequestError} when the reference is unknown, was settled differently or was submitted to another server, the
 * order looks different or belongs to another reference, an order could be the one that was not placed, or it is too early. The message says
 * which, and when it will be possible.
 * @throws {OutcomeUnknownError} when the ledger fails, or another call has taken over the reference.
 * @throws {FulfillmentError} of any other class when the orders can't be read, such as {@link NotFoundError}.
 * @example
 * ```ts
 * import { createFulfillmentClient, fromEnv, settleOrder } from "juniper-fulfillment";
 * import { sqlLedger } from "juniper-fulfillment/stores";
 * import { Pool } from "pg";
 *
 * const client = createFulfillmentClient(fromEnv());
 * const ledger = sqlLedger(new Pool({ connectionString: "postgres://localhost/shop" }));
 * await settleOrder(client, { reference: "2026-000123", ledger, as: { orderId: "2vSGym0bH8qVEwCIGlyFoRgJq1A" } });
 * await settleOrder(client, { reference: "2026-000124", ledger, as: "not-placed" });
 * ```
 */
export async function settleOrder(client: OrderClient, options: SettleOrderOptions): Promise<SettledOrder> {
  checkNames<SettleOrderOptions>("settleOrder", options, {
    reference: true,
    ledger: true,
    as: true,
    evenIfDifferent: true,
    withoutLooking: true,
    listDelayMs: true,
    retentionMs: true,
    clockSkewMs: true,
    deadlineMs: true,
  });
  return settleOrderWith(client, options, systemTiming);
}

/** The same with a clock of the caller's, for tests. */
export async function settleOrderWith(
  client: OrderClient,
  options: SettleOrderOptions,
  timing: Timing,
): Promise<SettledOrder> {
  const { reference, as } = options ?? {};
  if (!isReference(reference)) throw new ConfigurationError("settleOrder needs the reference of the order.");
  const ledger = ledgerOf(client, options.ledger);
  if (typeof ledger.replace !== "function") {
    throw new ConfigurationError(
      "settleOrder takes a ledger that has a replace, as those of this package do.",
    );
  }
  const isOrder =
    typeof as === "object" && as !== null && typeof as.orderId === "string" && as.orderId !== "";
  if (as !== "not-placed" && !isOrder) {
    throw new ConfigurationError('settleOrder needs as: { orderId } or as: "not-placed".');
  }
  checkRetention(options.retentionMs);
  // One below 0 would free the reference while its call is at work.
  const clockSkewMs = checkWhole("clockSkewMs", options.clockSkewMs ?? 60_000, 0, maxTimerMs);
  const deadlineMs = checkWhole("deadlineMs", options.deadlineMs ?? 30_000, 1, maxTimerMs);
  const listDelayMs = checkWhole("listDelayMs", options.listDelayMs ?? defaultListDelayMs, 0, maxTimerMs);
  const deadline = new Deadline(timing, deadlineMs);
  try {
    const referenceHash = await hashed(reference, deadline);
    const references = new ReferenceLedger(ledger, referenceHash, deadline);
    const checked = { ...options, ledger, clockSkewMs, deadlineMs, listDelayMs };
    if (as === "not-placed") return await settleAsNotPlaced(client, checked, references, timing, deadline);
    return await settleAs(client, as.orderId, checked, references, timing, deadline);
  } catch (error) {
    if (!(error instanceof LedgerFailure)) throw error;
    throw new OutcomeUnknownError({ method: "POST", path: "/orders", cause: error }, hints.ledgerFailed);
  }
}

/** Web Crypto takes turns with the files of a process: a disk that hangs keeps it waiting. */
function hashed(text: string, deadline: Deadline): Promise<string> {
  return deadline
    .within(() => sha256(text))
    .catch((error: unknown) => {
      throw new LedgerFailure(error);
    });
}

type CheckedOptions = SettleOrderOptions & { readonly ledger: Ledger } & Readonly<
    Record<"clockSkewMs" | "deadlineMs" | "listDelayMs", number>
  >;

async function settleAsNotPlaced(
  client: OrderClient,
  options: CheckedOptions,
  references: ReferenceLedger,
  timing: Timing,
  deadline: Deadline,
): Promise<SettledOrder> {
  const { reference } = options;
  const found = await meet(references, options, timing);
  if (found !== undefined) checkServer(found.entry, client);
  if (found?.entry.state === "done")
    throw new InvalidRequestError(`The reference has an order, ${found.entry.orderId}.`);
  if (isPending(found)) {
    const looks = options.withoutLooking !== true;
    // The later of the two times, so that nobody comes back too early again.
    if (looks) checkIsListed(found, options, timing);
    checkIsOver(found, options, timing);
    if (looks) await checkHasNoOrder(client, options, found, references, timing, deadline);
    if (!(await references.withdraw(found))) throw changedMeanwhile();
  } else if (found === undefined) throw unknownReference();
  return { reference, outcome: "not-placed" };
}

/** @throws {InvalidRequestError} when an order could be the one of the entry, or when not all could be read that could. */
async function checkHasNoOrder(
  client: OrderClient,
  { ledger, clockSkewMs, deadlineMs }: CheckedOptions,
  { entry }: Stored<PendingEntry>,
  { referenceHash }: ReferenceLedger,
  timing: Timing,
  deadline: Deadline,
): Promise<void> {
  const server = serverOfClient(client);
  const { changed, known, problem } = await new Echo(ledger, server, deadline).form();
  const { signal, release } = deadline.toSignal(
    () => new TimeoutError({ method: "GET", path: "/orders", limit: "deadlineMs", limitMs: deadlineMs }),
  );
  const sinceMs = earliestOf(entry, timing.wallMs(), clockSkewMs);
  const claims = new Claims(ledger, server, referenceHash, deadline);
  const range = { sinceMs, known: mustBeShown(known, sinceMs, timing.wallMs()), signal };
  const { orderIds, gap } = await findMatchingOrders(client, claims, entry, range).finally(release);
  if (orderIds.length > 0) {
    throw new InvalidRequestError(
      `An order could be this one: ${orderIds.slice(0, 10).join(", ")}. Settle it with as: { orderId }, or set withoutLooking to true if you know that it is another one.`,
    );
  }
  if (problem !== undefined) throw new InvalidRequestError(hints.unreadableForm(problem));
  if (known.length === 0) {
    throw new InvalidRequestError(
      "Not finding an order proves nothing yet: no order has been created with this ledger in the last month, so the form in which the API returns orders isn't known. Place another order first, or look for it yourself, and set withoutLooking to true if there is none.",
    );
  }
  if (changed.length > 0) {
    throw new InvalidRequestError(
      `Not finding an order proves nothing: the API returns ${changed.join(", ")} in another form than expected. Look for it yourself, and set withoutLooking to true if there is none.`,
    );
  }
  if (gap !== undefined) {
    throw new InvalidRequestError(
      `Not finding an order proves nothing: ${hints.whyNot(gap)}. Look for it yourself, and set withoutLooking to true if there is none.`,
    );
  }
}

async function settleAs(
  client: OrderClient,
  orderId: string,
  options: CheckedOptions,
  references: ReferenceLedger,
  timing: Timing,
  deadline: Deadline,
): Promise<SettledOrder> {
  const { reference, evenIfDifferent = false, retentionMs, clockSkewMs } = options;
  const found = await meet(references, options, timing);
  if (found === undefined) throw unknownReference();
  checkServer(found.entry, client);
  const deadlineMs = Math.max(1, Math.floor(deadline.remainingMs()));
  const init = { params: { path: { orderId } }, deadlineMs };
  const order = orderOf(await client.GET("/orders/{orderId}", init), orderId);
  if (found.entry.state === "done") {
    if (found.entry.orderId === orderId) return { reference, outcome: "placed", order };
    throw new InvalidRequestError(`The reference has another order, ${found.entry.orderId}.`);
  }
  if (!isPending(found)) throw unknownReference();
  checkIsOver(found, options, timing);
  const fingerprintHash = await hashed(fingerprintOf(order), deadline);
  if (fingerprintHash !== found.entry.fingerprint && !evenIfDifferent) {
    const what = "The order's customer, items or terms are not those that were submitted";
    throw new InvalidRequestError(`${what}. If it is the one all the same, set evenIfDifferent to true.`);
  }
  if (timeOf(order) < earliestOf(found.entry, timing.wallMs(), clockSkewMs) && !evenIfDifferent) {
    const what = "The order is older than the reference, and so another one's";
    throw new InvalidRequestError(`${what}. If it is the one all the same, set evenIfDifferent to true.`);
  }
  const claims = new Claims(options.ledger, serverOfClient(client), references.referenceHash, deadline);
  const isFree = await claims.take(orderId, retentionMs);
  if (!isFree && !evenIfDifferent) {
    throw new InvalidRequestError(
      "Another reference has this order. If its identifier was used again, set evenIfDifferent to true.",
    );
  }
  if (!(await references.settle(found, orderId, retentionMs))) throw changedMeanwhile();
  if (!isFree) await claims.takeAnyway(orderId, retentionMs);
  return { reference, outcome: "placed", order };
}

async function meet(
  references: ReferenceLedger,
  { clockSkewMs }: CheckedOptions,
  timing: Timing,
): Promise<Stored | undefined> {
  const found = await references.read();
  return isPending(found) ? references.meet(found, timing.wallMs(), clockSkewMs) : found;
}

/** @throws {InvalidRequestError} while a call with this reference may still send, or wait for its response. */
function checkIsOver({ entry }: Stored<PendingEntry>, { clockSkewMs }: CheckedOptions, timing: Timing): void {
  const { overAtMs } = timesOf(entry, timing.wallMs(), clockSkewMs);
  const time = timeUntil(overAtMs + skewOf(entry, clockSkewMs), timing);
  if (time === undefined) return;
  throw new InvalidRequestError(`Too early: a call with this reference may be at work until ${time}.`);
}

/** @throws {InvalidRequestError} while the list of orders may be behind. */
function checkIsListed(
  { entry }: Stored<PendingEntry>,
  { listDelayMs, clockSkewMs }: CheckedOptions,
  timing: Timing,
): void {
  const { overAtMs } = timesOf(entry, timing.wallMs(), clockSkewMs);
  const time = timeUntil(overAtMs + Math.max(listDelayMs, skewOf(entry, clockSkewMs)), timing);
  if (time === undefined) return;
  throw new InvalidRequestError(
    `Too early: the order may still appear in the list, so look from ${time} on (listDelayMs). If you know that there is none, set withoutLooking to true.`,
  );
}

/** A time that is still to come. Undefined from then on. */
function timeUntil(ms: number, timing: Timing): string | undefined {
  return timing.wallMs() < ms ? new Date(ms).toISOString() : undefined;
}

function unknownReference(): InvalidRequestError {
  return new InvalidRequestError("Nothing is known of an order with this reference that could be settled.");
}

function changedMeanwhile(): OutcomeUnknownError {
  const call = { method: "POST", path: "/orders" };
  return new OutcomeUnknownError({ ...call, cause: undefined }, hints.overtaken);
}
