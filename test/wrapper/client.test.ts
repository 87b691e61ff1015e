import { inspect } from "node:util";
import {
  AuthenticationError,
  type CallEvent,
  ConfigurationError,
  createFulfillmentClient,
  describeIssues,
  type FulfillmentClient,
  type FulfillmentClientOptions,
  InvalidRequestError,
  logCalls,
  type Middleware,
  redact,
  unwrap,
} from "juniper-fulfillment";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { orderRequest, protocolRequest } from "../../scripts/samples/requests.ts";
import { type ScriptedServer, startScriptedServer } from "../../scripts/samples/scripted-server.ts";
import { orderSpellings } from "../../scripts/samples/wire-spellings.ts";

let server: ScriptedServer;

/** Requests to the API, without those to the token endpoint. */
const calls = () => server.requests.filter(({ path }) => path !== "/token");
const tokens = () => server.requests.filter(({ path }) => path === "/token");

/** Sells `token-1`, `token-2` … and accepts those that `isGood` does; answers with what it was sent. */
function sellTokens(isGood: (token: string) => boolean = () => true): void {
  server.script = ({ path, headers, body }) => {
    if (path === "/token")
      return { json: { access_token: `token-${tokens().length}`, token_type: "Bearer", expires_in: 3600 } };
    const token = headers.authorization?.replace("Bearer ", "") ?? "";
    if (!isGood(token)) return { status: 401, json: { error: "invalid_token" } };
    return { json: body === "" ? { token } : JSON.parse(body) };
  };
}

beforeEach(async () => {
  server = await startScriptedServer(() => undefined);
  sellTokens();
});
afterEach(() => server.close());

function createClient(options: Partial<FulfillmentClientOptions> = {}): FulfillmentClient {
  const urls = { baseUrl: `${server.origin}/v1`, tokenUrl: `${server.origin}/token` };
  const credentials = "accessToken" in options ? {} : { clientId: "partner", clientSecret: "secret" };
  return createFulfillmentClient({ ...urls, ...credentials, ...options });
}

describe("signing in", () => {
  test("happens once for calls that start together", async () => {
    const client = createClient();
    await Promise.all([client.GET("/orders"), client.GET("/products"), client.GET("/protocols")]);
    expect(tokens()).toHaveLength(1);
    expect(calls().map(({ headers }) => headers.authorization)).toEqual(Array(3).fill("Bearer token-1"));
  });

  test("a 401 leads to one replay with a new token, body and headers included", async () => {
    sellTokens((token) => token === "token-2");
    const { data } = await createClient().POST("/orders", {
      body: orderRequest,
      headers: { "x-trace": "7" },
    });
    expect(calls().map(({ headers }) => headers.authorization)).toEqual(["Bearer token-1", "Bearer token-2"]);
    expect(calls()[1]?.body).toBe(calls()[0]?.body);
    expect(calls()[1]?.headers).toMatchObject({ "x-trace": "7", "content-type": "application/json" });
    expect(data).toMatchObject({ daysSupply: 30 });
  });

  test("a 401 after the replay is the caller's", async () => {
    sellTokens(() => false);
    const result = await createClient().GET("/orders");
    expect(result.response.status).toBe(401);
    expect(() => unwrap(result)).toThrow(AuthenticationError);
    expect(calls()).toHaveLength(2);
  });

  test("a partner without permission does not buy a token with every call", async () => {
    sellTokens(() => false);
    const client = createClient();
    for (let number = 0; number < 20; number++) await client.GET("/orders");
    expect(tokens().length).toBeLessThanOrEqual(4);
  });

  test("twenty calls that are refused together buy one new token", async () => {
    sellTokens((token) => token === "token-2");
    const client = createClient();
    const results = await Promise.all(Array.from({ length: 20 }, () => client.GET("/orders")));
    expect(results.every(({ response }) => response.ok)).toBe(true);
    expect(tokens()).toHaveLength(2);
  });

  test("an access token that was given is sent as it is, and a 401 is final", async () => {
    sellTokens(() => false);
    const { response } = await createClient({ accessToken: "own" }).GET("/orders");
    expect(response.status).toBe(401);
    expect(server.requests).toHaveLength(1);
    expect(server.requests[0]?.headers.authorization).toBe("Bearer own");
  });

  test("a 401 says which environment was asked", async () => {
    const fetch = async (): Promise<Response> => Response.json({}, { status: 401 });
    const messageOf = async (options: Partial<FulfillmentClientOptions>): Promise<string> => {
      const client = createFulfillmentClient({ accessToken: "own", fetch, ...options });
      const error = await client
        .GET("/orders")
        .then(unwrap)
        .catch((thrown: unknown) => thrown);
      return error instanceof AuthenticationError ? error.message : "";
    };
    expect(await messageOf({})).toBe("GET /orders returned 401 from the sandbox.");
    expect(await messageOf({ environment: "production" })).toBe("GET /orders returned 401 from production.");
    expect(await messageOf({ baseUrl: server.origin })).toBe(
      "GET /orders returned 401 from an address of your own.",
    );
    const secret = { accessToken: undefined, clientId: "id", clientSecret: "s" };
    expect(await messageOf(secret)).toBe("POST /oauth2/token returned 401 from the sandbox.");
  });

  test.each([
    undefined,
    null,
    0,
    "",
  ])("whose function rejects with %j ends the call in an error that says something", async (reason) => {
    const call = createClient({ accessToken: () => Promise.reject(reason) }).GET("/orders");
    await expect(call).rejects.toMatchObject({ name: "AbortError" });
  });

  test("a function for the access token is asked again after a 401", async () => {
    sellTokens((token) => token === "own-2");
    let asked = 0;
    const { response } = await createClient({ accessToken: () => `own-${++asked}` }).GET("/orders");
    expect(response.ok).toBe(true);
    expect(asked).toBe(2);
  });

  test("a caller's own Authorization header stands", async () => {
    await createClient().GET("/orders", { headers: { Authorization: "Bearer mine" } });
    expect(server.requests).toHaveLength(1);
    expect(calls()[0]?.headers.authorization).toBe("Bearer mine");
  });
});

describe("middlewares of the user", () => {
  test("see no token, and what they do is signed and replayed", async () => {
    sellTokens((token) => token === "token-2");
    const seen: (string | null)[] = [];
    const middleware: Middleware = {
      onRequest({ request }) {
        seen.push(request.headers.get("authorization"));
        request.headers.set("x-request-id", "mine");
      },
      onResponse: ({ response }) =>
        new Response(response.body, { status: response.status, headers: { "x-seen": "yes" } }),
    };
    const client = createClient();
    client.use(middleware);
    const { response } = await client.POST("/orders", { body: orderRequest });
    expect(seen).toEqual([null]);
    expect(response.headers.get("x-seen")).toBe("yes");
    expect(calls().map(({ headers }) => headers["x-request-id"])).toEqual(["mine", "mine"]);
    client.eject(middleware);
    await client.GET("/orders");
    expect(calls().at(-1)?.headers["x-request-id"]).toBeUndefined();
  });

  test("leave the outcome of a write unknown when they throw after the API may have carried it out", async () => {
    const client = createClient({ accessToken: "t", maxRetries: 0 });
    const theirs = new Error("The log is full.");
    const throwTheirs = () => {
      throw theirs;
    };
    const post = () => client.POST("/orders", { body: orderRequest });
    const unknown = { name: "OutcomeUnknownError", cause: theirs };
    client.use({ onResponse: throwTheirs, onError: () => theirs });
    for (const status of [201, 503]) {
      server.script = () => ({ status, json: { id: "o-1" } });
      await expect(post()).rejects.toMatchObject(unknown);
    }
    server.script = (_request, response) => void response.destroy();
    await expect(post()).rejects.toMatchObject(unknown);
    server.script = () => ({ status: 422, json: {} });
    await expect(post()).rejects.toBe(theirs);
    server.script = () => ({ json: {} });
    await expect(client.GET("/orders")).rejects.toBe(theirs);
    client.use({ onRequest: throwTheirs });
    await expect(post()).rejects.toBe(theirs);
  });

  test("see no token at any time, in what they are given or can reach from it", async () => {
    sellTokens((token) => token !== "token-1");
    const given: unknown[] = [];
    const client = createClient();
    client.use({
      onRequest: (call) => void given.push(call),
      onResponse: (call) => void given.push(call),
      onError: (call) => void given.push(call),
    });
    await client.POST("/orders", { body: orderRequest });
    server.script = (_request, response) => void response.destroy();
    await client.GET("/orders", { maxRetries: 0 }).catch(() => {});
    expect(given).toHaveLength(4);
    const seen = given.map((call) => inspect(call, { depth: 20, showHidden: true, getters: true }));
    expect(seen.join()).not.toMatch(/token-[12]|bearer/i);
    const headers = given.flatMap((call) => [...(call as { request: Request }).request.headers]);
    expect(headers.join()).not.toMatch(/token-[12]|bearer/i);
  });

  test("get the platform's own Request and Response", async () => {
    const kinds: boolean[] = [];
    const middleware: Middleware = {
      onRequest: ({ request }) => {
        kinds.push(request.constructor === Request);
        return new Request(request, { headers: { "x-new": "1" } });
      },
      onResponse: ({ response }) => {
        kinds.push(response.constructor === Response);
      },
    };
    await createClient().GET("/orders", { middleware: [middleware] });
    expect(kinds).toEqual([true, true]);
    expect(calls()[0]?.headers["x-new"]).toBe("1");
  });

  test("read what is sent and what came, in every way that the platform has", async () => {
    sellTokens();
    const read: unknown[] = [];
    const client = createClient();
    client.use({
      onRequest: async ({ request }) => void read.push((await request.clone().json()).daysSupply),
      onResponse: async ({ request, response }) => {
        read.push(
          request.bodyUsed,
          await request.json().catch((error: unknown) => error instanceof TypeError),
        );
        read.push(request.headers.has("authorization"));
        response.headers.append("x-note", "1");
        const copy = response.clone();
        read.push(copy.headers.get("x-note"), (await copy.blob()).type, response.bodyUsed);
        return new Response(response.body, response);
      },
    });
    const { data, response } = await client.POST("/orders", { body: orderRequest });
    const { daysSupply } = orderRequest;
    expect(read).toEqual([daysSupply, true, true, false, "1", "application/json", false]);
    expect(data).toMatchObject({ daysSupply });
    expect(response.headers.get("x-note")).toBe("1");
  });

  test("are called as openapi-fetch calls them: as often as they were used, and those beside one that it refuses", async () => {
    sellTokens(() => true);
    const client = createClient();
    let calls = 0;
    const middleware = { onRequest: () => void calls++ };
    client.use(middleware, middleware);
    client.eject(middleware);
    await client.GET("/orders");
    expect(calls).toBe(1);
    client.eject(middleware);
    expect(() => client.use(middleware, { onReqest: () => {} } as never)).toThrow("Middleware must be");
    await client.GET("/orders");
    expect(calls).toBe(2);
    client.eject(middleware);
    await client.GET("/orders");
    expect(calls).toBe(2);
  });

  test("can't send a token to another origin", async () => {
    const elsewhere = await startScriptedServer(() => ({ json: {} }));
    const client = createClient();
    client.use({ onRequest: ({ request }) => new Request(`${elsewhere.origin}/v1/orders`, request) });
    await expect(client.GET("/orders")).rejects.toThrow(ConfigurationError);
    expect(elsewhere.requests).toHaveLength(0);
    await elsewhere.close();
  });
});

describe("a call", () => {
  test("can go to another base URL, by the same rules", async () => {
    const client = createClient();
    await client.GET("/orders", { baseUrl: `${server.origin}/v2/` });
    expect(calls()[0]?.path).toBe("/v2/orders");
    await expect(client.GET("/orders", { baseUrl: "http://api.example.com" })).rejects.toThrow(
      /baseUrl must be https/,
    );
  });

  test("can bring its own fetch", async () => {
    const urls: string[] = [];
    const client = createClient({ accessToken: "t" });
    const { data } = await client.GET("/shipping-methods", {
      fetch: async (request) => {
        urls.push(request.url);
        return Response.json([{ name: "STANDARD" }]);
      },
    });
    expect(urls).toEqual([`${server.origin}/v1/shipping-methods`]);
    expect(data).toEqual([{ name: "STANDARD" }]);
    expect(server.requests).toHaveLength(0);
  });

  test("uses the client's own fetch for the token too", async () => {
    const seen: string[] = [];
    const client = createClient({
      fetch: (request) => {
        seen.push(new URL(request.url).pathname);
        return fetch(request);
      },
    });
    await client.GET("/orders");
    expect(seen).toEqual(["/token", "/v1/orders"]);
  });

  test("can be made by method name", async () => {
    const { response } = await createClient().request("get", "/orders");
    expect(response.ok).toBe(true);
  });

  test("hands on text, bytes and streams as they come, without corrections", async () => {
    server.script = () => ({ json: { orderType: "ONE-TIME" } });
    const client = createClient({ accessToken: "t" });
    const params = { path: { orderId: "o" } };
    const text = await client.GET("/orders/{orderId}", { params, parseAs: "text" });
    expect(text.data).toBe('{"orderType":"ONE-TIME"}');
    const stream = await client.GET("/orders/{orderId}", { params, parseAs: "stream" });
    expect(await new Response(stream.data).text()).toBe('{"orderType":"ONE-TIME"}');
    const parsed = await client.GET("/orders/{orderId}", { params });
    expect(parsed.data).toEqual({ orderType: "ONE_TIME" });
  });
});

describe("refused before anything is sent", () => {
  const params = (orderId: unknown) => ({ params: { path: { orderId: orderId as string } } });
  const bad: readonly [string, unknown][] = [
    ["..", ".."],
    [".", "."],
    ["nothing", ""],
    ["undefined", undefined],
    ["null", null],
    ["a slash", "a/b"],
    ["a backslash", "a\\b"],
    ["a line break", "a\nb"],
    ["a lone surrogate", "a\ud800"],
    ["an object", {}],
    ["a fraction", 1.5],
  ];
  for (const [name, orderId] of bad) {
    test(`a path parameter that is ${name}`, async () => {
      const error = await createClient()
        .GET("/orders/{orderId}", params(orderId))
        .catch((caught: unknown) => caught);
      expect(error).toBeInstanceOf(InvalidRequestError);
      expect((error as Error).message).toContain("/orders/{orderId}");
      expect(server.requests).toHaveLength(0);
    });
  }

  test("a path without its parameters", async () => {
    const GET = createClient().GET as (path: string) => Promise<unknown>;
    await expect(GET("/orders/{orderId}")).rejects.toThrow(InvalidRequestError);
  });

  for (const good of ["a b", "ä", "%2e%2e", "a?b#c", "a$&b", "😀"]) {
    test(`but not a path parameter such as ${good}, which arrives as it is`, async () => {
      await createClient({ accessToken: "t" }).GET("/orders/{orderId}", params(good));
      expect(decodeURIComponent(calls()[0]?.path.replace("/v1/orders/", "") ?? "")).toBe(good);
    });
  }

  test("a header that would end early, without its value in the message", async () => {
    const headers = { "x-note": "Ada\r\nx-evil: 1" };
    const error = await createClient()
      .GET("/orders", { headers })
      .catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(InvalidRequestError);
    expect((error as Error).message).toContain('"x-note"');
    expect((error as Error).message).not.toContain("Ada");
    expect(server.requests).toHaveLength(0);
  });

  describe("JH-09: doses that do not add up", () => {
    const lineItems = [
      { productId: 1, quantity: 1, packDescription: "a" },
      {
        productId: 2,
        quantity: 3,
        packDescription: "b",
        administration: { morning: 1, afternoon: 0, evening: 1, sleep: 0 },
      },
    ];
    const expected = /^lineItems\[1\]: the doses of its administration don't add up to its quantity\./;

    test("in an order and in both writes of a protocol, with the index", async () => {
      const client = createClient();
      const protocol = { ...protocolRequest, lineItems };
      const path = { path: { protocolId: "p" } };
      await expect(client.POST("/orders", { body: { ...orderRequest, lineItems } })).rejects.toThrow(
        expected,
      );
      await expect(client.POST("/protocols", { body: protocol })).rejects.toThrow(expected);
      await expect(client.PUT("/protocols/{protocolId}", { params: path, body: protocol })).rejects.toThrow(
        expected,
      );
      expect(server.requests).toHaveLength(0);
    });

    test("and the numbers, which are health data, in its issues alone, which no log shows", async () => {
      const events: CallEvent[] = [];
      const lines: string[] = [];
      const log = (line: string): number => lines.push(line);
      const client = createClient({
        onCall: (event) => {
          events.push(event);
          logCalls({ info: log, warn: log, error: log })(event);
        },
      });
      const administration = { morning: 7001, afternoon: 0, evening: 0, sleep: 0 };
      const [item] = lineItems;
      const body = { ...orderRequest, lineItems: [{ ...item, quantity: 7919, administration } as never] };
      await expect(client.POST("/orders", { body })).rejects.toThrow(InvalidRequestError);
      const error = events[0]?.error;
      const shown = [
        lines,
        inspect(error),
        JSON.stringify(error),
        inspect({ ...Object(error) }),
        inspect(redact(error)),
      ];
      expect(shown.join()).toContain("lineItems[0]");
      expect(shown.join()).not.toMatch(/7001|7919/);
      expect(describeIssues(error)).toEqual([
        "lineItems[0].administration: not accepted (the doses add up to 7001, and the quantity is 7919)",
      ]);
    });

    test("but not when the check is switched off, nor where a line has no doses", async () => {
      const client = createClient({ checkDosage: false });
      expect((await client.POST("/orders", { body: { ...orderRequest, lineItems } })).response.ok).toBe(true);
      const withoutDoses = { ...orderRequest, lineItems: lineItems.slice(0, 1) };
      expect((await createClient().POST("/orders", { body: withoutDoses })).response.ok).toBe(true);
    });
  });
});

describe("corrections", () => {
  test("are made of a success of any status", async () => {
    const { line1, city, state, zipCode } = orderRequest.customer.address;
    const json = {
      id: "o-1",
      orderType: "ONE-TIME",
      customer: { address: { line1, city, state, zip: zipCode } },
    };
    const client = createClient({ accessToken: "t", clientId: undefined, clientSecret: undefined });
    for (const status of [200, 201, 206]) {
      server.script = () => ({ status, json });
      const order = unwrap(await client.POST("/orders", { body: orderRequest }));
      const read = unwrap(await client.GET("/orders/{orderId}", { params: { path: { orderId: "o-1" } } }));
      for (const { orderType, customer } of [order, read])
        expect([orderType, customer?.address.zipCode]).toEqual(["ONE_TIME", zipCode]);
    }
  });

  test("leave the caller's order as it was", async () => {
    const before = JSON.stringify(orderRequest);
    await createClient().POST("/orders", { body: orderRequest });
    expect(JSON.stringify(orderRequest)).toBe(before);
  });

  for (const { id, kind, user, wire } of orderSpellings) {
    test(`can be switched off one by one: ${id}, ${user}`, async () => {
      const text = (spelling: string) => JSON.stringify(spelling) + (kind === "name" ? ":" : "");
      const sent = JSON.stringify(orderRequest).replace(text(user), text(wire));
      server.script = () => ({ text: sent, headers: { "content-type": "application/json" } });
      const read = async (corrections: FulfillmentClientOptions["corrections"]) => {
        const client = createClient({ accessToken: "t", corrections });
        const { data } = await client.GET("/orders/{orderId}", { params: { path: { orderId: "o" } } });
        return JSON.stringify(data);
      };
      expect(await read({})).toContain(text(user));
      expect(await read({ [id]: false })).toBe(sent);
    });
  }
});
