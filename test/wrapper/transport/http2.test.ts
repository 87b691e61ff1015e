import { readFileSync } from "node:fs";
import { constants, createSecureServer, type Http2SecureServer, type ServerHttp2Stream } from "node:http2";
import { createServer as createHttpsServer } from "node:https";
import { type AddressInfo, createConnection, createServer, type Socket } from "node:net";
import { createServer as createTlsServer } from "node:tls";
import {
  ConnectionError,
  createFulfillmentClient,
  type FulfillmentClient,
  type FulfillmentClientOptions,
  InvalidRequestError,
  OutcomeUnknownError,
} from "juniper-fulfillment";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { orderRequest } from "../../../scripts/samples/requests.ts";

const fixture = (name: string) => readFileSync(new URL(`../../fixtures/tls/${name}`, import.meta.url));
const tls = { key: fixture("key.pem"), cert: fixture("cert.pem") };

type Act = (stream: ServerHttp2Stream, number: number) => void;

let server: Http2SecureServer;
let sockets: Socket[];
let requests: { method: string; body: string }[];
let act: Act;

const answer: Act = (stream) => {
  stream.respond({ ":status": 200, "content-type": "application/json" });
  stream.end('{"orders":[]}');
};

beforeEach(async () => {
  sockets = [];
  requests = [];
  act = answer;
  server = createSecureServer(tls);
  server.on("secureConnection", (socket: Socket) => sockets.push(socket.on("error", () => {})));
  server.on("session", (session) => session.on("error", () => {}));
  server.on("stream", async (stream, headers) => {
    stream.on("error", () => {});
    let body = "";
    for await (const chunk of stream) body += chunk;
    requests.push({ method: String(headers[":method"]), body });
    act(stream, requests.length);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
});
afterEach(() => {
  for (const socket of sockets) socket.destroy();
  server.close();
});

function createClient(options: Partial<FulfillmentClientOptions> = {}): FulfillmentClient {
  const { port } = server.address() as AddressInfo;
  const baseUrl = `https://localhost:${port}`;
  const node = { http2: true, tls: { ca: tls.cert } };
  return createFulfillmentClient({ accessToken: "t", baseUrl, node, maxRetries: 0, ...options });
}

const failureOf = (call: Promise<unknown>) =>
  call.then(
    () => "success",
    (error: unknown) => error,
  );

/** Node's server ends a stream before it resets it. This one writes its frames itself (RFC 9113, section 4.1). */
async function startCuttingServer(): Promise<{ baseUrl: string; close(): void }> {
  const frame = (type: number, flags: number, stream: number, payload: Buffer): Buffer => {
    const head = Buffer.alloc(9);
    head.writeUIntBE(payload.length, 0, 3);
    head.writeUInt8(type, 3);
    head.writeUInt8(flags, 4);
    head.writeUInt32BE(stream, 5);
    return Buffer.concat([head, payload]);
  };
  const frames = { data: 0, headers: 1, reset: 3, settings: 4 };
  const cutting = createTlsServer({ ...tls, ALPNProtocols: ["h2"] }, (socket) => {
    socket.on("error", () => {});
    socket.write(frame(frames.settings, 0, 0, Buffer.alloc(0)));
    socket.on("data", (bytes) => {
      // The frame of headers that arrives is the request's, on stream 1.
      for (let at = 0; at + 9 <= bytes.length; at += 9 + bytes.readUIntBE(at, 3)) {
        if (bytes.subarray(at, at + 3).toString() === "PRI") at += 24;
        if (bytes[at + 3] !== frames.headers) continue;
        socket.write(frame(frames.headers, 4, 1, Buffer.from([0x88]))); // :status 200 (RFC 7541, appendix A).
        socket.write(frame(frames.data, 0, 1, Buffer.from('{"orders":[]')));
        setTimeout(() => socket.write(frame(frames.reset, 0, 1, Buffer.from([0, 0, 0, 2]))), 30);
      }
    });
  });
  await new Promise<void>((resolve) => cutting.listen(0, "127.0.0.1", resolve));
  const { port } = cutting.address() as AddressInfo;
  return { baseUrl: `https://localhost:${port}`, close: () => void cutting.close() };
}

describe("HTTP/2", () => {
  test("carries requests with their headers and bodies", async () => {
    act = (stream) => {
      stream.respond({ ":status": 201, "content-type": "application/json", "set-cookie": ["a=1", "b=2"] });
      stream.end(JSON.stringify({ id: "o-1" }));
    };
    const { data, response } = await createClient().POST("/orders", { body: orderRequest });
    expect(data).toMatchObject({ id: "o-1" });
    expect([response.status, response.headers.getSetCookie()]).toEqual([201, ["a=1", "b=2"]]);
    expect(JSON.parse(requests[0]?.body ?? "")).toMatchObject({ daysSupply: orderRequest.daysSupply });
  });

  test("requests share one connection, orders too", async () => {
    act = (stream) => setTimeout(answer, 50, stream);
    const client = createClient();
    await client.GET("/orders");
    await Promise.all([
      ...Array.from({ length: 16 }, () => client.GET("/orders")),
      ...Array.from({ length: 16 }, () => client.POST("/orders", { body: orderRequest })),
    ]);
    expect([sockets.length, requests.length]).toEqual([1, 33]);
  });

  test.each([
    "connection",
    "keep-alive",
  ])("a header that HTTP/2 has no place for is a request that can't be sent: %s", async (name) => {
    const attempts: number[] = [];
    const client = createClient({ maxRetries: 2, onRequest: ({ attempt }) => void attempts.push(attempt) });
    client.use({ onRequest: ({ request }) => request.headers.set(name, "x") });
    const error = await failureOf(client.GET("/orders"));
    expect(error).toBeInstanceOf(InvalidRequestError);
    const message = `can't be sent as a middleware has made it: .*"${name}". Nothing was sent.`;
    expect(String(error)).toMatch(new RegExp(message));
    expect([attempts, requests]).toEqual([[1], []]);
  });

  test.each([
    "json",
    "text",
    "blob",
    "stream",
  ] as const)("a response that RST_STREAM cuts off is a failure when it is read as %s", async (parseAs) => {
    const { baseUrl, close } = await startCuttingServer();
    const read = async (): Promise<unknown> => {
      const { data } = await createClient({ baseUrl }).GET("/orders", { parseAs });
      return parseAs === "stream" ? new Response(data as ReadableStream).text() : data;
    };
    expect(await failureOf(read())).toBeInstanceOf(ConnectionError);
    close();
  });

  test.each<[string, Act]>([
    ["a stream that is reset", (stream) => stream.close(constants.NGHTTP2_INTERNAL_ERROR)],
    ["a stream that ends without a response", (stream) => stream.close(constants.NGHTTP2_NO_ERROR)],
    [
      "GOAWAY",
      (stream) => {
        stream.session?.goaway(constants.NGHTTP2_NO_ERROR, stream.id);
        setTimeout(() => stream.session?.destroy(), 20);
      },
    ],
    [
      "GOAWAY with an error",
      (stream) => {
        stream.session?.goaway(constants.NGHTTP2_INTERNAL_ERROR, stream.id);
        setTimeout(() => stream.session?.destroy(), 20);
      },
    ],
    ["a connection that breaks", () => sockets.at(-1)?.destroy()],
  ])("an order whose response is %s is of unknown outcome, and is sent once", async (_what, misbehave) => {
    const client = createClient({ maxRetries: 2 });
    await client.GET("/orders");
    act = misbehave;
    const call = failureOf(client.POST("/orders", { body: orderRequest }));
    expect(await call).toBeInstanceOf(OutcomeUnknownError);
    act = answer;
    expect((await client.GET("/orders", { maxRetries: 2 })).data).toEqual({ orders: [] });
    expect(requests.filter(({ method }) => method === "POST")).toHaveLength(1);
  });

  test("after GOAWAY, what was under way is finished, and what comes goes over a new connection", async () => {
    act = (stream, number) => {
      if (number === 1) stream.session?.goaway(constants.NGHTTP2_NO_ERROR, stream.id);
      setTimeout(answer, 50, stream);
    };
    const client = createClient();
    expect((await client.GET("/orders")).data).toEqual({ orders: [] });
    expect((await client.GET("/orders")).data).toEqual({ orders: [] });
    expect(sockets).toHaveLength(2);
  });

  test.each([
    ["timeoutMs", () => ({ timeoutMs: 200 })],
    ["a signal", () => ({ signal: AbortSignal.timeout(200) })],
  ])("a host that stays silent until %s ends the call gets no more on that connection", async (_what, limit) => {
    const client = createClient();
    await client.GET("/orders");
    act = () => {};
    expect(await failureOf(client.GET("/orders", limit()))).toMatchObject({ name: "TimeoutError" });
    act = answer;
    await client.GET("/orders");
    expect(sockets).toHaveLength(2);
  });

  test("a call that is given up leaves the connection to the others while the server is heard of", async () => {
    const client = createClient();
    const controller = new AbortController();
    await client.GET("/orders");
    act = () => {};
    const silent = failureOf(client.GET("/orders", { signal: controller.signal }));
    await vi.waitUntil(() => requests.length === 2);
    act = answer;
    await client.GET("/orders");
    controller.abort();
    expect(await silent).toMatchObject({ name: "AbortError" });
    await client.GET("/orders");
    expect(sockets).toHaveLength(1);
  });

  describe("a write that is given up while the connection is being made", () => {
    /** A way to the server on which nothing comes back until it is opened. */
    const startSlowRoad = async () => {
      const answers: (() => void)[] = [];
      const road = createServer((near) => {
        const far = createConnection((server.address() as AddressInfo).port, "127.0.0.1");
        for (const end of [near, far]) end.on("error", () => {});
        near.pipe(far);
        answers.push(() => far.pipe(near));
      });
      await new Promise<void>((resolve) => road.listen(0, "127.0.0.1", resolve));
      return {
        baseUrl: `https://localhost:${(road.address() as AddressInfo).port}`,
        isTaken: () => answers.length > 0,
        open: () => {
          for (const answer of answers) answer();
        },
        close: () => void road.close(),
      };
    };

    const rotate = (client: FulfillmentClient, limits: object) =>
      client.POST("/partners/settings/rotate-webhook-secret", limits);
    const order = (client: FulfillmentClient, limits: object) =>
      client.POST("/orders", { body: orderRequest, ...limits });

    test.each([
      ["without a body, by a signal", rotate, "AbortError"],
      ["without a body, by timeoutMs", rotate, "TimeoutError"],
      ["with a body, by a signal", order, "AbortError"],
      ["with a body, by timeoutMs", order, "TimeoutError"],
    ])("is not sent: one %s", async (_what, call, name) => {
      const road = await startSlowRoad();
      const begun: unknown[] = [];
      server.on("stream", (_stream, headers) => begun.push(headers[":method"]));
      const client = createClient({ baseUrl: road.baseUrl });
      const controller = new AbortController();
      const write = failureOf(
        call(client, name === "AbortError" ? { signal: controller.signal } : { timeoutMs: 50 }),
      );
      await vi.waitUntil(road.isTaken);
      controller.abort();
      expect(await write).toMatchObject({ name });
      const next = client.GET("/orders");
      road.open();
      expect((await next).response.status).toBe(200);
      expect(begun).toEqual(["GET"]);
      expect(sockets).toHaveLength(1);
      road.close();
    });
  });

  test("the first orders over a connection wait for what the server takes, and none is refused", async () => {
    server.updateSettings({ maxConcurrentStreams: 2 });
    act = (stream, number) => void setTimeout(answer, 20, stream, number);
    const client = createClient();
    const orders = Array.from({ length: 12 }, () => client.POST("/orders", { body: orderRequest }));
    const statuses = (await Promise.all(orders)).map(({ response }) => response.status);
    expect(statuses).toEqual(Array(12).fill(200));
    expect(sockets).toHaveLength(1);
  });

  describe("an order that waits until the server takes another request", () => {
    const order = (client: FulfillmentClient, options = {}) =>
      client.POST("/orders", { body: orderRequest, ...options });
    /** The server takes one at a time, and holds the first order. */
    const startWaiting = async () => {
      server.updateSettings({ maxConcurrentStreams: 1 });
      const client = createClient();
      await client.GET("/orders");
      const held: ServerHttp2Stream[] = [];
      act = (stream) => held.push(stream);
      const first = order(client);
      await vi.waitUntil(() => held.length === 1);
      act = answer;
      const [stream] = held as [ServerHttp2Stream];
      return { client, first, stream, answerFirst: () => answer(stream, 0) };
    };

    test.each([
      ["timeoutMs", () => ({ timeoutMs: 200 })],
      ["a signal", () => ({ signal: AbortSignal.timeout(200) })],
    ])("is not sent when %s ends it, and lets the next one through", async (_what, limit) => {
      const { client, first, answerFirst } = await startWaiting();
      const second = failureOf(order(client, limit()));
      const third = order(client);
      expect(await second).toMatchObject({ name: "TimeoutError" });
      answerFirst();
      expect((await first).response.status).toBe(200);
      expect((await third).response.status).toBe(200);
      expect([requests.length, sockets.length]).toEqual([3, 1]);
    });

    test("lets the next one through when it can't be sent as it is", async () => {
      const { client, first, answerFirst } = await startWaiting();
      client.use({
        onRequest: ({ request }) => {
          if (request.headers.has("x-spoil")) request.headers.set("connection", "upgrade");
          return request;
        },
      });
      const second = failureOf(order(client, { headers: { "x-spoil": "yes" } }));
      const third = order(client);
      await new Promise((resolve) => setTimeout(resolve, 50));
      answerFirst();
      expect(await second).toBeInstanceOf(InvalidRequestError);
      expect((await first).response.status).toBe(200);
      expect((await third).response.status).toBe(200);
      expect(sockets).toHaveLength(1);
    });

    test("goes over another connection after GOAWAY", async () => {
      const { client, first, stream, answerFirst } = await startWaiting();
      const second = order(client);
      await new Promise((resolve) => setTimeout(resolve, 50));
      stream.session?.goaway(constants.NGHTTP2_NO_ERROR, stream.id);
      expect((await second).response.status).toBe(200);
      answerFirst();
      expect((await first).response.status).toBe(200);
      expect([requests.length, sockets.length]).toEqual([3, 2]);
    });
  });

  describe("an idle connection is closed after keepAliveTimeoutMs", () => {
    const isClosed = (socket: Socket | undefined) => new Promise((resolve) => socket?.once("close", resolve));
    const wait = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
    const createImpatient = () =>
      createClient({ node: { http2: true, tls: { ca: tls.cert }, keepAliveTimeoutMs: 100 } });

    test("when the one before it was in use for longer", async () => {
      const respond: (() => void)[] = [];
      act = (stream, number) => {
        if (number > 1) return answer(stream, number);
        stream.session?.goaway(constants.NGHTTP2_NO_ERROR, stream.id);
        respond.push(() => answer(stream, number));
      };
      const client = createImpatient();
      const first = client.GET("/orders");
      await vi.waitUntil(() => respond.length === 1);
      await wait(20);
      await client.GET("/orders");
      const closed = isClosed(sockets[1]);
      await wait(300);
      for (const one of respond) one();
      await first;
      await closed;
    });

    test("after a call that took longer than that", async () => {
      act = (stream, number) => setTimeout(answer, 300, stream, number);
      await createImpatient().GET("/orders");
      await isClosed(sockets[0]);
    });

    test("after a call that took longer than that and was given up", async () => {
      act = (stream) => stream.respond({ ":status": 200, "content-type": "application/json" });
      const signal = AbortSignal.timeout(300);
      expect(await failureOf(createImpatient().GET("/orders", { signal }))).toMatchObject({
        name: "TimeoutError",
      });
      await isClosed(sockets[0]);
    });
  });

  test("a stream waits for a slow reader, and ends with its call", async () => {
    let written = 0;
    const chunk = Buffer.alloc(64 * 1024);
    act = (stream) => {
      stream.respond({ ":status": 200 });
      const write = (): void => {
        while (!stream.destroyed && written < 64 * 1024 * 1024) {
          written += chunk.length;
          if (!stream.write(chunk)) return void stream.once("drain", write);
        }
      };
      write();
    };
    const { data } = await createClient().GET("/orders", { parseAs: "stream", maxResponseBytes: 2 ** 31 });
    const reader = (data as unknown as ReadableStream<Uint8Array>).getReader();
    await reader.read();
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(written).toBeLessThan(8 * 1024 * 1024);
    await reader.cancel();
  });

  test("a server without it is asked over HTTP/1.1", async () => {
    const plain = createHttpsServer(tls, (_request, response) => void response.end('{"orders":[]}'));
    await new Promise<void>((resolve) => plain.listen(0, "127.0.0.1", resolve));
    const baseUrl = `https://localhost:${(plain.address() as AddressInfo).port}`;
    const client = createClient({ baseUrl });
    expect((await client.GET("/orders")).data).toEqual({ orders: [] });
    expect((await client.GET("/orders")).data).toEqual({ orders: [] });
    plain.closeAllConnections();
    plain.close();
  });

  test("a certificate that isn't trusted means not sent", async () => {
    const call = createClient({ node: { http2: true } }).POST("/orders", { body: orderRequest });
    expect(await failureOf(call)).toMatchObject({ name: "ConnectionError", maybeSent: false });
  });
});
