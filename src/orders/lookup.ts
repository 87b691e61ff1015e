import type { Order } from "../generated/schema.ts";
import { checkNames } from "../wrapper/check-names.ts";
import { checkWhole } from "../wrapper/check-whole.ts";
import { ConfigurationError } from "../wrapper/errors.ts";
import { isRecord } from "../wrapper/is-record.ts";
import { maxTimerMs } from "../wrapper/max-timer.ts";
import type { Timing } from "../wrapper/timing.ts";
import { timeOf } from "./created-at.ts";
import type { Deadline } from "./deadline.ts";
import type { Echo } from "./echo.ts";
import { type DoneEntry, isPending, type PendingEntry, type Stored } from "./entry.ts";
import { fingerprintOf, isComparable, strictFingerprintOf } from "./fingerprint.ts";
import type { Identity } from "./identity.ts";
import { isOrderId } from "./order-of.ts";
import type { RecentOrders } from "./recent-orders.ts";
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
   * that time. The rest of `deadlineMs` limits it too.
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
      /** Whether all orders were read that could be it. */
      readonly isComplete: boolean;
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
  readonly echo: Echo;
  readonly identity: Identity;
  readonly startedAtMs: number;
  readonly retentionMs: number | undefined;
  /** How long to go on looking. It looks at least once all the same, for a short time. */
  readonly deadline: Deadline;
  /** When it has to end, whatever hangs. */
  readonly closing: Deadline;
  /** Whether one look will do: the order has either arrived or never will. */
  readonly isLate: boolean;
}

/** How long a look may take that begins at the end, in milliseconds. The rest of the grace is for the ledger. */
const lastLookMs = 1_500;

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
    const isLast = lookup.isLate || deadline.isOver;
    const look = await lookOnce(lookup, isLast).catch((error: unknown) => ({ error }));
    if ("status" in look && look.status === "found") return look;
    if (isLast || deadline.isOver) {
      if ("error" in look) throw look.error;
      return { ...look, stored };
    }
    await timing.sleep(Math.min(delayMs, deadline.remainingMs()), deadline.signal).catch(() => {});
  }
}

async function lookOnce(lookup: Lookup, isThorough: boolean): Promise<Look> {
  const { recent, limits, identity, startedAtMs } = lookup;
  const { clockSkewMs, maxPages } = limits;
  const reading = { sinceMs: startedAtMs - clockSkewMs, maxPages, isThorough, isProof: lookup.isLate };
  // What was begun before the end is worth its own end.
  const deadline = lookup.closing.shortened(lookup.deadline.remainingMs() + lastLookMs);
  const stop = new AbortController();
  const { orders, ...read } = await deadline
    .within(() => recent.read(reading, stop.signal))
    .finally(() => stop.abort());
  // An order that says too little could be any.
  const isComplete = read.isComplete && orders.every(isComparable);
  const candidates = orders.filter(
    (order) => isOrderId(order.id) && fingerprintOf(order) === identity.fingerprint,
  );
  if (candidates.length === 0) return { status: "open", candidates, isComplete };
  const { order, others } = await decide(lookup, candidates);
  if (order !== undefined && (await lookup.ledger.claim(order.id, lookup.retentionMs)))
    return { status: "found", order };
  return { status: "open", candidates: others, isComplete };
}

/**
 * Which of the candidates is the one, if that is certain:
 *
 * - Orders that another settled reference owns aren't ours.
 * - Where orders come back as they were sent: one is ours in every field, and no unsettled reference is like that.
 * - Elsewhere: one is left, and every other reference with this fingerprint is settled.
 *
 * An order from before the submission, which only a clock that is behind can explain, and one of a customer whose
 * identifier is spelt in another way, must be ours in every field.
 */
async function decide(
  { twins, echo, identity, startedAtMs, timing }: Lookup,
  candidates: readonly Order[],
): Promise<{ order: Order | undefined; others: readonly Order[] }> {
  const { isComplete, unsettled, orderIds } = await twins.others(timing.wallMs());
  const others = candidates.filter(({ id }) => !orderIds.has(id));
  const only = (orders: readonly Order[]): Order | undefined =>
    orders.length === 1 && orders[0] !== undefined && !Number.isNaN(timeOf(orders[0]))
      ? orders[0]
      : undefined;
  if (!isComplete) return { order: undefined, others };
  const { strictFingerprint, strictHash, isCorrelated } = identity;
  const isExact = isCorrelated || (await echo.isFaithful());
  if (!isExact) {
    const order = unsettled.length === 0 ? only(others) : undefined;
    const isSure =
      order !== undefined &&
      (strictFingerprintOf(order) === strictFingerprint ||
        (timeOf(order) >= startedAtMs && order.customer?.sourceId === identity.body.customer.sourceId));
    return { order: isSure ? order : undefined, others };
  }
  const exact = others.filter((order) => strictFingerprintOf(order) === strictFingerprint);
  const isAlone = isCorrelated || !unsettled.includes(strictHash);
  return { order: isAlone ? only(exact) : undefined, others };
}
