import type { Order } from "../generated/schema.ts";
import { OutcomeUnknownError } from "../wrapper/errors.ts";
import { Overdue } from "./deadline.ts";
import { type DoneEntry, type PendingEntry, type Stored, skewOf } from "./entry.ts";
import { likenessOf } from "./fingerprint.ts";
import * as hints from "./hints.ts";
import { defaultListDelayMs } from "./list-delay.ts";
import { type LookupResult, lookUpOrder } from "./lookup.ts";
import { noteForm } from "./note-form.ts";
import { causeAfterSending, outcomeUnknown, type SubmissionContext } from "./submission-context.ts";
import type { SubmitOrderResult } from "./submit-options.ts";

/** What is known of an order that may have been stored. */
export interface Doubt {
  readonly entry: Stored<PendingEntry>;
  /** Why it is in doubt, where this call has sent it. */
  readonly cause: unknown;
  /** What else there is to say of it. */
  readonly hint?: string | undefined;
  /** An order that may be this one. */
  readonly order?: Order | undefined;
}

export type Resolved =
  | { readonly status: "settled"; readonly result: SubmitOrderResult }
  | { readonly status: "done"; readonly entry: DoneEntry }
  | { /** The reference is free again. */ readonly status: "gone" }
  | {
      /** This call is to send again, with an entry of its own. */ readonly status: "resend";
      readonly mine: Stored<PendingEntry>;
    };

/**
 * Finds out what became of an order that may have been stored.
 *
 * @throws {OutcomeUnknownError} when that can't be decided, whatever else fails.
 */
export async function resolveOrder(context: SubmissionContext, doubt: Doubt): Promise<Resolved> {
  try {
    return await resolve(context, doubt);
  } catch (error) {
    if (error instanceof OutcomeUnknownError) throw error;
    throw outcomeUnknown(hints.notLookedFor, { cause: doubt.cause ?? causeAfterSending(error) });
  }
}

async function resolve(context: SubmissionContext, { entry, cause, hint, order }: Doubt): Promise<Resolved> {
  const isOwn = entry.entry.owner === context.owner;
  const own = order === undefined ? [] : [order];
  const look = (): Promise<LookupResult | Failed> =>
    lookUp(context).catch((error: unknown) => ({
      status: "failed" as const,
      error: causeAfterSending(error),
    }));
  let search = await look();
  if (search.status === "gone" && isOwn && (await enterAgain(context, entry))) search = await look();
  if (search.status === "found") {
    const [isOwn] = await Promise.all([
      context.complete(entry, search.order.id),
      noteForm(context, likenessOf(search.order), { exists: true }),
    ]);
    if (!isOwn) throw outcomeUnknown(hints.overtaken);
    const { signal } = context.parts;
    if (!signal?.aborted) return { status: "settled", result: { outcome: "found", order: search.order } };
    throw outcomeUnknown(hints.foundAfterAbort, { cause: signal.reason, candidates: [search.order] });
  }
  if (search.status === "done") return search;
  if (search.status === "gone" && !isOwn) return search;
  if (search.status !== "open") {
    const error = "error" in search ? search.error : undefined;
    const why = error instanceof Overdue ? hints.tooSlow : hints.notLookedFor;
    throw outcomeUnknown(join(hint, why), { cause: cause ?? error, candidates: own });
  }
  const { stored } = search;
  const refusal = await refusalToResend(context, search);
  if (refusal === undefined) return resend(context, stored);
  const seen = search.candidates.length > 0 ? search.candidates : search.others;
  const candidates = [...seen, ...own.filter(({ id }) => seen.every((one) => one.id !== id))];
  // While its own call may be at work, that one notes it.
  if (candidates.length > 0 || isOwn || !context.mayArrive(stored.entry))
    await noteSighting(context, stored, candidates);
  throw outcomeUnknown(join(hint, refusal), { cause, candidates });
}

interface Failed {
  readonly status: "failed";
  readonly error: unknown;
}

/**
 * Enters a reference again that the ledger has forgotten, so that the next call doesn't send. Whether it did. Nothing else
 * is: what the ledger knew of other references is gone too, so no order can be told to be this one's.
 */
async function enterAgain(context: SubmissionContext, { entry }: Stored<PendingEntry>): Promise<boolean> {
  const again = await context
    .references(context.closing)
    .enter(entry, undefined)
    .catch(() => undefined);
  return again !== undefined;
}

function join(first: string | undefined, second: string): string {
  return first === undefined ? second : `${first} ${second}`;
}

function lookUp(context: SubmissionContext): Promise<LookupResult> {
  const { parts, identity, closing, deadline } = context;
  const { recent, lookup: limits, timing, retentionMs } = parts;
  return lookUpOrder({
    ...{ recent, limits, timing, identity, closing, retentionMs },
    ledger: context.references(closing),
    twins: context.twins(closing),
    claims: context.claims(closing),
    echo: context.echo(closing),
    deadline: deadline.shortened(limits.timeoutMs),
    isLate: (entry) => entry.owner !== context.owner && !context.mayArrive(entry),
    isToProve: (entry) => isResendWanted(context, entry) && timing.wallMs() >= resendTimeOf(context, entry),
  });
}

function isResendWanted({ parts, owner }: SubmissionContext, entry: PendingEntry): boolean {
  return parts.resendAfterMs !== undefined && entry.owner !== owner;
}

/** While it may still arrive, a call looks until its end. From then on one look will do, and leaves the time to send. */
function resendTimeOf(context: SubmissionContext, entry: PendingEntry): number {
  const { resendAfterMs = defaultListDelayMs, lookup } = context.parts;
  const leastMs = lookup.timeoutMs + skewOf(entry, lookup.clockSkewMs);
  return context.timesOf(entry).overAtMs + Math.max(leastMs, resendAfterMs);
}

/** Why the order is not sent again, as a hint for the caller. Undefined when it is. */
async function refusalToResend(
  context: SubmissionContext,
  { candidates, others, gap, isProof, stored: { entry } }: Extract<LookupResult, { status: "open" }>,
): Promise<string | undefined> {
  if (candidates.length > 0) return hints.candidates();
  if (others.length > 0) return hints.ofTheCustomer();
  const { changed, known, problem } = await context.echo(context.closing).form();
  if (problem !== undefined) return hints.unreadableForm(problem);
  if (changed.length > 0) return hints.changedFields(changed);
  if (known.length === 0) return hints.noOrderYet();
  if (gap !== undefined) return hints.incomplete(gap);
  if (isProof) return undefined;
  return hints.notFound(isResendWanted(context, entry), resendTimeOf(context, entry));
}

/** Makes this call the one that sends again, if no other one does. */
async function resend(context: SubmissionContext, from: Stored<PendingEntry>): Promise<Resolved> {
  const { epoch, sends, clockSkewMs } = from.entry;
  const { startedAtMs } = context.timesOf(from.entry);
  const next = context.entry({ epoch: epoch + 1, startedAtMs, sends: sends + 1 }, clockSkewMs);
  const mine = await context
    .references(context.deadline)
    .takeOver(from, next, (overAtMs) => context.mayBeAlive(overAtMs, from.entry));
  if (mine === undefined) throw outcomeUnknown(hints.overtaken);
  return { status: "resend", mine };
}

async function noteSighting(
  context: SubmissionContext,
  stored: Stored<PendingEntry>,
  candidates: readonly Order[],
): Promise<void> {
  const orderIds = candidates.slice(0, 10).map(({ id }) => id);
  const seen = { atMs: context.parts.timing.wallMs(), orderIds };
  await context
    .references(context.closing)
    .note(stored, { seen })
    .catch(() => {});
}
