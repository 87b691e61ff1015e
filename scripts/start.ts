import { parseArgs } from "node:util";
import {
  createFulfillmentClient,
  type FulfillmentClient,
  isOneOf,
  type Ledger,
  memoryLedger,
  type Order,
  type OrderRequest,
  orderRequestDaysSupplyValues,
  type Product,
  type Protocol,
  type ProtocolRequest,
  shippingMethodNameValues,
  submitOrder,
  unwrap,
  ValidationError,
} from "juniper-fulfillment";
import { type StatefulMockServer, startMockServer } from "juniper-fulfillment/testing";
import { runScript } from "./run-script.ts";
import { settleADoubt } from "./start/settle-a-doubt.ts";
import { showSpellings } from "./start/show-spellings.ts";
import { detail, elapsed, type Step, say, stepper } from "./start/steps.ts";
import { startWebhookEndpoint, type WebhookEndpoint } from "./start/webhook-endpoint.ts";

const usage = `Usage: npm start

Walks through the life of an order against a mock of the API that runs in this process. Nothing leaves this machine.`;

interface Demo {
  readonly mock: StatefulMockServer;
  readonly client: FulfillmentClient;
  readonly endpoint: WebhookEndpoint;
  readonly step: Step;
}

await runScript(usage, async () => {
  parseArgs({ options: {} });
  const startMs = performance.now();
  say("\nStarting a mock of the API and its token endpoint, from openapi/wire.yaml …");
  const mock = await startMockServer({ stateful: true });
  const client = createFulfillmentClient(mock.clientOptions);
  const endpoint = await startWebhookEndpoint(() => readWebhookSecret(client));
  try {
    say(
      `Listening at ${mock.baseUrl}. Each numbered line is one step, with what it sent and the status that came back.`,
    );
    await walk({ mock, client, endpoint, step: stepper(mock) });
    mock.expectNoViolations();
    const calls = mock.requests.length;
    say(
      `\n${calls} requests, each valid by the published document, in ${elapsed(startMs)} with the start of the mock.`,
    );
    say("Next: README.md, or `npm run mock -- --stateful` to point a program of your own at the same mock.");
  } finally {
    await Promise.all([mock.close(), endpoint.close()]);
  }
  return 0;
});

async function readWebhookSecret(client: FulfillmentClient): Promise<string> {
  const { webhookSecret = "" } = unwrap(await client.GET("/partners/settings/webhook-secret"));
  return webhookSecret;
}

async function walk(demo: Demo): Promise<void> {
  const product = await prepare(demo);
  const order = await placeOrder(demo, product);
  await ship(demo, order);
  await cancelAnother(demo, product);
  const ledger = memoryLedger();
  await loseAnAnswer(demo, product, ledger);
  await settleADoubt({ ...demo, ledger }, { ...orderFor(product), daysSupply: 60 });
}

async function prepare({ client, endpoint, step }: Demo): Promise<Product> {
  const { products = [] } = await step("Sign in and browse products", async () =>
    unwrap(await client.GET("/products", { params: { query: { status: "ACTIVE", limit: 100 } } })),
  );
  const [product] = products;
  if (product === undefined) throw new Error("The mock has no product.");
  detail(`${products.length} of them; the first is ${product.name}, ${product.price} a pill`);

  const methods = await step("Compare shipping methods", async () =>
    unwrap(await client.GET("/shipping-methods")),
  );
  for (const { name = "", description = "", price } of methods) {
    detail(`${name.padEnd(10)}${description.padEnd(19)}${price}`);
  }

  await step("Set where webhooks go", async () =>
    unwrap(await client.PATCH("/partners/settings", { body: { webhookUrl: endpoint.url } })),
  );
  detail(`${endpoint.url}, a server in this process`);
  return product;
}

async function placeOrder({ mock, client, step }: Demo, product: Product): Promise<Order> {
  const protocol = await step("Create a protocol", async () =>
    unwrap(await client.POST("/protocols", { body: protocolFor(product) })),
  );
  detail(`${protocol.id}, every ${protocol.daysSupply} days`);

  const request = orderFrom(protocol, product);
  const order = await step("Place an order from it", async () =>
    unwrap(await client.POST("/orders", { body: request })),
  );
  detail(`${order.id}, ${order.status}`);
  detail(
    `${order.subtotalPrice} less ${order.totalDiscount}, and ${order.totalShipping} to ship: ${order.totalPrice}`,
  );
  showSpellings(request, mock.requests.at(-1), order);

  const { orders = [] } = await step("List the orders in its status", async () =>
    unwrap(await client.GET("/orders", { params: { query: { status: "CREATED" } } })),
  );
  for (const { id, status } of orders) detail(`${id}, ${status}`);
  return order;
}

async function ship({ mock, client, endpoint, step }: Demo, { id }: Order): Promise<void> {
  for (const [title, status] of [
    ["The backend packs it", "PROCESSING"],
    ["The backend ships it", "SHIPPED"],
  ] as const) {
    const { order } = await step(title, async () => {
      await mock.advance(id, status);
      return endpoint.nextEvent();
    });
    const { carrier, trackingNumber } = order.fulfillmentInfo ?? {};
    detail(`a webhook arrived, its signature is right: ${order.status}`);
    if (carrier) detail(`${carrier} ${trackingNumber}`);
  }
  const params = { path: { orderId: id } };
  const refusal = await step("Try to cancel it", async () => {
    try {
      return unwrap(await client.POST("/orders/{orderId}/cancel", { params }));
    } catch (error) {
      if (error instanceof ValidationError) return error;
      throw error;
    }
  });
  if (refusal instanceof ValidationError) detail(`${refusal.name}: ${refusal.detail}`);
}

async function cancelAnother({ mock, client, endpoint, step }: Demo, product: Product): Promise<void> {
  const cancelled = await step("Place another order and cancel it", async () => {
    const { id } = unwrap(await client.POST("/orders", { body: orderFor(product) }));
    const order = unwrap(
      await client.POST("/orders/{orderId}/cancel", { params: { path: { orderId: id } } }),
    );
    await Promise.all([mock.settled(), endpoint.nextEvent()]);
    return order;
  });
  detail(`${cancelled.id}, ${cancelled.status}`);
}

async function loseAnAnswer({ mock, client, step }: Demo, product: Product, ledger: Ledger): Promise<void> {
  const before = mock.orders.length;
  mock.fault("POST /orders", { commitThenDrop: true });
  const { outcome, order } = await step("Lose the response to an order", async () => {
    const body: OrderRequest = { ...orderFor(product), daysSupply: 90 };
    return submitOrder(client, body, { reference: "2026-000123", ledger });
  });
  detail(`${order.id}: submitOrder ${outcome} it, and did not send it again`);
  detail(`orders stored: ${mock.orders.length - before}`);
}

function orderFor({ id, packDescription = "Daily pack" }: Product): OrderRequest {
  return {
    customer: {
      sourceId: "customer-1",
      firstName: "Ada",
      lastName: "Example",
      address: { line1: "1 Main Street", city: "Palo Alto", state: "CA", zipCode: "94301" },
    },
    daysSupply: 30,
    lineItems: [
      {
        productId: id,
        quantity: 2,
        packDescription,
        administration: { morning: 1, afternoon: 0, evening: 1, sleep: 0 },
      },
    ],
    shippingMethod: "STANDARD",
    orderType: "ONE_TIME",
  };
}

function protocolFor(product: Product): ProtocolRequest {
  const address: ProtocolRequest["customer"]["address"] = {
    line1: "1 Main Street",
    city: "Palo Alto",
    state: "CA",
    zipCode: "94301",
  };
  const { customer, ...order } = orderFor(product);
  return { ...order, customer: { ...customer, address }, orderType: "SUBSCRIPTION" };
}

/** A protocol holds what an order is made of, but it may leave something out, or hold values that no order may have. */
function orderFrom({ lineItems = [], daysSupply, shippingMethod }: Protocol, product: Product): OrderRequest {
  const order = orderFor(product);
  return {
    ...order,
    lineItems: lineItems.map((item) => ({ ...item, packDescription: item.packDescription ?? "Daily pack" })),
    daysSupply: isOneOf(orderRequestDaysSupplyValues, daysSupply) ? daysSupply : order.daysSupply,
    shippingMethod: isOneOf(shippingMethodNameValues, shippingMethod) ? shippingMethod : order.shippingMethod,
  };
}
