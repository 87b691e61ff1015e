import type { Order } from "../generated/schema.ts";
import { isRecord } from "../wrapper/is-record.ts";
import { type Result, unusable, unwrap } from "../wrapper/result.ts";

const calls = {
  GET: { method: "GET", path: "/orders/{orderId}" },
  cancel: { method: "POST", path: "/orders/{orderId}/cancel" },
} as const;

/** Whether an order says which one it is. */
export function isOrderId(id: unknown): id is string {
  return typeof id === "string" && id !== "";
}

/**
 * The order of a response to a call about one order. What the response says of another one says nothing of this.
 *
 * @throws what `unwrap` throws.
 * @throws {UnexpectedResponseError} for a response without this order.
 * @throws {OutcomeUnknownError} for the same after a cancellation, which has been carried out then.
 */
export function orderOf(result: Result<Order>, orderId: string, call: keyof typeof calls = "GET"): Order {
  const order = unwrap(result);
  if (!isRecord(order) || order.id !== orderId)
    throw unusable(calls[call], result.response, "another order, or none");
  return order;
}
