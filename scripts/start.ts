import { isDeepStrictEqual, parseArgs, styleText } from "node:util";
import {
  createFulfillmentClient,
  type OrderRequest,
  type Product,
  type Protocol,
  unwrap,
} from "juniper-fulfillment";
import { type MockServer, type RecordedRequest, startMockServer } from "juniper-fulfillment/testing";
import { runScript } from "./run-script.ts";

const usage = `Usage: npm start

Walks through the life of an order against a mock of the API that runs in this process. Nothing leaves this machine.`;

await runScript(usage, async () => {
  parseArgs({ options: {} });
  const startMs = performance.now();
  say("\nStarting a mock of the API and its token endpoint, from openapi/published/index.yaml …");
  const mock = await startMockServer();
  try {
    say(`Listening at ${mock.baseUrl}. Each line below is one call of the client, in your spelling.\n`);
    await walk(mock);
    mock.expectNoViolations();
    const calls = mock.requests.length;
    say(
      `\n${calls} requests, each valid by the published document, in ${elapsed(startMs)} with the start of the mock.`,
    );
    say("Next: README.md, or `npm run mock` to point a program of your own at the same mock.");
  } finally {
    await mock.close();
  }
  return 0;
});

async function walk(mock: MockServer): Promise<void> {
  const client = createFulfillmentClient(mock.clientOptions);
  const step = stepper(mock);

  const { products = [] } = await step("Sign in and browse products", async () =>
    unwrap(await client.GET("/products", { params: { query: { status: "ACTIVE" } } })),
  );
  const product = products[0];
  if (product === undefined) throw new Error("The mock has no product.");
  detail(`${product.name}, ${product.price} a pill, ${product.status}`);

  const methods = await step("Compare shipping methods", async () =>
    unwrap(await client.GET("/shipping-methods")),
  );
  for (const { name, description, price } of methods) detail(`${name}, ${description}, ${price}`);

  const protocol = await step("Create a protocol", async () =>
    unwrap(await client.POST("/protocols", { body: { ...orderFor(product), orderType: "SUBSCRIPTION" } })),
  );
  detail(`${protocol.id}, every ${protocol.daysSupply} days`);

  const request = orderFrom(protocol, product);
  const order = await step("Place an order from it", async () =>
    unwrap(await client.POST("/orders", { body: request })),
  );
  detail(`${order.id}, ${order.status}, ${order.totalPrice} in all`);
  showSpellings(request, mock.requests.at(-1), order);

  const params = { path: { orderId: order.id } };
  const read = await step("Read it", async () => unwrap(await client.GET("/orders/{orderId}", { params })));
  detail(`${read.status}, ${read.fulfillmentInfo?.carrier} ${read.fulfillmentInfo?.trackingNumber}`);

  const { orders = [] } = await step("List the orders in its status", async () =>
    unwrap(await client.GET("/orders", { params: { query: { status: "CREATED", limit: 10 } } })),
  );
  detail(`${orders.length} of them`);

  const cancelled = await step("Cancel it", async () =>
    unwrap(await client.POST("/orders/{orderId}/cancel", { params })),
  );
  detail(`answered with the order, ${cancelled.id}`);

  const settings = await step("Set where webhooks go", async () =>
    unwrap(
      await client.PATCH("/partners/settings", {
        body: { webhookUrl: "https://www.example.com/webhooks/juniper" },
      }),
    ),
  );
  detail(`${settings.name} is told at ${settings.webhookUrl}`);

  const { webhookSecret = "" } = await step("Rotate the webhook secret", async () =>
    unwrap(await client.POST("/partners/settings/rotate-webhook-secret")),
  );
  detail(`${webhookSecret.slice(0, 4)}… (${webhookSecret.length} characters)`);
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

/** A protocol holds all that an order needs, but for what the vendor makes optional in one and required in the other. */
function orderFrom(
  { customer, lineItems = [], daysSupply, shippingMethod }: Protocol,
  product: Product,
): OrderRequest {
  const order = orderFor(product);
  return {
    ...order,
    customer: customer ?? order.customer,
    lineItems: lineItems.map((item) => ({ ...item, packDescription: item.packDescription ?? "Daily pack" })),
    daysSupply: daysSupply ?? order.daysSupply,
    shippingMethod: shippingMethod ?? order.shippingMethod,
  };
}

/** Runs the steps, each under its own line with the requests that it made and the time that it took. */
function stepper(mock: MockServer): <Result>(title: string, run: () => Promise<Result>) => Promise<Result> {
  let number = 0;
  return async (title, run) => {
    const before = mock.requests.length;
    const startMs = performance.now();
    const result = await run();
    const sent = mock.requests.slice(before).map(({ method, path }) => `${method} ${path.split("?")[0]}`);
    number++;
    const heading = styleText("bold", title.padEnd(32));
    say(
      `${String(number).padStart(2)}  ${heading}${styleText("dim", elapsed(startMs).padStart(7))}   ${sent.join(", ")}`,
    );
    return result;
  };
}

/** What the vendor's two spellings look like on the wire, next to what the user wrote and reads. */
function showSpellings(request: OrderRequest, sent: RecordedRequest | undefined, order: object): void {
  const rows: readonly [string, unknown][] = [
    ["you wrote", request],
    ["was sent", sent?.body],
    ["was answered", sent?.answer],
    ["you got", order],
  ];
  for (const [label, value] of rows) {
    const text = disputed(value)
      .map(([place, found]) => `${place}: ${JSON.stringify(found)}`)
      .join(", ");
    detail(`${styleText("cyan", label.padEnd(13))} ${text}`);
  }
  if (isDeepStrictEqual(disputed(request), disputed(sent?.body))) detail("The vendor spells both as you do.");
}

/** The fields of an order that the vendor spells in two ways. */
function disputed(order: unknown): [string, unknown][] {
  const { orderType, customer } = order as {
    orderType?: string;
    customer?: { address?: Record<string, unknown> };
  };
  const address = Object.entries(customer?.address ?? {}).filter(([name]) => name.startsWith("zip"));
  return [["orderType", orderType], ...address];
}

function elapsed(startMs: number): string {
  const ms = performance.now() - startMs;
  return ms < 1_000 ? `${Math.round(ms)} ms` : `${(ms / 1_000).toFixed(1)} s`;
}

function detail(text: string): void {
  say(`    ${text}`);
}

function say(text: string): void {
  console.log(text);
}
