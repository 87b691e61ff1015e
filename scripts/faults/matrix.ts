import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { createServer } from "node:net";
import {
  createFulfillmentClient,
  type FulfillmentClient,
  FulfillmentError,
  unwrap,
} from "juniper-fulfillment";
import { submitOrderWith } from "../../src/orders/submit-order.ts";
import { createClientWith } from "../../src/wrapper/client.ts";
import { systemTiming, type Timing } from "../../src/wrapper/timing.ts";
import { orderRequest, protocolRequest } from "../samples/requests.ts";
import { startScriptedServer } from "../samples/scripted-server.ts";
import { type Fault, faults, type OrderBackend, startOrderBackend, type World } from "./order-backend.ts";

/** What the matrix crosses each fault with. */
const classes = ["read", "replace", "create", "submit"] as const;
export type OperationClass = (typeof classes)[number];

export interface Outcome {
  /** `ok`, the outcome of submitOrder, or the code of the error. */
  readonly got: string;
  readonly requests: number;
  readonly stored: number;
}

/** What happened where the fault struck the first request, and where it struck every request. */
export interface Row {
  readonly fault: string;
  readonly class: OperationClass;
  readonly once: Outcome;
  readonly always: Outcome;
}

/** Waits at a fiftieth of their length. The limits of attempts are real. */
const hurriedTiming: Timing = {
  ...systemTiming,
  sleep: (ms, signal) => systemTiming.sleep(ms / 50, signal),
};

const limits = { timeoutMs: 500, deadlineMs: 5_000, maxRetries: 2 };
const lookup = { timeoutMs: 1_000 };

type Setting = "once" | "always";

/** Prepares one kind of trouble for a client of the given world, and returns how to end it. */
type Trouble = (setting: Setting, backend: OrderBackend, name: string, world: World) => Promise<Prepared>;

interface Prepared {
  readonly baseUrl?: string;
  readonly tokenUrl?: string;
  end?(): Promise<void>;
}

function onRequests(fault: Fault | "token revoked"): Trouble {
  return async (setting, _house, _name, world) => {
    let count = 0;
    world.nextFault = () => (setting === "always" || count++ === 0 ? fault : undefined);
    return {};
  };
}

/** A port that nobody listens on, from a server that has just left it. */
async function closedPort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}

/** A listener that closes its first connection, or each, before it reads; the others are led on to the backend. */
const acceptAndClose: Trouble = async (setting, backend, name) => {
  const { connect } = await import("node:net");
  let count = 0;
  const server = createServer((socket) => {
    socket.on("error", () => {});
    if (setting === "always" || count++ === 0) {
      socket.destroy();
      return;
    }
    const onward = connect(Number(new URL(backend.origin).port), "127.0.0.1");
    onward.on("error", () => {});
    socket.pipe(onward).pipe(socket);
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return { baseUrl: `http://127.0.0.1:${port}/${name}/v1`, end: async () => void server.close() };
};

function atTokenEndpoint(kind: "down" | "slow" | "wrong type" | "5xx" | "refused"): Trouble {
  return async (setting) => {
    if (kind === "down") return { tokenUrl: `http://127.0.0.1:${await closedPort()}/token` };
    const good = { access_token: "token-1", token_type: "Bearer", expires_in: 3600 };
    const server = await startScriptedServer(({ number }) => {
      if (setting === "once" && number > 1) return { json: good };
      if (kind === "slow") return undefined;
      if (kind === "5xx") return { status: 503, text: "" };
      if (kind === "refused") return { status: 401, json: { error: "invalid_client" } };
      return { json: { ...good, token_type: "mac" } };
    });
    return { tokenUrl: `${server.origin}/token`, end: () => server.close() };
  };
}

/** A server that sends every request elsewhere. Whether it gets there is seen when the trouble ends. */
const redirect: Trouble = async () => {
  const elsewhere = await startScriptedServer(() => ({ json: {} }));
  const headers = { location: `${elsewhere.origin}/v1/orders` };
  const redirecting = await startScriptedServer(() => ({ status: 301, headers }));
  return {
    baseUrl: `${redirecting.origin}/v1`,
    end: async () => {
      const reached = elsewhere.requests.length;
      await Promise.all([elsewhere.close(), redirecting.close()]);
      if (reached > 0) throw new Error("The redirect was followed.");
    },
  };
};

const troubles: Readonly<Record<string, Trouble>> = {
  "connection refused": async (_setting) => ({ baseUrl: `http://127.0.0.1:${await closedPort()}/v1` }),
  "accept and close": acceptAndClose,
  // What comes late may come after a cell was looked at. The schedules have it.
  ...Object.fromEntries(
    Object.keys(faults)
      .filter((fault) => !["drop, then commit late", "stall, then commit"].includes(fault))
      .map((fault) => [fault, onRequests(fault as Fault)]),
  ),
  "301 to another host": redirect,
  "token revoked mid-flight": onRequests("token revoked"),
  "token endpoint down": atTokenEndpoint("down"),
  "token endpoint slow": atTokenEndpoint("slow"),
  "token of another type": atTokenEndpoint("wrong type"),
  "token endpoint 503": atTokenEndpoint("5xx"),
  "credentials refused": atTokenEndpoint("refused"),
};

/** Crosses every fault with every class of operation. */
export async function runMatrix(onProgress: (done: number, all: number) => void = () => {}): Promise<Row[]> {
  const backend = await startOrderBackend();
  const cells = Object.keys(troubles).flatMap((fault) => classes.map((operation) => ({ fault, operation })));
  const rows: Row[] = [];
  let next = 0;
  const work = async (): Promise<void> => {
    for (let index = next++; index < cells.length; index = next++) {
      const { fault, operation } = cells[index] as (typeof cells)[number];
      rows[index] = {
        fault,
        class: operation,
        once: await runCell(backend, fault, operation, "once"),
        always: await runCell(backend, fault, operation, "always"),
      };
      onProgress(rows.filter(Boolean).length, cells.length);
    }
  };
  await Promise.all(Array.from({ length: 12 }, work));
  await backend.close();
  return rows;
}

async function runCell(
  backend: OrderBackend,
  fault: string,
  operation: OperationClass,
  setting: Setting,
): Promise<Outcome> {
  const name = `${fault}-${operation}-${setting}`.replace(/\W/g, "-");
  const world = backend.world(name);
  if (operation === "read") world.orders.push({ id: "order-1", createdAt: new Date().toISOString() });
  const before = world.orders.length;
  const prepared = await troubles[fault]?.(setting, backend, name, world);
  const client = createClientWith(
    {
      clientId: "partner",
      clientSecret: "secret",
      baseUrl: prepared?.baseUrl ?? `${backend.origin}/${name}/v1`,
      tokenUrl: prepared?.tokenUrl ?? `${backend.origin}/${name}/token`,
      ...limits,
    },
    hurriedTiming,
  );
  const got = await run(client, operation);
  await prepared?.end?.();
  const stored = operation === "replace" ? world.protocolWrites.length : world.orders.length - before;
  return { got, requests: world.requests, stored };
}

async function run(client: FulfillmentClient, operation: OperationClass): Promise<string> {
  try {
    if (operation === "read") {
      const order = unwrap(
        await client.GET("/orders/{orderId}", { params: { path: { orderId: "order-1" } } }),
      );
      return order.id === "order-1" ? "ok" : "another order";
    }
    if (operation === "replace") {
      const params = { path: { protocolId: "protocol-1" } };
      return unwrap(await client.PUT("/protocols/{protocolId}", { params, body: protocolRequest })).id ===
        "protocol-1"
        ? "ok"
        : "another protocol";
    }
    if (operation === "create")
      return unwrap(await client.POST("/orders", { body: orderRequest })).id ? "ok" : "no id";
    const options = {
      reference: "reference-1",
      lookup,
      deadlineMs: limits.deadlineMs,
    };
    return (await submitOrderWith(client, orderRequest, options, hurriedTiming)).outcome;
  } catch (error) {
    if (error instanceof FulfillmentError) return error.code;
    throw error;
  }
}

/** One thousand calls that meet an expired token at once. */
export async function runThousandCalls(): Promise<{ ok: number; tokens: number; requests: number }> {
  const backend = await startOrderBackend();
  const world = backend.world("thousand");
  let isExpired = false;
  world.isGoodToken = (header) => !isExpired || header !== "Bearer token-1";
  const urls = { baseUrl: `${backend.origin}/thousand/v1`, tokenUrl: `${backend.origin}/thousand/token` };
  const client = createFulfillmentClient({ clientId: "partner", clientSecret: "secret", ...urls });
  await client.GET("/orders");
  isExpired = true;
  world.requests = 0;
  const results = await Promise.all(Array.from({ length: 1_000 }, () => client.GET("/orders")));
  await backend.close();
  return {
    ok: results.filter(({ response }) => response.ok).length,
    tokens: world.tokensSold,
    requests: world.requests,
  };
}

/** The matrix as a table: what the user got, requests that reached the server, orders stored. */
export function formatMatrix(rows: readonly Row[]): string {
  const cell = ({ got, requests, stored }: Outcome): string =>
    `${got.padEnd(19)} ${String(requests).padStart(2)} ${String(stored).padStart(2)}`;
  const heading = `${"fault".padEnd(36)} ${"class".padEnd(8)} ${"strikes once: got, requests, stored".padEnd(36)} strikes always`;
  const lines = rows.map(
    ({ fault, class: operation, once: first, always }, index) =>
      `${(rows[index - 1]?.fault === fault ? "" : fault).padEnd(36)} ${operation.padEnd(8)} ${cell(first).padEnd(36)} ${cell(always)}`,
  );
  return [heading, "─".repeat(110), ...lines].join("\n");
}
