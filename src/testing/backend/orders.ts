import type { FulfillmentInfo, ShippingMethodName } from "../../generated/schema.ts";
import { Collection } from "./collection.ts";
import { orderTypeInResponses } from "./order-type.ts";
import type { Basket, BasketItem, ItemPrices, Totals } from "./pricing.ts";
import { badRequest, notFound } from "./refusal.ts";

/** The statuses of an order on the wire, in the order in which an order passes through them. CANCELLED stands apart. */
const course = ["NEW", "CREATED", "PROCESSING", "FULFILLED", "AWAITING_SHIPMENT", "SHIPPED"] as const;

/**
 * A status of an order that the mock keeps. The published document has no `NEW` (JH-03), and no order begins with it.
 *
 * @example
 * ```ts
 * import { createMock, type StoredOrderStatus } from "juniper-fulfillment/testing";
 *
 * const mock = createMock({ stateful: true });
 * const course: StoredOrderStatus[] = ["PROCESSING", "SHIPPED"];
 * for (const { id } of mock.orders) for (const status of course) await mock.advance(id, status);
 * ```
 */
export type StoredOrderStatus = (typeof course)[number] | "CANCELLED";

/**
 * A customer as sent in a request, in the wire's spelling: `zip`, and not `zipCode`.
 *
 * @example
 * ```ts
 * import { createMock, type StoredCustomer } from "juniper-fulfillment/testing";
 *
 * const nameOf = ({ firstName, lastName }: StoredCustomer): string => `${firstName} ${lastName}`;
 * console.log(createMock({ stateful: true }).orders.map(({ customer }) => nameOf(customer)));
 * ```
 */
export interface StoredCustomer {
  /** The customer's identifier in the partner's own system. */
  readonly sourceId: string;
  /** The first name. */
  readonly firstName: string;
  /** The last name. */
  readonly lastName: string;
  /** Where to ship to. */
  readonly address: Readonly<Record<string, unknown>>;
  readonly [field: string]: unknown;
}

/**
 * An order that the mock keeps, in the wire's spelling: `zip` for `zipCode`, `ONE-TIME` for `ONE_TIME`.
 *
 * @example
 * ```ts
 * import { createMock, type StoredOrder } from "juniper-fulfillment/testing";
 *
 * const zipOf = ({ customer }: StoredOrder): unknown => customer.address.zip;
 * console.log(createMock({ stateful: true }).orders.map(zipOf));
 * ```
 */
export interface StoredOrder extends Totals {
  /** The order's identifier. */
  readonly id: string;
  /** The number of days that it lasts. */
  readonly daysSupply: number;
  /** The kind of order, `ONE-TIME` or `SUBSCRIPTION`. */
  readonly orderType: string;
  /** The shipping method. */
  readonly shippingMethod: ShippingMethodName;
  /** The current status. */
  readonly status: StoredOrderStatus;
  /** Present once the order is shipped. */
  readonly fulfillmentInfo?: FulfillmentInfo;
  /** The products, with the prices at the time of the order. */
  readonly lineItems: readonly (BasketItem & ItemPrices)[];
  /** The recipient. */
  readonly customer: StoredCustomer;
  /** When it was created, as ISO 8601. */
  readonly createdAt: string;
  /** When it last changed, as ISO 8601. */
  readonly updatedAt: string;
}

/**
 * An order or a protocol as it is sent in a request, in the wire's spelling.
 *
 * @example
 * ```ts
 * import { createMock, type StoredRequest } from "juniper-fulfillment/testing";
 *
 * const isLarge = ({ lineItems }: StoredRequest): boolean => lineItems.length > 10;
 * createMock({ stateful: true }).refuse(isLarge, "Too many line items.");
 * ```
 */
export interface StoredRequest extends Basket {
  /** Whom it is for. */
  readonly customer: StoredCustomer;
  /** `ONE_TIME` or `SUBSCRIPTION`. */
  readonly orderType: string;
}

/** The statuses in which an order can still be cancelled. */
const cancellable: ReadonlySet<string> = new Set<StoredOrderStatus>(["NEW", "CREATED"]);

/** The orders of the backend. */
export class Orders {
  readonly all: Collection<StoredOrder> = new Collection("orders");

  /** @throws {Refusal} 404 for an unknown order. */
  get(id: string): StoredOrder {
    const order = this.all.get(id);
    if (order === undefined) throw notFound("Order");
    return order;
  }

  create(
    id: string,
    { customer, lineItems, daysSupply, orderType, shippingMethod }: StoredRequest,
    { totals, items }: { readonly totals: Totals; readonly items: readonly ItemPrices[] },
    now: string,
  ): StoredOrder {
    return this.all.add({
      id,
      daysSupply,
      orderType: orderTypeInResponses(orderType),
      shippingMethod,
      status: "CREATED",
      lineItems: lineItems.map((item, index) => ({ ...item, ...priceAt(items, index) })),
      customer,
      ...totals,
      createdAt: now,
      updatedAt: now,
    });
  }

  /**
   * The vendor's page says that an order can be cancelled only while it is NEW, a status that no response has
   * (JH-03), and that it must not have entered processing. Here it can be while it is NEW or CREATED.
   *
   * @throws {Refusal} 400 in any other status, and 404 for an unknown order.
   */
  cancel(id: string, now: string): StoredOrder {
    const order = this.get(id);
    if (!cancellable.has(order.status)) throw badRequest("Order can only be cancelled while in NEW status");
    return this.all.replace({ ...order, status: "CANCELLED", updatedAt: now });
  }

  move(
    order: StoredOrder,
    status: StoredOrderStatus,
    fulfillmentInfo: FulfillmentInfo | undefined,
    now: string,
  ): StoredOrder {
    return this.all.replace({
      ...order,
      status,
      ...(fulfillmentInfo && { fulfillmentInfo }),
      updatedAt: now,
    });
  }
}

/** Why an order can't go from one status to another, or undefined when it can. */
export function whyNot(from: StoredOrderStatus, to: StoredOrderStatus): string | undefined {
  if (from === "CANCELLED") return "it is cancelled";
  if (from === "SHIPPED" && to === "CANCELLED") return "it is shipped";
  if (to === "CANCELLED") return undefined;
  const [position, goal] = [course.indexOf(from), course.indexOf(to)];
  if (goal === -1) return `there is no such status; there are ${course.join(", ")} and CANCELLED`;
  if (goal === position) return `it is ${from} already`;
  return goal < position ? `it is ${from}, which comes later` : undefined;
}

function priceAt(items: readonly ItemPrices[], index: number): ItemPrices {
  const prices = items[index];
  if (prices === undefined) throw new RangeError(`There is no price for item ${index}.`);
  return prices;
}
