import { execFile, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer as createTlsServer } from "node:https";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";
import { join } from "node:path";
import { promisify } from "node:util";
import { createFulfillmentClient, OutcomeUnknownError } from "juniper-fulfillment";
import { Agent, fetch as undiciFetch } from "undici";
import { beforeAll, describe, expect, test } from "vitest";
import { projectRoot } from "../../scripts/package/project-root.ts";
import { orderRequest } from "../../scripts/samples/requests.ts";
import type { Transport } from "../../src/wrapper/transport/exchange.ts";
import { failedBeforeSending } from "../../src/wrapper/transport/failure.ts";
import { createFetchTransport } from "../../src/wrapper/transport/fetch.ts";
import { failureOf, type TransportFailure, transports } from "./transport-failure.ts";

/** Where to send a request so that it fails in a certain way, and how to clean up. */
interface Provocation {
  readonly url: string;
  end?(): void;
}

const fixture = (name: string) => readFileSync(new URL(`../fixtures/tls/${name}`, import.meta.url));

async function listen(server: Server): Promise<number> {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return (server.address() as AddressInfo).port;
}

/** A raw server that does one thing to each connection once a request has begun to arrive. */
const onRequest = (act: (socket: Socket) => void) => async (): Promise<Provocation> => {
  const server = createServer((socket) => {
    socket.on("error", () => {});
    socket.once("data", () => act(socket));
  });
  const port = await listen(server);
  return { url: `http://127.0.0.1:${port}/`, end: () => server.close() };
};

const answerWith = (text: string) => onRequest((socket) => socket.end(text));

async function closedPort(): Promise<Provocation> {
  const server = createServer();
  const port = await listen(server);
  server.close();
  await once(server, "close");
  return { url: `http://127.0.0.1:${port}/` };
}

async function selfSigned(): Promise<Provocation> {
  const server = createTlsServer({ key: fixture("key.pem"), cert: fixture("cert.pem") });
  const port = await listen(server);
  return { url: `https://localhost:${port}/`, end: () => server.close() };
}

/** A listener that is stopped, with its queue of connections full: the next SYN is not answered. */
async function silentListener(): Promise<Provocation> {
  const code = `const s=require("net").createServer();s.listen({port:0,host:"127.0.0.1",backlog:1},()=>console.log(s.address().port))`;
  const child = spawn(process.execPath, ["-e", code]);
  const [line] = await once(child.stdout, "data");
  const port = Number(line);
  child.kill("SIGSTOP");
  const fillers = Array.from({ length: 8 }, () => connect(port, "127.0.0.1").on("error", () => {}));
  await new Promise((resolve) => setTimeout(resolve, 200));
  return {
    url: `http://127.0.0.1:${port}/`,
    end: () => {
      for (const filler of fillers) filler.destroy();
      child.kill("SIGKILL");
    },
  };
}

/** The rows of the table in failure.ts that loopback is enough for. */
const rows: readonly [string, () => Promise<Provocation>, RegExp, "not sent" | "maybe sent"][] = [
  ["nothing listens at the address", closedPort, /^ECONNREFUSED$/, "not sent"],
  [
    "the host name has no address",
    async () => ({ url: "http://nothing.invalid/" }),
    /^(ENOTFOUND|EAI_)/,
    "not sent",
  ],
  ["TLS does not trust the server", selfSigned, /^(DEPTH_ZERO_|SELF_SIGNED_)/, "not sent"],
  ["the connection is reset", onRequest((socket) => socket.resetAndDestroy()), /^ECONNRESET$/, "maybe sent"],
  ["the connection is closed", onRequest((socket) => socket.end()), /^UND_ERR_SOCKET$/, "maybe sent"],
  ["the answer is no HTTP", answerWith("SSH-2.0-OpenSSH\r\n\r\n"), /^(HPE_|HTTPParserError$)/, "maybe sent"],
  [
    "the answer is shorter than it says",
    answerWith("HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nhello"),
    /^(UND_ERR_SOCKET|UND_ERR_RES_CONTENT_LENGTH_MISMATCH)$/,
    "maybe sent",
  ],
];

for (const [name, create] of Object.entries(transports)) {
  describe(`over ${name}`, () => {
    for (const [what, provoke, code, expected] of rows) {
      test(`when ${what}, the request was ${expected}`, async () => {
        const { url, end } = await provoke();
        const failure = await failureOf(create(), url);
        end?.();
        expect(failure.code).toMatch(code);
        expect(failure.maybeSent ? "maybe sent" : "not sent").toBe(expected);
      });
    }
  });
}

describe("over a fetch with undici's own timeouts", () => {
  const limited = (options: Agent.Options): Transport => {
    const dispatcher = new Agent(options);
    return createFetchTransport((url, init) => undiciFetch(url, { ...init, dispatcher } as never) as never);
  };

  const missing = process.platform === "linux" ? "" : " (skipped: it takes Linux)";
  test.skipIf(missing !== "")(
    `when the connection is not answered in time, the request was not sent${missing}`,
    async () => {
      const { url, end } = await silentListener();
      const failure = await failureOf(limited({ connect: { timeout: 300 } }), url);
      end?.();
      expect(failure).toEqual({ code: "UND_ERR_CONNECT_TIMEOUT", maybeSent: false });
    },
  );

  test("when the answer does not begin in time, the request was maybe sent", async () => {
    const { url, end } = await onRequest(() => {})();
    const failure = await failureOf(limited({ headersTimeout: 100 }), url);
    end?.();
    expect(failure).toEqual({ code: "UND_ERR_HEADERS_TIMEOUT", maybeSent: true });
  });

  test("when the answer does not go on in time, the request was maybe sent", async () => {
    const begin = onRequest((socket) => socket.write("HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nhel"));
    const { url, end } = await begin();
    const failure = await failureOf(limited({ bodyTimeout: 100 }), url);
    end?.();
    expect(failure).toEqual({ code: "UND_ERR_BODY_TIMEOUT", maybeSent: true });
  });
});

test.each([
  "EHOSTUNREACH",
  "ENETUNREACH",
  "ECONNREFUSED",
  "ETIMEDOUT",
  "UND_ERR_CONNECT_TIMEOUT",
])("an order on a connection that was made, and ends with %s, is sent once and of unknown outcome", async (code) => {
  let stored = 0;
  let client: Socket | undefined;
  const end = (): void => {
    stored++;
    // What Linux says of a host that vanished, read or written as the case may be.
    client?.destroy(Object.assign(new Error(`read ${code}`), { code, syscall: "read" }));
  };
  const { url, end: close } = await onRequest(end)();
  const dispatcher = new Agent({
    connect: ({ hostname, port }, callback) => {
      client = connect({ host: hostname, port: Number(port) }, () => callback(null, client as Socket));
    },
  });
  const options = { accessToken: "t", baseUrl: url, node: { dispatcher }, maxRetries: 2 };
  const call = createFulfillmentClient(options).POST("/orders", { body: orderRequest });
  await expect(call).rejects.toBeInstanceOf(OutcomeUnknownError);
  expect(stored).toBe(1);
  close?.();
});

const canHaveNetwork =
  process.platform === "linux" && spawnSync("unshare", ["--net", "ip", "link"]).status === 0;
const networkMissing = canHaveNetwork ? "" : " (skipped: it takes Linux, root, unshare and iproute2)";

describe.skipIf(networkMissing !== "")(`in a network of its own${networkMissing}`, () => {
  const rows: readonly [string, TransportFailure][] = [
    ["there is no route to the host", { code: "EHOSTUNREACH", maybeSent: false }],
    ["there is no route to the network", { code: "ENETUNREACH", maybeSent: false }],
    ["the connection is not answered until the system gives up", { code: "ETIMEDOUT", maybeSent: false }],
    ["no port is left to connect from", { code: "EADDRNOTAVAIL", maybeSent: false }],
    ["the connection is closed while the request is being sent", { code: "EPIPE", maybeSent: true }],
    ["the network goes down while the request is being sent", { code: "ETIMEDOUT", maybeSent: true }],
  ];
  let report: Record<string, Record<string, TransportFailure>>;
  beforeAll(async () => {
    const tsx = [join("node_modules", "tsx", "dist", "cli.mjs"), "--conditions=juniper-fulfillment-source"];
    const command = ["--net", process.execPath, ...tsx, "test/faults/network-namespace.ts"];
    report = JSON.parse((await promisify(execFile)("unshare", command, { cwd: projectRoot })).stdout);
  });

  for (const name of Object.keys(transports)) {
    test.each(rows)(`over ${name}, when %s: %o`, (what, expected) => {
      expect(report[name]?.[what]).toEqual(expected);
    });
  }
});

describe("of an error alone", () => {
  const url = "https://api.example.com/v1/orders";
  const error = (members: object, message = "oops") => Object.assign(new Error(message), members);
  const connect = (members: object = {}) =>
    error({ code: "ECONNREFUSED", syscall: "connect", address: "192.0.2.1", port: 443, ...members });
  const wrapped = (cause: unknown) => new TypeError("fetch failed", { cause });

  test.each([
    ["a failed connect, whatever its code", connect({ code: "EHOSTUNREACH" })],
    ["the same as a cause", wrapped(connect())],
    ["the same on every address", new AggregateError([connect(), connect({ code: "ETIMEDOUT" })])],
    [
      "a name without an address",
      error({ code: "ENOTFOUND", syscall: "getaddrinfo", hostname: "api.example.com" }),
    ],
    ["undici's own timeout of a connection", error({ code: "UND_ERR_CONNECT_TIMEOUT" })],
    [
      "the same with the addresses that were tried",
      error(
        { code: "UND_ERR_CONNECT_TIMEOUT" },
        "Connect Timeout Error (attempted addresses: 192.0.2.1:443, 2001:db8::1:443, timeout: 10000ms)",
      ),
    ],
    [
      "the same with the host that was tried",
      error(
        { code: "UND_ERR_CONNECT_TIMEOUT" },
        "Connect Timeout Error (attempted address: api.example.com:443, timeout: 10000ms)",
      ),
    ],
    ["a certificate that isn't trusted", error({ code: "DEPTH_ZERO_SELF_SIGNED_CERT" })],
    [
      "a certificate of another name",
      error({ code: "ERR_TLS_CERT_ALTNAME_INVALID", host: "api.example.com" }),
    ],
    [
      "Bun's, which names the URL",
      error({ code: "ECONNREFUSED", path: url }, "ECONNREFUSED: Unable to connect. Is the"),
    ],
    ["older Bun's", error({ code: "ConnectionRefused", path: url })],
    [
      "Deno's",
      wrapped(new Error(`error sending request for url (${url}): client error (Connect): dns error`)),
    ],
  ])("%s means not sent", (_what, value) => expect(failedBeforeSending(value, url)).toBe(true));

  test.each([
    ["the code of a connection that was made", error({ code: "EHOSTUNREACH", syscall: "read" })],
    ["a code without a stage", error({ code: "ECONNREFUSED" })],
    [
      "one address of several that was reached",
      new AggregateError([connect(), error({ code: "ECONNRESET", syscall: "read" })]),
    ],
    ["no address at all", new AggregateError([])],
    ["another host's port, such as a log collector's", connect({ port: 4318 })],
    [
      "another host's name",
      error({ code: "ENOTFOUND", syscall: "getaddrinfo", hostname: "logs.example.com" }),
    ],
    [
      "Bun's for another URL",
      error({ code: "ECONNREFUSED", path: "https://logs.example.com/" }, "Unable to connect"),
    ],
    [
      "Deno's for another URL",
      new Error("error sending request for url (https://logs.example.com/): client error (Connect): x"),
    ],
    [
      "Deno's after the connection was made",
      new Error(`error sending request for ${url}: client error (SendRequest): x`),
    ],
    [
      "a certificate that another host should have",
      error({ code: "ERR_TLS_CERT_ALTNAME_INVALID", host: "logs.example.com" }),
    ],
    [
      "undici's own timeout of a connection to another host",
      error(
        { code: "UND_ERR_CONNECT_TIMEOUT" },
        "Connect Timeout Error (attempted address: logs.example.com:443, timeout: 10000ms)",
      ),
    ],
    [
      "undici's own timeout of a connection to another port",
      error(
        { code: "UND_ERR_CONNECT_TIMEOUT" },
        "Connect Timeout Error (attempted addresses: 192.0.2.1:4318, timeout: 10000ms)",
      ),
    ],
    ["a handshake that can't be told from a connection", error({ code: "ERR_SSL_WRONG_VERSION_NUMBER" })],
    [
      "an error that is its own cause",
      Object.defineProperty(new Error("ring"), "cause", {
        get() {
          return this;
        },
      }),
    ],
    ["no error", undefined],
    ["a string", "oops"],
    ["an error without a code", new TypeError("fetch failed")],
  ])("%s means maybe sent", (_what, value) => expect(failedBeforeSending(value, url)).toBe(false));

  test.each([
    ["http://127.0.0.1:8080/orders", "127.0.0.1", "127.0.0.2"],
    ["http://[::1]:8080/orders", "::1", "127.0.0.1"],
  ])("where the URL %s names an address, another one's means maybe sent", (addressed, own, another) => {
    const failed = (address: string) =>
      failedBeforeSending(connect({ syscall: "connect", port: 8080, address }), addressed);
    expect([failed(own), failed(another)]).toEqual([true, false]);
  });
});
