import {
  createFulfillmentClient,
  type FulfillmentClientOptions,
  InvalidRequestError,
} from "juniper-fulfillment";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { orderRequest } from "../../scripts/samples/requests.ts";
import { type ScriptedServer, startScriptedServer } from "../../scripts/samples/scripted-server.ts";
import { wireSpellings } from "../../scripts/samples/wire-spellings.ts";
import { version } from "../../src/generated/version.ts";

let server: ScriptedServer;
beforeEach(async () => {
  server = await startScriptedServer(() => ({ json: {} }));
});
afterEach(() => server.close());

const createClient = (options: Partial<FulfillmentClientOptions> = {}) =>
  createFulfillmentClient({ accessToken: "t", baseUrl: `${server.origin}/v1`, ...options });

/** A client whose requests nobody but itself sees, and one with a middleware, which sees the platform's requests. */
const clients = [
  ["light", () => createClient()],
  [
    "platform",
    () => {
      const client = createClient();
      client.use({ onRequest: () => undefined });
      return client;
    },
  ],
] as const;

describe.each(clients)("a %s request", (_kind, create) => {
  /** The URL that was sent. Options that no type allows come from JavaScript. */
  async function urlOf(path: string, init: object = {}): Promise<string | undefined> {
    await create().GET(path as "/products", init as never);
    return server.requests.at(-1)?.path;
  }

  test.each([
    ["an emoji", () => "search=🐶", "/v1/products?search=%F0%9F%90%B6"],
    ["a blank and quotes", () => `search=O'Brien "x"`, "/v1/products?search=O%27Brien%20%22x%22"],
    ["a fragment", () => "a=1#b", "/v1/products?a=1"],
    ["dots", () => "a=../..", "/v1/products?a=../.."],
  ])("has the query of a serializer as fetch would send it: %s", async (_what, querySerializer, expected) => {
    expect(await urlOf("/products", { params: { query: {} }, querySerializer })).toBe(expected);
  });

  test("has the path of a serializer as fetch would send it", async () => {
    const pathSerializer = (url: string) => url.replace("{orderId}", "ä b/./c");
    const init = { params: { path: { orderId: "1" } }, pathSerializer };
    expect(await urlOf("/orders/{orderId}", init)).toBe("/v1/orders/%C3%A4%20b/c");
  });

  test.each([
    "../../v2/orders",
    "%2e%2e/%2E%2e/x",
    "..\\..\\x",
    "x/../../../v1x",
  ])("does not leave the base path, by a serializer that gives %s", async (path) => {
    const pathSerializer = (url: string) => url.replace("orders/{orderId}", path);
    const init = { params: { path: { orderId: "1" } }, pathSerializer };
    await expect(urlOf("/orders/{orderId}", init)).rejects.toThrow(InvalidRequestError);
    expect(server.requests).toHaveLength(0);
  });

  test.each([
    "/../admin",
    "/%2e%2e/admin",
    "/orders/../../admin",
    "/..\\admin",
  ])("does not leave the base path, by the path %s", async (path) => {
    await expect(urlOf(path)).rejects.toThrow(
      "The path of the request leads out of the base URL. Nothing was sent.",
    );
    expect(server.requests).toHaveLength(0);
  });

  test.each([
    [{ a: null, status: "ACTIVE", b: undefined }, "?status=ACTIVE"],
    [{ a: null }, ""],
    [{ a: { b: null, c: 1 } }, "?a[c]=1"],
    [{ a: [null, "x", undefined, "y"], b: 1 }, "?a=x&a=y&b=1"],
    [{ a: [null], b: 1 }, "?b=1"],
    [{ a: {}, b: 1, c: { d: null } }, "?b=1"],
  ])("leaves out what is null or undefined of the query %j", async (query, expected) => {
    const url = await urlOf("/products", { params: { query } });
    expect(decodeURI(`${url}`)).toBe(`/v1/products${expected}`);
  });

  test.each([
    [
      "a list",
      [
        ["X-One", "1"],
        ["x-two", "2"],
      ],
    ],
    [
      "a Map",
      new Map([
        ["X-One", "1"],
        ["x-two", "2"],
      ]),
    ],
    ["Headers", new Headers({ "X-One": "1", "x-two": "2" })],
    ["an object", { "X-One": "1", "x-two": 2, "x-three": null, host: null }],
  ])("has the headers of %s by their names", async (_name, headers) => {
    await urlOf("/products", { headers });
    const sent = server.requests.at(-1)?.headers ?? {};
    expect(sent).toMatchObject({ "x-one": "1", "x-two": "2" });
    expect(Object.keys(sent)).not.toContain("0");
  });

  test("has the names of its query encoded like the values", async () => {
    const query = { "limit=1&status=SHIPPED&x": "y", "a#": 1, list: ["p&q"], "f f": { "g&": "h" } };
    expect(await urlOf("/products", { params: { query } })).toBe(
      "/v1/products?limit%3D1%26status%3DSHIPPED%26x=y&a%23=1&list=p%26q&f%20f[g%26]=h",
    );
  });

  test.each([
    ["half of a surrogate pair", { search: "\ud800" }],
    ["half of a surrogate pair in a name", { "\udc00": "x" }],
    ["half of a surrogate pair in a list", { search: ["a", "\ud800"] }],
    ["a date", { updatedAfter: new Date() }],
    ["a symbol", { search: Symbol("x") }],
    ["lists of lists", { search: [["a"]] }],
  ])("is not sent when its query has %s", async (_what, query) => {
    const error = await urlOf("/products", { params: { query } }).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(InvalidRequestError);
    expect(error).toMatchObject({ issues: [{ loc: ["query", Object.keys(query)[0]], type: "invalid" }] });
    expect(server.requests).toHaveLength(0);
  });

  test("is not sent when its body can't be written as JSON", async () => {
    const circle: Record<string, unknown> = {};
    circle.self = circle;
    for (const body of [circle, { amount: 1n }, () => {}, Symbol("x")]) {
      const call = create().POST("/protocols", { body: body as never });
      await expect(call).rejects.toThrow(
        "The body of the request can't be written as JSON. Nothing was sent.",
      );
    }
    expect(server.requests).toHaveLength(0);
  });

  test("sends what toJSON returns, asked once", async () => {
    let asked = 0;
    const body = {
      ...orderRequest,
      toJSON() {
        asked++;
        return { ...this };
      },
    };
    await create().POST("/orders", { body });
    await create().POST("/orders", { body: orderRequest });
    const [sent, plain] = server.requests.map((request) => JSON.parse(request.body));
    expect(sent).toEqual(plain);
    expect(asked).toBe(1);
  });

  const address: Readonly<Record<string, unknown>> = { ...orderRequest.customer.address };
  for (const { kind, user, wire } of wireSpellings) {
    if (kind !== "name" || !Object.hasOwn(address, user)) continue;
    test(`keeps the vendor's ${wire} when our ${user} is undefined`, async () => {
      const spelled = { ...address, [wire]: address[user], [user]: undefined } as never;
      await create().POST("/orders", {
        body: { ...orderRequest, customer: { ...orderRequest.customer, address: spelled } },
      });
      const sent = JSON.parse(server.requests[0]?.body ?? "").customer.address;
      expect(sent).toMatchObject({ [wire]: address[user] });
    });
  }
});

describe("the User-Agent", () => {
  const ours = new RegExp(`^juniper-fulfillment/${version} node/${process.versions.node}$`);

  test.each(clients)("of a %s request names the package and the runtime", async (_kind, create) => {
    await create().GET("/products");
    expect(server.requests[0]?.headers["user-agent"]).toMatch(ours);
  });

  test("is on the token request too, over fetch too, and ends with what the user adds", async () => {
    server.script = ({ path }) => ({
      json: path === "/token" ? { access_token: "t", token_type: "Bearer" } : {},
    });
    const credentials = { accessToken: undefined, clientId: "c", clientSecret: "s" };
    const options = { ...credentials, tokenUrl: `${server.origin}/token`, userAgent: "shop/1.2 (eu)" };
    await createClient(options).GET("/products");
    await createClient({ ...options, fetch }).GET("/products");
    const sent = server.requests.map(({ headers }) => headers["user-agent"]);
    expect(sent).toHaveLength(4);
    for (const each of sent) expect(each?.replace(/ shop\/1\.2 \(eu\)$/, "")).toMatch(ours);
  });

  test("is the user's own where a call or a middleware sets it", async () => {
    await createClient().GET("/products", { headers: { "user-agent": "mine" } });
    expect(server.requests[0]?.headers["user-agent"]).toBe("mine");
  });

  test("can't break a header", () => {
    for (const userAgent of ["", " shop", "a\r\nb: c", "schön", "x".repeat(201), 7 as never])
      expect(() => createClient({ userAgent })).toThrow(/userAgent must be 1 to 200 printable/);
  });
});

describe("a header that a middleware sets", () => {
  test.each([
    ["transfer-encoding", "chunked"],
    ["content-length", "3"],
    ["expect", "100-continue"],
  ])("of the connection is a request that can't be sent, and no failed connection: %s", async (name, value) => {
    const attempts: number[] = [];
    const client = createClient({ onRequest: ({ attempt }) => void attempts.push(attempt) });
    client.use({ onRequest: ({ request }) => request.headers.set(name, value) });
    const error = await client.POST("/orders", { body: orderRequest }).catch((error: unknown) => error);
    expect(error).toBeInstanceOf(InvalidRequestError);
    expect(String(error)).toMatch(/can't be sent as a middleware has made it: .*\. Nothing was sent\./);
    expect([attempts, server.requests]).toEqual([[1], []]);
  });
});

describe("the access token", () => {
  test("is not seen by the user's middlewares, before or after the response", async () => {
    const seen: (string | null)[] = [];
    const client = createClient({ accessToken: "secret-token" });
    const middleware = {
      onRequest: ({ request }: { request: Request }) => void seen.push(request.headers.get("authorization")),
      onResponse: ({ request }: { request: Request }) => void seen.push(request.headers.get("authorization")),
    };
    client.use(middleware);
    await client.GET("/products", { middleware: [middleware] });
    expect(server.requests[0]?.headers.authorization).toBe("Bearer secret-token");
    expect(seen).toEqual([null, null, null, null]);
  });

  test("gives way to an authorization header that a middleware sets", async () => {
    const client = createClient();
    client.use({ onRequest: ({ request }) => request.headers.set("authorization", "Bearer own") });
    await client.GET("/products");
    expect(server.requests[0]?.headers.authorization).toBe("Bearer own");
  });
});

test("what a hook throws or rejects with becomes a warning, and the call goes on", async () => {
  const warnings: unknown[] = [];
  const note = (warning: unknown) => warnings.push(warning);
  process.on("warning", note);
  server.script = () => ({ status: 201, json: { id: "o-1", orderType: "ONE-TIME" } });
  const thrown = new Error("metrics down");
  const client = createClient({
    onDiscrepancy: () => {
      throw thrown;
    },
    onRequest: () => Promise.reject(new Error("logs down")) as never,
  });
  const { data } = await client.POST("/orders", { body: orderRequest });
  expect(data).toMatchObject({ id: "o-1", orderType: "ONE_TIME" });
  await new Promise((resolve) => setTimeout(resolve, 50));
  process.off("warning", note);
  expect(warnings).toContain(thrown);
  expect(warnings).toContainEqual(new Error("logs down"));
});
