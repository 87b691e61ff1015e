import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer as createHttpsServer } from "node:https";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";
import { inspect } from "node:util";
import {
  ConfigurationError,
  ConnectionError,
  createFulfillmentClient,
  type NodeOptions,
} from "juniper-fulfillment";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { orderRequest } from "../../../scripts/samples/requests.ts";
import { startScriptedServer } from "../../../scripts/samples/scripted-server.ts";

const fixture = (name: string) => readFileSync(new URL(`../../fixtures/tls/${name}`, import.meta.url));
const tls = { key: fixture("key.pem"), cert: fixture("cert.pem") };

const names = ["HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy", "NO_PROXY", "no_proxy"];
const environment = { ...process.env };
const servers: Server[] = [];
const sockets: Socket[] = [];

beforeEach(() => {
  for (const name of names) delete process.env[name];
});
afterEach(() => {
  for (const name of names) delete process.env[name];
  Object.assign(process.env, environment);
  for (const socket of sockets.splice(0)) socket.destroy();
  for (const server of servers.splice(0)) server.close();
});

async function listen(server: Server): Promise<number> {
  servers.push(server.on("connection", (socket: Socket) => void sockets.push(socket.on("error", () => {}))));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return (server.address() as AddressInfo).port;
}

/** A server that the environment names as its proxy. */
async function startProxy(act: (socket: Socket) => void): Promise<void> {
  process.env.HTTP_PROXY = process.env.HTTPS_PROXY = `http://127.0.0.1:${await listen(createServer(act))}`;
}

/** What a proxy does with CONNECT: it opens a tunnel, and notes what it was asked for. */
const tunnel = (asked: string[]) => (socket: Socket) => {
  socket.once("data", (data) => {
    const [line = ""] = data.toString().split("\r\n");
    asked.push(line);
    const [, host = "", port] = /^CONNECT (.+):(\d+) /.exec(line) ?? [];
    const target = connect(Number(port), host === "localhost" ? "127.0.0.1" : host);
    target.on("error", () => socket.destroy());
    target.on("connect", () => {
      socket.write("HTTP/1.1 200 OK\r\n\r\n");
      socket.pipe(target).pipe(socket);
    });
  });
};

async function startTlsApi(): Promise<string> {
  const server = createHttpsServer(tls, (_request, response) => void response.end('{"orders":[]}'));
  return `https://localhost:${await listen(server)}`;
}

const createClient = (baseUrl: string, node: NodeOptions = {}) =>
  createFulfillmentClient({
    accessToken: "t",
    baseUrl,
    node,
    maxRetries: 1,
    timeoutMs: 1_000,
    deadlineMs: 2_500,
  });

const failureOf = (call: Promise<unknown>) =>
  call.then(
    () => "success",
    (error: unknown) => error,
  );

describe("through a proxy of the environment", () => {
  test("node.tls holds for the API's certificate", async () => {
    const asked: string[] = [];
    await startProxy(tunnel(asked));
    const baseUrl = await startTlsApi();
    expect((await createClient(baseUrl, { tls: { ca: tls.cert } }).GET("/orders")).data).toEqual({
      orders: [],
    });
    expect(asked[0]).toMatch(/^CONNECT localhost:\d+ HTTP\/1.1$/);
  });

  test("an order whose certificate isn't trusted was not sent", async () => {
    await startProxy(tunnel([]));
    const call = createClient(await startTlsApi()).POST("/orders", { body: orderRequest });
    expect(await failureOf(call)).toMatchObject({ name: "ConnectionError", maybeSent: false });
  });

  test("node.http2 is left to servers that are reached without one", async () => {
    await startProxy(tunnel([]));
    const client = createClient(await startTlsApi(), { http2: true, tls: { ca: tls.cert } });
    expect((await client.GET("/orders")).data).toEqual({ orders: [] });
  });

  test("plain http to this machine never goes, with its secret", async () => {
    const asked: string[] = [];
    await startProxy(tunnel(asked));
    const server = await startScriptedServer(({ path }) => ({
      json:
        path === "/token" ? { access_token: "t", token_type: "Bearer", expires_in: 3600 } : { orders: [] },
    }));
    const client = createFulfillmentClient({
      ...{ clientId: "i", clientSecret: "s", baseUrl: server.origin, tokenUrl: `${server.origin}/token` },
    });
    expect((await client.GET("/orders")).data).toEqual({ orders: [] });
    expect([server.requests.length, asked]).toEqual([2, []]);
    await server.close();
  });

  test("nothing goes when proxyFromEnvironment is false", async () => {
    const asked: string[] = [];
    await startProxy(tunnel(asked));
    const node = { proxyFromEnvironment: false, tls: { ca: tls.cert } };
    expect((await createClient(await startTlsApi(), node).GET("/orders")).data).toEqual({ orders: [] });
    expect(asked).toEqual([]);
  });
});

describe("a proxy that fails", () => {
  const ways: Readonly<Record<string, (socket: Socket) => void>> = {
    "closes what it accepts": (socket) => socket.end(),
    "resets what it accepts": (socket) => socket.resetAndDestroy(),
    "closes after it was asked": (socket) => socket.once("data", () => socket.end()),
    "asks for a password": (socket) =>
      socket.once("data", () => socket.end("HTTP/1.1 407 Auth\r\ncontent-length: 0\r\n\r\n")),
    "can't reach the API": (socket) =>
      socket.once("data", () => socket.end("HTTP/1.1 502 Bad\r\ncontent-length: 0\r\n\r\n")),
    "answers with no HTTP": (socket) => socket.once("data", () => socket.end("SSH-2.0-OpenSSH\r\n")),
    "opens a tunnel and closes it": (socket) =>
      socket.once("data", () => socket.end("HTTP/1.1 200 OK\r\n\r\n")),
  };
  for (const [what, act] of Object.entries(ways)) {
    test(`and ${what} is asked once for each attempt, and never again after the call`, async () => {
      let connections = 0;
      await startProxy((socket) => {
        connections++;
        act(socket);
      });
      const call = createClient("https://api.example.com/v1").POST("/orders", { body: orderRequest });
      const error = await failureOf(call);
      expect(error).toBeInstanceOf(ConnectionError);
      expect(error).toMatchObject({ maybeSent: false });
      const asked = connections;
      await new Promise((resolve) => setTimeout(resolve, 300));
      expect(connections).toBe(asked);
      expect(connections).toBeLessThanOrEqual(4);
    });
  }
});

describe("a proxy", () => {
  test.each([
    [407, "Put the user name and password that it asks for into its URL."],
    [403, "Ask whoever runs it."],
  ])("that refuses the tunnel with %i is named in the cause, with what to do", async (status, remedy) => {
    await startProxy((socket) => socket.once("data", () => socket.end(`HTTP/1.1 ${status} No\r\n\r\n`)));
    const error = await failureOf(createClient("https://api.example.com/v1").GET("/orders"));
    const message = `The proxy refused the tunnel with status ${status}. ${remedy}`;
    expect(error).toMatchObject({ name: "ConnectionError", cause: { message } });
  });

  test("that accepts the tunnel's request and never responds ends a call with its limits, unsent", async () => {
    await startProxy(() => {});
    const call = createClient("https://api.example.com/v1").POST("/orders", { body: orderRequest });
    const error = await failureOf(call);
    expect(error).toMatchObject({ name: "TimeoutError" });
  });
});

describe("a proxy in the environment that isn't a URL", () => {
  test.each([
    ["HTTPS_PROXY", "proxy.example.com:8080"],
    ["https_proxy", "http://user:hunter2@:8080"],
    ["HTTP_PROXY", "hunter2"],
    ["https_proxy", "http://user:hunter2%@proxy.example.com:8080"],
    ["http_proxy", "ftp://hunter2@proxy.example.com"],
  ])("is a mistake that is reported at once: %s", async (name, value) => {
    process.env[name] = value;
    const retries: unknown[] = [];
    const client = createFulfillmentClient({
      ...{ accessToken: "t", baseUrl: "https://127.0.0.1:1", onRetry: (info) => void retries.push(info) },
    });
    for (let call = 0; call < 2; call++) {
      const error = await client.POST("/orders", { body: orderRequest }).catch((thrown: unknown) => thrown);
      expect(error).toBeInstanceOf(ConfigurationError);
      expect(String(error)).toContain(name);
      expect(inspect(error)).not.toContain("hunter2");
    }
    expect(retries).toEqual([]);
  });
});
