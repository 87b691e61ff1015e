/** Compiled by `tsc`, never run: what enums of responses and of requests admit. */
import {
  type FulfillmentClient,
  isOneOf,
  matchStatus,
  type Order,
  type OrderRequest,
  type OrderStatus,
  type Product,
  shippingMethodNameValues,
  type Unknown,
  type WebhookEvent,
} from "juniper-fulfillment";

declare const client: FulfillmentClient;
declare const order: Order;
declare const product: Product;
declare const event: WebhookEvent;
declare const request: OrderRequest;

const one = (): number => 1;
const open = { NEW: one, CREATED: one, PROCESSING: one, FULFILLED: one, AWAITING_SHIPMENT: one };
const listed = { ...open, SHIPPED: one, CANCELLED: one };

export function right(): unknown {
  const step: number = matchStatus(order.status, { ...listed, unknown: one });
  const text: string = matchStatus(event.order.status, {
    NEW: () => "a",
    CREATED: () => "b",
    PROCESSING: () => "c",
    FULFILLED: () => "d",
    AWAITING_SHIPMENT: () => "e",
    SHIPPED: (value) => value satisfies "SHIPPED",
    CANCELLED: (value) => value satisfies "CANCELLED",
    unknown: (value) => value satisfies string,
  });
  const isSold: boolean = matchStatus(product.status, {
    ACTIVE: () => true,
    DRAFT: () => false,
    BACKORDERED: () => false,
    DISCONTINUED: () => false,
    unknown: (value) => value !== undefined,
  });
  // A switch narrows, and leaves what no document lists.
  const { status } = order;
  switch (status) {
    case "SHIPPED":
      status satisfies "SHIPPED";
      break;
    case "CREATED":
    case "NEW":
    case "PROCESSING":
    case "FULFILLED":
    case "AWAITING_SHIPMENT":
    case "CANCELLED":
      break;
    default:
      status satisfies Unknown<"OrderStatus"> | undefined;
  }
  // An unknown value is a string still, and a value can be sent once it is known to be listed.
  const shown: string = order.status ?? "none";
  const { shippingMethod } = order;
  if (isOneOf(shippingMethodNameValues, shippingMethod))
    void client.POST("/orders", { body: { ...request, shippingMethod } });
  return { step, text, isSold, shown };
}

export function wrong(): unknown {
  // @ts-expect-error: a status has no case.
  matchStatus(order.status, { ...open, SHIPPED: one, unknown: one });
  // @ts-expect-error: statuses that no document lists have no case.
  matchStatus(order.status, listed);
  // @ts-expect-error: there is no such status.
  matchStatus(order.status, { ...listed, unknown: one, SHIPED: one });
  // @ts-expect-error: no document lists it.
  const isLost = order.status === "LOST";
  // @ts-expect-error: what comes may be a value that requests don't admit.
  void client.GET("/orders", { params: { query: { status: order.status ?? "NEW" } } });
  // @ts-expect-error: likewise.
  const body: OrderRequest = { ...request, shippingMethod: order.shippingMethod ?? "STANDARD" };
  // @ts-expect-error: a value of one's own is one of those that the document lists.
  const own: Order = { ...order, status: "LOST" };
  // @ts-expect-error: an unknown status of an order is none of a product.
  const mixed: Product["status"] = order.status as Unknown<"OrderStatus">;
  // @ts-expect-error: not every status is listed.
  const known: OrderStatus | undefined = order.status;
  return { isLost, body, own, mixed, known };
}
