import { AsyncLocalStorage } from "node:async_hooks";
import { channel } from "node:diagnostics_channel";
import { createFulfillmentClient, type FulfillmentClient } from "juniper-fulfillment";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { execute } from "../../../scripts/package/execute.ts";
import { projectRoot } from "../../../scripts/package/project-root.ts";
import { orderRequest } from "../../../scripts/samples/requests.ts";
import { type ScriptedServer, startScriptedServer } from "../../../scripts/samples/scripted-server.ts";

const count = 16;
let server: ScriptedServer;

/** Responds when all requests are here, so that the responses arrive together. */
beforeEach(async () => {
  const respond: (() => void)[] = [];
  server = await startScriptedServer(({ method, path }, response) => {
    respond.push(() => {
      const json = method === "POST" ? { id: "order" } : { orders: [{ id: path }] };
      response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(json));
    });
    if (respond.length === count) for (const one of respond.splice(0)) one();
    return undefined;
  });
});
afterEach(() => {
  vi.useRealTimers();
  return server.close();
});

function createClient(create = createFulfillmentClient): FulfillmentClient {
  return create({ accessToken: "token", baseUrl: server.origin, maxRetries: 0 });
}

async function expectAllToGoOn(client: FulfillmentClient): Promise<void> {
  const reads = await Promise.all(many(() => client.GET("/orders")));
  const orders = await Promise.all(many(() => client.POST("/orders", { body: orderRequest })));
  expect([...reads, ...orders].every(({ response }) => response.ok)).toBe(true);
}

const many = <Value>(call: (index: number) => Value): Value[] =>
  Array.from({ length: count }, (_, index) => call(index));

describe("calls whose responses arrive together", () => {
  test("each get their own", async () => {
    const client = createClient();
    const results = await Promise.all(
      many((index) => client.GET("/orders", { params: { query: { cursor: `c${index}` } } })),
    );
    expect(results.map(({ data }) => data?.orders?.[0]?.id)).toEqual(
      many((index) => `/orders?cursor=c${index}`),
    );
  });

  test("go on where a test has replaced the timers", async () => {
    const client = createClient();
    vi.useFakeTimers();
    await expectAllToGoOn(client);
  });

  test("go on where a test has replaced the timers before it loads the client", async () => {
    vi.useFakeTimers();
    vi.resetModules();
    const fresh = await import("juniper-fulfillment");
    await expectAllToGoOn(createClient(fresh.createFulfillmentClient));
  });

  test("go on where Node's own mock has replaced the timers, and those of node:timers, before that", async () => {
    const code = `
      import { mock } from "node:test";
      const realTimeout = setTimeout;
      mock.timers.enable();
      const { createFulfillmentClient } = await import("juniper-fulfillment");
      const client = createFulfillmentClient({ accessToken: "t", baseUrl: "${server.origin}" });
      realTimeout(() => process.exit(1), 20_000);
      const results = await Promise.all(Array.from({ length: ${count} }, () => client.GET("/orders")));
      console.log(results.length);
      process.exit(0);
    `;
    const args = ["tsx", "--conditions=juniper-fulfillment-source", "--input-type=module", "-e", code];
    const { stdout } = await execute("npx", args, projectRoot);
    expect(stdout).toBe(`${count}\n`);
  });

  test("keep what has arrived in full when they are given up before it is handed over", async () => {
    const controllers = many(() => new AbortController());
    let arrived = 0;
    const abort = (message: unknown): void => {
      const { headers } = (message as { request: { headers: string[] } }).request;
      const index = Number(headers[headers.indexOf("x-index") + 1]);
      arrived++;
      // After the data of this socket, and before the event loop's turn ends.
      process.nextTick(() => controllers[index]?.abort());
    };
    channel("undici:request:trailers").subscribe(abort);
    try {
      const client = createClient();
      const orders = await Promise.all(
        controllers.map(({ signal }, index) =>
          client.POST("/orders", { body: orderRequest, signal, headers: { "x-index": String(index) } }),
        ),
      );
      expect(arrived).toBe(count);
      expect(orders.map(({ data }) => data?.id)).toEqual(many(() => "order"));
    } finally {
      channel("undici:request:trailers").unsubscribe(abort);
    }
  });

  test("send and go on in the async context of their own callers", async () => {
    const storage = new AsyncLocalStorage<number>();
    const sentIn: (number | undefined)[] = [];
    const note = (): void => void sentIn.push(storage.getStore());
    channel("undici:request:create").subscribe(note);
    try {
      const client = createClient();
      const goneOnIn = await Promise.all(
        many((index) =>
          storage.run(index, async () => {
            await client.POST("/orders", { body: orderRequest });
            return storage.getStore();
          }),
        ),
      );
      expect(goneOnIn).toEqual(many((index) => index));
      expect(sentIn.sort((a = 0, b = 0) => a - b)).toEqual(many((index) => index));
    } finally {
      channel("undici:request:create").unsubscribe(note);
    }
  });
});
