import {
  createFulfillmentClient,
  type FulfillmentClient,
  type FulfillmentClientOptions,
  OutcomeUnknownError,
  submitOrder,
  TimeoutError,
} from "juniper-fulfillment";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { orderRequest } from "../../scripts/samples/requests.ts";
import { type ScriptedServer, startScriptedServer } from "../../scripts/samples/scripted-server.ts";

const never = (): Promise<never> => new Promise(() => {});
const token = { json: { access_token: "t", token_type: "Bearer", expires_in: 3600 } };

let server: ScriptedServer;
beforeEach(async () => {
  server = await startScriptedServer(({ path }) => (path === "/token" ? token : { json: {} }));
});
afterEach(() => server.close());

function createClient(options: Partial<FulfillmentClientOptions> = {}): FulfillmentClient {
  const urls = { baseUrl: `${server.origin}/v1`, tokenUrl: `${server.origin}/token` };
  const credentials = "accessToken" in options ? {} : { clientId: "partner", clientSecret: "secret" };
  return createFulfillmentClient({ ...urls, ...credentials, ...options });
}

const calls = () => server.requests.filter(({ path }) => path !== "/token").length;
const deadline = { name: "TimeoutError", limit: "deadlineMs", limitMs: 200, path: "/products" };

describe("deadlineMs", () => {
  test("covers an accessToken function that never resolves", async () => {
    const client = createClient({ accessToken: never });
    await expect(client.GET("/products", { deadlineMs: 200 })).rejects.toMatchObject(deadline);
    expect(calls()).toBe(0);
    // The connection is opened meanwhile.
    await expect(createClient({ accessToken: never, deadlineMs: 200 }).warmup()).rejects.toThrow(
      TimeoutError,
    );
  });

  test("covers a token endpoint that does not respond, whatever the limits of the client", async () => {
    server.script = () => undefined;
    await expect(createClient().GET("/products", { deadlineMs: 200 })).rejects.toMatchObject(deadline);
    expect(calls()).toBe(0);
  });

  test("is one for the request and its replay after a 401", async () => {
    let issued = 0;
    server.script = async ({ path }, response) => {
      if (path === "/token") return { json: { ...token.json, access_token: `t-${++issued}` } } as never;
      await new Promise((resolve) => setTimeout(resolve, path === "/v1/products" ? 2_100 : 0));
      response.writeHead(401).end("{}");
      return undefined;
    };
    const startMs = performance.now();
    await expect(createClient().GET("/products", { deadlineMs: 3_000 })).rejects.toThrow(TimeoutError);
    // Two deadlines would let both requests take their time, which is 4,200 ms.
    expect(performance.now() - startMs).toBeLessThan(4_100);
    expect(calls()).toBe(2);
  });

  test("leaves a replay unsent when nothing is left of it", async () => {
    let asked = 0;
    const client = createClient({
      accessToken: async () => {
        if (++asked > 1) await new Promise((resolve) => setTimeout(resolve, 400));
        return `t-${asked}`;
      },
    });
    server.script = () => ({ status: 401, json: {} });
    await expect(client.GET("/products", { deadlineMs: 200 })).rejects.toMatchObject(deadline);
    await new Promise((resolve) => setTimeout(resolve, 400));
    expect(calls()).toBe(1);
  });

  test("covers a request body that never ends", async () => {
    const call = createClient().PUT("/protocols/{protocolId}", {
      params: { path: { protocolId: "p" } },
      body: {} as never,
      checkDosage: false,
      bodySerializer: () => new ReadableStream({ pull: never }) as never,
      duplex: "half",
      deadlineMs: 200,
    } as never);
    await expect(call).rejects.toThrow(TimeoutError);
  });

  test("covers the body of a stream", async () => {
    server.script = ({ path }, response) => {
      if (path === "/token") return token;
      response.writeHead(200, { "content-type": "application/json" }).write("{");
      return undefined;
    };
    const { data } = await createClient().GET("/products", { parseAs: "stream", deadlineMs: 500 });
    await expect(new Response(data as ReadableStream).text()).rejects.toMatchObject({ limit: "deadlineMs" });
  });
});

describe("a middleware that hangs", () => {
  const post = (client: FulfillmentClient, init: { signal?: AbortSignal } = {}) =>
    client.POST("/orders", { body: orderRequest, deadlineMs: 500, ...init });

  test("before the request ends the call with its deadline, and nothing is sent, not even when it wakes up", async () => {
    const client = createClient();
    let wakeUp = (): void => {};
    client.use({
      onRequest: ({ request }) =>
        // Without the signal of the call: that the call is over is known all the same.
        new Promise((resolve) => {
          wakeUp = () => resolve(new Request(request.url, { method: "POST", body: "{}" }));
        }),
    });
    await expect(post(client)).rejects.toMatchObject({ ...deadline, path: "/orders", limitMs: 500 });
    wakeUp();
    // Slower than what the other client would have left to do.
    await createClient().GET("/products");
    expect(server.requests.map(({ method, path }) => `${method} ${path}`)).toEqual([
      "POST /token",
      "GET /v1/products",
    ]);
  });

  test("before the request ends the call with the reason of its signal", async () => {
    const client = createClient();
    client.use({ onRequest: never });
    const abort = new AbortController();
    const reason = new Error("stop");
    const call = post(client, { signal: abort.signal });
    abort.abort(reason);
    await expect(call).rejects.toBe(reason);
    expect(calls()).toBe(0);
  });

  test("after the response leaves the outcome of a write unknown, and ends a read with its deadline", async () => {
    const client = createClient();
    client.use({ onResponse: never });
    const unknown = { name: "OutcomeUnknownError", cause: { name: "TimeoutError" } };
    await expect(post(client)).rejects.toMatchObject(unknown);
    await expect(client.GET("/products", { deadlineMs: 500 })).rejects.toMatchObject({ limit: "deadlineMs" });
    expect(calls()).toBe(2);
  });

  test("over an error ends the call with that error", async () => {
    // Without retries, whose waits might end at the deadline.
    const client = createClient({ baseUrl: "http://127.0.0.1:1", accessToken: "t", maxRetries: 0 });
    client.use({ onError: never });
    await expect(post(client)).rejects.toMatchObject({ name: "ConnectionError", maybeSent: false });
  });

  test("leaves submitOrder with an order that may exist", async () => {
    const client = createClient();
    client.use({ onResponse: ({ schemaPath }) => (schemaPath === "/orders" ? never() : undefined) });
    const call = submitOrder(client, orderRequest, { reference: "r-1", deadlineMs: 1_000 });
    await expect(call).rejects.toThrow(OutcomeUnknownError);
    expect(server.requests.filter(({ method }) => method === "POST").length).toBe(2);
  });
});

describe("the signal of a call", () => {
  test("ends the wait for a token", async () => {
    server.script = () => undefined;
    const reason = new Error("stop");
    const abort = new AbortController();
    const call = createClient().GET("/products", { signal: abort.signal });
    setTimeout(() => abort.abort(reason), 50);
    await expect(call).rejects.toBe(reason);
    expect(calls()).toBe(0);
  });

  test("ends a call that is being sent, also when a middleware has made a request of its own without it", async () => {
    const abort = new AbortController();
    const reason = new Error("stop");
    server.script = ({ path }) => (path === "/token" ? token : void abort.abort(reason));
    const client = createClient();
    const post = () => client.POST("/orders", { body: orderRequest, signal: abort.signal });
    client.use({
      onRequest: ({ request: { url, method, headers } }) =>
        new Request(url, { method, headers, ...(method === "POST" && { body: "{}" }) }),
    });
    await expect(client.GET("/products", { signal: abort.signal })).rejects.toBe(reason);
    const other = new AbortController();
    server.script = () => void other.abort(reason);
    const order = client.POST("/orders", { body: orderRequest, signal: other.signal });
    await expect(order).rejects.toMatchObject({ name: "OutcomeUnknownError", cause: reason });
    expect(calls()).toBe(2);
    await expect(post()).rejects.toBe(reason);
    expect(calls()).toBe(2);
  });

  test("gives an AbortError where its reason is no error at all", async () => {
    for (const reason of [null, 0, "", false]) {
      const abort = new AbortController();
      abort.abort(reason);
      const call = createClient().GET("/products", { signal: abort.signal });
      await expect(call).rejects.toMatchObject({ name: "AbortError", message: "The call was aborted." });
    }
    const abort = new AbortController();
    abort.abort("no error, but a reason");
    const call = createClient().GET("/products", { signal: abort.signal });
    await expect(call).rejects.toBe("no error, but a reason");
  });
});

describe("a token store that hangs", () => {
  test.each([
    "get",
    "set",
    "add",
    "delete",
  ] as const)("in %s is reported, and the call goes on", async (name) => {
    const errors: unknown[] = [];
    const values = new Map<string, string>();
    const tokenStore = {
      get: (key: string) => values.get(key),
      set: (key: string, value: string) => values.set(key, value),
      add: (key: string, value: string) => !values.has(key) && Boolean(values.set(key, value)),
      delete: (key: string) => values.delete(key),
      [name]: never,
    };
    const client = createClient({ tokenStore, timeoutMs: 500, onStoreError: (error) => errors.push(error) });
    const { response } = await client.GET("/products");
    expect(response.status).toBe(200);
    expect(errors[0]).toMatchObject({ message: "The tokenStore took longer than 500 ms." });
  });

  test("is left alone for a while", async () => {
    let asked = 0;
    const tokenStore = {
      get: () => {
        asked++;
        return never();
      },
      set: () => {
        asked++;
        return never();
      },
      delete: () => {},
    };
    const client = createClient({ tokenStore, timeoutMs: 300 });
    await client.GET("/products");
    expect(asked).toBe(1);
  });
});
