import { getEventListeners } from "node:events";
import { Readable } from "node:stream";
import { brotliCompressSync, deflateSync, gzipSync } from "node:zlib";
import {
  ConfigurationError,
  ConnectionError,
  createFulfillmentClient,
  type FulfillmentClient,
  type FulfillmentClientOptions,
  type Middleware,
  memoryLedger,
  OutcomeUnknownError,
  submitOrder,
  TimeoutError,
  UnexpectedResponseError,
  unwrap,
  ValidationError,
} from "juniper-fulfillment";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { orderRequest } from "../../../scripts/samples/requests.ts";
import { type ScriptedServer, startScriptedServer } from "../../../scripts/samples/scripted-server.ts";

let server: ScriptedServer;

beforeEach(async () => {
  server = await startScriptedServer(() => undefined);
});
afterEach(() => server.close());

function createClient(options: Partial<FulfillmentClientOptions> = {}): FulfillmentClient {
  return createFulfillmentClient({ accessToken: "token", baseUrl: server.origin, maxRetries: 0, ...options });
}

const failureOf = (call: Promise<unknown>) =>
  call.then(
    () => {
      throw new Error("nothing was thrown");
    },
    (error: unknown) => error as Error,
  );

/** Timers that would keep this process alive. */
const timers = () => process.getActiveResourcesInfo().filter((name) => name === "Timeout").length;

describe("limits of time", () => {
  test("an attempt that takes longer than timeoutMs is a TimeoutError that names it", async () => {
    const error = await failureOf(createClient({ timeoutMs: 50 }).GET("/orders"));
    expect(error).toBeInstanceOf(TimeoutError);
    expect(error).toMatchObject({ limit: "timeoutMs", limitMs: 50, method: "GET", path: "/orders" });
  });

  test("the body counts: an answer that drips is cut off", async () => {
    server.script = (_request, response) => {
      response.writeHead(200, { "content-type": "application/json" });
      const drip = setInterval(() => response.write(" "), 10);
      response.on("close", () => clearInterval(drip));
      return undefined;
    };
    expect(await failureOf(createClient({ timeoutMs: 100 }).GET("/orders"))).toBeInstanceOf(TimeoutError);
  });

  test("all attempts together end at deadlineMs", async () => {
    const startMs = performance.now();
    const error = await failureOf(
      createClient({ maxRetries: 20, timeoutMs: 60, deadlineMs: 400 }).GET("/orders"),
    );
    expect(error).toBeInstanceOf(TimeoutError);
    expect(performance.now() - startMs).toBeLessThan(1_500);
  });

  test("a call's own limits go before the client's", async () => {
    const error = await failureOf(createClient().GET("/orders", { timeoutMs: 40 }));
    expect(error).toMatchObject({ limitMs: 40 });
    await expect(createClient().GET("/orders", { timeoutMs: -1 })).rejects.toThrow(/timeoutMs must be/);
  });

  test("an order that is cut off is of unknown outcome", async () => {
    server.script = ({ method }) => (method === "GET" ? { json: {} } : undefined);
    const client = createClient();
    // The first call loads undici, which may take longer than the limit.
    await client.GET("/orders");
    const error = await failureOf(client.POST("/orders", { body: orderRequest, timeoutMs: 300 }));
    expect(error).toBeInstanceOf(OutcomeUnknownError);
    expect(error.cause).toBeInstanceOf(TimeoutError);
  });
});

describe("the caller's signal", () => {
  test("ends a read with its own reason", async () => {
    const controller = new AbortController();
    const call = createClient().GET("/orders", { signal: controller.signal });
    setTimeout(() => controller.abort(new Error("the user left")), 30);
    expect((await failureOf(call)).message).toBe("the user left");
  });

  test("ends a write that may have been sent with an unknown outcome", async () => {
    const controller = new AbortController();
    const call = createClient().POST("/orders", { body: orderRequest, signal: controller.signal });
    while (server.requests.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    controller.abort(new Error("the user left"));
    const error = await failureOf(call);
    expect(error).toBeInstanceOf(OutcomeUnknownError);
    expect((error.cause as Error).message).toBe("the user left");
  });

  test("that has been aborted sends nothing", async () => {
    await expect(createClient().GET("/orders", { signal: AbortSignal.abort() })).rejects.toThrow(/aborted/);
    expect(server.requests).toHaveLength(0);
  });

  test("ends the wait between two attempts", async () => {
    server.script = () => ({ status: 503, headers: { "retry-after": "30" } });
    const signal = AbortSignal.timeout(100);
    const startMs = performance.now();
    await failureOf(createClient({ maxRetries: 1 }).GET("/orders", { signal }));
    expect(performance.now() - startMs).toBeLessThan(5_000);
  });

  test("may be shared by many calls in flight, and Node doesn't warn of a leak", async () => {
    const warnings: Error[] = [];
    const note = (warning: Error): number => warnings.push(warning);
    process.on("warning", note);
    server.script = () => ({ json: {} });
    const { signal } = new AbortController();
    const client = createClient();
    await Promise.all(Array.from({ length: 50 }, () => client.GET("/orders", { signal })));
    await new Promise((resolve) => setTimeout(resolve, 20));
    process.off("warning", note);
    expect(warnings).toEqual([]);
    expect(getEventListeners(signal, "abort")).toEqual([]);
  });

  test("that lives long gathers no listeners, and no timer is left behind", async () => {
    server.script = () => ({ json: { orders: [] } });
    const { signal } = new AbortController();
    const client = createClient();
    await client.GET("/orders", { signal });
    const before = timers();
    for (let number = 0; number < 50; number++) await client.GET("/orders", { signal });
    expect(timers()).toBeLessThanOrEqual(before + 1);
    expect(getEventListeners(signal, "abort").length).toBeLessThan(5);
  });

  test("that lives long gathers no listeners of calls that a middleware or a fetch sees", async () => {
    server.script = () => ({ json: { orders: [] } });
    const { signal } = new AbortController();
    const client = createClient();
    const seen: Middleware = { onRequest: ({ request }) => new Request(request) };
    for (const init of [{ middleware: [{ onRequest() {} }] }, { middleware: [seen] }, { fetch }]) {
      await client.GET("/orders", { signal, ...init });
      expect(getEventListeners(signal, "abort")).toEqual([]);
    }
  });

  test("is followed by the request that a middleware sees, with its reason", async () => {
    const controller = new AbortController();
    const reason = new Error("enough");
    let seen: AbortSignal | undefined;
    const middleware: Middleware = {
      onRequest({ request }) {
        seen = request.signal;
        controller.abort(reason);
        return new Promise(() => {});
      },
    };
    const call = createClient().GET("/orders", { signal: controller.signal, middleware: [middleware] });
    await expect(call).rejects.toBe(reason);
    expect(seen?.reason).toBe(reason);
    await expect(
      createClient().GET("/orders", { signal: controller.signal, middleware: [middleware] }),
    ).rejects.toBe(reason);
    expect(seen?.reason).toBe(reason);
    expect(server.requests).toHaveLength(0);
  });
});

describe("limits of size", () => {
  test("an answer that is larger than maxResponseBytes is cut off", async () => {
    server.script = () => ({ json: { orders: [], padding: "x".repeat(5_000) } });
    const client = createClient({ maxResponseBytes: 1_000, maxRetries: 2 });
    const error = await failureOf(client.GET("/orders"));
    expect(error).toBeInstanceOf(UnexpectedResponseError);
    expect(error.message).toContain("more than maxResponseBytes, which is 1000");
    expect(server.requests).toHaveLength(1);
  });

  test("a small answer that unpacks to a large one too", async () => {
    const bomb = gzipSync(JSON.stringify({ padding: "x".repeat(1_000_000) }));
    server.script = (_request, response) =>
      void response.writeHead(200, { "content-encoding": "gzip" }).end(bomb);
    const error = await failureOf(createClient({ maxResponseBytes: 10_000 }).GET("/orders"));
    expect(error).toBeInstanceOf(UnexpectedResponseError);
  });

  const transports = {
    "the package's own transport": {},
    "a fetch of the user's": { fetch: (request: Request) => fetch(request) },
  };
  test.each(
    Object.entries(transports),
  )("of a refusal leaves it one, without its body, with %s", async (_name, options) => {
    const json = { detail: "x".repeat(5_000) };
    const headers = { "x-request-id": "r-1" };
    server.script = () => ({ status: 422, headers, json });
    const client = createClient({ maxResponseBytes: 1_000, ...options });
    const result = await client.POST("/orders", { body: orderRequest });
    const { response } = result;
    expect([response.status, response.url, response.type]).toEqual([422, `${server.origin}/orders`, "basic"]);
    expect(() => unwrap(result)).toThrow(ValidationError);
    const refusal = await failureOf((async () => unwrap(result))());
    expect(refusal).toMatchObject({ requestId: "r-1", body: undefined });
    const submission = submitOrder(client, orderRequest, { reference: "r-1", ledger: memoryLedger() });
    await expect(submission).rejects.toThrow(ValidationError);
    server.script = ({ number }) => ({
      status: number < 4 ? 503 : 200,
      headers: { "retry-after": "0" },
      json,
    });
    await expect(client.GET("/orders", { maxRetries: 1 })).rejects.toThrow(UnexpectedResponseError);
    expect(server.requests.map(({ method }) => method)).toEqual(["POST", "POST", "GET", "GET"]);
  });
});

describe("compressed answers", () => {
  const encodings = { gzip: gzipSync, deflate: deflateSync, br: brotliCompressSync };
  for (const [encoding, compress] of Object.entries(encodings)) {
    test(`in ${encoding} are read`, async () => {
      const bytes = compress(JSON.stringify({ orders: [] }));
      server.script = (_request, response) =>
        void response.writeHead(200, { "content-encoding": encoding }).end(bytes);
      expect(unwrap(await createClient().GET("/orders"))).toEqual({ orders: [] });
      expect(server.requests[0]?.headers["accept-encoding"]).toContain(encoding);
    });
  }
});

describe("redirects", () => {
  for (const status of [301, 302, 303, 307, 308]) {
    test(`a ${status} is not followed, to whatever host`, async () => {
      server.script = ({ number }) =>
        number === 1 ? { status, headers: { location: "/elsewhere" } } : { json: {} };
      const error = await failureOf(createClient({ maxRetries: 2 }).GET("/orders"));
      expect(error).toBeInstanceOf(UnexpectedResponseError);
      expect(error.message).toContain("redirect");
      expect(server.requests).toHaveLength(1);
    });
  }
});

describe("retries", () => {
  const answers = (...statuses: number[]) => {
    server.script = ({ number }) => ({ status: statuses[number - 1] ?? 200, json: { orders: [] } });
  };

  for (const status of [408, 429, 500, 502, 503, 504]) {
    test(`a read is tried again after a ${status}`, async () => {
      answers(status, status);
      expect(unwrap(await createClient({ maxRetries: 2 }).GET("/orders"))).toEqual({ orders: [] });
      expect(server.requests).toHaveLength(3);
    });
  }

  for (const status of [400, 401, 403, 404, 409, 422, 501]) {
    test(`a read is not tried again after a ${status}`, async () => {
      answers(status);
      await createClient({ maxRetries: 2 }).GET("/orders");
      expect(server.requests).toHaveLength(1);
    });
  }

  test("an order is tried again after a 429 alone", async () => {
    answers(429);
    expect(
      (await createClient({ maxRetries: 2 }).POST("/orders", { body: orderRequest })).response.status,
    ).toBe(200);
    expect(server.requests).toHaveLength(2);
    answers(429, 200, 503);
    await createClient({ maxRetries: 2 }).POST("/orders", { body: orderRequest });
    expect(server.requests).toHaveLength(3);
  });

  test("two are the default, and a call can ask for none", async () => {
    answers(503, 503, 503, 503, 503);
    const client = createFulfillmentClient({ accessToken: "token", baseUrl: server.origin });
    await client.GET("/orders", { maxRetries: 0 });
    expect(server.requests).toHaveLength(1);
    await client.GET("/orders");
    expect(server.requests).toHaveLength(4);
  });

  test("are no more than maxRetries, also where a 401 is replayed among them, which is counted as an attempt", async () => {
    answers(503, 503, 401, 503, 503);
    const attempts: number[] = [];
    let tokens = 0;
    const client = createClient({
      accessToken: () => `token-${++tokens}`,
      maxRetries: 2,
      onRequest: ({ attempt }) => attempts.push(attempt),
    });
    expect((await client.GET("/orders")).response.status).toBe(503);
    expect(server.requests).toHaveLength(4);
    expect(attempts).toEqual([1, 2, 3, 4]);
  });

  test("wait as long as Retry-After says, in seconds or as a date", async () => {
    const delays: number[] = [];
    const client = createClient({ maxRetries: 1, onRetry: ({ delayMs }) => delays.push(delayMs) });
    for (const value of ["1", new Date(Date.now() + 1_500).toUTCString()]) {
      server.requests.length = 0;
      server.script = ({ number }) =>
        number === 1 ? { status: 503, headers: { "retry-after": value } } : { json: {} };
      await client.GET("/orders");
    }
    expect(delays[0]).toBe(1_000);
    expect(delays[1]).toBeLessThanOrEqual(1_500);
  });

  test("are not begun when the server asks for a longer wait than a minute, or than the deadline leaves", async () => {
    server.script = () => ({ status: 429, headers: { "retry-after": "3600" } });
    expect((await createClient({ maxRetries: 2 }).GET("/orders")).response.status).toBe(429);
    server.script = () => ({ status: 429, headers: { "retry-after": "5" } });
    await createClient({ maxRetries: 2, deadlineMs: 2_000 }).GET("/orders");
    expect(server.requests).toHaveLength(2);
  });

  test("are drawn from a growing range when the server says nothing", async () => {
    answers(503, 503, 503, 503);
    const delays: number[] = [];
    await createClient({ maxRetries: 3, onRetry: ({ delayMs }) => delays.push(delayMs) }).GET("/orders");
    expect(delays).toHaveLength(3);
    for (const [index, delayMs] of delays.entries()) expect(delayMs).toBeLessThanOrEqual(250 * 2 ** index);
  });
});

describe("hooks", () => {
  test("tell of each attempt, its answer and its repetition, without a URL, a body or a token", async () => {
    server.script = ({ number }) => (number === 1 ? { status: 503 } : { json: { id: "secret-order" } });
    const seen: [string, object][] = [];
    const note = (name: string) => (info: object) => void seen.push([name, info]);
    const client = createClient({
      maxRetries: 1,
      onRequest: note("request"),
      onResponse: note("response"),
      onRetry: note("retry"),
    });
    await client.GET("/orders/{orderId}", { params: { path: { orderId: "secret-order" } } });
    expect(seen.map(([name]) => name)).toEqual(["request", "response", "retry", "request", "response"]);
    expect(seen[2]?.[1]).toMatchObject({ method: "GET", path: "/orders/{orderId}", attempt: 1, reason: 503 });
    expect(JSON.stringify(seen)).not.toContain("secret-order");
  });

  test("tell of a connection that failed", async () => {
    const reasons: unknown[] = [];
    await server.close();
    const client = createClient({ maxRetries: 1, onRetry: ({ reason }) => reasons.push(reason) });
    expect(await failureOf(client.GET("/orders"))).toBeInstanceOf(ConnectionError);
    expect(reasons).toEqual(["connection"]);
    server = await startScriptedServer(() => undefined);
  });
});

describe("a fetch of the caller's", () => {
  const outcomes: string[] = [];
  const createFetchClient = (fetch: unknown): FulfillmentClient =>
    createClient({
      fetch: fetch as (request: Request) => Promise<Response>,
      maxRetries: 2,
      onCall: ({ outcome }) => outcomes.push(outcome),
    });
  beforeEach(() => {
    outcomes.length = 0;
    server.script = () => ({ json: { id: "o-1" } });
  });

  test("that gives the platform's network error has lost the response", async () => {
    const client = createFetchClient(async (request: Request) => {
      await fetch(request);
      return Response.error();
    });
    const error = await failureOf(client.POST("/orders", { body: orderRequest }));
    expect(error).toBeInstanceOf(OutcomeUnknownError);
    expect(outcomes).toEqual(["unknown"]);
    expect(server.requests).toHaveLength(1);
    expect(await failureOf(client.GET("/orders", { maxRetries: 1 }))).toBeInstanceOf(ConnectionError);
    expect(server.requests).toHaveLength(3);
  });

  test.each([
    "onError",
    "onResponse",
  ])("and a middleware's %s that gives one too, for a write", async (hook) => {
    const client = createFetchClient(async (request: Request) => {
      const response = await fetch(request);
      if (hook === "onError") throw new TypeError("fetch failed");
      return response;
    });
    client.use({ [hook]: () => Response.error() } as unknown as Middleware);
    const result = await client.POST("/orders", { body: orderRequest });
    expect(() => unwrap(result)).toThrow(OutcomeUnknownError);
    expect(outcomes).toEqual(["unknown"]);
    expect(server.requests).toHaveLength(1);
  });

  const afterSending = (failure: () => Promise<unknown>) => async (request: Request) => {
    await fetch(request);
    await failure();
  };
  const ownFailures: Readonly<Record<string, () => Promise<unknown>>> = {
    "with a certificate that isn't trusted": async () => {
      throw Object.assign(new Error("self-signed certificate"), { code: "DEPTH_ZERO_SELF_SIGNED_CERT" });
    },
    "at a log on the same port of another address": async () => {
      const { hostname: address, port } = new URL(server.origin);
      const failure = { code: "ECONNREFUSED", syscall: "connect", address, port: Number(port) };
      throw new TypeError("fetch failed", { cause: Object.assign(new Error("refused"), failure) });
    },
    "when it tries again, and the name is no longer known": async () => {
      const failure = {
        code: "ENOTFOUND",
        syscall: "getaddrinfo",
        hostname: new URL(server.origin).hostname,
      };
      throw new TypeError("fetch failed", { cause: Object.assign(new Error("not found"), failure) });
    },
  };
  test.each(
    Object.entries(ownFailures),
  )("that has sent, and fails %s, leaves the outcome of a write unknown", async (_what, failure) => {
    const client = createFetchClient(afterSending(failure));
    const error = await failureOf(client.POST("/orders", { body: orderRequest }));
    expect(error).toBeInstanceOf(OutcomeUnknownError);
    expect(outcomes).toEqual(["unknown"]);
    expect(server.requests).toHaveLength(1);
    const own = { body: orderRequest, fetch: afterSending(failure) as never };
    expect(await failureOf(createClient().POST("/orders", own))).toBeInstanceOf(OutcomeUnknownError);
    expect(server.requests).toHaveLength(2);
  });

  test("that is the runtime's own has not sent what no server took", async () => {
    await server.close();
    const client = createClient({ fetch: globalThis.fetch });
    expect(await failureOf(client.POST("/orders", { body: orderRequest }))).toBeInstanceOf(ConnectionError);
    server = await startScriptedServer(() => undefined);
  });

  test("that forgets to return is told so at once", async () => {
    const client = createFetchClient((request: Request) => {
      fetch(request).catch(() => {});
    });
    const error = await failureOf(client.GET("/orders"));
    expect(error).toBeInstanceOf(ConfigurationError);
    expect(error.message).toContain("fetch must return a Response");
    const write = await failureOf(client.POST("/orders", { body: orderRequest }));
    expect(write).toBeInstanceOf(OutcomeUnknownError);
    expect(write.cause).toEqual(error);
    expect(outcomes).toEqual(["failed", "unknown"]);
  });

  test("that returns a response of another library, whose body isn't the platform's, is told so at once", async () => {
    let calls = 0;
    const client = createFetchClient(async () => {
      calls++;
      const { status, headers } = new Response();
      const response = { status, ok: true, headers, bodyUsed: false, body: Readable.from(["{}"]) };
      return { ...response, clone: () => response };
    });
    const error = await failureOf(client.GET("/orders", { maxRetries: 2 }));
    expect(error).toBeInstanceOf(ConfigurationError);
    expect(error.message).toContain("fetch must return a Response");
    expect(calls).toBe(1);
  });

  test("that returns a response that was read before is told so at once", async () => {
    const response = Response.json({ orders: [] });
    let calls = 0;
    const client = createFetchClient(async () => {
      calls++;
      return response;
    });
    expect((await client.GET("/orders")).data).toEqual({ orders: [] });
    const error = await failureOf(client.GET("/orders", { maxRetries: 2 }));
    expect(error).toBeInstanceOf(ConfigurationError);
    expect(error.message).toContain("that nobody has read");
    expect(calls).toBe(2);
  });

  const answer = (parts: object) => ({ status: 201, ok: true, headers: new Headers(), clone() {}, ...parts });
  const noResponses: Readonly<Record<string, unknown>> = {
    "something without headers": answer({ headers: undefined }),
    "a plain object for headers": answer({ headers: {} }),
    "something without a status": answer({ status: undefined }),
    "a status that is no number": answer({ status: "201" }),
    "something without clone": answer({ clone: undefined }),
    nothing: null,
  };
  test.each(
    Object.entries(noResponses),
  )("that returns %s leaves the outcome of a write unknown", async (...row) => {
    const [, returned] = row;
    const client = createFetchClient(async (request: Request) => {
      await fetch(request);
      return returned;
    });
    const error = await failureOf(client.POST("/orders", { body: orderRequest }));
    expect(error).toBeInstanceOf(OutcomeUnknownError);
    expect(error.cause).toBeInstanceOf(ConfigurationError);
    expect(outcomes).toEqual(["unknown"]);
    expect(server.requests).toHaveLength(1);
  });
});
