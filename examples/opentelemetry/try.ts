/** Traces three pieces of work against a mock of the API, and prints what a collector would be sent. */
import { InMemorySpanExporter } from "@opentelemetry/sdk-trace-base";
import {
  createFulfillmentClient,
  memoryLedger,
  type OrderRequest,
  submitOrder,
  unwrap,
} from "juniper-fulfillment";
import { startMockServer } from "juniper-fulfillment/testing";
import { printTrace } from "./print-trace.ts";
import { startTracing } from "./tracing.ts";

const exporter = new InMemorySpanExporter();
const stop = startTracing(exporter);
const mock = await startMockServer({ stateful: true });
const client = createFulfillmentClient(mock.clientOptions);
const order: OrderRequest = {
  customer: {
    sourceId: "customer-1",
    firstName: "Ada",
    lastName: "Example",
    address: { line1: "1 Main Street", city: "Palo Alto", state: "CA", zipCode: "94301" },
  },
  daysSupply: 30,
  lineItems: [{ productId: 77123129891, quantity: 1, packDescription: "Daily pack" }],
  shippingMethod: "STANDARD",
  orderType: "ONE_TIME",
};

async function trace(title: string, work: () => Promise<unknown>): Promise<void> {
  await work();
  console.log(`\n${title}`);
  printTrace(exporter.getFinishedSpans());
  exporter.reset();
}

await trace("A search for a customer, with the first token:", async () =>
  client.GET("/protocols", { params: { query: { search: "Ada Example" } } }),
);

mock.fault("GET /products", { status: 503 });
await trace("A read that the API refuses once:", async () => unwrap(await client.GET("/products")));

mock.fault("POST /orders", { commitThenDrop: true });
await trace("An order whose response is lost:", () =>
  submitOrder(client, order, { reference: "2026-000123", ledger: memoryLedger() }),
);

await Promise.all([mock.close(), stop()]);
