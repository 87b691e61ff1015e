import { sha256 } from "../wrapper/digest.ts";
import type { Timing } from "../wrapper/timing.ts";
import type { Deadline } from "./deadline.ts";
import type { PendingEntry } from "./entry.ts";
import { fingerprintOf, isComparable } from "./fingerprint.ts";
import type { Ledger } from "./ledger.ts";
import type { OrderClient } from "./order-client.ts";
import { isOrderId } from "./order-of.ts";
import { RecentOrders } from "./recent-orders.ts";
import { Twins } from "./twins.ts";

/** The most pages of orders to read that a reference may have. */
const maxPages = 1_000;

/** The orders that a reference may have, as far as its entry tells, which holds hashes alone. */
export interface MatchingOrders {
  /** Those with the same customer, items and terms that no other reference has. */
  readonly orderIds: readonly string[];
  /** Whether all orders were read, and each said enough, so that no other one can be it. */
  readonly isComplete: boolean;
}

/** @throws what a GET throws, the reason of the signal, or a `LedgerFailure`. */
export async function findMatchingOrders(
  client: OrderClient,
  ledger: Ledger,
  { entry, referenceHash }: { readonly entry: PendingEntry; readonly referenceHash: string },
  {
    deadline,
    signal,
    timing,
    clockSkewMs,
  }: {
    readonly deadline: Deadline;
    readonly signal: AbortSignal;
    readonly timing: Timing;
    readonly clockSkewMs: number;
  },
): Promise<MatchingOrders> {
  const reading = { sinceMs: entry.startedAtMs - clockSkewMs, maxPages, isThorough: true, isProof: true };
  const { orders, isComplete } = await new RecentOrders(client).read(reading, signal);
  const hashes = await Promise.all(orders.map((order) => sha256(fingerprintOf(order))));
  const own = { referenceHash, fingerprintHash: entry.fingerprint, strictHash: "" };
  const { orderIds: ofOthers } = await new Twins(ledger, deadline, own).others(timing.wallMs());
  const matching = orders.filter(
    ({ id }, index) => isOrderId(id) && hashes[index] === entry.fingerprint && !ofOthers.has(id),
  );
  return {
    orderIds: matching.map(({ id }) => id),
    isComplete: isComplete && orders.every(isComparable),
  };
}
