import { createFulfillmentClient, type FulfillmentClient, type Result, unwrap } from "juniper-fulfillment";
import { type MockServer, startMockServer } from "juniper-fulfillment/testing";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { orderRequest, protocolRequest } from "../../scripts/samples/requests.ts";
import { faultsOf, operations } from "../support/documents.ts";

type Call = (client: FulfillmentClient) => Promise<Result<unknown>>;

const order = { params: { path: { orderId: "2vSGym0bH8qVEwCIGlyFoRgJq1A" } } };
const protocol = { params: { path: { protocolId: "2vTgd30JFgnwLrgb383PcV9Rken" } } };

/** One call of each operation, by its operationId. */
const calls: Readonly<Record<string, Call>> = {
  createOrder: (client) => client.POST("/orders", { body: orderRequest }),
  listOrders: (client) =>
    client.GET("/orders", {
      params: { query: { limit: 20, cursor: "c", direction: "next", status: "SHIPPED" } },
    }),
  getOrderById: (client) => client.GET("/orders/{orderId}", order),
  cancelOrder: (client) => client.POST("/orders/{orderId}/cancel", order),
  createProtocol: (client) => client.POST("/protocols", { body: protocolRequest }),
  listProtocols: (client) =>
    client.GET("/protocols", { params: { query: { limit: 100, search: "Ada Example" } } }),
  getProtocolById: (client) => client.GET("/protocols/{protocolId}", protocol),
  updateProtocol: (client) => client.PUT("/protocols/{protocolId}", { ...protocol, body: protocolRequest }),
  deleteProtocol: (client) => client.DELETE("/protocols/{protocolId}", protocol),
  listProducts: (client) =>
    client.GET("/products", {
      params: {
        query: { status: "ACTIVE", updatedAfter: "2026-01-01", updatedBefore: "2026-02-01", search: "epa" },
      },
    }),
  getProductById: (client) =>
    client.GET("/products/{productId}", { params: { path: { productId: 77123129891 } } }),
  listShippingMethods: (client) => client.GET("/shipping-methods"),
  getPartnerSettings: (client) => client.GET("/partners/settings"),
  updatePartnerSettings: (client) =>
    client.PATCH("/partners/settings", { body: { website: "https://www.example.com" } }),
  getWebhookSecret: (client) => client.GET("/partners/settings/webhook-secret"),
  rotateWebhookSecret: (client) => client.POST("/partners/settings/rotate-webhook-secret"),
};

let mock: MockServer;
let client: FulfillmentClient;
const covered: string[] = [];

beforeAll(async () => {
  mock = await startMockServer();
  client = createFulfillmentClient(mock.clientOptions);
});
afterAll(async () => {
  await mock.close();
  console.log(`${covered.length} operations hold their contract:\n  ${covered.join("\n  ")}`);
});

/** The query that a call of this file must send, by its operationId. */
const queries: Readonly<Record<string, string>> = {
  listOrders: "limit=20&cursor=c&direction=next&status=SHIPPED",
  listProtocols: "limit=100&search=Ada%20Example",
  listProducts: "status=ACTIVE&updatedAfter=2026-01-01&updatedBefore=2026-02-01&search=epa",
};

describe("against Prism serving the published document", () => {
  for (const operation of operations) {
    const { operationId } = operation.operation;
    test(`${operationId} (${operation.key}) sends what the document allows and returns what the types promise`, async () => {
      const call = calls[String(operationId)];
      expect(call, `no call of ${operationId} in this file`).toBeDefined();
      mock.requests.length = 0;

      const result = await call?.(client);

      const sent = mock.requests.filter(({ path }) => path.startsWith("/v1/"));
      expect(sent).toHaveLength(1);
      expect(`${sent[0]?.method} ${templated(sent[0]?.path ?? "")}`).toBe(operation.key);
      expect(sent[0]?.path.split("?")[1]).toBe(queries[String(operationId)]);
      mock.expectNoViolations();
      expect(result?.response.headers.get("sl-violations")).toBeNull();
      expect(faultsOf(operation, result?.response.status ?? 0, unwrap(result as Result<unknown>))).toEqual(
        [],
      );
      covered.push(`${String(operationId).padEnd(22)} ${operation.key}`);
    });
  }

  test("each call in this file is of an operation that the document still has", () => {
    const known = operations.map(({ operation }) => operation.operationId);
    expect(Object.keys(calls).sort()).toEqual(known.sort());
  });
});

/** The template that a path was made from. */
function templated(path: string): string {
  const [bare = ""] = path.replace(/^\/v1/, "").split("?");
  const match = operations.find(({ path: template }) => {
    const pattern = template.replace(/\{[^{}]+\}/g, "[^/]+");
    return new RegExp(`^${pattern}$`).test(bare) && (template === bare || template.includes("{"));
  });
  return match?.path ?? bare;
}
