import type { Order } from "../generated/schema.ts";
import { checkNames } from "../wrapper/check-names.ts";
import { checkWhole } from "../wrapper/check-whole.ts";
import { ConfigurationError } from "../wrapper/errors.ts";
import { isRecord } from "../wrapper/is-record.ts";
import { maxTimerMs } from "../wrapper/max-timer.ts";
import type { Timing } from "../wrapper/timing.ts";
import type { Claims } from "./claims.ts";
import { timeOf } from "./created-at.ts";
import type { Deadline } from "./deadline.ts";
import { type Echo, mustBeShown } from "./echo.ts";
import { type DoneEntry, earliestOf, isPending, type PendingEntry, type Stored, timesOf } from "./entry.ts";
import {
  areComparable,
  fingerprintOf,
  isComparable,
  isOfSameCustomer,
  strictFingerprintOf,
  traitsOf,
} from "./fingerprint.ts";
import type { Identity } from "./identity.ts";
import { gapOf } from "./matching-orders.ts";
import { isOrderId } from "./order-of.ts";
import type { Gap, Reading, RecentOrders } from "./recent-orders.ts";
import type { ReferenceLedger } from "./reference-ledger.ts";
import type { Twins } from "./twins.ts";

/**
 * How to look for an order of unknown outcome.
 *
 * @example
 * ```ts
 * import { createFulfillmentClient, fromEnv, type OrderRequest, submitOrder } from "juniper-fulfillment";
 *
 * const client = createFulfillmentClient(fromEnv());
 * declare const order: OrderRequest;
 * const lookup = { maxPages: 100, timeoutMs: 30_000 };
 * await submitOrder(client, order, { reference: "2026-000123", lookup });
 * ```
 */
export interface LookupOptions {
  /**
   * The maximum number of pages to read each time, of a hundred orders each. Pages of older orders don't count where
   * the list is sorted by time.
   * @default 50
   */
  maxPages?: number | undefined;
  /**
   * How long to keep looking, in milliseconds: a slow server may store an order late. It looks once more at the end of
   * that time, for up to 30 seconds, since a list may be long. The rest of `deadlineMs` limits it too.
   * @default 15000
   */
  timeoutMs?: number | undefined;
  /**
   * How far apart clocks may be, in milliseconds: the server's, and those of the machines that share a ledger.
   * @default 60000
   */
  clockSkewMs?: number | undefined;
}

/** The options with every default filled in. */
export type LookupLimits = { readonly [Name in keyof LookupOptions]-?: number };

/** @throws {ConfigurationError} for an option that can't work. */
export function checkLookup(options: LookupOptions = {}): LookupLimits {
  if (!isRecord(options)) throw new ConfigurationError("lookup must be an object of options.");
  checkNames<LookupOptions>("lookup", options, { maxPages: true, timeoutMs: true, clockSkewMs: true });
  const { maxPages, timeoutMs, clockSkewMs } = options;
  return {
    maxPages: checkWhole("lookup.maxPages", maxPages ?? 50, 1, 1_000_000),
    timeoutMs: checkWhole("lookup.timeoutMs", timeoutMs ?? 15_000, 0, maxTimerMs),
    clockSkewMs: checkWhole("lookup.clockSkewMs", clockSkewMs ?? 60_000, 0, maxTimerMs),
  };
}

/** What a lookup found. */
export type LookupResult =
  | { /** Exactly one order can be it. */ readonly status: "found"; readonly order: Order }
  | { /** It has been settled since. */ readonly status: "done"; readonly entry: DoneEntry }
  | { /** The reference has been freed since. */ readonly status: "gone" }
  | {
      /** It can't be decided. */
      readonly status: "open";
      /** The entry, as it was before the last look. */
      readonly stored: Stored<PendingEntry>;
      /** The orders that look like it. */
      readonly candidates: readonly Order[];
      /** Where none does: those of its customer that may be it in another form. Looked for by a proof alone. */
      readonly others: readonly Order[];
      /** Why it may exist where none does. */
      readonly gap: Gap | undefined;
      /** Whether what was not found does not exist, if there is no gap. */
      readonly isProof: boolean;
    };

type Look =
  | Extract<LookupResult, { status: "found" }>
  | Omit<Extract<LookupResult, { status: "open" }>, "stored">;

/** What one lookup needs to know. */
export interface Lookup {
  readonly recent: RecentOrders;
  readonly limits: LookupLimits;
  readonly timing: Timing;
  readonly ledger: ReferenceLedger;
  readonly twins: Twins;
  readonly claims: Claims;
  readonly echo: Echo;
  readonly identity: Identity;
  readonly retentionMs: number | undefined;
  /** How long to go on looking. It looks at least once all the same, for a short time. */
  readonly deadline: Deadline;
  /** When it has to end, whatever hangs. */
  readonly closing: Deadline;
  /** Whether one look will do: the order has either arrived or never will. */
  readonly isLate: (entry: PendingEntry) => boolean;
  /** Whether it is to be proven that there is no such order, if none is found. */
  readonly isToProve: (entry: PendingEntry) => boolean;
}

/** How long a look may take that begins at the end, in milliseconds: a night's orders are fifty pages. */
const lastLookMs = 30_000;

/**
 * Looks for an order among those of the API, until it is found or the time is up, and once more then.
 *
 * @throws what the last look threw, and whatever the ledger throws.
 */
export async function lookUpOrder(lookup: Lookup): Promise<LookupResult> {
  const { timing, ledger, deadline } = lookup;
  for (let delayMs = 250; ; delayMs *= 2) {
    const stored = await ledger.read();
    if (stored?.entry.state === "done") return { status: "done", entry: stored.entry };
    if (!isPending(stored)) return { status: "gone" };
    const { entry } = stored;
    // Before the look: what was read before its time proves nothing.
    const isToProve = lookup.isToProve(entry);
    const isLast = isToProve || lookup.isLate(entry) || deadline.isOver;
    const look = await lookOnce(lookup, entry, { isThorough: isLast, isProof: false }).catch(
      (error: unknown) => ({ error }),
    );
    if ("status" in look && look.status === "found") return look;
    if (isLast || deadline.isOver) {
      if ("error" in look) throw look.error;
      if (!isToProve || look.candidates.length > 0 || look.gap) return { ...look, stored };
      // Only now, since it takes longer: what can be found without is.
      const proof = await lookOnce(lookup, entry, { isThorough: true, isProof: true });
      return proof.status === "found" ? proof : { ...proof, stored };
    }
    await timing.sleep(Math.min(delayMs, deadline.remainingMs()), deadline.signal).catch(() => {});
  }
}

async function lookOnce(
  lookup: Lookup,
  entry: PendingEntry,
  { isThorough, isProof }: Pick<Reading, "isThorough" | "isProof">,
): Promise<Look> {
  const { recent, limits, identity, timing, claims } = lookup;
  const { clockSkewMs, maxPages } = limits;
  const { startedAtMs } = timesOf(entry, timing.wallMs(), clockSkewMs);
  const sinceMs = earliestOf(entry, timing.wallMs(), clockSkewMs);
  const { known } = isProof ? await lookup.echo.form() : { known: [] };
  const mustShow = mustBeShown(known, sinceMs, timing.wallMs());
  const reading = { sinceMs, maxPages, isThorough, isProof, known: mustShow };
  // What was begun before the end is worth its own end.
  const deadline = lookup.closing.shortened(lookup.deadline.remainingMs() + lastLookMs);
  const stop = new AbortController();
  const { orders, ...read } = await deadline
    .within(() => recent.read(reading, stop.signal))
    .finally(() => stop.abort());
  const traits = traitsOf(identity.body);
  const brief = orders.filter((order) => !isComparable(order) || !areComparable(traits, traitsOf(order)));
  const gap = read.gap ?? (await gapOf(brief, claims));
  const alike = orders.filter(
    (order) => isOrderId(order.id) && fingerprintOf(order) === identity.fingerprint,
  );
  const { order, candidates } =
    alike.length === 0 ? { order: undefined, candidates: alike } : await decide(lookup, alike, startedAtMs);
  if (order !== undefined && (await claims.take(order.id, lookup.retentionMs)))
    return { status: "found", order };
  const ofCustomer = isProof ? orders.filter((other) => isOfSameCustomer(identity.body, other)) : [];
  const others = await claims.notTaken(ofCustomer);
  return { status: "open", candidates, others, gap, isProof };
}

/**
 * Which of the candidates is the one, if that is certain:
 *
 * - Orders that another settled reference owns aren't ours.
 * - Where orders come back as they were sent: one is ours in every field, and no unsettled reference is like that.
 * - Elsewhere: one is left, and every other reference with this fingerprint is settled.
 *
 * An order from before the submission, which only a clock that is behind can explain, and one of a customer whose
 * identifier is spelt in another way, must be ours in every field. Where it isn't known since when it can exist, any order
 * of the past looks like it, and none is certain.
 */
async function decide(
  { twins, echo, identity, timing }: Lookup,
  alike: readonly Order[],
  startedAtMs: number,
): Promise<{ order: Order | undefined; candidates: readonly Order[] }> {
  const { isComplete, unsettled, orderIds } = await twins.others(timing.wallMs());
  const candidates = alike.filter(({ id }) => !orderIds.has(id));
  const only = (orders: readonly Order[]): Order | undefined =>
    orders.length === 1 && orders[0] !== undefined && !Number.isNaN(timeOf(orders[0]))
      ? orders[0]
      : undefined;
  if (!isComplete || startedAtMs === 0) return { order: undefined, candidates };
  const { strictFingerprint, strictHash, isCorrelated } = identity;
  const isExact = isCorrelated || (await echo.form()).isFaithful;
  if (!isExact) {
    const order = unsettled.length === 0 ? only(candidates) : undefined;
    const isSure =
      order !== undefined &&
      (strictFingerprintOf(order) === strictFingerprint ||
        (timeOf(order) >= startedAtMs && order.customer?.sourceId === identity.body.customer.sourceId));
    return { order: isSure ? order : undefined, candidates };
  }
  const exact = candidates.filter((order) => strictFingerprintOf(order) === strictFingerprint);
  const isAlone = isCorrelated || !unsettled.includes(strictHash);
  return { order: isAlone ? only(exact) : undefined, candidates };
}
