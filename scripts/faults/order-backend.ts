import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { gzipSync } from "node:zlib";

/** What the backend is asked to do, and does unless a fault comes between. */
interface Work {
  readonly socket: Socket;
  readonly response: ServerResponse;
  /** Carries out the request, and returns the response that belongs to it. */
  readonly commit: () => { status: number; json: unknown };
}

/** Everything that can go wrong on the way to a response. Each says whether the work was done before. */
export const faults = {
  "reset before headers, nothing done": ({ socket }) => void socket.resetAndDestroy(),
  "commit, then drop": ({ socket, commit }) => {
    commit();
    socket.destroy();
  },
  "reset after headers": async ({ socket, commit }) => {
    const { status } = commit();
    await write(socket, head(status, { "content-length": "500" }));
    socket.resetAndDestroy();
  },
  "reset mid-body": async ({ socket, commit }) => {
    const { status, json } = commit();
    const text = JSON.stringify(json);
    await write(
      socket,
      head(status, { "content-length": String(text.length) }) + text.slice(0, text.length / 2),
    );
    socket.resetAndDestroy();
  },
  "drop, then commit late": async ({ socket, commit }) => {
    socket.destroy();
    await delay(30);
    commit();
  },
  "stall, then commit": async ({ commit }) => {
    await delay(600);
    commit();
  },
  "stall before headers": () => {},
  "commit, then stall": ({ commit }) => void commit(),
  "slow drip": async ({ socket, commit }) => {
    const { status, json } = commit();
    const text = JSON.stringify(json);
    await write(socket, head(status, { "content-length": String(text.length) }));
    // Slower with each character: short texts are complete long before an attempt's limit, and others long after it.
    for (const [index, character] of [...text].entries()) {
      if (socket.destroyed) return;
      await write(socket, character);
      await delay(index / 2);
    }
  },
  "429 with Retry-After": ({ response }) => respond(response, 429, "", { "retry-after": "1" }),
  "429 without": ({ response }) => respond(response, 429, ""),
  "503 with Retry-After": ({ response }) => respond(response, 503, "", { "retry-after": "1" }),
  "503 without": ({ response }) => respond(response, 503, ""),
  "commit, then 502 in HTML": ({ response, commit }) => {
    commit();
    respond(response, 502, "<html><h1>Bad gateway</h1></html>", { "content-type": "text/html" });
  },
  "commit, then an empty 500": ({ response, commit }) => {
    commit();
    respond(response, 500, "");
  },
  "broken JSON": ({ response, commit }) => {
    const { status, json } = commit();
    respond(response, status, JSON.stringify(json).slice(0, -7));
  },
  "HTML in place of JSON": ({ response, commit }) => {
    respond(response, commit().status, "<html>Welcome</html>", { "content-type": "text/html" });
  },
  "a byte order mark": ({ response, commit }) => {
    const { status, json } = commit();
    respond(response, status, `\ufeff${JSON.stringify(json)}`);
  },
  "a Content-Length that is too long": async ({ socket, commit }) => {
    const { status, json } = commit();
    const text = JSON.stringify(json);
    await write(socket, head(status, { "content-length": String(text.length + 10) }) + text);
    socket.end();
  },
  "a Content-Length that is too short": async ({ socket, commit }) => {
    const { status, json } = commit();
    const text = JSON.stringify(json);
    await write(socket, head(status, { "content-length": String(text.length - 10) }) + text);
    socket.end();
  },
  "truncated gzip": ({ response, commit }) => {
    const { status, json } = commit();
    const bytes = gzipSync(JSON.stringify(json));
    respond(response, status, bytes.subarray(0, bytes.length / 2), { "content-encoding": "gzip" });
  },
  "duplicate headers": async ({ socket, commit }) => {
    const { status, json } = commit();
    const text = JSON.stringify(json);
    const twice =
      "content-type: application/json\r\nx-request-id: b\r\nx-request-id: c\r\nset-cookie: a=1\r\nset-cookie: b=2\r\n";
    const headers = head(status, { "content-length": String(text.length) });
    await write(socket, headers.replace("\r\n\r\n", `\r\n${twice}\r\n`) + text);
  },
  "two different Content-Lengths": async ({ socket, commit }) => {
    const { status } = commit();
    await write(socket, `HTTP/1.1 ${status} OK\r\ncontent-length: 5\r\ncontent-length: 7\r\n\r\nhello`);
    socket.end();
  },
  "huge headers": ({ response, commit }) => {
    const { status, json } = commit();
    respond(response, status, JSON.stringify(json), { "x-huge": "x".repeat(40_000) });
  },
} satisfies Record<string, (work: Work) => unknown>;

export type Fault = keyof typeof faults;

export interface StoredOrder {
  readonly id: string;
  readonly createdAt: string;
  readonly [field: string]: unknown;
}

/** One partner's corner of the backend: its orders, its faults and its clock. */
export class World {
  readonly orders: StoredOrder[] = [];
  /** Those from before, which are listed with them and counted by nobody. */
  readonly earlier: StoredOrder[] = [];
  /** Which call each order came with, as `x-call` says: identical orders can't be told apart otherwise. */
  readonly callOf = new Map<string, string>();
  readonly protocolWrites: string[] = [];
  /** Requests other than those to the token endpoint. */
  requests = 0;
  /** Responses under way. */
  busy = 0;
  tokensSold = 0;
  isGoodToken: (token: string) => boolean = () => true;
  /** What goes wrong with the next request, if anything. */
  nextFault: (method: string) => Fault | "token revoked" | undefined = () => undefined;
  nowMs: () => number = () => Date.now();
  /** Waited for between the work and its response. */
  beforeResponse: () => Promise<void> = async () => {};
  /** Whether the list begins with the newest order. */
  isNewestFirst = false;
  /** Whether orders come back as they were sent. */
  isFaithful = true;
  /** The identifier of its first order, its second one and so on. */
  idOf: (number: number) => string = (number) => `order-${number}`;
  /** How many orders a page of the list holds. */
  pageSize = 100;
  /** What the list holds of the orders, in which order and form. */
  asListed: (orders: readonly StoredOrder[]) => readonly object[] = (orders) =>
    this.isNewestFirst ? orders.toReversed() : orders;
  /** What a 201 says of an order. */
  asCreated: (order: StoredOrder) => object = (order) => order;
  /** What the API says of an order by its identifier. */
  asRead: (order: StoredOrder) => object = (order) => order;
}

export interface OrderBackend {
  readonly origin: string;
  world(name: string): World;
  forget(name: string): void;
  close(): Promise<void>;
}

/** A real HTTP server that keeps orders for any number of worlds: `/{world}/v1/orders`, `/{world}/token`. */
export async function startOrderBackend(host = "127.0.0.1", keepAliveTimeout = 5_000): Promise<OrderBackend> {
  const worlds = new Map<string, World>();
  const world = (name: string): World => {
    const known = worlds.get(name) ?? new World();
    worlds.set(name, known);
    return known;
  };
  const server = createServer({ keepAliveTimeout }, (request, response) => {
    const [, name = "", ...rest] = (request.url ?? "").split("/");
    const own = world(name);
    own.busy++;
    const done = (): void => {
      own.busy--;
    };
    serve(own, `/${rest.join("/")}`, request, response).then(done, done);
  });
  server.listen(0, host);
  await once(server, "listening");
  return {
    origin: `http://${host}:${(server.address() as AddressInfo).port}`,
    world,
    forget: (name) => worlds.delete(name),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function serve(
  world: World,
  path: string,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  const body = Buffer.concat(chunks).toString();
  if (path === "/token") {
    const token = { access_token: `token-${++world.tokensSold}`, token_type: "Bearer", expires_in: 3600 };
    respond(response, 200, JSON.stringify(token));
    return;
  }
  world.requests++;
  const { method = "", headers } = request;
  const fault = world.nextFault(method);
  if (fault === "token revoked" || !world.isGoodToken(headers.authorization ?? "")) {
    respond(response, 401, '{"error":"invalid_token"}');
    return;
  }
  const call = String(headers["x-call"]);
  const commit = (): { status: number; json: unknown } => carryOut(world, method, path, body, call);
  if (fault !== undefined) {
    await faults[fault]({ socket: request.socket, response, commit });
    return;
  }
  const { status, json } = commit();
  await world.beforeResponse();
  respond(response, status, JSON.stringify(json));
}

function carryOut(
  world: World,
  method: string,
  path: string,
  body: string,
  call: string,
): { status: number; json: unknown } {
  const [bare = "", search = ""] = path.split("?");
  if (method === "POST" && bare === "/v1/orders") {
    const sent = JSON.parse(body);
    const order: StoredOrder = {
      ...sent,
      // As many vendors do, in a field that no lookup needs.
      ...(!world.isFaithful && { customer: { ...sent.customer, email: undefined } }),
      id: world.idOf(world.orders.length + 1),
      status: "CREATED",
      createdAt: new Date(world.nowMs()).toISOString(),
    };
    world.orders.push(order);
    world.callOf.set(order.id, call);
    return { status: 201, json: world.asCreated(order) };
  }
  if (method === "PUT") {
    world.protocolWrites.push(body);
    return { status: 200, json: { id: bare.split("/").at(-1) } };
  }
  if (bare === "/v1/orders") {
    const start = Number(new URLSearchParams(search).get("cursor") ?? 0);
    const all = world.asListed([...world.earlier, ...world.orders]);
    const orders = all.slice(start, start + world.pageSize);
    const next = start + orders.length;
    return { status: 200, json: { orders, ...(next < all.length && { cursor: String(next) }) } };
  }
  const order = [...world.earlier, ...world.orders].find(({ id }) => bare.endsWith(`/${id}`));
  return order === undefined
    ? { status: 404, json: { detail: "not found" } }
    : { status: 200, json: world.asRead(order) };
}

function respond(
  response: ServerResponse,
  status: number,
  body: string | Buffer,
  headers: Record<string, string> = {},
): void {
  const length = { "content-length": Buffer.byteLength(body) };
  response.writeHead(status, { "content-type": "application/json", ...length, ...headers }).end(body);
}

function head(status: number, headers: Record<string, string>): string {
  const lines = Object.entries({ "content-type": "application/json", ...headers }).map(
    ([name, value]) => `${name}: ${value}`,
  );
  return `HTTP/1.1 ${status} OK\r\n${lines.join("\r\n")}\r\n\r\n`;
}

function write(socket: Socket, text: string): Promise<void> {
  return new Promise((resolve) => {
    socket.write(text, () => resolve());
  });
}
