import type { Order } from "../generated/schema.ts";
import { CallRecord, recordCall } from "../wrapper/call-record.ts";
import { ApiError, FulfillmentError, InvalidRequestError, OutcomeUnknownError } from "../wrapper/errors.ts";
import { unwrap } from "../wrapper/result.ts";
import { timeOf } from "./created-at.ts";
import { Overdue } from "./deadline.ts";
import type { PendingEntry, Stored } from "./entry.ts";
import { isFinal } from "./final-status.ts";
import { foreignFields, type Likeness, likenessOf } from "./fingerprint.ts";
import * as hints from "./hints.ts";
import { noteForm } from "./note-form.ts";
import { isOrderId } from "./order-of.ts";
import { causeAfterSending, outcomeUnknown, type SubmissionContext } from "./submission-context.ts";

/** How long a client may take to tell how a call ended whose time is over, in milliseconds. */
const patienceMs = 250;

/** How a sending ended that did not fail for certain. */
export type Sent =
  | { readonly status: "created"; readonly order: Order }
  | {
      /** The order may have been stored. */
      readonly status: "unknown";
      readonly entry: Stored<PendingEntry>;
      readonly cause: unknown;
      /** What the response was, if it was about another order. */
      readonly hint?: string;
      /** The order of the response, which may be this one after all. */
      readonly order?: Order;
    }
  | { /** Another call owns the entry now, and nothing was sent. */ readonly status: "overtaken" };

/** Another call owns the entry now. */
class Overtaken extends Error {
  override readonly name = "Overtaken";
}

/**
 * Sends the order of an entry that is this call's own.
 *
 * @throws why the order does certainly not exist. Its reference is free then.
 */
export async function sendOrder(context: SubmissionContext, mine: Stored<PendingEntry>): Promise<Sent> {
  const { parts, deadline } = context;
  let entry = mine;
  const record = new CallRecord(
    async () => {
      const confirmed = await context.references(deadline).confirm(entry);
      if (confirmed === undefined) throw new Overtaken("Another call owns the reference now.");
      entry = confirmed;
      context.throwIfOver();
    },
    () => context.whyOver(),
  );
  try {
    await context.twins(deadline).announce(parts.timing.wallMs());
  } catch (error) {
    return giveUp(context, entry, error);
  }
  let order: Order;
  try {
    order = await post(context, record);
  } catch (error) {
    if (isCertainlyNotStored(error, record)) return giveUp(context, entry, error);
    return { status: "unknown", entry, cause: error };
  }
  // A middleware has responded in place of the API.
  if (record.isKept && !record.mayHaveActed)
    return giveUp(context, entry, new InvalidRequestError(hints.answeredByMiddleware));
  if (record.isKept && !record.hasSucceeded)
    return { status: "unknown", entry, cause: undefined, hint: hints.madeUpByMiddleware };
  if (!isOrderId(order?.id)) return { status: "unknown", entry, cause: undefined };
  let stored: Likeness;
  try {
    stored = likenessOf(order);
    const foreign = foreignFields(context.identity.likeness, stored);
    if (foreign.length > 0) {
      const isFree = !(await context.claims(context.closing).areTaken([order]));
      // It may be this one after all, in another form.
      if (isFree) await noteForm(context, stored, { sent: entry });
      const hint = isFree ? hints.anotherOrder(foreign) : hints.ofAnotherReference(order.id);
      return { status: "unknown", entry, cause: undefined, hint, order };
    }
    const hint = await whyOlder(context, entry, order);
    if (hint !== undefined) return { status: "unknown", entry, cause: undefined, hint, order };
  } catch (cause) {
    // A response can be nested too deep to be compared.
    return { status: "unknown", entry, cause };
  }
  // A gateway may respond with the order of an identical one to what it takes for a double.
  const [isOwn] = await Promise.all([
    context.complete(entry, order.id),
    noteForm(context, stored, { sent: entry, exists: true }),
  ]);
  if (isOwn) return { status: "created", order };
  return { status: "unknown", entry, cause: undefined, hint: hints.ofAnotherReference(order.id) };
}

/** Sends the order, and does not wait longer than the time that is left, whatever hangs. */
async function post(context: SubmissionContext, record: CallRecord): Promise<Order> {
  const { deadline, parts, identity } = context;
  context.throwIfOver();
  const deadlineMs = Math.floor(deadline.remainingMs());
  const { signal, release } = deadline.toSignal(() => context.timeout());
  const init = recordCall(record, { body: identity.body, deadlineMs, signal });
  const patience = deadline.extended(patienceMs);
  try {
    return unwrap(await patience.within(() => parts.client.POST("/orders", init)));
  } catch (error) {
    throw error instanceof Overdue ? context.timeout() : error;
  } finally {
    release();
  }
}

/**
 * Why the order of a response is taken to be older than what was sent, as where a gateway takes an identical order for a
 * double. Undefined where it isn't, or where the API is not known to tell the time right and the order may be a new one.
 */
async function whyOlder(
  context: SubmissionContext,
  { entry }: Stored<PendingEntry>,
  order: Order,
): Promise<string | undefined> {
  if (!(timeOf(order) < entry.startedAtMs - context.parts.lookup.clockSkewMs)) return undefined;
  const { changed, known } = await context.echo(context.closing).form();
  const tellsTime = known.length > 0 && !changed.includes("createdAt");
  // What has just been placed is in none of the last statuses, whatever its time.
  if (!tellsTime && !isFinal(order)) return undefined;
  const isTaken = await context.claims(context.closing).areTaken([order]);
  return isTaken ? hints.ofAnotherReference(order.id) : hints.olderOrder();
}

/**
 * Ends a sending that has certainly stored nothing. Of one that was sent before, that says nothing of the first time.
 *
 * @throws the error, once the reference is free.
 */
async function giveUp(context: SubmissionContext, mine: Stored<PendingEntry>, error: unknown): Promise<Sent> {
  if (error instanceof Overtaken) return { status: "overtaken" };
  const { sends } = mine.entry;
  const overAtMs = context.parts.timing.wallMs();
  // Left in the ledger, it is of unknown outcome to the next caller: inconvenient, and safe.
  const isFreed = await context.insist((deadline) => {
    const references = context.references(deadline);
    return sends === 1 ? references.withdraw(mine) : references.note(mine, { sends: sends - 1, overAtMs });
  });
  const cause = causeAfterSending(error);
  if (isFreed === false) throw outcomeUnknown(hints.overtaken, { cause });
  if (sends > 1) throw outcomeUnknown(hints.resendFailed, { cause });
  throw error;
}

/**
 * Whether a failed call has stored nothing. The record knows, unless a middleware has put its own response in place of
 * one. Of a client that keeps no record, the errors of this package tell.
 */
function isCertainlyNotStored(error: unknown, record: CallRecord): boolean {
  if (error instanceof OutcomeUnknownError) return false;
  if (record.isKept) return !record.mayHaveActed;
  return error instanceof FulfillmentError && (!(error instanceof ApiError) || error.status >= 400);
}
