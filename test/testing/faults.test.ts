import {
  ConfigurationError,
  ConnectionError,
  createFulfillmentClient,
  memoryLedger,
  OutcomeUnknownError,
  RateLimitError,
  submitOrder,
  TimeoutError,
  unwrap,
} from "juniper-fulfillment";
import { type MockServer, type StatefulMockServer, startMockServer } from "juniper-fulfillment/testing";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { orderRequest } from "../../scripts/samples/requests.ts";
import { errorOf } from "../support/error-of.ts";

let mock: StatefulMockServer;
let plain: MockServer;

beforeAll(async () => {
  mock = await startMockServer({ stateful: true });
  plain = await startMockServer();
});
afterAll(() => Promise.all([mock.close(), plain.close()]));
afterEach(() => {
  for (const server of [mock, plain]) {
    server.clearFaults();
    server.requests.length = 0;
  }
});

const clientOf = (server: MockServer, maxRetries = 0) =>
  createFulfillmentClient({ ...server.clientOptions, maxRetries });
const statusOf = async (server: MockServer): Promise<number> =>
  (await clientOf(server).GET("/shipping-methods")).response.status;

describe("a fault", () => {
  test("strikes one request, or as many as it says, each in its order; then all is well", async () => {
    for (const server of [mock, plain]) {
      server.fault("GET /shipping-methods", { status: 503 }, { status: 500, times: 2 });
      server.fault("GET /shipping-methods", { status: 404, body: { detail: "gone" } });
      const statuses: number[] = [];
      for (let count = 0; count < 5; count++) statuses.push(await statusOf(server));
      expect(statuses).toEqual([503, 500, 500, 404, 200]);
    }
  });

  test("strikes its own operation alone, also behind a template", async () => {
    mock.fault("GET /orders/{orderId}", { status: 503 });
    const client = clientOf(mock);
    expect((await client.GET("/orders")).response.status).toBe(200);
    const params = { path: { orderId: "any" } };
    expect((await client.GET("/orders/{orderId}", { params })).response.status).toBe(503);
    expect((await client.GET("/orders/{orderId}", { params })).response.status).toBe(404);
  });

  test("with a status changes nothing, and the request is still held against the document", async () => {
    mock.fault("POST /orders", { status: 503 }, { status: 503 });
    const before = mock.orders.length;
    await clientOf(mock).POST("/orders", { body: orderRequest });
    mock.expectNoViolations();
    await clientOf(mock).POST("/orders", { body: { ...orderRequest, daysSupply: 45 as 30 } });
    expect(() => mock.expectNoViolations()).toThrow(/daysSupply/);
    expect(mock.orders).toHaveLength(before);
    expect(mock.requests.at(-1)).toMatchObject({
      operation: "POST /orders",
      status: 503,
      fault: { status: 503 },
    });
  });

  test("of 429 says how long to wait", async () => {
    mock.fault("POST /orders", { status: 429, retryAfterSeconds: 1 });
    const error = errorOf(await clientOf(mock).POST("/orders", { body: orderRequest }));
    expect(error).toBeInstanceOf(RateLimitError);
    expect(error).toMatchObject({ retryAfterMs: 1_000 });
  });

  test("that resets the connection does nothing before", async () => {
    for (const server of [mock, plain]) {
      server.fault("GET /orders", { reset: true });
      await expect(clientOf(server).GET("/orders")).rejects.toBeInstanceOf(ConnectionError);
    }
    const before = mock.orders.length;
    mock.fault("POST /orders", { reset: true });
    const sent = clientOf(mock).POST("/orders", { body: orderRequest });
    await expect(sent).rejects.toBeInstanceOf(OutcomeUnknownError);
    expect(mock.orders).toHaveLength(before);
    expect(mock.requests.at(-1)).toMatchObject({
      status: undefined,
      responseBody: undefined,
      fault: { reset: true },
    });
  });

  test("that drops the response has stored the order, and submitOrder finds it", async () => {
    const before = mock.orders.length;
    mock.fault("POST /orders", { commitThenDrop: true });
    const customer = { ...orderRequest.customer, sourceId: "dropped" };
    const options = { reference: "dropped", ledger: memoryLedger() };
    const result = await submitOrder(clientOf(mock), { ...orderRequest, customer }, options);
    expect(result.outcome).toBe("found");
    expect(mock.orders).toHaveLength(before + 1);
    expect(result.order.id).toBe(mock.orders.at(-1)?.id);
    mock.expectNoViolations();
  });

  test("that delays the response carries the request out at once", async () => {
    const before = mock.orders.length;
    mock.fault("POST /orders", { delayMs: 60_000 });
    const client = createFulfillmentClient({ ...mock.clientOptions, timeoutMs: 500 });
    await expect(client.POST("/orders", { body: orderRequest })).rejects.toBeInstanceOf(OutcomeUnknownError);
    expect(mock.orders).toHaveLength(before + 1);
    mock.fault("GET /orders", { delayMs: 60_000, status: 503 });
    await expect(client.GET("/orders", { maxRetries: 0 })).rejects.toBeInstanceOf(TimeoutError);
  });

  test("can strike the token endpoint", async () => {
    mock.fault("POST /oauth2/token", { status: 503 });
    const before = mock.tokensIssued;
    const client = clientOf(mock, 2);
    expect(unwrap(await client.GET("/shipping-methods"))).toHaveLength(3);
    const [refused, accepted] = mock.requests;
    expect([refused?.status, accepted?.status]).toEqual([503, 200]);
    expect(mock.tokensIssued).toBe(before + 1);
  });

  test("of an operation that there is not, or of no known kind, is refused at once", () => {
    const fault = (operation: string, value: object) => () => {
      mock.fault(operation as "GET /orders", value as { status: number });
    };
    expect(fault("GET /order", { status: 500 })).toThrow(ConfigurationError);
    expect(fault("GET /order", { status: 500 })).toThrow(
      /no operation "GET \/order".*GET \/orders, .*POST \/oauth2\/token/,
    );
    expect(fault("GET /orders", {})).toThrow(
      "A fault needs one of status, reset, commitThenDrop and delayMs.",
    );
    expect(fault("GET /orders", { stauts: 500 })).toThrow('A fault has no "stauts".');
    expect(fault("GET /orders", { status: 5 })).toThrow(
      "status of a fault must be a whole number from 200 to 599.",
    );
    expect(fault("GET /orders", { status: 500, reset: true })).toThrow("can't be status and reset at once");
    expect(fault("GET /orders", { status: 500, times: 0 })).toThrow("times of a fault must be");
    expect(fault("GET /orders", { reset: false })).toThrow("reset of a fault must be true.");
    expect(fault("GET /orders", { commitThenDrop: "yes" })).toThrow(
      "commitThenDrop of a fault must be true.",
    );
    expect(fault("GET /orders", { status: 503, retryAfterSeconds: -1 })).toThrow(
      "retryAfterSeconds of a fault",
    );
    expect(fault("GET /orders", { status: 503, body: 1n })).toThrow("something that JSON can express");
    expect(fault("GET /orders", null as never)).toThrow("A fault must be an object");
  });
});
