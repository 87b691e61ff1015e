import { createHash } from "node:crypto";
import { brotliCompressSync, deflateSync, gzipSync } from "node:zlib";
import { createFulfillmentClient } from "juniper-fulfillment";
import createClient from "openapi-fetch";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { orderRequest } from "../../../scripts/samples/requests.ts";
import { type ScriptedServer, startScriptedServer } from "../../../scripts/samples/scripted-server.ts";
import { Exchange, type Transport } from "../../../src/wrapper/transport/exchange.ts";
import { createFetchTransport } from "../../../src/wrapper/transport/fetch.ts";
import { type LightCall, LightRequest } from "../../../src/wrapper/transport/light-request.ts";
import { createTransport } from "../../../src/wrapper/transport/node.ts";

let server: ScriptedServer;
beforeAll(async () => {
  server = await startScriptedServer(() => undefined);
});
afterAll(() => server.close());

type Send = (init?: { method?: string; signal?: AbortSignal }) => Promise<Response>;

function over(transport: Transport, streaming = false): Send {
  return async ({ method = "GET", signal } = {}) => {
    const request = {
      method,
      url: `${server.origin}/path?query=1#fragment`,
      headers: new Headers(),
      body: undefined,
      signal,
    };
    const exchange = new Exchange(request, { streaming, maxResponseBytes: 1e9 });
    signal?.addEventListener("abort", () => exchange.cancel(signal.reason));
    return transport(exchange);
  };
}

const plainFetch: Send = (init) =>
  fetch(`${server.origin}/path?query=1#fragment`, { ...init, redirect: "manual" });
const platformTransport = createFetchTransport((url, init) => fetch(url, init));

/** All must behave as the platform's own fetch does. */
const transports: Readonly<Record<string, Send>> = {
  "the node transport": over(createTransport()),
  "the node transport as a stream": over(createTransport(), true),
  "the web transport": over(platformTransport),
  "the web transport as a stream": over(platformTransport, true),
};

const json = { json: { id: "ä😀", list: [1, 2] } };
const raw =
  (bytes: Uint8Array, headers: Record<string, string> = {}, status = 200) =>
  (_request: unknown, response: unknown) =>
    void (response as import("node:http").ServerResponse).writeHead(status, headers).end(bytes);

const digest = (bytes: ArrayBuffer) => createHash("sha256").update(new Uint8Array(bytes)).digest("hex");
const failure = async (action: () => unknown) => {
  try {
    await action();
    return "nothing was thrown";
  } catch (error) {
    return (error as Error).constructor.name;
  }
};
const stable = (headers: Iterable<[string, string]>) =>
  [...headers].filter(([name]) => !["date", "connection", "keep-alive"].includes(name));

async function readAll(body: ReadableStream<Uint8Array> | null): Promise<string> {
  if (body === null) return "no body";
  const chunks: Uint8Array[] = [];
  for await (const chunk of body as unknown as AsyncIterable<Uint8Array>) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

/** What a user can see of an answer. Each is compared with what the platform's fetch shows. */
const cases: readonly [string, ScriptedServer["script"], (response: Response) => unknown, method?: string][] =
  [
    [
      "what it is",
      () => ({ ...json, status: 201 }),
      ({ status, statusText, ok, url, redirected, type, bodyUsed }) => ({
        status,
        statusText,
        ok,
        url,
        redirected,
        type,
        bodyUsed,
      }),
    ],
    [
      "its class",
      () => json,
      (response) => [response instanceof Response, String(response), response.constructor === Response],
    ],
    ["the class of its headers", () => json, ({ headers }) => [headers instanceof Headers, String(headers)]],
    [
      "its headers by name",
      () => ({ ...json, headers: { "X-One": "1", "x-two": "a, b" } }),
      ({ headers }) => [
        headers.get("x-one"),
        headers.get("X-TWO"),
        headers.get("content-type"),
        headers.get("x-none"),
        headers.has("x-none"),
        headers.has("X-One"),
      ],
    ],
    [
      "names of headers that are none",
      () => json,
      ({ headers }) =>
        Promise.all(["", "a b", "ä", "a:", "x\n"].map((name) => failure(() => headers.get(name)))),
    ],
    [
      "headers that come more than once",
      (_request, response) => {
        response.setHeader("x-many", ["1", "2"]);
        response.setHeader("set-cookie", ["a=1; Path=/", "b=2"]);
        response.end("{}");
        return undefined;
      },
      ({ headers }) => [
        headers.get("x-many"),
        headers.getSetCookie(),
        headers.get("set-cookie"),
        stable(headers),
      ],
    ],
    [
      "its headers in turn",
      () => ({ ...json, headers: { b: "2", a: "1" } }),
      ({ headers }) => [stable(headers), [...headers.keys()].length > 3],
    ],
    [
      "what a walk over its headers is given",
      () => ({ ...json, headers: { a: "1" } }),
      ({ headers }) => {
        const given: unknown[] = [];
        const self = {};
        headers.forEach(function (this: unknown, value, name, walked) {
          if (name === "a") given.push(value, walked === headers, this === self);
        }, self);
        return given;
      },
    ],
    [
      "a walk over its headers without a function",
      () => json,
      ({ headers }) => failure(() => headers.forEach(undefined as never)),
    ],
    [
      "the type of its blob, by a content type with parameters",
      () => ({ text: "x", headers: { "content-type": 'Text/HTML; Charset="UTF-8"; x=1' } }),
      async (response) => (await response.blob()).type,
    ],
    [
      "the type of its blob, by a content type that is none",
      () => ({ text: "x", headers: { "content-type": "nothing" } }),
      async (response) => (await response.blob()).type,
    ],
    [
      "a header in Latin-1",
      (_r, response) => void response.writeHead(200, { "x-name": "caf\u00e9" }).end(),
      ({ headers }) => headers.get("x-name"),
    ],
    ["its text", () => json, (response) => response.text()],
    ["its JSON", () => json, (response) => response.json()],
    [
      "its bytes",
      raw(new Uint8Array([0, 255, 128, 10])),
      async (response) => digest(await response.arrayBuffer()),
    ],
    ["its blob", () => json, async (response) => [(await response.blob()).size, response.bodyUsed]],
    [
      "its form",
      () => ({ text: "a=1&b=2", headers: { "content-type": "application/x-www-form-urlencoded" } }),
      async (response) => [...(await response.formData())],
    ],
    ["its body as a stream", () => json, (response) => readAll(response.body)],
    ["an empty answer", () => ({ text: "" }), async (response) => [await response.text(), response.bodyUsed]],
    [
      "a 204",
      () => ({ status: 204 }),
      async (response) => [response.body, await response.text(), response.bodyUsed],
    ],
    ["a 304", () => ({ status: 304 }), async (response) => [response.status, response.body]],
    [
      "a HEAD",
      () => ({ headers: { "content-length": "5" } }),
      async (response) => [response.body, await response.text()],
      "HEAD",
    ],
    [
      "an error",
      () => ({ status: 500, text: "oops" }),
      async (response) => [response.ok, response.status, await response.text()],
    ],
    [
      "a byte order mark",
      raw(Buffer.from("\ufeff{}")),
      async (response) => [(await response.clone().text()).length, await response.json()],
    ],
    [
      "bytes that are no UTF-8",
      raw(new Uint8Array([0x61, 0xff, 0xfe, 0xc3, 0x28, 0xe2, 0x82])),
      (response) => response.text(),
    ],
    ["JSON that is broken", () => ({ text: "{" }), (response) => failure(() => response.json())],
    [
      "whether it is used up after reading",
      () => json,
      async (response) => [await response.text(), response.bodyUsed],
    ],
    [
      "a second reading",
      () => json,
      async (response) => [await response.text(), await failure(() => response.text())],
    ],
    [
      "a second reading by other means",
      () => json,
      async (response) => [await response.text(), await failure(() => response.arrayBuffer())],
    ],
    [
      "a copy before reading",
      () => json,
      async (response) => [await response.clone().json(), await response.text()],
    ],
    [
      "what a copy says of itself, and that it is a copy",
      () => json,
      async (response) => {
        const copy = response.clone();
        copy.headers.has("x-none");
        const { url, type, status, ok, redirected } = copy;
        return [
          url,
          type,
          status,
          ok,
          redirected,
          stable(copy.headers),
          await copy.text(),
          response.bodyUsed,
        ];
      },
    ],
    [
      "a copy of one whose body somebody has asked for",
      () => json,
      async (response) => [response.body !== null, response.clone().url, await response.clone().text()],
    ],
    [
      "a copy after reading",
      () => json,
      async (response) => [await response.text(), await failure(() => response.clone())],
    ],
    [
      "a response made from it",
      () => json,
      async (response) => [new Response(response.body, response).status, response.bodyUsed],
    ],
    [
      "gzip",
      raw(gzipSync("zipped"), { "content-encoding": "gzip" }),
      async (r) => [await r.text(), r.headers.get("content-encoding")],
    ],
    ["deflate", raw(deflateSync("zipped"), { "content-encoding": "deflate" }), (response) => response.text()],
    [
      "Brotli",
      raw(brotliCompressSync("zipped"), { "content-encoding": "br" }),
      (response) => response.text(),
    ],
    [
      "a large answer",
      () => ({ text: "x".repeat(3_000_000) }),
      async (response) => (await response.text()).length,
    ],
  ];

for (const [name, send] of Object.entries(transports)) {
  describe(`${name} shows as fetch does`, () => {
    for (const [what, script, look, method = "GET"] of cases) {
      // A stream asks for an answer that is not packed, and this server packs it all the same.
      if (name === "the node transport as a stream" && ["gzip", "deflate", "Brotli"].includes(what)) continue;
      test(what, async () => {
        server.script = script;
        const expected = await look(await plainFetch({ method }));
        expect(await look(await send({ method }))).toEqual(expected);
      });
    }

    test("an abort while waiting, with the caller's reason", async () => {
      server.script = () => undefined;
      const controller = new AbortController();
      const reason = new Error("enough");
      const pending = send({ signal: controller.signal });
      setTimeout(() => controller.abort(reason), 20);
      await expect(pending).rejects.toBe(reason);
    });
  });
}

describe("streams", () => {
  for (const name of ["the node transport as a stream", "the web transport as a stream"]) {
    const send = transports[name] as Send;

    test(`of ${name} end with the caller's reason when it aborts`, async () => {
      server.script = (_request, response) => {
        response.write("first");
        return undefined;
      };
      const controller = new AbortController();
      const response = await send({ signal: controller.signal });
      const reader = response.body?.getReader();
      await reader?.read();
      setTimeout(() => controller.abort(new Error("enough")), 20);
      await expect(reader?.read()).rejects.toThrow("enough");
    });

    test(`of ${name} make the server wait for a slow reader`, async () => {
      let written = 0;
      const chunk = Buffer.alloc(64 * 1024);
      server.script = (_request, response) => {
        const write = () => {
          while (written < 64 * 1024 * 1024) {
            written += chunk.length;
            if (!response.write(chunk)) return void response.once("drain", write);
          }
          response.end();
        };
        response.on("error", () => {});
        write();
        return undefined;
      };
      const response = await send();
      await new Promise((resolve) => setTimeout(resolve, 200));
      expect(written).toBeLessThan(32 * 1024 * 1024);
      await response.body?.cancel();
    });
  }
});

describe("a light request becomes a platform request with", () => {
  const init = (): RequestInit => ({
    method: "POST",
    body: '{"a":1}',
    headers: new Headers({ "content-type": "application/json", b: "2" }),
  });
  const url = "https://api.example.com/v1/orders?a=1";
  const call = (hasPlainHeaders: boolean): LightCall => ({
    hasPlainHeaders,
    hasPlainUrl: false,
    writtenBody: undefined,
    signal: undefined,
    fetchInit: init(),
    fetch: () => Promise.reject(new Error("It is not to be sent.")),
  });
  const looks: readonly [string, (request: Request) => unknown][] = [
    [
      "its parts",
      ({ method, url: own, bodyUsed, redirect, mode, credentials }) => ({
        method,
        own,
        bodyUsed,
        redirect,
        mode,
        credentials,
      }),
    ],
    [
      "its class",
      (request) => [request instanceof Request, String(request), request.constructor === Request],
    ],
    ["its headers", ({ headers }) => [headers.get("B"), [...headers], headers instanceof Headers]],
    [
      "headers that were set",
      ({ headers }) => {
        headers.set("X", "1");
        headers.append("x", "2");
        return [...headers];
      },
    ],
    ["its body", async (request) => [await request.json(), request.bodyUsed]],
    ["a copy of it", async (request) => [await request.clone().text(), await request.text()]],
    ["its signal", ({ signal }) => [signal instanceof AbortSignal, signal.aborted]],
  ];
  for (const [what, look] of looks) {
    test(what, async () => {
      const light = new LightRequest(url, { ...init(), call: call(false) });
      expect(await look(light.toRequest())).toEqual(await look(new Request(url, init())));
    });
  }

  test("with the headers that openapi-fetch sets, which it does not look at", async () => {
    const plain = new LightRequest(url, { ...init(), call: call(true) });
    expect([...plain.headers]).toEqual([["content-type", "application/json"]]);
    plain.headers.set("Authorization", "Bearer t");
    expect(plain.headers.get("authorization")).toBe("Bearer t");
    expect(new Headers(plain.headers).get("content-type")).toBe("application/json");
  });
});

describe("the common path", () => {
  const originals = { Request, Response, Headers };
  const made = { Request: 0, Response: 0, Headers: 0 };

  /** Counts what is made of the platform's classes from now on. */
  function count(): void {
    for (const name of ["Request", "Response", "Headers"] as const) {
      made[name] = 0;
      globalThis[name] = new Proxy(originals[name], {
        construct(target, args, newTarget) {
          made[name]++;
          return Reflect.construct(target, args, newTarget);
        },
      }) as never;
    }
  }
  afterEach(() => Object.assign(globalThis, originals));

  test("makes no platform Request or Response, and no Headers but those that openapi-fetch makes for a GET", async () => {
    server.script = ({ method }) => ({
      status: method === "POST" ? 201 : 200,
      json: { id: "o", orders: [] },
    });
    const client = createFulfillmentClient({ accessToken: "t", baseUrl: server.origin });
    await client.GET("/orders");
    count();
    for (let number = 0; number < 10; number++) {
      await client.GET("/orders/{orderId}", { params: { path: { orderId: "o" } } });
      await client.POST("/orders", { body: orderRequest });
      await client.GET("/orders", { params: { query: { limit: 100 } } });
    }
    const ours = { ...made };
    Object.assign(globalThis, originals);

    const answer = {
      status: 200,
      ok: true,
      headers: { get: () => null },
      text: async () => "{}",
    } as unknown as Response;
    class Bare {
      method = "GET";
    }
    const bare = createClient<Record<string, never>>({
      baseUrl: server.origin,
      fetch: async () => answer,
      Request: Bare as never,
    });
    const request = bare.request as unknown as (
      method: string,
      path: string,
      init?: object,
    ) => Promise<unknown>;
    count();
    for (let number = 0; number < 30; number++) await request("GET", "/orders/o");
    expect(ours).toEqual({ Request: 0, Response: 0, Headers: made.Headers });
  });
});

test("importing the package does not load undici, and a finished script ends at once", async () => {
  const { execute } = await import("../../../scripts/package/execute.ts");
  const { projectRoot } = await import("../../../scripts/package/project-root.ts");
  server.script = () => ({ json: { orders: [] } });
  const code = `
    import { createRequire } from "node:module";
    const { createFulfillmentClient } = await import("juniper-fulfillment");
    const isLoaded = (name) => Object.keys(createRequire(import.meta.url).cache ?? {}).some((path) => path.includes("/node_modules/" + name + "/"));
    const client = createFulfillmentClient({ accessToken: "t", baseUrl: "${server.origin}", node: { keepAliveTimeoutMs: 600_000 } });
    const before = isLoaded("undici");
    await client.GET("/orders");
    console.log(JSON.stringify({ before, after: isLoaded("undici") }));
  `;
  const args = ["tsx", "--conditions=juniper-fulfillment-source", "--input-type=module", "-e", code];
  // The idle connection is kept for ten minutes, which must not keep the process: the test would run out of time.
  const { stdout, stderr } = await execute("npx", args, projectRoot);
  expect(stderr.replace(/^npm warn.*\n/gm, "")).toBe("");
  expect(JSON.parse(stdout)).toEqual({ before: false, after: true });
});

describe("warmup", () => {
  test("signs in and opens a connection, before the first call", async () => {
    server.requests.length = 0;
    server.script = ({ path }) => ({
      json: path === "/token" ? { access_token: "t", token_type: "Bearer", expires_in: 3600 } : {},
    });
    const urls = { baseUrl: `${server.origin}/v1`, tokenUrl: `${server.origin}/token` };
    const client = createFulfillmentClient({ clientId: "id", clientSecret: "secret", ...urls });
    await client.warmup();
    expect(server.requests.map(({ method, path }) => `${method} ${path}`).sort()).toEqual([
      "HEAD /v1",
      "POST /token",
    ]);
    await client.GET("/orders");
    expect(server.requests).toHaveLength(3);
    expect(server.requests[0]?.headers.authorization ?? "none").not.toContain("t-");
  });
});

describe("options of the node transport", () => {
  test("a dispatcher of the caller's own carries the requests", async () => {
    const { Agent } = await import("undici");
    let dispatched = 0;
    const agent = new Agent().compose((dispatch) => (options, handler) => {
      dispatched++;
      return dispatch(options, handler);
    });
    server.script = () => ({ json: { orders: [] } });
    const client = createFulfillmentClient({
      accessToken: "t",
      baseUrl: server.origin,
      node: { dispatcher: agent },
    });
    expect((await client.GET("/orders")).data).toEqual({ orders: [] });
    expect(dispatched).toBe(1);
  });

  test("connections are no more than was said", async () => {
    let open = 0;
    let most = 0;
    server.script = async (_request, response) => {
      most = Math.max(most, ++open);
      await new Promise((resolve) => setTimeout(resolve, 10));
      open--;
      response.end("{}");
      return undefined;
    };
    const client = createFulfillmentClient({
      accessToken: "t",
      baseUrl: server.origin,
      node: { connections: 3 },
    });
    await Promise.all(Array.from({ length: 20 }, () => client.GET("/orders")));
    expect(most).toBe(3);
  });

  test.each([
    ["the client's own agent, which leaves the connection to the next one", 1],
    ["a composed dispatcher", 2],
    ["a dispatcher that retries", 2],
  ])("a call that is given up while it waits for a connection is not sent: %s", async (what, connections) => {
    const { Agent, interceptors, RetryAgent } = await import("undici");
    const agent = new Agent({ connections: 1 });
    const dispatchers: Readonly<Record<string, object>> = {
      "a composed dispatcher": agent.compose(interceptors.redirect()),
      "a dispatcher that retries": new RetryAgent(agent),
    };
    const dispatcher = dispatchers[what] as typeof agent | undefined;
    const sockets = new Set<unknown>();
    let finishFirst: (() => void) | undefined;
    let requests = 0;
    server.script = (_request, response) => {
      sockets.add(response.socket);
      if (++requests === 1) finishFirst = () => void response.end("{}");
      else response.end("{}");
      return undefined;
    };
    const node = dispatcher === undefined ? { connections: 1 } : { dispatcher };
    const client = createFulfillmentClient({ accessToken: "t", baseUrl: server.origin, node });
    const first = client.GET("/orders");
    while (finishFirst === undefined) await new Promise((resolve) => setTimeout(resolve, 5));
    const controller = new AbortController();
    const { signal } = controller;
    const waiting = Array.from({ length: 5 }, () => client.GET("/orders", { signal }).catch(() => "ended"));
    const next = client.GET("/orders");
    await new Promise((resolve) => setTimeout(resolve, 20));
    controller.abort();
    expect(await Promise.all(waiting)).toEqual(Array(5).fill("ended"));
    finishFirst();
    expect([(await first).response.status, (await next).response.status]).toEqual([200, 200]);
    expect([sockets.size, requests]).toEqual([connections, 2]);
  });

  const wrong: readonly [string, object][] = [
    ["connections", { connections: 0 }],
    ["keepAliveTimeoutMs", { keepAliveTimeoutMs: "1s" }],
    ["http2", { http2: "yes" }],
    ["tls", { tls: 5 }],
    ["dispatcher", { dispatcher: {} }],
  ];
  for (const [name, node] of wrong) {
    test(`a ${name} that can't work is refused at construction`, () => {
      expect(() => createFulfillmentClient({ accessToken: "t", node })).toThrow(`node.${name} must be`);
    });
  }
});
