import { createFulfillmentClient, unwrap } from "juniper-fulfillment";
import { connectMock } from "juniper-fulfillment/testing";
import { afterEach, describe, expect, test } from "vitest";
import { orderRequest } from "../../scripts/samples/requests.ts";
import { type RunningCli, runCli, startCli } from "../support/cli.ts";

let running: RunningCli | undefined;

async function startMock(...args: readonly string[]): Promise<{ baseUrl: string; cli: RunningCli }> {
  const cli = startCli(["mock", "--port", "0", ...args]);
  running = cli;
  const [, baseUrl = ""] = await cli.said(/(?:listens at |"baseUrl":")(http:[^\s"]+\/v1)/);
  return { baseUrl, cli };
}

afterEach(() => {
  running?.child.kill("SIGKILL");
  running = undefined;
});

describe("a mock that another process serves", () => {
  test("is driven by its twin: faults, orders, webhooks, tokens", async () => {
    const { baseUrl } = await startMock("--stateful", "--control");
    const mock = await connectMock(baseUrl);
    expect(mock.baseUrl).toBe(baseUrl);
    const client = createFulfillmentClient({ ...mock.clientOptions, maxRetries: 0 });
    await mock.fault("GET /products", { status: 503 });
    expect((await client.GET("/products")).response.status).toBe(503);
    const order = unwrap(await client.POST("/orders", { body: orderRequest }));
    expect((await mock.orders()).map(({ id }) => id)).toEqual([order.id]);
    expect(await mock.advance(order.id, "SHIPPED")).toEqual([]);
    expect(
      unwrap(await client.GET("/orders/{orderId}", { params: { path: { orderId: order.id } } })).status,
    ).toBe("SHIPPED");
    const issued = await mock.tokensIssued();
    await mock.revokeTokens();
    await client.GET("/products");
    expect(await mock.tokensIssued()).toBe(issued + 1);
    await mock.settled();
    expect(await mock.deliveries()).toEqual([]);
    const statuses = (await mock.requests()).map(({ status }) => status);
    expect(statuses).toContain(503);
    await mock.clearRequests();
    expect(await mock.requests()).toEqual([]);
    await mock.expectNoViolations();
  });

  test("gives no identifier again after it was stopped, but by the same seed", async () => {
    const idOfFirst = async (...args: readonly string[]): Promise<string> => {
      const { baseUrl, cli } = await startMock("--stateful", "--control", ...args);
      const mock = await connectMock(baseUrl);
      const client = createFulfillmentClient(mock.clientOptions);
      const { id } = unwrap(await client.POST("/orders", { body: orderRequest }));
      await cli.stop();
      return id;
    };
    expect(await idOfFirst()).not.toBe(await idOfFirst());
    expect(await idOfFirst("--seed", "shop")).toBe(await idOfFirst("--seed", "shop"));
  });

  test("refuses a product's orders for its twin until that is ended, but not by a function", async () => {
    const { baseUrl } = await startMock("--stateful", "--control");
    const mock = await connectMock(baseUrl);
    const client = createFulfillmentClient({ ...mock.clientOptions, maxRetries: 0 });
    const place = async () => {
      const { response, error } = await client.POST("/orders", { body: orderRequest });
      return [response.status, error];
    };
    const end = await mock.refuse(77123129891, "We are out of it");
    expect(await place()).toEqual([400, { detail: "We are out of it" }]);
    await end();
    expect((await place())[0]).toBe(201);
    await expect(mock.refuse((() => true) as never)).rejects.toThrow("Refuse by a product's id");
    await expect(mock.refuse("77123129891" as never)).rejects.toThrow("takes a product's id");
    await expect(mock.refuse(77123129891, [{}] as never)).rejects.toThrow("a list of fields such as");
  });

  test("tells its twin what is wrong with what it is asked for", async () => {
    const { baseUrl } = await startMock("--stateful", "--control");
    const mock = await connectMock(baseUrl);
    await expect(mock.fault("GET /pills" as never, { status: 503 })).rejects.toThrow(
      'no operation "GET /pills"',
    );
    await expect(mock.advance("o-0", "SHIPPED")).rejects.toThrow('no order "o-0"');
  });

  test("is not driven by the pages of a browser, and not at all without --control", async () => {
    const { baseUrl } = await startMock("--control");
    const url = `${new URL(baseUrl).origin}/__mock/faults`;
    const response = await fetch(url, { method: "DELETE", headers: { origin: "https://evil.example" } });
    expect(response.status).toBe(403);
    running?.child.kill("SIGKILL");
    const other = await startMock();
    await expect(connectMock(other.baseUrl)).rejects.toThrow("can't be driven. Start it with --control");
  });

  test("responds to a service in any language: plain HTTP is enough", async () => {
    const { baseUrl } = await startMock("--control");
    const control = `${new URL(baseUrl).origin}/__mock`;
    const headers = { "content-type": "application/json" };
    const body = JSON.stringify({
      operation: "GET /products",
      faults: { status: 429, retryAfterSeconds: 7 },
    });
    expect((await fetch(`${control}/faults`, { method: "POST", headers, body })).status).toBe(204);
    const limited = await fetch(`${baseUrl}/products`, { headers: { authorization: "Bearer any" } });
    expect([limited.status, limited.headers.get("retry-after")]).toEqual([429, "7"]);
    const unknown = await fetch(`${control}/orders`);
    expect(unknown.status).toBe(404);
    expect(await unknown.json()).toMatchObject({ has: expect.arrayContaining(["POST /__mock/faults"]) });
  });

  test("--check forgets no request that was cleared between two tests", async () => {
    const { baseUrl, cli } = await startMock("--stateful", "--control", "--check");
    const mock = await connectMock(baseUrl);
    await fetch(`${baseUrl}/nowhere`);
    await mock.clearRequests();
    await createFulfillmentClient(mock.clientOptions).GET("/products");
    const { exitCode, output } = await cli.stop();
    expect(exitCode).toBe(1);
    expect(output).toMatch(/1 of 3 requests break the published document:\nGET \/v1\/nowhere\n/);
  });

  test("--check ends with 1 and the list when a request broke the document, and with 0 when none did", async () => {
    const { baseUrl, cli } = await startMock("--check");
    const headers = { authorization: "Bearer any", "content-type": "application/json" };
    await fetch(`${baseUrl}/orders`, { method: "POST", headers, body: "{}" });
    await cli.said(/POST \/v1\/orders 422/);
    const broken = await cli.stop();
    expect(broken.exitCode).toBe(1);
    expect(broken.output).toMatch(/1 of 1 requests break the published document:\nPOST \/v1\/orders\n {2}\S/);
    const clean = await startMock("--check", "--json");
    await fetch(`${clean.baseUrl}/products`, { headers });
    await clean.cli.said(/"operation":"GET \/products"/);
    expect((await clean.cli.stop()).exitCode).toBe(0);
  });

  test("says which port to choose when its own is in use", async () => {
    const { baseUrl } = await startMock();
    const { exitCode, stderr } = await runCli(["mock", "--port", new URL(baseUrl).port]);
    expect(exitCode).toBe(1);
    expect(stderr).toContain("is in use. Choose another with --port.");
  });
});
