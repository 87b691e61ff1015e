/** The usual course of an order. The vendor does not document it: this is how we read the names of the statuses. */
const progress: Readonly<Record<string, number>> = {
  NEW: 0,
  CREATED: 0,
  PROCESSING: 1,
  FULFILLED: 2,
  AWAITING_SHIPMENT: 3,
  SHIPPED: 4,
  CANCELLED: 5,
};

/** Whether an order with one status comes to the other one later. False where either is unknown. */
export function isBefore(status: string, other: string): boolean {
  const [from, to] = [progress[status], progress[other]];
  return from !== undefined && to !== undefined && from < to;
}

/** Whether an order with this status is as far as `target`, or further. A cancelled one is nowhere else. */
export function hasReached(status: string | undefined, target: string): boolean {
  if (status === undefined) return false;
  return status === target || (status !== "CANCELLED" && isBefore(target, status));
}
