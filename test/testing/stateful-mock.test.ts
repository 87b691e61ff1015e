import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import fc from "fast-check";
import {
  createFulfillmentClient,
  type FulfillmentClient,
  NotFoundError,
  type Order,
  unwrap,
  ValidationError,
} from "juniper-fulfillment";
import { type StatefulMockServer, startMockServer } from "juniper-fulfillment/testing";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import type { JsonObject } from "../../scripts/document/document.ts";
import { orderRequest, protocolRequest } from "../../scripts/samples/requests.ts";
import { createBackend } from "../../src/testing/backend/backend.ts";
import { createPrism } from "../../src/testing/prism.ts";
import { createStatefulService } from "../../src/testing/service.ts";
import { mockCredentials, TokenEndpoint } from "../../src/testing/token-endpoint.ts";
import { operations, wire, wireFaultsOf } from "../support/documents.ts";
import { errorOf } from "../support/error-of.ts";

let mock: StatefulMockServer;
let client: FulfillmentClient;

beforeAll(async () => {
  mock = await startMockServer({ stateful: true });
  client = createFulfillmentClient({ ...mock.clientOptions, maxRetries: 0 });
});
afterAll(() => mock.close());

/** The backend's own responses are checked by a second, independent validator. */
afterEach(() => {
  const faults = mock.requests.splice(0).flatMap(({ operation: key, status = 0, responseBody }) => {
    const operation = operations.find((candidate) => candidate.key === key);
    const declared: object = Object(operation?.operation.responses);
    return operation && status in declared ? wireFaultsOf(operation, status, responseBody) : [];
  });
  expect(faults).toEqual([]);
});

const byOrder = (orderId: string) => ({ params: { path: { orderId } } });
const byProtocol = (protocolId: string) => ({ params: { path: { protocolId } } });
const createOrder = async (): Promise<Order> => unwrap(await client.POST("/orders", { body: orderRequest }));

test.each(["4010x", 70_000, -1, 1.5])("refuses the port %j before it listens anywhere", async (port) => {
  await expect(startMockServer({ stateful: true, port: port as number })).rejects.toThrow(
    expect.objectContaining({ name: "ConfigurationError", message: expect.stringContaining("port") }),
  );
});

describe("orders", () => {
  test("an order that is created can be read and listed, and is kept in the spelling of the wire", async () => {
    const order = await createOrder();
    expect(order).toMatchObject({
      status: "CREATED",
      orderType: "ONE_TIME",
      customer: orderRequest.customer,
    });
    expect(unwrap(await client.GET("/orders/{orderId}", byOrder(order.id)))).toEqual(order);
    expect(unwrap(await client.GET("/orders")).orders?.[0]).toEqual(order);
    expect(mock.orders.at(-1)).toMatchObject({ id: order.id, status: "CREATED" });
    const onTheWire = mock.requests.find(({ operation }) => operation === "POST /orders");
    expect(mock.orders.at(-1)?.customer.address).toEqual(
      (onTheWire?.body as { customer: { address: object } }).customer.address,
    );
    mock.expectNoViolations();
  });

  test("has amounts that add up from the catalogue, the discount and the shipping", async () => {
    // 0.53 × 2 a day × 30 days, less 10 %, and 9.99 to ship.
    expect(await createOrder()).toMatchObject({
      discount: "10%",
      lineItems: [{ price: "0.53", discountedPrice: "0.477" }],
      subtotalPrice: "31.80",
      totalDiscount: "3.18",
      totalFees: "0.00",
      totalVolumeDiscount: "0.00",
      totalShipping: "9.99",
      totalPrice: "38.61",
    });
  });

  test("has identifiers of its own that look like the vendor's", async () => {
    const [first, second] = [await createOrder(), await createOrder()];
    expect(first.id).not.toBe(second.id);
    for (const { id } of [first, second]) expect(id).toMatch(/^2v[0-9A-Za-z]{25}$/);
  });

  test("can be cancelled while it is CREATED, and not twice", async () => {
    const { id } = await createOrder();
    expect(unwrap(await client.POST("/orders/{orderId}/cancel", byOrder(id)))).toMatchObject({
      id,
      status: "CANCELLED",
    });
    const error = errorOf(await client.POST("/orders/{orderId}/cancel", byOrder(id)));
    expect(error).toBeInstanceOf(ValidationError);
    expect(error).toMatchObject({ status: 400, detail: "Order can only be cancelled while in NEW status" });
  });

  test("can't be cancelled once it is being processed, and stays as it is", async () => {
    const { id } = await createOrder();
    await mock.advance(id, "PROCESSING");
    expect(errorOf(await client.POST("/orders/{orderId}/cancel", byOrder(id)))).toBeInstanceOf(
      ValidationError,
    );
    expect(unwrap(await client.GET("/orders/{orderId}", byOrder(id))).status).toBe("PROCESSING");
  });

  test("that does not exist is a 404, to read and to cancel", async () => {
    expect(errorOf(await client.GET("/orders/{orderId}", byOrder("none")))).toBeInstanceOf(NotFoundError);
    expect(errorOf(await client.POST("/orders/{orderId}/cancel", byOrder("none")))).toBeInstanceOf(
      NotFoundError,
    );
    mock.expectNoViolations();
  });

  test("of an unknown product, or with doses that do not add up, is refused with a 422 that says where", async () => {
    const unchecked = createFulfillmentClient({ ...mock.clientOptions, checkDosage: false });
    const [item] = orderRequest.lineItems;
    const lineItems = [
      { ...item, productId: 1, quantity: 2, packDescription: "Daily" },
      { ...item, productId: 77123129891, quantity: 3, packDescription: "Daily" },
      { productId: 77123129891, quantity: 0, packDescription: "Daily" },
    ];
    const before = mock.orders.length;
    const error = errorOf(await unchecked.POST("/orders", { body: { ...orderRequest, lineItems } }));
    expect(error).toMatchObject({
      status: 422,
      issues: [
        { loc: ["body", "lineItems", 0, "productId"], type: "invalid" },
        { loc: ["body", "lineItems", 1, "administration"], type: "invalid" },
        { loc: ["body", "lineItems", 2, "quantity"], type: "invalid" },
      ],
    });
    expect(mock.orders).toHaveLength(before);
  });

  test("that the document does not allow is refused with the declared error, and changes nothing", async () => {
    const before = mock.orders.length;
    const body = { ...orderRequest, daysSupply: 45 as 30 };
    expect(errorOf(await client.POST("/orders", { body }))).toBeInstanceOf(ValidationError);
    expect(mock.orders).toHaveLength(before);
    expect(() => mock.expectNoViolations()).toThrow(/POST \/v1\/orders\n.*daysSupply/);
  });

  test("that asks for a declared response with Prefer gets the document's example, and is not stored", async () => {
    const before = mock.orders.length;
    const result = await client.POST("/orders", { body: orderRequest, headers: { Prefer: "code=400" } });
    expect(errorOf(result)).toMatchObject({ status: 400, detail: "Invalid request parameters" });
    expect(mock.orders).toHaveLength(before);
  });
});

describe("lists", () => {
  test("give each order once in either direction, whatever their number, the limit and the status", async () => {
    const directions = fc.constantFrom("next" as const, "previous" as const);
    const statuses = fc.constantFrom(undefined, "CREATED" as const, "CANCELLED" as const);
    await fc.assert(
      fc.asyncProperty(
        fc.nat(9),
        fc.integer({ min: 1, max: 100 }),
        directions,
        statuses,
        async (added, limit, direction, status) => {
          for (let count = 0; count < added; count++) {
            const { id } = await createOrder();
            if (count % 3 === 0) await client.POST("/orders/{orderId}/cancel", byOrder(id));
          }
          const pages: string[][] = [];
          let cursor: string | undefined;
          do {
            if (pages.length > 1_000) throw new Error("The list has no end.");
            const query = { limit, direction, ...(status && { status }), ...(cursor && { cursor }) };
            const page = unwrap(await client.GET("/orders", { params: { query } }));
            pages.push((page.orders ?? []).map(({ id }) => id));
            cursor = page.cursor;
          } while (cursor);
          const wanted = mock.orders.filter((order) => status === undefined || order.status === status);
          const newestFirst = wanted.map(({ id }) => id).reverse();
          expect((direction === "next" ? pages : pages.reverse()).flat()).toEqual(newestFirst);
        },
      ),
      { numRuns: 25 },
    );
    mock.expectNoViolations();
  });

  test("hold ten when no limit is given", async () => {
    expect(unwrap(await client.GET("/products")).products).toHaveLength(10);
  });

  test("refuse a cursor that they have not given out with a 400", async () => {
    const { cursor = "" } = unwrap(await client.GET("/products"));
    for (const foreign of [cursor, "made-up"]) {
      const error = errorOf(await client.GET("/orders", { params: { query: { cursor: foreign } } }));
      expect(error).toMatchObject({ status: 400, detail: "Invalid cursor" });
    }
  });
});

describe("protocols", () => {
  const create = async (lastName = "Example") => {
    const customer = { ...protocolRequest.customer, lastName };
    return unwrap(await client.POST("/protocols", { body: { ...protocolRequest, customer } }));
  };

  test("can be created, read, replaced and deleted", async () => {
    const protocol = await create();
    expect(unwrap(await client.GET("/protocols/{protocolId}", byProtocol(protocol.id)))).toEqual(protocol);

    const body = { ...protocolRequest, daysSupply: 90 as const };
    const replaced = unwrap(
      await client.PUT("/protocols/{protocolId}", { ...byProtocol(protocol.id), body }),
    );
    expect(replaced).toMatchObject({
      id: protocol.id,
      createdAt: protocol.createdAt,
      daysSupply: 90,
      subtotalPrice: "95.40",
    });
    expect(unwrap(await client.GET("/protocols/{protocolId}", byProtocol(protocol.id)))).toEqual(replaced);

    expect(unwrap(await client.DELETE("/protocols/{protocolId}", byProtocol(protocol.id)))).toEqual({
      protocolId: protocol.id,
      message: "Protocol deleted successfully",
    });
    for (const result of [
      await client.GET("/protocols/{protocolId}", byProtocol(protocol.id)),
      await client.PUT("/protocols/{protocolId}", { ...byProtocol(protocol.id), body }),
      await client.DELETE("/protocols/{protocolId}", byProtocol(protocol.id)),
    ]) {
      expect(errorOf(result)).toBeInstanceOf(NotFoundError);
    }
    mock.expectNoViolations();
  });

  test("are found by their customer's name", async () => {
    const { id } = await create("Lovelace");
    const query = { search: "ada LOVE" };
    const { protocols } = unwrap(await client.GET("/protocols", { params: { query } }));
    expect(protocols?.map((protocol) => protocol.id)).toEqual([id]);
  });
});

describe("the catalogue", () => {
  const list = async (query: object) =>
    unwrap(await client.GET("/products", { params: { query } })).products ?? [];

  test("begins with the documentation's sample, and each product can be read", async () => {
    const products = await list({ limit: 100 });
    expect(products).toHaveLength(25);
    expect(products[0]).toMatchObject({ id: 77123129891, name: "Elite EPA", price: "0.53" });
    for (const product of products) {
      const params = { path: { productId: product.id } };
      expect(unwrap(await client.GET("/products/{productId}", { params }))).toEqual(product);
    }
    const unknown = await client.GET("/products/{productId}", { params: { path: { productId: 1 } } });
    expect(errorOf(unknown)).toBeInstanceOf(NotFoundError);
    mock.expectNoViolations();
  });

  test("is filtered by status, by the day of the last change, and by words", async () => {
    const all = await list({ limit: 100 });
    for (const status of ["ACTIVE", "DRAFT", "BACKORDERED", "DISCONTINUED"]) {
      const own = await list({ limit: 100, status });
      expect(own.length).toBeGreaterThan(0);
      expect(own).toEqual(all.filter((product) => product.status === status));
    }
    const dates = { updatedAfter: "2025-03-15", updatedBefore: "2025-06-15" };
    const months = (await list({ limit: 100, ...dates })).map(({ updatedAt = "" }) => updatedAt.slice(0, 7));
    expect(new Set(months)).toEqual(new Set(["2025-04", "2025-05"]));
    expect((await list({ search: "vitamin d" })).map(({ name }) => name)).toEqual(["Vitamin D3"]);
    expect(await list({ search: "no such thing" })).toEqual([]);
  });

  test("can be the user's own", async () => {
    const products = [{ id: 7, price: "1.05" }];
    const own = await startMockServer({ stateful: true, products });
    const ownClient = createFulfillmentClient(own.clientOptions);
    const lineItems = [{ productId: 7, quantity: 1, packDescription: "Daily" }];
    const order = unwrap(await ownClient.POST("/orders", { body: { ...orderRequest, lineItems } }));
    await own.close();
    expect(order.subtotalPrice).toBe("31.50");
  });

  test("has three ways to ship, each with its price in the orders that use it", async () => {
    for (const { name, price } of unwrap(await client.GET("/shipping-methods"))) {
      const body = { ...orderRequest, shippingMethod: name as "STANDARD" };
      expect(unwrap(await client.POST("/orders", { body })).totalShipping).toBe(price);
    }
  });
});

describe("responses", () => {
  const runOnce = async (seed?: string): Promise<unknown[]> => {
    const own = await startMockServer({
      stateful: true,
      now: () => Date.UTC(2026, 0, 1),
      ...(seed && { seed }),
    });
    const ownClient = createFulfillmentClient(own.clientOptions);
    await ownClient.PATCH("/partners/settings", { body: { webhookUrl: "http://127.0.0.1:9/" } });
    await ownClient.POST("/protocols", { body: protocolRequest });
    const { id } = unwrap(await ownClient.POST("/orders", { body: orderRequest }));
    await own.advance(id, "SHIPPED", { hold: true });
    await ownClient.GET("/orders");
    await ownClient.GET("/partners/settings/webhook-secret");
    await own.close();
    return own.requests.map(({ responseBody }) => responseBody);
  };

  test("are the same in every run with one seed and one clock, and others with another seed", async () => {
    const first = await runOnce();
    expect(await runOnce()).toEqual(first);
    expect(await runOnce("another")).not.toEqual(first);
  });

  test("come from the backend for every operation that it carries out, and from the document for a new one, which says so", async () => {
    const folder = await mkdtemp(join(tmpdir(), "mock-"));
    const [first] = Object.values(wire.paths as JsonObject);
    const gifts = { get: { ...(first as { get: object }).get, operationId: "listGifts", parameters: [] } };
    const paths = { ...(wire.paths as JsonObject), "/gifts": gifts };
    await writeFile(join(folder, "wire.json"), JSON.stringify({ ...wire, paths }));
    const backend = createBackend({ seed: "", products: undefined, now: Date.now, onStatus: () => {} });
    const documents = {
      api: await createPrism(join(folder, "wire.json")),
      auth: await createPrism(fileURLToPath(new URL("../../openapi/auth.yaml", import.meta.url))),
    };
    const tokens = new TokenEndpoint(backend.seeded, 60, Date.now);
    const service = createStatefulService(documents, backend, tokens);
    const ask = (path: string) => {
      const headers = { authorization: `Bearer ${issued(tokens)}` };
      const request = { target: path, method: "GET", url: { path, query: {} }, headers, body: null };
      return service.respond(request, service.route(request));
    };
    expect((await ask("/v1/orders")).headers).not.toHaveProperty("x-mock-example");
    expect(await ask("/v1/gifts")).toMatchObject({ status: 200, headers: { "x-mock-example": "true" } });
    await rm(folder, { recursive: true });
  });
});

/** A token that the endpoint has issued to its own client. */
function issued(tokens: TokenEndpoint): string {
  const { clientId: client_id, clientSecret: client_secret } = mockCredentials;
  const form = new URLSearchParams({ grant_type: "client_credentials", client_id, client_secret });
  return (tokens.issue(form.toString()).body as { access_token: string }).access_token;
}
