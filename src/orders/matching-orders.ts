import type { Order } from "../generated/schema.ts";
import type { Claims } from "./claims.ts";
import type { KnownOrder } from "./echo.ts";
import type { PendingEntry } from "./entry.ts";
import { areComparable, haveSameTrait, isComparable } from "./fingerprint.ts";
import { hashesOfCustomer } from "./identity.ts";
import type { OrderClient } from "./order-client.ts";
import { isOrderId } from "./order-of.ts";
import { type Gap, RecentOrders } from "./recent-orders.ts";

/** The most pages of orders to read that a reference may have. */
const maxPages = 1_000;

/** The orders that a reference may have, as far as its entry tells, which holds hashes alone. */
export interface MatchingOrders {
  /** Those of its customer that no other reference has. What else they hold may be in another form than was sent. */
  readonly orderIds: readonly string[];
  /** Why another one may be it. */
  readonly gap: Gap | undefined;
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
  const { orders, gap } = await new RecentOrders(client).read(reading, signal);
  const hashed = await Promise.all(
    orders.map(async (order) => ({ order, hashes: await hashesOfCustomer(reference, order) })),
  );
  const ofCustomer = hashed
    .filter(({ order, hashes }) => isOrderId(order.id) && haveSameTrait(customer, hashes))
    .map(({ order }) => order);
  const orderIds = (await claims.notTaken(ofCustomer)).map(({ id }) => id);
  const brief = hashed.filter(
    ({ order, hashes }) => !isComparable(order) || !areComparable(customer, hashes),
  );
  return {
    orderIds,
    gap:
      gap ??
      (await gapOf(
        brief.map(({ order }) => order),
        claims,
      )),
  };
}

/** @param brief The orders that say too little. Those that other references have are none the less theirs. */
export async function gapOf(brief: readonly Order[], claims: Claims): Promise<Gap | undefined> {
  const areNamed = brief.every(({ id }) => isOrderId(id));
  return areNamed && (await claims.areTaken(brief)) ? undefined : "brief";
}
