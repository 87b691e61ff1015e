import type { Unknown } from "../generated/schema.ts";

/**
 * A function for each value of an enum that the document lists, and one for all others.
 *
 * @typeParam Value The type of the value, such as `Order["status"]`.
 * @typeParam Result What the functions return.
 * @example
 * ```ts
 * import { matchStatus, type Order, type StatusCases } from "juniper-fulfillment";
 *
 * const isOver: StatusCases<Order["status"], boolean> = {
 *   NEW: () => false,
 *   CREATED: () => false,
 *   PROCESSING: () => false,
 *   FULFILLED: () => false,
 *   AWAITING_SHIPMENT: () => false,
 *   SHIPPED: () => true,
 *   CANCELLED: () => true,
 *   unknown: () => false,
 * };
 * declare const order: Order;
 * console.log(matchStatus(order.status, isOver));
 * ```
 */
export type StatusCases<Value extends string | undefined, Result> = {
  readonly [Listed in Exclude<Value, Unknown<string> | undefined> | "unknown"]: (
    // A value that the document does not list, or none, where a response may leave it out.
    value: Listed extends "unknown" ? string | Extract<Value, undefined> : Listed,
  ) => Result;
};

/**
 * Chooses by a status, or by any other enum of a response, without missing a value: the code stops compiling when the
 * document lists a new one, and `unknown` handles values that it doesn't list. The API may send such a status
 * (discrepancy JH-03).
 *
 * @typeParam Value The type of the status, such as `Order["status"]`.
 * @typeParam Result What the cases return. Where they return several types, name them:
 * `matchStatus<Order["status"], string | undefined>(…)`.
 * @param status The status from a response.
 * @param cases A function for each value that the document lists, and one for `unknown`.
 * @returns What the matching function returns.
 * @example
 * ```ts
 * import { matchStatus, type Order } from "juniper-fulfillment";
 *
 * const packing = () => "being packed";
 * const toCustomer = ({ status }: Order) =>
 *   matchStatus(status, {
 *     NEW: () => "received",
 *     CREATED: () => "received",
 *     PROCESSING: packing,
 *     FULFILLED: packing,
 *     AWAITING_SHIPMENT: packing,
 *     SHIPPED: () => "on its way",
 *     CANCELLED: () => "cancelled",
 *     unknown: (value) => `under way (${value ?? "no status"})`,
 *   });
 * declare const order: Order;
 * console.log(toCustomer(order));
 * ```
 */
export function matchStatus<Value extends string | undefined, Result>(
  status: Value,
  cases: StatusCases<Value, Result>,
): Result {
  // Which case belongs to which value, the compiler can't know.
  const table = cases as unknown as Readonly<Record<string, (value: Value) => Result>>;
  // A case may be a method of a class. What every object has is none.
  const isListed = status !== undefined && status in table && !(status in Object.prototype);
  const name = isListed ? status : "unknown";
  return (table[name] as (value: Value) => Result)(status);
}

/**
 * Tells whether an enum, such as `shippingMethodNameValues`, lists a value, so that a request may hold it.
 *
 * @typeParam Known The values of the enum.
 * @param values The values of the enum.
 * @param value Any value, such as one from a response, which may hold unlisted ones.
 * @returns Whether the enum lists it. TypeScript then narrows the value to the enum.
 * @example
 * ```ts
 * import { isOneOf, type Order, shippingMethodNameValues } from "juniper-fulfillment";
 *
 * declare const earlier: Order;
 * const { shippingMethod } = earlier;
 * console.log(isOneOf(shippingMethodNameValues, shippingMethod) ? shippingMethod : "STANDARD");
 * ```
 */
export function isOneOf<Known>(values: readonly Known[], value: unknown): value is Known {
  return values.includes(value as Known); // It only compares.
}
