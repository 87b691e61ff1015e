import { ConfigurationError } from "../../wrapper/errors.ts";
import { isRecord } from "../../wrapper/is-record.ts";
import type { StoredRequest } from "./orders.ts";
import { badRequest, type RefusedField, unprocessable } from "./refusal.ts";

/**
 * Which orders to refuse: those with a product, or those for which a function returns true.
 *
 * @example
 * ```ts
 * import { createMock, type RefusedOrders } from "juniper-fulfillment/testing";
 *
 * const subscriptions: RefusedOrders = ({ orderType }) => orderType === "SUBSCRIPTION";
 * createMock({ stateful: true }).refuse(subscriptions);
 * ```
 */
export type RefusedOrders = number | ((order: StoredRequest) => boolean);

/**
 * The body of the refusal: a sentence makes a 400, a list of fields a 422.
 *
 * @example
 * ```ts
 * import { createMock, type RefusalDetail } from "juniper-fulfillment/testing";
 *
 * const detail: RefusalDetail = [{ loc: ["body", "customer", "email"], type: "invalid" }];
 * createMock({ stateful: true }).refuse(77123129891, detail);
 * ```
 */
export type RefusalDetail = string | readonly RefusedField[];

interface OrderRefusal {
  readonly orders: RefusedOrders;
  readonly detail: RefusalDetail | undefined;
}

/** Orders that a test has told the mock to refuse, until it is told otherwise. */
export class OrderRefusals {
  #refusals: readonly OrderRefusal[] = [];

  /** @throws {ConfigurationError} when it can't refuse anything, or has nothing to say. */
  add(orders: RefusedOrders, detail: RefusalDetail | undefined): () => void {
    if (typeof orders !== "function" && !Number.isSafeInteger(orders)) {
      throw new ConfigurationError("refuse takes a product's id, or a function of the order.");
    }
    if (!isDetail(detail)) {
      throw new ConfigurationError(
        'The detail of refuse is a sentence, or a list of fields such as { loc: ["body", "customer", "email"], type: "invalid" }.',
      );
    }
    const refusal = { orders, detail };
    this.#refusals = [...this.#refusals, refusal];
    return () => {
      this.#refusals = this.#refusals.filter((other) => other !== refusal);
    };
  }

  /** @throws {Refusal} when the order is to be refused. */
  check(order: StoredRequest): void {
    for (const { orders, detail } of this.#refusals) {
      const fields = refusedFields(orders, order);
      if (fields.length === 0) continue;
      throw typeof detail === "string" ? badRequest(detail) : unprocessable(...(detail ?? fields));
    }
  }
}

/** It may come over HTTP, where no type is checked. */
function isDetail(detail: unknown): boolean {
  if (detail === undefined || typeof detail === "string") return true;
  return Array.isArray(detail) && detail.every((field) => isRecord(field) && isLocated(field));
}

function isLocated({ loc, type }: Record<string, unknown>): boolean {
  const isPlace =
    Array.isArray(loc) && loc.every((part) => typeof part === "string" || typeof part === "number");
  return isPlace && ["missing", "invalid", "type_error"].includes(String(type));
}

function refusedFields(orders: RefusedOrders, order: StoredRequest): readonly RefusedField[] {
  // A promise counts as true, and is none.
  if (typeof orders === "function") return orders(order) === true ? [{ loc: ["body"], type: "invalid" }] : [];
  return order.lineItems.flatMap(({ productId }, index) =>
    productId === orders
      ? [{ loc: ["body", "lineItems", index, "productId"], type: "invalid" as const }]
      : [],
  );
}
