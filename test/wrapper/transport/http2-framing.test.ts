import {
  ConnectionError,
  createFulfillmentClient,
  type FulfillmentClient,
  type NodeOptions,
  OutcomeUnknownError,
  UnexpectedResponseError,
} from "juniper-fulfillment";
import { afterEach, describe, expect, test } from "vitest";
import {
  endStream,
  frameTypes,
  type OnRequest,
  type RawHttp2Server,
  startRawHttp2Server,
} from "../../../scripts/samples/raw-http2-server.ts";
import { orderRequest } from "../../../scripts/samples/requests.ts";

let server: RawHttp2Server | undefined;
afterEach(() => server?.close());

async function startClient(onRequest: OnRequest, options: NodeOptions = {}): Promise<FulfillmentClient> {
  server = await startRawHttp2Server(onRequest);
  const node = { http2: true, tls: { ca: server.ca }, ...options };
  return createFulfillmentClient({ accessToken: "t", baseUrl: server.origin, node, maxRetries: 0 });
}

const failureOf = (call: Promise<unknown>) =>
  call.then(
    () => "success",
    (error: unknown) => error,
  );

const body = '{"orders":[]}';
const ok = { ":status": "200", "content-type": "application/json" };
const withLength = (length: number) => ({ ...ok, "content-length": String(length) });
const noError = 0;

/** A response that is whole: none of these may become a failure. */
const whole: [string, OnRequest][] = [
  [
    "ends with its data",
    (connection, stream) => connection.headers(stream, ok).data(stream, body, endStream),
  ],
  [
    "ends with an empty frame",
    (connection, stream) => connection.headers(stream, ok).data(stream, body).data(stream, "", endStream),
  ],
  [
    "ends with trailers",
    (connection, stream) =>
      connection.headers(stream, ok).data(stream, body).headers(stream, { "x-sum": "1" }, endStream),
  ],
  [
    "has the length that it says",
    (connection, stream) => connection.headers(stream, withLength(body.length)).data(stream, body, endStream),
  ],
  [
    "follows interim ones",
    (connection, stream) => {
      connection.headers(stream, { ":status": "103" }).headers(stream, { ":status": "103" });
      connection.headers(stream, ok).data(stream, body, endStream);
    },
  ],
  [
    "is reset without an error after as much as its content-length says",
    (connection, stream) =>
      connection.headers(stream, withLength(body.length)).data(stream, body).reset(stream, noError),
  ],
  [
    "is followed by a reset without an error",
    (connection, stream) =>
      connection.headers(stream, ok).data(stream, body, endStream).reset(stream, noError),
  ],
];

/** A response that isn't: none of these may become a success. */
const broken: [string, OnRequest][] = [
  ...([0, 1, 2, 7, 8, 11] as const).map((code): [string, OnRequest] => [
    `is reset with code ${code} in its body`,
    (connection, stream) => connection.headers(stream, ok).data(stream, body).reset(stream, code),
  ]),
  [
    "is reset without an error a little later",
    (connection, stream) => {
      connection.headers(stream, ok).data(stream, body);
      setTimeout(() => connection.reset(stream, noError), 50);
    },
  ],
  [
    "is reset without an error after its headers",
    (connection, stream) => connection.headers(stream, ok).reset(stream, noError),
  ],
  ["is reset without an error before its headers", (connection, stream) => connection.reset(stream, noError)],
  [
    "is cut off by the end of the connection",
    (connection, stream) => connection.headers(stream, ok).data(stream, body).socket.end(),
  ],
  [
    "is cut off by GOAWAY and the end of the connection",
    (connection, stream) => connection.headers(stream, ok).data(stream, body).goaway(stream).socket.end(),
  ],
  [
    "is reset without an error before as much as its content-length says",
    (connection, stream) =>
      connection
        .headers(stream, withLength(body.length + 1))
        .data(stream, body)
        .reset(stream, noError),
  ],
  [
    "is reset with an error after as much as its content-length says",
    (connection, stream) =>
      connection.headers(stream, withLength(body.length)).data(stream, body).reset(stream, 2),
  ],
  [
    "is shorter than its content-length",
    (connection, stream) =>
      connection.headers(stream, withLength(body.length + 1)).data(stream, body, endStream),
  ],
  [
    "is longer than its content-length",
    (connection, stream) =>
      connection.headers(stream, withLength(body.length - 1)).data(stream, body, endStream),
  ],
  [
    "is empty in spite of its content-length",
    (connection, stream) => connection.headers(stream, withLength(1), endStream),
  ],
  [
    "is shorter than its content-length before trailers",
    (connection, stream) =>
      connection
        .headers(stream, withLength(body.length + 1))
        .data(stream, body)
        .headers(stream, { "x-sum": "1" }, endStream),
  ],
];

describe("a response over HTTP/2", () => {
  test.each(whole)("that %s is a success", async (_what, onRequest) => {
    const client = await startClient(onRequest);
    expect((await client.GET("/orders")).data).toEqual({ orders: [] });
    const { data } = await client.GET("/orders", { parseAs: "stream" });
    expect(await new Response(data as unknown as ReadableStream).text()).toBe(body);
    expect((await client.POST("/orders", { body: orderRequest })).response.status).toBe(200);
  });

  test.each(broken)("that %s is a failure, and leaves an order in doubt", async (_what, onRequest) => {
    const client = await startClient(onRequest);
    const text = (parseAs: "text" | "stream") => async () => {
      const { data } = await client.GET("/orders", { parseAs });
      return new Response(data as unknown as ReadableStream).text();
    };
    expect(await failureOf(client.GET("/orders"))).toBeInstanceOf(ConnectionError);
    expect(await failureOf(text("text")())).toBeInstanceOf(ConnectionError);
    expect(await failureOf(text("stream")())).toBeInstanceOf(ConnectionError);
    expect(await failureOf(client.POST("/orders", { body: orderRequest }))).toBeInstanceOf(
      OutcomeUnknownError,
    );
  });

  test("that says it is empty is a failure too where its end never comes", async () => {
    const client = await startClient((connection, stream, number) => {
      connection.headers(stream, withLength(0));
      if (number % 2 === 0) connection.reset(stream, noError);
      else connection.socket.end();
    });
    for (let number = 0; number < 4; number++) {
      expect(await failureOf(client.POST("/orders", { body: orderRequest }))).toBeInstanceOf(
        OutcomeUnknownError,
      );
    }
  });

  test("that has arrived before the connection ends is whole, also for a slow reader", async () => {
    const chunk = "x".repeat(2 ** 14);
    const client = await startClient((connection, stream) => {
      connection.headers(stream, ok);
      for (let count = 1; count <= 6; count++) connection.data(stream, chunk, count === 6 ? endStream : 0);
      connection.socket.end();
    });
    const { data } = await client.GET("/orders", { parseAs: "stream" });
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(await new Response(data as unknown as ReadableStream).text()).toBe(chunk.repeat(6));
  });

  test("to HEAD may have a content-length without a body", async () => {
    const client = await startClient((connection, stream) => {
      connection.headers(stream, withLength(99), endStream);
    });
    await client.warmup();
  });

  describe("that Node hands out before its headers", () => {
    /** The PING makes Node write, and what arrives after a record of TLS waits for that, and is handed out at once. */
    const respondTogether: OnRequest = (connection, _stream, number) => {
      if (number !== 2) return;
      connection.socket.cork();
      connection.frame(frameTypes.ping, 0, 0, Buffer.alloc(8)).frame(0xfe, 0, 0, Buffer.alloc(2 ** 14));
      for (const stream of [1, 3]) connection.headers(stream, ok).data(stream, body, endStream);
      connection.socket.uncork();
    };

    test("is streamed from its beginning", async () => {
      const client = await startClient(respondTogether);
      const read = async (): Promise<string> => {
        const { data } = await client.GET("/orders", { parseAs: "stream" });
        return new Response(data as unknown as ReadableStream).text();
      };
      expect(await Promise.all([read(), read()])).toEqual([body, body]);
    });

    test("may be too large", async () => {
      const client = await startClient(respondTogether);
      const read = () => failureOf(client.GET("/orders", { maxResponseBytes: 1 }));
      for (const failure of await Promise.all([read(), read()]))
        expect(failure).toBeInstanceOf(UnexpectedResponseError);
    });
  });
});

describe("a connection of HTTP/2", () => {
  test("is opened once for many requests, also while the server hasn't closed the last one", async () => {
    const client = await startClient(
      (connection, stream) => {
        connection.headers(stream, ok).data(stream, body, endStream);
      },
      { keepAliveTimeoutMs: 100 },
    );
    await client.GET("/orders");
    // It doesn't hear that the client closes it.
    server?.connections[0]?.socket.pause();
    await new Promise((resolve) => setTimeout(resolve, 400));
    await Promise.all(Array.from({ length: 16 }, () => client.GET("/orders")));
    expect(server?.connections).toHaveLength(2);
  });
});

const refusedStream = 7;

/** The server says that it has done nothing (RFC 9113, section 8.7). */
const refusals: [string, OnRequest][] = [
  ["REFUSED_STREAM", (connection, stream) => connection.reset(stream, refusedStream)],
];

/** The server says nothing of the kind, contradicts itself, or may not keep to what it says. */
const doubts: [string, OnRequest][] = [
  ...([0, 2, 11] as const).map((code): [string, OnRequest] => [
    `GOAWAY with code ${code} and an earlier stream as the last one`,
    (connection, stream) => connection.goaway(stream - 2, code).socket.end(),
  ]),
  [
    "GOAWAY with an earlier stream as the last one, after one with any",
    (connection, stream) =>
      connection
        .goaway(2 ** 31 - 1)
        .goaway(stream - 2)
        .socket.end(),
  ],
  ["GOAWAY with its stream as the last one", (connection, stream) => connection.goaway(stream).socket.end()],
  [
    "GOAWAY with an error and its stream as the last one",
    (connection, stream) => connection.goaway(stream, 2).socket.end(),
  ],
  [
    "REFUSED_STREAM after headers",
    (connection, stream) => connection.headers(stream, ok).reset(stream, refusedStream),
  ],
  [
    "GOAWAY with an earlier stream as the last one, after headers",
    (connection, stream) =>
      connection
        .headers(stream, ok)
        .goaway(stream - 2)
        .socket.end(),
  ],
  ["another error", (connection, stream) => connection.reset(stream, 11)],
];

describe("an order over HTTP/2 that is answered by", () => {
  const answer: OnRequest = (connection, stream) =>
    connection.headers(stream, ok).data(stream, '{"id":"o-1"}', endStream);
  /** Does so with the second request, which is an order. */
  const startWith = async (onOrder: OnRequest) => {
    let orders = 0;
    const client = await startClient((connection, stream, number, hasBody) => {
      if (hasBody) orders++;
      (number === 2 ? onOrder : answer)(connection, stream, number, hasBody);
    });
    await client.GET("/orders");
    return { client, orders: () => orders };
  };

  test.each(refusals)("%s was not carried out, and is sent again", async (_what, refuse) => {
    const { client, orders } = await startWith(refuse);
    const { data } = await client.POST("/orders", { body: orderRequest, maxRetries: 1 });
    expect([data, orders()]).toMatchObject([{ id: "o-1" }, 2]);
  });

  test.each(refusals)("%s is reported as not carried out", async (_what, refuse) => {
    const { client } = await startWith(refuse);
    expect(await failureOf(client.POST("/orders", { body: orderRequest }))).toMatchObject({
      name: "ConnectionError",
      maybeSent: false,
    });
  });

  test.each(doubts)("%s is of unknown outcome, and is sent once", async (_what, misbehave) => {
    const { client, orders } = await startWith(misbehave);
    const call = client.POST("/orders", { body: orderRequest, maxRetries: 1 });
    expect(await failureOf(call)).toBeInstanceOf(OutcomeUnknownError);
    expect(orders()).toBe(1);
  });
});
