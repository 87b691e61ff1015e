import {
  type FulfillmentClient,
  type Order,
  type Product,
  type Protocol,
  paginate,
} from "juniper-fulfillment";

declare const client: FulfillmentClient;

type Equals<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
function assertType<T extends true>(): T | undefined {
  return undefined;
}

export async function rightUses(): Promise<void> {
  for await (const order of paginate(client, "/orders")) assertType<Equals<typeof order, Order>>();
  for await (const product of paginate(client, "/products", { params: { query: { status: "ACTIVE" } } })) {
    assertType<Equals<typeof product, Product>>();
  }
  const protocols = paginate(client, "/protocols", {
    params: { query: { search: "sleep", direction: "previous", limit: 20, cursor: "c" } },
    prefetch: false,
    signal: AbortSignal.timeout(1_000),
    ...{ maxRetries: 0, timeoutMs: 1_000, deadlineMs: 2_000 },
    maxResponseBytes: 1_000_000,
  });
  for await (const { items, nextCursor } of protocols.pages()) {
    assertType<Equals<typeof items, readonly Protocol[]>>();
    assertType<Equals<typeof nextCursor, string | undefined>>();
  }
}

export function wrongUses(): void {
  // @ts-expect-error: it answers with all there are.
  paginate(client, "/shipping-methods");
  // @ts-expect-error: it is one order.
  paginate(client, "/orders/{orderId}");
  // @ts-expect-error: no order has this status.
  paginate(client, "/orders", { params: { query: { status: "DELIVERED" } } });
  // @ts-expect-error: orders can't be searched.
  paginate(client, "/orders", { params: { query: { search: "Ada" } } });
  // @ts-expect-error: a list has no body.
  paginate(client, "/orders", { body: {} });
}
