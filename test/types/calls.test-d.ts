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
  type paths,
  type ShippingMethod,
  submitOrder,
  submitOrders,
  type Unknown,
  unwrap,
} from "juniper-fulfillment";
import type { Client } from "openapi-fetch";

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
  assertType<
    Equals<typeof found.orderType, "ONE_TIME" | "SUBSCRIPTION" | Unknown<"OrderOrderType"> | undefined>
  >();
  const city = found.customer?.address.city;
  assertType<Equals<typeof city, string | undefined>>();

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
  const stream = await client.GET("/products", { parseAs: "stream" });
  assertType<Equals<typeof stream.data, ReadableStream<Uint8Array<ArrayBuffer>> | null | undefined>>();
  const written = await client.GET("/products", { parseAs: "text", deadlineMs: 1_000, cache: "no-store" });
  assertType<Equals<typeof written.data, string | undefined>>();
  const requested = await client.request("get", "/shipping-methods");
  assertType<Equals<typeof requested.data, ShippingMethod[] | undefined>>();
  const init = { headers: { "x-trace": "7" }, signal: new AbortController().signal };
  await client.POST("/orders", { ...init, body: order });
  await client.GET("/products", undefined);
  const asOpenapiFetch = client as unknown as Client<paths>;
  console.log(asOpenapiFetch);
  const status: OrderStatus = "NEW";
  await client.GET("/orders", { params: { query: { status } } });
  await client.DELETE("/protocols/{protocolId}", { params: { path: { protocolId: "p" } } });
  await client.GET("/orders", { timeoutMs: 5_000, maxRetries: 0, signal: AbortSignal.timeout(1_000) });
  assertType<Equals<(typeof orderStatusValues)[number], OrderStatus>>();

  createFulfillmentClient({ clientId: "id", clientSecret: "secret", corrections: { "JH-01": false } });
  createFulfillmentClient({ accessToken: async () => "token", environment: "production" });
}

/** What may be undefined at run time is passed on as it is. */
export async function optionalOptions(signal?: AbortSignal, timeoutMs?: number): Promise<void> {
  await client.GET("/orders", { signal, timeoutMs });
  await client.POST("/orders", { body: order, signal, timeoutMs });
  await client.request("get", "/orders", { signal });
  await client.GET("/orders", { signal: null });
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

  // @ts-expect-error: the settings' id and name can't be changed.
  await client.PATCH("/partners/settings", { body: { id: "x", name: "y" } });
  // @ts-expect-error: it is spelled webhookUrl.
  await client.PATCH("/partners/settings", { body: { webhookURL: "https://example.com" } });
  // @ts-expect-error: it is spelled timeoutMs.
  await client.GET("/orders", { timeoutMS: 5 });
  // @ts-expect-error: there is no such parameter.
  await client.GET("/orders", { params: { query: { page: 2 } } });
  // @ts-expect-error: an order has no such field, at any depth.
  await client.POST("/orders", { body: { ...order, customer: { ...order.customer, middleName: "B." } } });
  // @ts-expect-error: a controller is no signal.
  await client.GET("/orders", { signal: new AbortController() });
  // @ts-expect-error: there is no such way to read a body.
  await client.GET("/orders", { parseAs: "xml" });

  const { city, ...elsewhere } = order.customer.address;
  // @ts-expect-error: a city is required.
  const nowhere: OrderRequest["customer"]["address"] = elsewhere;
  // @ts-expect-error: all four times of day are required.
  const withoutSleep: OrderRequest["lineItems"][number]["administration"] = {
    morning: 1,
    afternoon: 0,
    evening: 1,
  };
  console.log(city, nowhere, withoutSleep);

  const { data } = await client.GET("/orders/{orderId}", { params: { path: { orderId: "o" } } });
  // @ts-expect-error: data is there only after a 2xx.
  console.log(data.id);

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
