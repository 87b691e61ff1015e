/**
 * Compiled by `tsc`, never run. A call that should compile and doesn't is an error; so is a `@ts-expect-error`
 * above a line that compiles after all.
 */
import {
  createFulfillmentClient,
  type FulfillmentClient,
  type Order,
  type OrderRequest,
  type OrderStatus,
  type orderStatusValues,
  type Product,
  type Protocol,
  type ShippingMethod,
  submitOrder,
  submitOrders,
  unwrap,
} from "juniper-fulfillment";

type Equals<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
function assertType<T extends true>(): T | undefined {
  return undefined;
}

declare const client: FulfillmentClient;
declare const order: OrderRequest;

export async function rightCalls(): Promise<void> {
  const { data, error } = await client.POST("/orders", { body: order });
  assertType<Equals<typeof data, Order | undefined>>();
  // The 400 and the 422, as the document declares them.
  const detail: string | object[] | undefined = error?.detail;
  console.log(detail);

  const found = unwrap(await client.GET("/orders/{orderId}", { params: { path: { orderId: "o" } } }));
  assertType<Equals<typeof found, Order>>();
  assertType<Equals<typeof found.id, string>>();
  assertType<Equals<typeof found.orderType, "ONE_TIME" | "SUBSCRIPTION" | undefined>>();
  assertType<Equals<NonNullable<typeof found.customer>["address"]["zipCode"], string>>();

  const protocol = unwrap(
    await client.GET("/protocols/{protocolId}", { params: { path: { protocolId: "p" } } }),
  );
  assertType<Equals<typeof protocol, Protocol>>();
  const { products } = unwrap(
    await client.GET("/products", { params: { query: { status: "ACTIVE", limit: 5 } } }),
  );
  assertType<Equals<typeof products, Product[] | undefined>>();
  const methods = unwrap(await client.GET("/shipping-methods"));
  assertType<Equals<typeof methods, ShippingMethod[]>>();
  const status: OrderStatus = "NEW";
  await client.GET("/orders", { params: { query: { status } } });
  await client.DELETE("/protocols/{protocolId}", { params: { path: { protocolId: "p" } } });
  await client.GET("/orders", { timeoutMs: 5_000, maxRetries: 0, signal: AbortSignal.timeout(1_000) });
  assertType<Equals<(typeof orderStatusValues)[number], OrderStatus>>();

  createFulfillmentClient({ clientId: "id", clientSecret: "secret", corrections: { "JH-01": false } });
  createFulfillmentClient({ accessToken: async () => "token", environment: "production" });
}

export async function wrongCalls(): Promise<void> {
  // @ts-expect-error: there is no such path.
  await client.GET("/order");
  // @ts-expect-error: orders can't be deleted.
  await client.DELETE("/orders/{orderId}", { params: { path: { orderId: "o" } } });
  // @ts-expect-error: an order needs a body.
  await client.POST("/orders");
  // @ts-expect-error: the path has a parameter.
  await client.GET("/orders/{orderId}");
  // @ts-expect-error: the identifier of a product is a number.
  await client.GET("/products/{productId}", { params: { path: { productId: "77123129891" } } });
  // @ts-expect-error: no order has this status.
  await client.GET("/orders", { params: { query: { status: "DELIVERED" } } });
  // @ts-expect-error: there are three shipping methods.
  await client.POST("/orders", { body: { ...order, shippingMethod: "DRONE" } });
  // @ts-expect-error: a supply lasts 30, 60 or 90 days.
  await client.POST("/orders", { body: { ...order, daysSupply: 45 } });
  // @ts-expect-error: JH-02: the type of an order is spelled with an underscore.
  await client.POST("/orders", { body: { ...order, orderType: "ONE-TIME" } });
  // @ts-expect-error: a discount is a share of the price, and no text.
  await client.PATCH("/partners/settings", { body: { discountValue: "10%" } });

  const { line1, city, state } = order.customer.address;
  // @ts-expect-error: JH-01: a ZIP code is required.
  const withoutZipCode: OrderRequest["customer"]["address"] = { line1, city, state };
  // @ts-expect-error: JH-01: it is called zipCode.
  const withZip: OrderRequest["customer"]["address"] = { line1, city, state, zipCode: "94301", zip: "94301" };
  // @ts-expect-error: all four times of day are required.
  const withoutSleep: OrderRequest["lineItems"][number]["administration"] = {
    morning: 1,
    afternoon: 0,
    evening: 1,
  };
  console.log(withoutZipCode, withZip, withoutSleep);

  const { data } = await client.GET("/orders/{orderId}", { params: { path: { orderId: "o" } } });
  // @ts-expect-error: data is there only after a 2xx.
  console.log(data.id);
  // @ts-expect-error: JH-01: the answer has zipCode too.
  console.log(data?.customer?.address.zip);

  // @ts-expect-error: there are two environments.
  createFulfillmentClient({ clientId: "id", clientSecret: "secret", environment: "staging" });
  // @ts-expect-error: corrections are known by their ids.
  createFulfillmentClient({ accessToken: "token", corrections: { zip: false } });
}

export async function helpers(): Promise<void> {
  const { outcome, order: stored } = await submitOrder(client, order, { reference: "r" });
  assertType<Equals<typeof outcome, "created" | "found" | "already-submitted">>();
  assertType<Equals<typeof stored, Order>>();
  // @ts-expect-error: a reference is what makes it safe.
  await submitOrder(client, order, {});

  const reference = "r";
  for await (const outcome of submitOrders(client, [{ reference, order }], { concurrency: 4 })) {
    if (outcome.outcome === "created") assertType<Equals<typeof outcome.order, Order>>();
    if (outcome.outcome === "refused") assertType<Equals<typeof outcome.error, unknown>>();
    if (outcome.order !== undefined) {
      assertType<Equals<typeof outcome.outcome, "created" | "found" | "already-submitted">>();
    }
    // @ts-expect-error: only orders that exist have an identifier.
    console.log(outcome.order.id);
  }
  // @ts-expect-error: each order needs a reference.
  submitOrders(client, [{ order }]);
  // @ts-expect-error: a reference for all would be one order.
  submitOrders(client, [{ reference, order }], { reference });
}
