import { AsyncLocalStorage } from "node:async_hooks";
import { tracingChannel } from "node:diagnostics_channel";
import {
  createFulfillmentClient,
  type FulfillmentClient,
  type FulfillmentClientOptions,
  submitOrder,
} from "juniper-fulfillment";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { orderRequest } from "../../scripts/samples/requests.ts";
import { type ScriptedServer, startScriptedServer } from "../../scripts/samples/scripted-server.ts";

let server: ScriptedServer;
let ends: (() => void)[] = [];
beforeEach(async () => {
  server = await startScriptedServer(({ path, method }) => {
    if (path === "/token")
      return { json: { access_token: "secret-t", token_type: "Bearer", expires_in: 60 } };
    return method === "POST" ? { status: 201, json: { id: "secret-o" } } : { json: {} };
  });
});
afterEach(async () => {
  for (const end of ends) end();
  ends = [];
  await server.close();
});

function createClient(options: Partial<FulfillmentClientOptions> = {}): FulfillmentClient {
  const urls = { baseUrl: `${server.origin}/v1`, tokenUrl: `${server.origin}/token` };
  return createFulfillmentClient({ clientId: "id", clientSecret: "secret-s", ...urls, ...options });
}

/** What a channel tells at one point, from now on. */
function follow(name: string, point: "start" | "asyncEnd" = "asyncEnd"): object[] {
  const told: object[] = [];
  const channel = tracingChannel(`juniper-fulfillment:${name}`)[point];
  const note = (message: unknown): void => void told.push(Object(message));
  channel.subscribe(note);
  ends.push(() => channel.unsubscribe(note));
  return told;
}

const serverHost = () => new URL(server.origin).host;

describe("the channels of node:diagnostics_channel", () => {
  test("tell of each token that was requested, from where and for how long, and not which", async () => {
    const told = follow("token");
    await createClient().GET("/orders");
    expect(told).toEqual([{ server: serverHost(), expiresInSeconds: 60 }]);
    expect(JSON.stringify(told)).not.toContain("secret");
  });

  test("tell why no token came", async () => {
    const told = follow("token");
    server.script = () => ({ status: 401, json: { error: "invalid_client" } });
    await createClient()
      .GET("/orders")
      .catch(() => {});
    expect(told).toMatchObject([{ server: serverHost(), error: { name: "AuthenticationError" } }]);
  });

  test("tell what became of each submission, without its reference and its order", async () => {
    const told = follow("submit");
    const client = createClient({ maxRetries: 0 });
    await submitOrder(client, orderRequest, { reference: "secret-1" });
    await submitOrder(client, orderRequest, { reference: "secret-1" });
    server.script = () => ({ status: 422, json: {} });
    await submitOrder(client, orderRequest, { reference: "secret-2" }).catch(() => {});
    server.script = (_request, response) => void response.destroy();
    const lookup = { timeoutMs: 1 };
    await submitOrder(client, orderRequest, { reference: "secret-3", lookup }).catch(() => {});
    expect(told.map((message) => Reflect.get(message, "outcome"))).toEqual([
      "created",
      "already-submitted",
      "failed",
      "unknown",
    ]);
    expect(JSON.stringify(told)).not.toContain("secret");
  });

  test("tell of each call which server it was for, and of each attempt how it went", async () => {
    const calls = follow("call");
    const attempts = follow("attempt");
    const retry = { status: 503, headers: { "retry-after": "0", "x-request-id": "r-1" } };
    server.script = ({ number }) => (number === 1 ? retry : { json: {} });
    await createClient({ clientId: undefined, clientSecret: undefined, accessToken: "t" }).GET("/orders");
    expect(calls).toMatchObject([{ server: serverHost(), attempts: 2, status: 200 }]);
    expect(attempts).toMatchObject([
      { attempt: 1, status: 503, requestId: "r-1" },
      { attempt: 2, status: 200 },
    ]);
    server.script = (_request, response) => void response.destroy();
    await createClient({ maxRetries: 0, accessToken: "t", clientId: undefined, clientSecret: undefined })
      .GET("/orders")
      .catch(() => {});
    expect(attempts.at(-1)).toMatchObject({ attempt: 1, failure: "connection" });
  });

  test("let a subscriber put the work into a context of its own, and do it once whatever it does", async () => {
    const storage = new AsyncLocalStorage<string>();
    const around = Symbol.for("juniper-fulfillment.around");
    const channel = tracingChannel("juniper-fulfillment:call").start;
    const put = (message: unknown): void => {
      Reflect.set(Object(message), around, (work: () => unknown) => {
        storage.run("theirs", work);
        work();
        throw new Error("theirs");
      });
    };
    channel.subscribe(put);
    ends.push(() => channel.unsubscribe(put));
    let seen: string | undefined;
    const client = createClient({
      onRequest: () => {
        seen = storage.getStore();
      },
    });
    const { data } = await client.POST("/orders", { body: orderRequest });
    expect(data).toMatchObject({ id: "secret-o" });
    expect(seen).toBe("theirs");
    expect(server.requests.filter(({ path }) => path === "/v1/orders")).toHaveLength(1);
  });
});
