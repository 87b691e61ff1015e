import { inspect } from "node:util";
import { Redis } from "ioredis";
import {
  ConfigurationError,
  cancelOrder,
  createFulfillmentClient,
  type FulfillmentClient,
  InvalidRequestError,
  listUnsettledOrders,
  memoryLedger,
  OutcomeUnknownError,
  orderChanges,
  paginate,
  settleOrder,
  submitOrder,
  submitOrders,
  UnexpectedResponseError,
  unwrap,
  updatePartnerSettings,
  verifyWebhook,
  waitForOrder,
  webhookHandler,
} from "juniper-fulfillment";
import { redisStore, sqlLedger } from "juniper-fulfillment/stores";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { orderRequest } from "../../scripts/samples/requests.ts";
import { type ScriptedServer, startScriptedServer } from "../../scripts/samples/scripted-server.ts";

let server: ScriptedServer;
let client: FulfillmentClient;

beforeAll(async () => {
  server = await startScriptedServer(() => ({ json: {} }));
  const tokenUrl = `${server.origin}/oauth2/token`;
  client = createFulfillmentClient({
    clientId: "id",
    clientSecret: "secret",
    baseUrl: `${server.origin}/v1`,
    tokenUrl,
    maxRetries: 0,
  });
});
afterAll(() => server.close());
beforeEach(() => {
  server.requests.length = 0;
  server.script = ({ path }) => ({
    json: path === "/oauth2/token" ? { access_token: "t", token_type: "Bearer", expires_in: 3600 } : {},
  });
});

describe("a mistake is named before anything is sent:", () => {
  test("a controller in place of its signal", async () => {
    const signal = new AbortController() as unknown as AbortSignal;
    const call = client.GET("/products", { signal });
    await expect(call).rejects.toThrow(InvalidRequestError);
    await expect(call).rejects.toThrow("signal must be an AbortSignal");
    expect(server.requests).toEqual([]);
  });

  const fail = (): never => {
    throw new Error("not here");
  };
  const deaf: Readonly<Record<string, object>> = {
    "that nobody can stop listening to": { aborted: false, addEventListener() {} },
    "that fails to add a listener": { aborted: false, addEventListener: fail, removeEventListener() {} },
    "that fails to remove a listener": { aborted: false, addEventListener() {}, removeEventListener: fail },
  };
  test.each(Object.entries(deaf))("a signal %s", async (_what, signal) => {
    const calls = [
      client.POST("/orders", { body: orderRequest, signal: signal as AbortSignal }),
      submitOrder(client, orderRequest, { reference: "r-1", signal: signal as AbortSignal }),
    ];
    for (const call of calls) {
      await expect(call).rejects.toThrow(InvalidRequestError);
      await expect(call).rejects.toThrow("signal must be an AbortSignal");
    }
    expect(server.requests).toEqual([]);
  });

  const order = { orderId: "o-1", until: "CREATED" } as const;
  const helpers: Readonly<Record<string, (options: object) => unknown>> = {
    waitForOrder: (options) => waitForOrder(client, order.orderId, { ...order, ...options }),
    cancelOrder: (options) => cancelOrder(client, order.orderId, options),
    submitOrder: (options) => submitOrder(client, orderRequest, { reference: "r-1", ...options }),
    submitOrders: (options) => submitOrders(client, [], options),
    orderChanges: (options) => orderChanges(client, options),
    paginate: (options) => paginate(client, "/orders", options),
    updatePartnerSettings: (options) => updatePartnerSettings(client, { name: "x" } as never, options),
  };
  test.each(Object.entries(helpers))("a signal of %s that is none", async (_name, help) => {
    for (const signal of [false, 0, "", {}, new AbortController()]) {
      const call = (async () => help({ signal }))();
      await expect(call).rejects.toThrow(InvalidRequestError);
      await expect(call).rejects.toThrow("signal must be an AbortSignal");
    }
    expect(server.requests).toEqual([]);
  });

  const misspelt: Readonly<Record<string, readonly [(options: object) => unknown, string, string]>> = {
    submitOrder: [
      (options) => submitOrder(client, orderRequest, { reference: "r-1", ...options }),
      "legder",
      "ledger",
    ],
    submitOrders: [(options) => submitOrders(client, [], options), "concurency", "concurrency"],
    settleOrder: [
      (options) => settleOrder(client, { reference: "r-1", as: "not-placed", ...options } as never),
      "withoutLoking",
      "withoutLooking",
    ],
    lookup: [
      (options) => submitOrder(client, orderRequest, { reference: "r-1", lookup: options }),
      "maxPage",
      "maxPages",
    ],
    waitForOrder: [
      (options) => waitForOrder(client, order.orderId, { ...order, ...options }),
      "deadlineMS",
      "deadlineMs",
    ],
    cancelOrder: [(options) => cancelOrder(client, order.orderId, options), "signl", "signal"],
    listUnsettledOrders: [
      (options) => listUnsettledOrders(memoryLedger(), options),
      "olderThenMs",
      "olderThanMs",
    ],
    orderChanges: [(options) => orderChanges(client, options), "sinse", "since"],
    updatePartnerSettings: [
      (options) => updatePartnerSettings(client, { name: "x" } as never, options),
      "singal",
      "signal",
    ],
    webhookHandler: [
      (options) => webhookHandler({ secret: "s", onEvent: () => {}, ...options }),
      "tolerenceSeconds",
      "toleranceSeconds",
    ],
    verifyWebhook: [
      (options) => verifyWebhook({ payload: "", signature: "", secret: "s", ...options }),
      "toleranceSecond",
      "toleranceSeconds",
    ],
    redisStore: [
      (options) => redisStore(new Redis({ lazyConnect: true }), options),
      "acceptDataloss",
      "acceptDataLoss",
    ],
    sqlLedger: [(options) => sqlLedger({ query: async () => ({ rows: [] }) }, options), "tabel", "table"],
  };
  test.each(Object.entries(misspelt))("an option of %s that is misspelt", async (name, row) => {
    const [call, wrong, right] = row;
    for (const value of [true, undefined]) {
      const refused = (async () => call({ ledger: memoryLedger(), [wrong]: value }))();
      await expect(refused).rejects.toThrow(ConfigurationError);
      await expect(refused).rejects.toThrow(`${name} has no option "${wrong}". Did you mean ${right}?`);
    }
    expect(server.requests).toEqual([]);
  });

  test("names of options that are somebody else's are let pass, also everyday ones", async () => {
    const others = ["name", "mode", "user", "client", "match", "store", "token", "debug", "timing", "hooks"];
    for (const name of others) {
      const options = {
        clientId: "id",
        clientSecret: "secret",
        environment: "sandbox",
        [name]: true,
      } as const;
      expect(() => createFulfillmentClient(options)).not.toThrow();
      expect(() => submitOrders(client, [], { [name]: true })).not.toThrow();
    }
  });

  test.each([
    "/protocols?search=Ada",
    "/orders#o-1",
    "protocols",
    "https://a.example/x",
    5,
    undefined,
  ])("a path that is none of the document, %s, which no message repeats", async (path) => {
    const call = client.GET(path as "/protocols");
    await expect(call).rejects.toThrow(InvalidRequestError);
    await expect(call).rejects.toThrow(/^The method and the path must be those of the document/);
    expect(server.requests).toEqual([]);
  });

  test.each([
    Number.NaN,
    Number.POSITIVE_INFINITY,
  ])("the number %s, which JSON would send as null", async (number) => {
    const lineItems = orderRequest.lineItems.map((item) => ({
      ...item,
      quantity: number,
      administration: undefined,
    }));
    await expect(client.POST("/orders", { body: { ...orderRequest, lineItems } as never })).rejects.toThrow(
      `a quantity that is ${number}, which JSON can't express`,
    );
    const listing = client.GET("/orders", { params: { query: { limit: number } } });
    await expect(listing).rejects.toThrow(`The query parameter "limit" is ${number}.`);
    const reference = "2026-000123";
    await expect(submitOrder(client, { ...orderRequest, lineItems } as never, { reference })).rejects.toThrow(
      "without NaN",
    );
    expect(server.requests).toEqual([]);
  });

  test.each([
    "transfer-encoding",
    "Expect",
    "upgrade",
    "keep-alive",
    "Content-Length",
    "host",
  ])("a header of the connection: %s", async (name) => {
    const call = client.POST("/orders", { body: orderRequest, headers: { [name]: "1" } });
    await expect(call).rejects.toThrow("belongs to the connection");
    expect(server.requests).toEqual([]);
  });
});

describe("a call is refused, and nothing sent, with", () => {
  const refused: Readonly<Record<string, readonly [init: object, message: RegExp]>> = {
    "a misspelt parseAs": [{ parseAs: "JSON" }, /^parseAs must be "json", "text"/],
    "a parseAs that is null": [{ parseAs: null }, /^parseAs must be/],
    "a parseAs that every object has": [{ parseAs: "toString" }, /^parseAs must be/],
    "a blank in the name of a header": [{ headers: { "x order": "1" } }, /^"x order" is no name of a header/],
    "a header that is left out, with a blank in its name": [
      { headers: { "x order": null } },
      /^"x order" is no name of a header/,
    ],
    "a header without a name": [{ headers: [["", "1"]] }, /^"" is no name of a header/],
    "a name with a line break in params": [
      { params: { header: { "x\n": "1" } } },
      /^"x\\n" is no name of a header/,
    ],
    "a number for headers": [{ headers: 5 }, /^headers must be an object/],
    "a string for headers": [{ headers: "accept: text/html" }, /^headers must be an object/],
    "a number for params.header": [{ params: { header: 5 } }, /^headers must be an object/],
    "a list that holds no pairs": [{ headers: ["accept"] }, /^headers must be an object/],
    "a list with a pair that lacks its value": [{ headers: [["x-a"]] }, /^headers must be an object/],
    "a header that is an object": [
      { headers: { "x-a": { toString: () => "a\nAda Example" } } },
      /^The value of the header "x-a" must be a string without line breaks, [\w, -]+\. Nothing was sent\.$/,
    ],
    "a header in a list that is an object": [
      { headers: [["x-a", ["1", { toString: () => "a\nAda Example" }]]] },
      /^The value of the header "x-a" must be a string without line breaks, [\w, -]+\. Nothing was sent\.$/,
    ],
    "a query that is written out": [
      { params: { query: "status=SHIPPED" } },
      /^params, and its path and query/,
    ],
    "a query that is a Map": [
      { params: { query: new Map([["a", "1"]]) } },
      /^params, and its path and query/,
    ],
    "a query that is a list": [{ params: { query: [["a", "1"]] } }, /^params, and its path and query/],
    "a query that is a form": [
      { params: { query: new URLSearchParams({ a: "1" }) } },
      /^params, and its path and query/,
    ],
    "params that are null": [{ params: null }, /^params, and its path and query/],
    "a path in params that is null": [{ params: { path: null } }, /^params, and its path and query/],
  };
  test.each(Object.entries(refused))("%s", async (_name, [init, message]) => {
    const calls = [client.POST("/orders", { body: orderRequest, ...init }), client.GET("/orders", init)];
    for (const call of calls) {
      await expect(call).rejects.toThrow(InvalidRequestError);
      await expect(call).rejects.toThrow(message);
    }
    expect(server.requests).toEqual([]);
  });
});

test("unwrap of a call that isn't awaited says so", async () => {
  const call = client.GET("/products");
  for (const none of [call, undefined, null, {}, "x"]) {
    const unwrapping = (async () => unwrap(none as never))();
    await expect(unwrapping).rejects.toThrow(InvalidRequestError);
    await expect(unwrapping).rejects.toThrow(/^unwrap takes a result/);
  }
  await call;
});

test.each([undefined, null, 5])("a method that is %s is refused, and nothing sent", async (method) => {
  const call = client.request(method as never, "/orders");
  await expect(call).rejects.toThrow(InvalidRequestError);
  await expect(call).rejects.toThrow(/^The method and the path must be/);
  expect(server.requests).toEqual([]);
});

test.each<[string, object]>([
  ["a certificate that is none", { cert: "no PEM", key: "no PEM" }],
  ["a bundle that is none", { pfx: Buffer.from("x") }],
  ["an unknown version", { minVersion: "TLSv9" }],
  ["a number for authorities", { ca: 5 }],
  ["ciphers that there aren't", { ciphers: "nope" }],
  ["a passphrase that is a number", { key: "no PEM", passphrase: 73_310 }],
])("node.tls with %s ends a call at once, and nothing is sent", async (_what, tls) => {
  let retries = 0;
  const options = { accessToken: "t", baseUrl: server.origin, onRetry: () => retries++ };
  for (const http2 of [false, true]) {
    const call = createFulfillmentClient({ ...options, node: { tls, http2 } }).POST("/orders", {
      body: orderRequest,
    });
    const error = await call.catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(ConfigurationError);
    expect(String(error)).toMatch(/: Node can't use what node\.tls holds/);
    expect(inspect(error)).not.toContain("73310");
  }
  expect(retries).toBe(0);
  expect(server.requests).toEqual([]);
});

test("a fetch of one call that is no function is refused, and nothing sent", async () => {
  for (const fetch of [5, "fetch", {}]) {
    const call = client.POST("/orders", { body: orderRequest, fetch: fetch as never });
    await expect(call).rejects.toThrow(ConfigurationError);
    await expect(call).rejects.toThrow("fetch must be a function.");
  }
  expect(server.requests).toEqual([]);
});

describe("a success that holds no object", () => {
  test.each([null, 5, "x", true])("%j is no result of a read", async (json) => {
    await client.warmup();
    server.script = () => ({ json });
    await expect(client.GET("/products")).rejects.toThrow(UnexpectedResponseError);
  });

  test("leaves the outcome of a write unknown", async () => {
    await client.warmup();
    server.script = () => ({ status: 201, json: null });
    await expect(client.POST("/orders", { body: orderRequest })).rejects.toThrow(OutcomeUnknownError);
  });
});

test("a write whose streamed response is given up is of unknown outcome, and a read ends with the reason", async () => {
  await client.warmup();
  server.script = (_request, response) => {
    response.writeHead(200, { "content-type": "application/json" }).write("{");
    return undefined;
  };
  const reason = new Error("given up");
  const giveUp = async (call: (signal: AbortSignal) => Promise<{ data?: unknown }>): Promise<unknown> => {
    const controller = new AbortController();
    const { data } = await call(controller.signal);
    const text = new Response(data as ReadableStream).text();
    controller.abort(reason);
    return text;
  };
  const parseAs = "stream";
  await expect(
    giveUp((signal) => client.POST("/orders", { body: orderRequest, parseAs, signal })),
  ).rejects.toMatchObject({ code: "OUTCOME_UNKNOWN", cause: reason });
  await expect(giveUp((signal) => client.GET("/products", { parseAs, signal }))).rejects.toBe(reason);
});

test("a write whose streamed response breaks is of unknown outcome, and a read is not", async () => {
  await client.warmup();
  server.script = (_request, response) => {
    response.writeHead(200, { "content-type": "application/json", "content-length": "100" });
    response.write("{", () => response.destroy());
    return undefined;
  };
  const readStream = async (call: Promise<{ data?: unknown }>): Promise<unknown> => {
    const { data } = await call;
    return new Response(data as ReadableStream).text();
  };
  await expect(
    readStream(client.POST("/orders", { body: orderRequest, parseAs: "stream" })),
  ).rejects.toMatchObject({
    code: "OUTCOME_UNKNOWN",
    cause: { code: "CONNECTION" },
  });
  await expect(readStream(client.GET("/products", { parseAs: "stream" }))).rejects.toMatchObject({
    code: "CONNECTION",
  });
});
