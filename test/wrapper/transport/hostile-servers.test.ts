import { execFile } from "node:child_process";
import { once } from "node:events";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import { promisify } from "node:util";
import { deflateRawSync, gzipSync } from "node:zlib";
import {
  ConnectionError,
  createFulfillmentClient,
  type FulfillmentClient,
  type FulfillmentClientOptions,
  OutcomeUnknownError,
  TimeoutError,
  UnexpectedResponseError,
  unwrap,
} from "juniper-fulfillment";
import { afterEach, describe, expect, test } from "vitest";
import { projectRoot } from "../../../scripts/package/project-root.ts";
import { orderRequest } from "../../../scripts/samples/requests.ts";

const servers: Server[] = [];
const sockets: Socket[] = [];

/** A raw server that does one thing with each request, once its head has arrived. */
async function serve(act: (socket: Socket, head: string) => void): Promise<string> {
  const server = createServer((socket) => {
    sockets.push(socket.on("error", () => {}));
    socket.on("data", (data) => act(socket, data.toString("latin1")));
  });
  servers.push(server);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
afterEach(() => {
  for (const socket of sockets.splice(0)) socket.destroy();
  for (const server of servers.splice(0)) server.close();
});

function createClient(baseUrl: string, options: Partial<FulfillmentClientOptions> = {}): FulfillmentClient {
  return createFulfillmentClient({ accessToken: "t", baseUrl, maxRetries: 0, ...options });
}

/** The client as a user with a middleware has it, whose responses are the platform's. */
function createWatchedClient(baseUrl: string, options: Partial<FulfillmentClientOptions> = {}) {
  const client = createClient(baseUrl, options);
  client.use({ onResponse: () => undefined });
  return client;
}

const failureOf = (call: Promise<unknown>) =>
  call.then(
    () => "success",
    (error: unknown) => error,
  );

const message = (status: string, body: string | Buffer, headers: Record<string, string> = {}): Buffer => {
  const lines = Object.entries({ "content-length": String(Buffer.byteLength(body)), ...headers });
  const head = lines.map(([name, value]) => `${name}: ${value}\r\n`).join("");
  return Buffer.concat([Buffer.from(`HTTP/1.1 ${status}\r\n${head}\r\n`), Buffer.from(body)]);
};

describe("a reason phrase is no reason to lose a response", () => {
  const phrases: readonly [string, Buffer][] = [
    ["in UTF-8", Buffer.from("✓")],
    ["in Latin-1", Buffer.from([0x47, 0x72, 0xfc, 0xdf, 0x65])],
    ["that is empty", Buffer.alloc(0)],
  ];
  for (const [what, phrase] of phrases) {
    for (const [who, create] of Object.entries({ createClient, createWatchedClient })) {
      for (const encoding of ["gzip", undefined]) {
        test(`${what}, ${encoding ?? "plain"}, with ${who}`, async () => {
          const body = encoding === undefined ? Buffer.from('{"id":"o-1"}') : gzipSync('{"id":"o-1"}');
          const [before, after] = message(
            "201 PHRASE",
            body,
            encoding === undefined ? {} : { "content-encoding": encoding },
          )
            .toString("latin1")
            .split("PHRASE");
          const origin = await serve((socket) => {
            socket.write(
              Buffer.concat([
                Buffer.from(before ?? "", "latin1"),
                phrase,
                Buffer.from(after ?? "", "latin1"),
              ]),
            );
          });
          const { data, response } = await create(origin).POST("/orders", { body: orderRequest });
          expect([data?.id, response.status, typeof response.statusText]).toEqual(["o-1", 201, "string"]);
        });
      }
    }
  }
});

describe("a status above 599 is an error of the call", () => {
  for (const [who, create] of Object.entries({ createClient, createWatchedClient })) {
    for (const parseAs of ["json", "stream"] as const) {
      test(`read as ${parseAs} with ${who}`, async () => {
        const body = gzipSync("{}");
        const origin = await serve((socket) =>
          socket.write(message("799 Odd", body, { "content-encoding": "gzip" })),
        );
        expect(await failureOf(create(origin).GET("/orders", { parseAs }))).toBeInstanceOf(ConnectionError);
      });
    }
  }
});

describe("compressed responses", () => {
  test("in raw deflate are read", async () => {
    const body = deflateRawSync('{"orders":[]}');
    const origin = await serve((socket) =>
      socket.write(message("200 OK", body, { "content-encoding": "deflate" })),
    );
    expect((await createClient(origin).GET("/orders")).data).toEqual({ orders: [] });
  });

  test("in up to five encodings are read, and in more are an error", async () => {
    const nested = (count: number): Buffer => {
      let body = Buffer.from('{"orders":[]}');
      for (let layer = 0; layer < count; layer++) body = gzipSync(body);
      return message("200 OK", body, { "content-encoding": Array(count).fill("gzip").join(", ") });
    };
    let layers = 5;
    const client = createClient(await serve((socket) => socket.write(nested(layers))));
    expect((await client.GET("/orders")).data).toEqual({ orders: [] });
    layers = 6;
    expect(await failureOf(client.GET("/orders"))).toBeInstanceOf(UnexpectedResponseError);
  });

  test("of a stream, although none was asked for, are unpacked", async () => {
    const body = gzipSync('{"orders":[]}');
    const origin = await serve((socket) =>
      socket.write(message("200 OK", body, { "content-encoding": "gzip" })),
    );
    const { data } = await createClient(origin).GET("/orders", { parseAs: "stream" });
    expect(await new Response(data as unknown as ReadableStream).text()).toBe('{"orders":[]}');
  });

  const broken: [string, string | Buffer][] = [
    ["gzip", '{"orders":[]}'],
    ["deflate", '{"orders":[]}'],
    ["br", '{"orders":[]}'],
    ["gzip", gzipSync('{"orders":[]}').fill(0, 12, 16)],
  ];
  test.each(
    broken,
  )("of a success that are not what they say, %s, are an error that says so", async (encoding, body) => {
    let requests = 0;
    const origin = await serve((socket) => {
      requests++;
      socket.write(message("200 OK", body, { "content-encoding": encoding, "x-request-id": "r-1" }));
    });
    const client = createClient(origin, { maxRetries: 2 });
    const error = await failureOf(client.GET("/orders"));
    expect(error).toBeInstanceOf(UnexpectedResponseError);
    expect(error).toMatchObject({ requestId: "r-1", status: 200 });
    expect(await failureOf(client.POST("/orders", { body: orderRequest }))).toBeInstanceOf(
      OutcomeUnknownError,
    );
    expect(requests).toBe(2);
  });

  test.each([
    ...broken,
    ["gzip", gzipSync('{"orders":[]}').subarray(0, 20)],
  ] as typeof broken)("of any other status that are not what they say, %s, are left out: it is told as ever", async (encoding, body) => {
    let respond = (): string => "";
    let requests = 0;
    const origin = await serve((socket) => {
      requests++;
      const headers = { "content-encoding": encoding, "x-request-id": "r-1", "retry-after": "0" };
      socket.write(message(respond(), body, { ...headers, location: "/elsewhere" }));
    });
    const end = async (status: string, options: Partial<FulfillmentClientOptions> = {}) => {
      requests = 0;
      respond = () => (requests > 1 ? "422 Late" : status);
      const call = createClient(origin, options).POST("/orders", { body: orderRequest });
      return await call.then(unwrap).catch((error: unknown) => error);
    };
    const told = { requestId: "r-1", body: undefined };
    expect(await end("422 No")).toMatchObject({ ...told, name: "ValidationError", status: 422 });
    expect(await end("403 No")).toMatchObject({ ...told, name: "ApiError", status: 403 });
    expect(await end("401 No")).toMatchObject({ ...told, name: "AuthenticationError" });
    expect(await end("429 No")).toMatchObject({ ...told, name: "RateLimitError", retryAfterMs: 0 });
    expect(await end("307 Away")).toMatchObject({ name: "UnexpectedResponseError", requestId: "r-1" });
    expect(await end("503 Busy")).toMatchObject({ name: "OutcomeUnknownError", cause: { status: 503 } });
    expect(requests).toBe(1);
    // What follows on a status follows on this one too.
    expect(await end("429 No", { maxRetries: 1 })).toMatchObject({ status: 422 });
    let tokens = 0;
    expect(await end("401 No", { accessToken: async () => `t-${++tokens}` })).toMatchObject({ status: 422 });
  });

  test("that end too early have lost their connection", async () => {
    const body = gzipSync('{"orders":[]}').subarray(0, 20);
    const origin = await serve((socket) =>
      socket.write(message("200 OK", body, { "content-encoding": "gzip" })),
    );
    expect(await failureOf(createClient(origin).GET("/orders"))).toBeInstanceOf(ConnectionError);
  });
});

describe("a stream", () => {
  const drain = async (data: unknown): Promise<number> => {
    let size = 0;
    for await (const chunk of data as AsyncIterable<Uint8Array>) size += chunk.byteLength;
    return size;
  };
  const limits = { timeoutMs: 300, deadlineMs: 1_500 };

  test("whose server stalls is a TimeoutError of timeoutMs", async () => {
    const origin = await serve((socket) => socket.write("HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n["));
    const { data } = await createClient(origin, limits).GET("/orders", { parseAs: "stream" });
    expect(await failureOf(drain(data))).toMatchObject({ name: "TimeoutError", limit: "timeoutMs" });
  });

  test("whose server drips is a TimeoutError of deadlineMs", async () => {
    const origin = await serve((socket) => {
      socket.write("HTTP/1.1 200 OK\r\ncontent-length: 99999\r\n\r\n");
      const drip = setInterval(() => socket.write("x"), 50);
      socket.on("close", () => clearInterval(drip));
    });
    const { data } = await createClient(origin, limits).GET("/orders", { parseAs: "stream" });
    expect(await failureOf(drain(data))).toMatchObject({ name: "TimeoutError", limit: "deadlineMs" });
  });

  test("that is larger than maxResponseBytes is cut off", async () => {
    const origin = await serve((socket) => socket.write(message("200 OK", "x".repeat(5_000))));
    const client = createClient(origin, { maxResponseBytes: 1_000 });
    const { data } = await client.GET("/orders", { parseAs: "stream" });
    expect(await failureOf(drain(data))).toBeInstanceOf(UnexpectedResponseError);
  });

  test("whose connection breaks is a ConnectionError", async () => {
    const origin = await serve((socket) => socket.end("HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n["));
    const { data } = await createClient(origin).GET("/orders", { parseAs: "stream" });
    expect(await failureOf(drain(data))).toBeInstanceOf(ConnectionError);
  });

  test("waits for a reader that takes longer than timeoutMs", async () => {
    const origin = await serve((socket) => socket.write(message("200 OK", "x".repeat(500_000))));
    const { data } = await createClient(origin, { timeoutMs: 200 }).GET("/orders", { parseAs: "stream" });
    await new Promise((resolve) => setTimeout(resolve, 600));
    expect(await drain(data)).toBe(500_000);
  });

  test("of an error is gathered, within the limits of the call", async () => {
    const origin = await serve((socket) => {
      socket.write("HTTP/1.1 500 Oops\r\ntransfer-encoding: chunked\r\n\r\n");
      const flood = setInterval(() => socket.write(`10000\r\n${"x".repeat(65_536)}\r\n`), 5);
      socket.on("close", () => clearInterval(flood));
    });
    const call = (options: object) => createClient(origin).GET("/orders", { parseAs: "stream", ...options });
    expect(await failureOf(call({ timeoutMs: 300, maxResponseBytes: 2 ** 31 }))).toBeInstanceOf(TimeoutError);
    const { error, response } = await call({ maxResponseBytes: 100_000 });
    expect([error ?? "", response.status]).toEqual(["", 500]);
  });

  // undici 7 ends the process by an assertion when its parser is paused while such a connection ends.
  for (const [what, head] of [
    ["says that it will be closed", "HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 300000\r\n\r\n"],
    ["has no length", "HTTP/1.1 200 OK\r\n\r\n"],
    ["is of version 1.0", "HTTP/1.0 200 OK\r\ncontent-length: 300000\r\n\r\n"],
    [
      "is chunked and closed",
      "HTTP/1.1 200 OK\r\nconnection: close\r\ntransfer-encoding: chunked\r\n\r\n493e0\r\n",
    ],
    [
      "says both",
      "HTTP/1.1 200 OK\r\nconnection: keep-alive\r\nproxy-connection: close\r\ncontent-length: 300000\r\n\r\n",
    ],
  ] as const) {
    test(`that is read late, over a connection that ${what}, does not end the process`, async () => {
      const end = head.includes("chunked") ? "\r\n0\r\n\r\n" : "";
      const origin = await serve((socket) => socket.end(`${head}${"x".repeat(300_000)}${end}`));
      const { data } = await createClient(origin).GET("/orders", { parseAs: "stream" });
      await new Promise((resolve) => setTimeout(resolve, 100));
      expect(await drain(data)).toBe(300_000);
    });
  }
});

test("decompression ends with its call", async () => {
  const bomb = gzipSync(Buffer.alloc(400_000_000));
  const origin = await serve((socket) =>
    socket.write(message("200 OK", bomb, { "content-encoding": "gzip" })),
  );
  const client = createClient(origin, { maxResponseBytes: 2 ** 31, timeoutMs: 3_000 });
  const controller = new AbortController();
  setTimeout(() => controller.abort(new Error("enough")), 150);
  expect(await failureOf(client.GET("/orders", { signal: controller.signal }))).toMatchObject({
    message: "enough",
  });
  const before = process.cpuUsage();
  await new Promise((resolve) => setTimeout(resolve, 500));
  const { user } = process.cpuUsage(before);
  expect(user).toBeLessThan(300_000);
});

test("what goes wrong while a response is made is caught, also when it is the token endpoint's", async () => {
  const origin = await serve((socket) => {
    const body = gzipSync('{"access_token":"t","token_type":"Bearer","expires_in":3600}');
    socket.write(message("200 \u{2713}", body, { "content-encoding": "gzip" }));
  });
  const program = `
    import { createFulfillmentClient } from "juniper-fulfillment";
    const options = { clientId: "i", clientSecret: "s", baseUrl: "${origin}/v1", tokenUrl: "${origin}/t", maxRetries: 0 };
    await createFulfillmentClient(options).GET("/products").catch(() => {});
    console.log("alive");`;
  const flags = [
    "--import",
    "tsx",
    "--conditions=juniper-fulfillment-source",
    "--input-type=module",
    "-e",
    program,
  ];
  const { stdout } = await promisify(execFile)(process.execPath, flags, { cwd: projectRoot });
  expect(stdout.trim()).toBe("alive");
});

describe("a connection that is reset in the middle of a response", () => {
  const head = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n";
  test.each([
    ["without a length", `${head}\r\n{"orders":[]}`],
    ["without a length, over a connection that closes", `${head}connection: close\r\n\r\n{"orders":[]}`],
    ["of HTTP/1.0", `${head.replace("1.1", "1.0")}\r\n{"orders":[]}`],
    ["with a length", `${head}content-length: 99\r\n\r\n{"orders":[]}`],
    ["in chunks", `${head}transfer-encoding: chunked\r\n\r\nd\r\n{"orders":[]}\r\n`],
  ])("%s is a failure, and leaves an order in doubt", async (_what, bytes) => {
    const baseUrl = await serve((socket) => {
      socket.write(bytes);
      setTimeout(() => socket.resetAndDestroy(), 50);
    });
    const client = createClient(baseUrl);
    const reset = { name: "ConnectionError", maybeSent: true, cause: { code: "ECONNRESET" } };
    expect(await failureOf(client.GET("/orders"))).toMatchObject(reset);
    const read = async (): Promise<string> => {
      const { data } = await client.GET("/orders", { parseAs: "stream" });
      return new Response(data as unknown as ReadableStream).text();
    };
    expect(await failureOf(read())).toMatchObject(reset);
    const order = client.POST("/orders", { body: orderRequest });
    expect(await failureOf(order)).toMatchObject({ name: "OutcomeUnknownError", cause: reset });
  });

  test("without a length but with a proper end is a success", async () => {
    const baseUrl = await serve((socket) => socket.end(`${head}\r\n{"orders":[]}`));
    expect((await createClient(baseUrl).GET("/orders")).data).toEqual({ orders: [] });
  });
});
