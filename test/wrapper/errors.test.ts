import { inspect } from "node:util";
import {
  ApiError,
  AuthenticationError,
  ConnectionError,
  createFulfillmentClient,
  type FulfillmentClient,
  FulfillmentError,
  type Middleware,
  NotFoundError,
  OutcomeUnknownError,
  RateLimitError,
  UnexpectedResponseError,
  unwrap,
  ValidationError,
} from "juniper-fulfillment";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { orderRequest } from "../../scripts/samples/requests.ts";
import {
  type Script,
  type ScriptedServer,
  startScriptedServer,
} from "../../scripts/samples/scripted-server.ts";
import { parseRetryAfter } from "../../src/wrapper/retry-after.ts";

let server: ScriptedServer;
let client: FulfillmentClient;

beforeEach(async () => {
  server = await startScriptedServer(() => undefined);
  client = createFulfillmentClient({ accessToken: "token", baseUrl: server.origin, maxRetries: 0 });
});
afterEach(() => server.close());

const get = async () =>
  unwrap(await client.GET("/orders/{orderId}", { params: { path: { orderId: "o-1" } } }));
const post = async () => unwrap(await client.POST("/orders", { body: orderRequest }));

async function errorOf(
  call: () => Promise<unknown>,
  answer: ReturnType<Script>,
): Promise<FulfillmentError & ApiError> {
  server.script = () => answer;
  try {
    await call();
  } catch (error) {
    return error as FulfillmentError & ApiError;
  }
  throw new Error("nothing was thrown");
}

test("errors can be read of a copy, as loggers make one, with nothing in it that is left out of logs", async () => {
  const refused = await errorOf(get, { status: 422, json: { detail: "Ada" } });
  const unknown = await errorOf(post, { status: 503, json: { detail: "Ada" } });
  for (const error of [refused, unknown]) {
    const copy = Object.create(Object.getPrototypeOf(error), Object.getOwnPropertyDescriptors(error));
    const getters = ["detail", "issues", "body", "response", "candidates"].filter((name) => name in copy);
    expect(getters.length).toBeGreaterThan(0);
    for (const name of getters) expect([undefined, []]).toContainEqual(copy[name]);
  }
});

describe("unwrap", () => {
  test("returns the data of a 2xx", async () => {
    server.script = () => ({ json: { id: "o-1" } });
    expect(await get()).toEqual({ id: "o-1" });
  });

  const classes: readonly [number, new (...args: never[]) => ApiError, string][] = [
    [400, ValidationError, "VALIDATION"],
    [422, ValidationError, "VALIDATION"],
    [401, AuthenticationError, "AUTHENTICATION"],
    [404, NotFoundError, "NOT_FOUND"],
    [429, RateLimitError, "RATE_LIMIT"],
    [403, ApiError, "API_ERROR"],
    [409, ApiError, "API_ERROR"],
    [500, ApiError, "API_ERROR"],
  ];
  for (const [status, type, code] of classes) {
    test(`throws ${type.name} with code ${code} for a ${status}`, async () => {
      const error = await errorOf(get, { status, json: {} });
      expect(error).toBeInstanceOf(type);
      expect(error).toBeInstanceOf(ApiError);
      expect(error).toMatchObject({
        name: type.name,
        code,
        status,
        method: "GET",
        path: "/orders/{orderId}",
      });
      const where = status === 401 ? " from an address of your own" : "";
      expect(error.message).toBe(`GET /orders/{orderId} returned ${status}${where}.`);
    });
  }

  test.each<[what: string, script: Script]>([
    ["is empty and chunked", (_request, response) => void response.writeHead(404).end()],
    ["is too large", () => ({ status: 404, headers: { "content-length": "5000" }, text: "x".repeat(5_000) })],
  ])("the error of a result is undefined where its body %s", async (_what, script) => {
    server.script = script;
    for (const parseAs of ["json", "text"] as const) {
      const result = await client.GET("/products", { parseAs, maxResponseBytes: 1_000 });
      expect(result.response.status).toBe(404);
      expect(result.error).toBeUndefined();
    }
  });

  test("names the request id where there is one, and passes over one that is none", async () => {
    const headers = { "x-request-id": "req-7" };
    const error = await errorOf(get, { status: 500, headers });
    expect(error.requestId).toBe("req-7");
    expect(error.message).toContain("500 (request req-7)");
    const odd = await errorOf(get, { status: 500, headers: { "x-request-id": "<b>Ada Example</b>" } });
    expect(odd.requestId).toBeUndefined();
  });

  test("reads Retry-After in seconds and as a date", async () => {
    const waitAfter = async (value: string) =>
      (await errorOf(get, { status: 429, headers: { "retry-after": value } })).retryAfterMs;
    expect(await waitAfter("7")).toBe(7_000);
    expect(await waitAfter("soon")).toBeUndefined();
    expect(await waitAfter("-5")).toBeUndefined();
    const date = await waitAfter(new Date(Date.now() + 60_000).toUTCString());
    expect(date).toBeGreaterThan(50_000);
    expect(date).toBeLessThanOrEqual(60_000);
    expect(await waitAfter("Thu, 01 Jan 1970 00:00:00 GMT")).toBe(0);
  });

  test.each([
    ["the preferred form", "Sun, 06 Nov 2033 08:49:37 GMT", Date.UTC(2033, 10, 6, 8, 49, 37)],
    ["that of asctime, which is in UTC", "Sun Nov  6 08:49:37 2033", Date.UTC(2033, 10, 6, 8, 49, 37)],
    ["that of RFC 850", "Sunday, 06-Nov-33 08:49:37 GMT", Date.UTC(2033, 10, 6, 8, 49, 37)],
    [
      "a year of two digits within 50 years",
      "Sunday, 06-Nov-75 08:49:37 GMT",
      Date.UTC(2075, 10, 6, 8, 49, 37),
    ],
    ["a leap second", "Sat, 31 Dec 2033 23:59:60 GMT", Date.UTC(2034, 0, 1)],
  ])("reads Retry-After as a date in %s", (_form, value, expectedMs) => {
    const nowMs = Date.UTC(2026, 0, 1);
    expect(parseRetryAfter(value, () => nowMs)).toBe(expectedMs - nowMs);
  });

  test("says of no wait that it is longer than a timer can wait", async () => {
    for (const value of ["Fri, 31 Dec 9999 23:59:59 GMT", "9".repeat(400), "99999999999"]) {
      const error = await errorOf(get, { status: 429, headers: { "retry-after": value } });
      expect(error.retryAfterMs).toBe(2 ** 31 - 1);
    }
  });

  test("takes a year of two digits that is more than 50 years ahead for one of the past", () => {
    expect(parseRetryAfter("Sunday, 06-Nov-94 08:49:37 GMT", () => Date.UTC(2026, 0, 1))).toBe(0);
  });

  const invalid = [
    ["", " ", "1.5", "-5", "+5", "0x10", "5s", "1, 2", "Foo 1", "Mon", "tomorrow"],
    ["Sun, 06 Nov 2033 08:49:37", "Sun, 06 Nov 2033 24:00:00 GMT", "Thu, 31 Feb 2033 08:49:37 GMT"],
    ["Sun, 06 Nov 2033 08:49:37 +0200", "2033-11-06T08:49:37Z", "Sun Nov 6 08:49:37 2033"],
  ];
  test.each(invalid.flat())("ignores a Retry-After that is no valid value: %j", (value) => {
    expect(parseRetryAfter(value)).toBeUndefined();
  });

  test.each([
    408, 499, 500,
  ])("throws of a copied result of an order with a %i what it throws of the result", async (status) => {
    server.script = () => ({ status, json: {} });
    const ways: readonly Middleware[][] = [
      [],
      [{ onResponse: ({ response }) => new Response("{}", { status: response.status }) }],
    ];
    for (const middleware of ways) {
      const result = await client.POST("/orders", { body: orderRequest, middleware });
      expect(Object.keys(result.response)).not.toContain("juniper-fulfillment.call");
      const { error, response } = result as { error: unknown; response: Response };
      for (const copy of [{ ...result }, { error, response }]) {
        const thrown = await errorOf(async () => unwrap(copy), { status, json: {} });
        expect(thrown).toBeInstanceOf(OutcomeUnknownError);
        expect(thrown).toMatchObject({ method: "POST", path: "/orders" });
      }
    }
  });

  test("throws of an order that may have been placed the same when a middleware has frozen the response", async () => {
    server.script = () => ({ status: 503 });
    const outcomes: string[] = [];
    const watched = createFulfillmentClient({
      ...{ accessToken: "token", baseUrl: server.origin, maxRetries: 0 },
      onCall: ({ outcome }) => outcomes.push(outcome),
    });
    const middleware = [{ onResponse: () => Object.freeze(new Response("{}", { status: 503 })) }];
    const order = await watched.POST("/orders", { body: orderRequest, middleware });
    expect(() => unwrap(order)).toThrow(OutcomeUnknownError);
    expect(outcomes).toEqual(["unknown"]);
  });

  test("throws of each call its own error when a middleware gives one response to several", async () => {
    server.script = () => ({ status: 503 });
    const shared = new Response(null, { status: 503 });
    const middleware = [{ onResponse: () => shared }];
    const order = await client.POST("/orders", { body: orderRequest, middleware });
    const read = await client.GET("/orders", { middleware });
    for (const result of [order, { ...order }]) expect(() => unwrap(result)).toThrow(OutcomeUnknownError);
    expect(() => unwrap(read)).toThrow(ApiError);
  });

  test("throws of a copied result without a body what it throws of the result", async () => {
    server.script = () => ({ status: 201, text: "" });
    const copy = { ...(await client.POST("/orders", { body: orderRequest })) };
    expect(() => unwrap(copy)).toThrow(OutcomeUnknownError);
  });

  test("a result of another client is unwrapped too", () => {
    const result = { error: { detail: "no" }, response: new Response(null, { status: 404 }) };
    expect(() => unwrap(result)).toThrow(NotFoundError);
    expect(unwrap({ data: 7, response: new Response() })).toBe(7);
  });
});

describe("JH-08: the documented shapes of an error", () => {
  const issue = { loc: ["body", "lineItems", 0, "quantity"], type: "missing" };
  const shapes: readonly [string, object, { detail: string | undefined; issues: object[] }][] = [
    [
      "a sentence",
      { detail: "Invalid request parameters" },
      { detail: "Invalid request parameters", issues: [] },
    ],
    ["a list", { detail: [issue] }, { detail: undefined, issues: [issue] }],
    ["a code", { error: "invalid_client" }, { detail: "invalid_client", issues: [] }],
    ["a bare item", issue, { detail: undefined, issues: [issue] }],
  ];
  for (const [name, json, expected] of shapes) {
    test(name, async () => {
      const { detail, issues, body } = await errorOf(get, { status: 400, json });
      expect({ detail, issues }).toEqual(expected);
      expect(body).toEqual(json);
    });
  }
});

describe("undocumented bodies of an error", () => {
  const bodies: readonly [string, ReturnType<Script>, unknown][] = [
    [
      "HTML",
      { status: 502, text: "<html>Bad gateway</html>", headers: { "content-type": "text/html" } },
      "<html>Bad gateway</html>",
    ],
    ["nothing", { status: 500 }, undefined],
    ["nothing, with a length of 0", { status: 500, headers: { "content-length": "0" } }, undefined],
    [
      "broken JSON",
      { status: 500, text: '{"detail": "un', headers: { "content-type": "application/json" } },
      '{"detail": "un',
    ],
    ["a list", { status: 500, json: [1] }, [1]],
    ["null", { status: 500, json: null }, null],
    [
      "items that are none",
      { status: 400, json: { detail: [null, { loc: "x" }, 5] } },
      { detail: [null, { loc: "x" }, 5] },
    ],
  ];
  for (const [name, answer, body] of bodies) {
    test(`${name} is an ApiError without detail`, async () => {
      const error = await errorOf(get, answer);
      expect(error).toBeInstanceOf(ApiError);
      expect(error.detail).toBeUndefined();
      expect(error.issues).toEqual([]);
      expect(error.body ?? undefined).toEqual(body ?? undefined);
    });
  }

  test("the message of a gateway is the detail", async () => {
    expect((await errorOf(get, { status: 403, json: { message: "Forbidden" } })).detail).toBe("Forbidden");
  });
});

describe("a success that can't be used", () => {
  const answers: readonly [string, { status?: number; text?: string; headers?: Record<string, string> }][] = [
    ["broken JSON", { text: '{"id": "o-' }],
    ["HTML", { text: "<html></html>", headers: { "content-type": "text/html" } }],
    ["nothing", { text: "" }],
    ["a 204", { status: 204 }],
    ["a 205", { status: 205 }],
  ];
  for (const [name, answer] of answers) {
    test(`${name} is an UnexpectedResponseError for a read`, async () => {
      const error = await errorOf(get, answer);
      expect(error).toBeInstanceOf(UnexpectedResponseError);
      expect(error).toMatchObject({ status: answer.status ?? 200, path: "/orders/{orderId}" });
    });

    test(`${name} is an OutcomeUnknownError for an order: it was placed`, async () => {
      const error = await errorOf(post, answer);
      expect(error).toBeInstanceOf(OutcomeUnknownError);
      expect(error.cause).toBeInstanceOf(UnexpectedResponseError);
    });
  }
});

describe("an order that may have been placed", () => {
  for (const status of [300, 304, 305, 306, 408, 499, 500, 502, 503, 504]) {
    test(`ends in OutcomeUnknownError after a ${status}, with the answer as its cause`, async () => {
      const error = await errorOf(post, { status, ...(status !== 304 && { text: "oops" }) });
      expect(error).toBeInstanceOf(OutcomeUnknownError);
      expect(error.cause).toMatchObject({ name: "ApiError", status });
      expect(server.requests).toHaveLength(1);
    });
  }
});

describe("a middleware that fails", () => {
  const fail = (): never => {
    throw theirs;
  };
  const theirs = new Error("theirs");
  const created = { status: 201, json: { id: "o-1" } };
  const broken: Script = (_request, response) => {
    response.destroy();
    return undefined;
  };
  const syntaxError = new SyntaxError("theirs");
  const failToParse = (): never => {
    throw syntaxError;
  };
  const inDoubt: readonly (readonly [string, Middleware, ReturnType<Script> | Script, cause: unknown])[] = [
    ["with the response to an order", { onResponse: fail }, created, theirs],
    ["with a 500 of an order", { onResponse: fail }, { status: 500, json: {} }, theirs],
    [
      "to parse what is no JSON, with a 500 of an order",
      { onResponse: async ({ response }) => JSON.parse(await response.clone().text()) },
      { status: 500, text: "oops" },
      expect.any(SyntaxError),
    ],
    ["to parse something else", { onResponse: failToParse }, created, syntaxError],
    [
      "to copy the response that it reads",
      { onResponse: async ({ response }) => void (await response.text()) },
      created,
      expect.any(TypeError),
    ],
    ["with a connection that broke under an order", { onError: fail }, broken, theirs],
    ["to say that the order may exist", { onError: () => theirs }, broken, theirs],
  ];
  test.each(inDoubt)("%s leaves the outcome unknown, with its error as the cause", async (...row) => {
    const [, middleware, answer, cause] = row;
    client.use(middleware);
    server.script = typeof answer === "function" ? answer : () => answer;
    const error = await post().catch((thrown: unknown) => thrown as OutcomeUnknownError);
    expect(error).toBeInstanceOf(OutcomeUnknownError);
    expect(error).toMatchObject({ method: "POST", path: "/orders" });
    expect((error as OutcomeUnknownError).cause).toEqual(cause);
    expect(server.requests).toHaveLength(1);
  });

  const garbage = () => new Response("Ada Example, 1 Main Street");
  const replaced: Readonly<Record<string, Middleware>> = {
    "of the API's": { onResponse: garbage },
    "of none": { onRequest: garbage },
  };
  test.each(
    Object.entries(replaced),
  )("to give JSON in place %s ends a read with an error that doesn't quote it", async (...row) => {
    const [, middleware] = row;
    client.use(middleware);
    const error = await errorOf(get, { status: 404, json: {} });
    expect(error).toMatchObject({ name: "UnexpectedResponseError", status: 200 });
    expect(inspect(error)).not.toContain("Ada");
  });

  test("before an order is sent, with one that was refused, or with a read rejects with its own error", async () => {
    const early = { onRequest: fail };
    client.use(early);
    expect(await errorOf(post, created)).toBe(theirs);
    expect(server.requests).toHaveLength(0);
    client.eject(early);
    client.use({ onResponse: fail });
    expect(await errorOf(post, { status: 422, json: {} })).toBe(theirs);
    expect(await errorOf(get, created)).toBe(theirs);
  });
});

describe("errors", () => {
  test("are recognised across two copies of the package", async () => {
    const error = await errorOf(get, { status: 404, json: {} });
    vi.resetModules();
    const copy = await import("juniper-fulfillment");
    expect(copy.NotFoundError).not.toBe(NotFoundError);
    expect(error).toBeInstanceOf(copy.NotFoundError);
    expect(error).toBeInstanceOf(copy.ApiError);
    expect(error).toBeInstanceOf(copy.FulfillmentError);
    expect(error).not.toBeInstanceOf(copy.RateLimitError);
    class Own extends copy.ApiError {}
    expect(error).not.toBeInstanceOf(Own);
    expect(new TypeError()).not.toBeInstanceOf(FulfillmentError);
  });

  test("show neither body nor answer when they are logged or serialised", async () => {
    const error = await errorOf(get, {
      status: 422,
      json: { detail: "Ada Example of 1 Main Street", email: "ada@example.com" },
    });
    const shown = `${inspect(error, { depth: 9 })} ${JSON.stringify(error)} ${error.stack}`;
    expect(shown).not.toMatch(/Ada|Main Street|ada@/);
    expect(JSON.parse(JSON.stringify(error))).toMatchObject({ code: "VALIDATION", status: 422 });
  });

  test("a server that is not there is a ConnectionError", async () => {
    await server.close();
    await expect(get()).rejects.toMatchObject({ code: "CONNECTION", maybeSent: false });
    await expect(post()).rejects.toThrow(ConnectionError);
    server = await startScriptedServer(() => undefined);
  });
});
