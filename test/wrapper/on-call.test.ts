import { tracingChannel } from "node:diagnostics_channel";
import { runInNewContext } from "node:vm";
import {
  type CallEvent,
  createFulfillmentClient,
  type FulfillmentClient,
  type FulfillmentClientOptions,
  OutcomeUnknownError,
  unwrap,
  ValidationError,
} from "juniper-fulfillment";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { orderRequest } from "../../scripts/samples/requests.ts";
import { type ScriptedServer, startScriptedServer } from "../../scripts/samples/scripted-server.ts";

let server: ScriptedServer;
let events: CallEvent[];
beforeEach(async () => {
  server = await startScriptedServer(() => ({ headers: { "x-request-id": "r-1" }, json: { products: [] } }));
  events = [];
});
afterEach(() => server.close());

const createClient = (options: Partial<FulfillmentClientOptions> = {}) =>
  createFulfillmentClient({
    ...{ accessToken: "t", baseUrl: server.origin, onCall: (event: CallEvent) => events.push(event) },
    ...options,
  });

/** What can't be shown, thrown at once or later, by a promise of whatever kind. */
const unshowable = Object.assign(new Error("boom"), { name: Symbol("name") });
const thrown: readonly (readonly [string, () => unknown])[] = [
  ["an object without a prototype", () => raise(Object.create(null))],
  ["what refuses to be a string", () => raise({ toString: () => raise(1) })],
  ["an error with a symbol for its name", () => raise(unshowable)],
  ["the same later", async () => raise(unshowable)],
  ["an error with a symbol for its code", () => raise(errorWith({ code: Symbol("code") }))],
  ["an error whose code is no string", () => raise(errorWith({ code: Object.create(null) }))],
  ["an error that can't say what it is", () => raise(errorWith({ toString: () => raise(1) }))],
  ["nothing, and a foreign promise", () => runInNewContext("Promise.reject(Object.create(null))")],
];
function errorWith(properties: object): Error {
  return Object.assign(new Error("boom"), properties);
}
function raise(error: unknown): never {
  throw error;
}

describe("onCall", () => {
  test.each(thrown)("may throw %s, and the call ends as it would without", async (_name, hook) => {
    const warnings: Error[] = [];
    const listen = (warning: Error): number => warnings.push(warning);
    process.on("warning", listen);
    await createClient({ onCall: hook as () => void, onRequest: hook as () => void }).GET("/products");
    await expect.poll(() => warnings.length).toBe(2);
    process.off("warning", listen);
  });

  test("is told once of a success, with its status, request id and time", async () => {
    await createClient().GET("/products");
    expect(events).toEqual([
      {
        ...{ callId: expect.stringMatching(/^[\da-f-]{36}$/), method: "GET", path: "/products" },
        ...{ attempts: 1, status: 200, requestId: "r-1", durationMs: expect.any(Number) },
        ...{ outcome: "success", error: undefined },
      },
    ]);
  });

  test("is told once of a call that was retried, and of one that was replayed after a 401", async () => {
    server.script = ({ number }) => (number === 1 ? { status: 503 } : { json: {} });
    await createClient().GET("/products");
    server.script = ({ headers }) => ({
      status: headers.authorization === "Bearer t-1" ? 401 : 200,
      json: {},
    });
    let given = 0;
    await createClient({ accessToken: async () => `t-${++given}` }).GET("/products");
    expect(events).toMatchObject([
      { attempts: 2, status: 200, outcome: "success" },
      { attempts: 2, status: 200, outcome: "success" },
    ]);
  });

  test("gets the error that unwrap would throw of a response that is none", async () => {
    const client = createClient({ maxRetries: 0 });
    server.script = () => ({ status: 422, json: { detail: [] } });
    await client.POST("/orders", { body: orderRequest });
    server.script = () => ({ status: 503 });
    await client.POST("/orders", { body: orderRequest });
    await client.GET("/products");
    expect(events.map(({ outcome, status }) => [outcome, status])).toEqual([
      ["refused", 422],
      ["unknown", 503],
      ["refused", 503],
    ]);
    expect(events[0]?.error).toBeInstanceOf(ValidationError);
    expect(events[1]?.error).toBeInstanceOf(OutcomeUnknownError);
  });

  test("gets the error that a call rejects with, sent or not", async () => {
    const client = createClient({ maxRetries: 0 });
    server.script = (_request, response) => void response.destroy();
    const thrown: unknown[] = [];
    const note = (error: unknown) => thrown.push(error);
    await client.POST("/orders", { body: orderRequest }).catch(note);
    await client.GET("/products").catch(note);
    await client.GET("/products", { signal: {} as never }).catch(note);
    await client.GET("/orders/{orderId}", { params: { path: { orderId: ".." } } }).catch(note);
    client.use({
      onResponse: () => {
        throw new Error("theirs");
      },
    });
    server.script = () => ({ json: {} });
    await client.GET("/products").catch(note);
    expect(events.map(({ outcome, attempts, status }) => [outcome, attempts, status])).toEqual([
      ["unknown", 1, undefined],
      ["failed", 1, undefined],
      ["failed", 0, undefined],
      ["failed", 0, undefined],
      ["failed", 1, 200],
    ]);
    expect(events.map(({ error }) => error)).toEqual(thrown);
  });

  test.each([
    ["GET", (client: FulfillmentClient, signal: AbortSignal) => client.GET("/products", { signal })],
    [
      "POST",
      (client: FulfillmentClient, signal: AbortSignal) =>
        client.POST("/orders", { body: orderRequest, signal }),
    ],
  ])("counts no attempt of a %s that was given up before it was sent", async (_method, call) => {
    const told: string[] = [];
    const hooks = { onRequest: () => told.push("request"), onResponse: () => told.push("response") };
    const reason = new Error("given up");
    for (const client of [
      createClient(hooks),
      createClient({ ...hooks, fetch: (request) => fetch(request) }),
    ]) {
      await expect(call(client, AbortSignal.abort(reason))).rejects.toBe(reason);
    }
    expect(told).toEqual([]);
    expect(server.requests).toEqual([]);
    const event = { attempts: 0, status: undefined, outcome: "failed", error: reason };
    expect(events).toMatchObject([event, event]);
  });

  test("does not call a write failed that the server has carried out, whatever a middleware makes of it", async () => {
    const client = createClient();
    client.use({
      onResponse: () => {
        throw new Error("theirs");
      },
    });
    server.script = () => ({ status: 201, json: { id: "o-1" } });
    await client.POST("/orders", { body: orderRequest }).catch(() => {});
    server.script = () => ({ status: 422, json: {} });
    await client.POST("/orders", { body: orderRequest }).catch(() => {});
    expect(events.map(({ outcome }) => outcome)).toEqual(["unknown", "failed"]);
  });

  test("is told the status and request id of a response that can't be used, and so are the other hooks and the channel", async () => {
    const told: unknown[] = [];
    const note = (message: unknown): void => void told.push(message);
    const channel = tracingChannel("juniper-fulfillment:attempt").asyncEnd;
    channel.subscribe(note);
    const client = createClient({ maxResponseBytes: 1_000, maxRetries: 0, onResponse: note });
    const headers = { "x-request-id": "r-1", location: "/elsewhere" };
    const responses = [
      { status: 307, headers },
      { status: 200, headers, text: "x".repeat(2_000) },
      { status: 200, headers: { ...headers, "content-encoding": "gzip" }, text: "not packed" },
      { status: 422, headers: { ...headers, "content-encoding": "gzip" }, text: "not packed" },
    ];
    for (const response of responses) {
      server.script = () => response;
      const call = client.POST("/orders", { body: orderRequest });
      await call.then(unwrap).catch(() => {});
    }
    channel.unsubscribe(note);
    const heads = responses.map(({ status }) => ({ status, requestId: "r-1" }));
    expect(events).toMatchObject(heads);
    expect(events.map(({ outcome }) => outcome)).toEqual(["failed", "unknown", "unknown", "refused"]);
    // The channel is told when the attempt ends, and the hook when that was looked at.
    expect(told).toMatchObject(heads.flatMap((head) => [head, head]));
    expect(told).toMatchObject(heads.flatMap(() => [{ attempt: 1 }, { durationMs: expect.any(Number) }]));
    for (const message of told) expect(message).not.toHaveProperty("failure");
  });

  test("says of a 2xx without a body what unwrap says", async () => {
    server.script = () => ({ status: 200, text: "" });
    const client = createClient({ maxRetries: 0 });
    const calls = [() => client.POST("/orders", { body: orderRequest }), () => client.GET("/products")];
    for (const call of calls) {
      const thrown = await call()
        .then((result) => unwrap(result as never))
        .catch((error: unknown) => error);
      expect(events.at(-1)).toMatchObject({ error: { name: (thrown as Error).name } });
    }
    expect(events.map(({ outcome }) => outcome)).toEqual(["unknown", "failed"]);
  });

  test("can be tied to the other hooks by callId, and may throw", async () => {
    const ids: (string | undefined)[] = [];
    server.script = ({ number }) => (number === 1 ? { status: 503 } : { json: {} });
    const { response } = await createClient({
      onCall: ({ callId }) => {
        ids.push(callId);
        throw new Error("metrics down");
      },
      onRequest: ({ callId }) => ids.push(callId),
      onRetry: ({ callId }) => ids.push(callId),
      onResponse: ({ callId }) => ids.push(callId),
    }).GET("/products");
    expect(response.status).toBe(200);
    expect(ids).toHaveLength(6);
    expect(new Set(ids).size).toBe(1);
  });
});

describe("the channels of node:diagnostics_channel", () => {
  test("tell of each call and attempt, and hold nothing of what the API responds", async () => {
    const told: [string, object][] = [];
    const subscriptions = ["call", "attempt"].map((name) => {
      const channel = tracingChannel(`juniper-fulfillment:${name}`);
      const subscribers = {
        start: () => {},
        end: () => {},
        asyncStart: () => {},
        asyncEnd: (message: object) => void told.push([name, message]),
        error: () => {},
      };
      channel.subscribe(subscribers);
      return () => channel.unsubscribe(subscribers);
    });
    server.script = () => ({ json: { products: [{ name: "secret-name" }] } });
    const { data } = await createClient({ onCall: undefined }).GET("/products");
    for (const end of subscriptions) end();
    await createClient().GET("/products");
    expect(data).toMatchObject({ products: [{ name: "secret-name" }] });
    expect(told.map(([name]) => name)).toEqual(["attempt", "call"]);
    expect(told[1]?.[1]).toMatchObject({ method: "GET", attempts: 1, status: 200, outcome: "success" });
    expect(JSON.stringify(told)).not.toContain("secret-name");
  });

  test("give an attempt its callId where nobody else watches the call", async () => {
    const ids: unknown[] = [];
    const channel = tracingChannel("juniper-fulfillment:attempt");
    const note = (message: unknown): void => void ids.push(Reflect.get(Object(message), "callId"));
    channel.start.subscribe(note);
    server.script = ({ number }) => (number === 1 ? { status: 503 } : { json: {} });
    await createClient({ onCall: undefined }).GET("/products");
    channel.start.unsubscribe(note);
    expect(ids).toEqual([expect.stringMatching(/^[\da-f-]{36}$/), ids[0]]);
  });

  test("can't disturb a call by freezing what they are told", async () => {
    const channels = ["call", "attempt"].map((name) => tracingChannel(`juniper-fulfillment:${name}`));
    const freeze = (message: unknown): void => void Object.freeze(message);
    for (const channel of channels) channel.start.subscribe(freeze);
    server.script = () => ({ status: 201, json: { id: "o-1" } });
    const { data } = await createClient().POST("/orders", { body: orderRequest });
    for (const channel of channels) channel.start.unsubscribe(freeze);
    expect(data).toMatchObject({ id: "o-1" });
    expect(events).toMatchObject([{ outcome: "success", status: 201 }]);
    expect(server.requests).toHaveLength(1);
  });
});
