import type { Claims } from "./claims.ts";
import type { KnownOrder } from "./echo.ts";
import type { PendingEntry } from "./entry.ts";
import { isComparable } from "./fingerprint.ts";
import { hashesOfCustomer } from "./identity.ts";
import type { OrderClient } from "./order-client.ts";
import { isOrderId } from "./order-of.ts";
import { RecentOrders } from "./recent-orders.ts";

/** The most pages of orders to read that a reference may have. */
const maxPages = 1_000;

/** The orders that a reference may have, as far as its entry tells, which holds hashes alone. */
export interface MatchingOrders {
  /** Those of its customer that no other reference has. What else they hold may be in another form than was sent. */
  readonly orderIds: readonly string[];
  /** Whether all orders were read, and each said enough, so that no other one can be it. */
  readonly isComplete: boolean;
}

/** @throws what a GET throws, the reason of the signal, or a `LedgerFailure`. */
export async function findMatchingOrders(
  client: OrderClient,
  claims: Claims,
  { reference, customer }: PendingEntry,
  range: { readonly sinceMs: number; readonly known: readonly KnownOrder[]; readonly signal: AbortSignal },
): Promise<MatchingOrders> {
  const { sinceMs, known, signal } = range;
  const reading = { sinceMs, maxPages, isThorough: true, isProof: true, known };
  const { orders, isComplete } = await new RecentOrders(client).read(reading, signal);
  const hashes = await Promise.all(orders.map((order) => hashesOfCustomer(reference, order)));
  const isOfCustomer = (index: number): boolean =>
    customer.some((hash, trait) => hash !== "" && hash === hashes[index]?.[trait]);
  const ofCustomer = orders.filter(({ id }, index) => isOrderId(id) && isOfCustomer(index));
  const orderIds = (await claims.notTaken(ofCustomer)).map(({ id }) => id);
  return { orderIds, isComplete: isComplete && orders.every(isComparable) };
}
