import {
  ConfigurationError,
  ConnectionError,
  createFulfillmentClient,
  describeIssues,
  fromEnv,
  OutcomeUnknownError,
  paginate,
  submitOrder,
  unwrap,
  type ValidationError,
  webhookHandler,
} from "juniper-fulfillment";
import { createMock } from "juniper-fulfillment/testing";
import { describe, expect, test } from "vitest";
import { type Execution, execute } from "../../scripts/package/execute.ts";
import { projectRoot } from "../../scripts/package/project-root.ts";
import { orderRequest } from "../../scripts/samples/requests.ts";
import { sourceFlags } from "../support/recipes.ts";

const noRetries = { maxRetries: 0 } as const;

describe("a mock in process", () => {
  test("serves a client that is only given its fetch, whatever hosts the client calls", async () => {
    const mock = createMock();
    const environment = { JUNIPER_CLIENT_ID: "id", JUNIPER_CLIENT_SECRET: "secret" };
    const client = createFulfillmentClient({ ...fromEnv(environment), fetch: mock.fetch });
    expect(unwrap(await client.GET("/shipping-methods"))[0]?.name).toBe("STANDARD");
    expect(mock.requests.map(({ operation }) => operation)).toEqual([
      "POST /oauth2/token",
      "GET /shipping-methods",
    ]);
    mock.expectNoViolations();
  });

  test("keeps orders, and hands the webhooks to a handler in process", async () => {
    const seen: string[] = [];
    const receiveWebhook = webhookHandler({
      secret: async () => unwrap(await client.GET("/partners/settings/webhook-secret")).webhookSecret ?? "",
      onEvent: ({ order: { orderId, status } }) => seen.push(`${orderId} ${status}`),
    });
    const mock = createMock({ stateful: true, receiveWebhook });
    const client = createFulfillmentClient(mock.clientOptions);
    await client.PATCH("/partners/settings", { body: { webhookUrl: "https://example.com/hooks" } });
    const { order } = await submitOrder(client, orderRequest, { reference: "r-1" });
    const again = await submitOrder(client, orderRequest, { reference: "r-1" });
    expect(again.outcome).toBe("already-submitted");
    const [delivery] = await mock.advance(order.id, "SHIPPED");
    expect(delivery?.status).toBe(200);
    expect(seen).toEqual([`${order.id} SHIPPED`]);
    for await (const { id, status } of paginate(client, "/orders"))
      expect([id, status]).toEqual([order.id, "SHIPPED"]);
    expect(mock.orders).toHaveLength(1);
    mock.expectNoViolations();
  });

  test("gives up on a receiver of webhooks that never responds", async () => {
    const mock = createMock({
      stateful: true,
      webhookTimeoutMs: 20,
      receiveWebhook: () => new Promise(() => {}),
    });
    const client = createFulfillmentClient(mock.clientOptions);
    await client.PATCH("/partners/settings", { body: { webhookUrl: "https://example.com/hooks" } });
    const { id } = unwrap(await client.POST("/orders", { body: orderRequest }));
    expect(await mock.advance(id, "SHIPPED")).toMatchObject([{ status: undefined }]);
  });

  test("says what the document does not allow, in the response and in expectNoViolations", async () => {
    const mock = createMock({ stateful: true });
    const client = createFulfillmentClient({ ...mock.clientOptions, ...noRetries });
    const { response, error } = await client.POST("/orders", {
      body: { ...orderRequest, daysSupply: 45 as 30 },
    });
    expect([response.status, error]).toEqual([
      422,
      { detail: [{ loc: ["body", "daysSupply"], type: "invalid" }] },
    ]);
    expect(() => mock.expectNoViolations()).toThrow(
      "POST /v1/orders\n  request.body.daysSupply must be equal to one of the allowed values: 30, 60, 90",
    );
    expect(mock.orders).toEqual([]);
  });

  test("refuses what it is told to refuse, as the server does", async () => {
    const mock = createMock({ stateful: true });
    const client = createFulfillmentClient({ ...mock.clientOptions, ...noRetries });
    const end = mock.refuse(({ customer }) => customer.lastName === "Example", "Not to them");
    expect((await client.POST("/orders", { body: orderRequest })).error).toEqual({ detail: "Not to them" });
    end();
    expect((await client.POST("/orders", { body: orderRequest })).response.status).toBe(201);
    expect(() => mock.refuse(1, { detail: "no" } as never)).toThrow("a list of fields such as");
  });

  test("applies faults as the server does: statuses, cut connections, delays", async () => {
    const mock = createMock({ stateful: true });
    const client = createFulfillmentClient({ ...mock.clientOptions, ...noRetries });
    mock.fault("GET /products", { status: 503, retryAfterSeconds: 7 }, { reset: true }, { delayMs: 60_000 });
    const limited = await client.GET("/products");
    expect([limited.response.status, limited.response.headers.get("retry-after")]).toEqual([503, "7"]);
    await expect(client.GET("/products")).rejects.toMatchObject({ code: "CONNECTION", maybeSent: true });
    await expect(client.GET("/products", { signal: AbortSignal.timeout(5) })).rejects.toThrow();
    mock.fault("POST /orders", { commitThenDrop: true });
    await expect(client.POST("/orders", { body: orderRequest })).rejects.toThrow(OutcomeUnknownError);
    expect(mock.orders).toHaveLength(1);
    expect(mock.requests.at(-1)).toMatchObject({ status: undefined, fault: { commitThenDrop: true } });
  });

  test("is like a server that is gone once it is closed, and ends the delays that are under way", async () => {
    const mock = createMock();
    const client = createFulfillmentClient({ ...mock.clientOptions, ...noRetries });
    mock.fault("GET /products", { delayMs: 60_000 });
    const delayed = client.GET("/products");
    await expect.poll(() => mock.requests.length).toBe(2);
    await mock.close();
    await mock.close();
    expect((await delayed).response.status).toBe(200);
    const refused = await client.GET("/products").catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(ConnectionError);
    expect(refused).toMatchObject({ cause: { code: "ECONNREFUSED" } });
  });

  test("sends nothing: a client without its fetch reaches no host", async () => {
    const { fetch: _fetch, ...urls } = createMock().clientOptions;
    expect(new URL(urls.baseUrl).hostname).toMatch(/\.invalid$/);
    expect(new URL(urls.tokenUrl).hostname).toMatch(/\.invalid$/);
  });

  test("says that dynamic examples need the server", async () => {
    const mock = createMock();
    const client = createFulfillmentClient(mock.clientOptions);
    const { response, error } = await client.GET("/products", { headers: { Prefer: "dynamic=true" } });
    expect(response.status).toBe(501);
    expect(error).toMatchObject({ title: expect.stringContaining("startMockServer") });
  });

  test("refuses a body that begins with a byte order mark, as the server does", async () => {
    const mock = createMock({ stateful: true });
    const client = createFulfillmentClient({ ...mock.clientOptions, ...noRetries });
    const withMark: typeof mock.fetch = async (input, init) => {
      const request = new Request(input, init);
      if (!request.url.endsWith("/orders")) return mock.fetch(request);
      return mock.fetch(new Request(request, { body: `\ufeff${await request.clone().text()}` }));
    };
    const marked = createFulfillmentClient({ ...mock.clientOptions, ...noRetries, fetch: withMark });
    expect((await client.POST("/orders", { body: orderRequest })).response.status).toBe(201);
    expect((await marked.POST("/orders", { body: orderRequest })).response.status).toBe(422);
  });

  test("names a parameter as it was sent", async () => {
    const mock = createMock({ stateful: true });
    const client = createFulfillmentClient(mock.clientOptions);
    const query = { updatedAfter: "yesterday" };
    const error = await client
      .GET("/products", { params: { query } })
      .then(unwrap)
      .catch((failure: unknown) => failure);
    expect(describeIssues(error as ValidationError).join()).toContain("updatedAfter");
    expect(() => mock.expectNoViolations()).toThrow("updatedAfter");
  });

  test("delivers no webhook to another machine by itself", async () => {
    const mock = createMock({ stateful: true });
    const client = createFulfillmentClient(mock.clientOptions);
    await client.PATCH("/partners/settings", { body: { webhookUrl: "https://shop.invalid/hooks" } });
    const { id } = unwrap(await client.POST("/orders", { body: orderRequest }));
    await mock.advance(id, "SHIPPED");
    expect(mock.deliveries).toMatchObject([
      { status: undefined, failure: expect.stringContaining("createMock delivers webhooks to this machine") },
    ]);
  });

  test.each([
    ["now", { now: 5 }],
    ["seed", { seed: 5 }],
    ["receiveWebhook", { receiveWebhook: "x" }],
    ["onRequest", { onRequest: "x" }],
    ["the same id", { products: [1, 1].map((id) => ({ id, price: "1.00" })) }],
    ["Did you mean tokenLifetimeSeconds?", { tokenLifetimeSecond: 1 }],
  ])("refuses an option that can't work: %s", (message, options) => {
    const all = { stateful: true, ...options } as unknown as { stateful: true };
    expect(() => createMock(all)).toThrow(ConfigurationError);
    expect(() => createMock(all)).toThrow(message);
  });

  test("gives out copies of its orders", async () => {
    const mock = createMock({ stateful: true });
    const client = createFulfillmentClient(mock.clientOptions);
    await client.POST("/orders", { body: orderRequest });
    Object.assign(mock.orders[0] ?? {}, { status: "SHIPPED" });
    expect(mock.orders[0]?.status).toBe("CREATED");
  });

  test("holds no response back when its request is aborted, nor the process", async () => {
    const code = `
      import { createFulfillmentClient } from "juniper-fulfillment";
      import { createMock } from "juniper-fulfillment/testing";
      const mock = createMock({ stateful: true });
      const client = createFulfillmentClient({ ...mock.clientOptions, maxRetries: 0 });
      mock.fault("GET /products", { delayMs: 3_600_000 });
      await client.GET("/products", { timeoutMs: 100 }).catch((error) => console.log(error.name));`;
    const { exitCode, stdout } = await run(code);
    expect([exitCode, stdout]).toEqual([0, "TimeoutError\n"]);
  });

  test("does not hide what onRequest throws, nor turn it into a lost response", async () => {
    const code = `
      import { createFulfillmentClient } from "juniper-fulfillment";
      import { createMock } from "juniper-fulfillment/testing";
      process.on("uncaughtException", ({ message }) => console.log("uncaught", message));
      const onRequest = ({ operation }) => {
        if (operation === "GET /products") throw new Error("an assertion");
      };
      const mock = createMock({ stateful: true, onRequest });
      const client = createFulfillmentClient({ ...mock.clientOptions, maxRetries: 0 });
      console.log((await client.GET("/products")).response.status);`;
    const { stdout } = await run(code);
    expect(stdout.trim().split("\n").sort()).toEqual(["200", "uncaught an assertion"]);
  });
});

/** Runs a program that imports the package, to its end. */
function run(code: string): Promise<Execution> {
  const flags = [...sourceFlags, "--input-type=module", "--eval", code];
  return execute(process.execPath, flags, projectRoot);
}
