import { once } from "node:events";
import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { Readable } from "node:stream";
import {
  ConfigurationError,
  signWebhook,
  type WebhookDelivery,
  type WebhookEvent,
  type WebhookHandlerOptions,
  type WebhookStore,
  type WebhookVerificationError,
} from "juniper-fulfillment";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { event, payload, secret } from "../../scripts/samples/deliveries.ts";
import { webhookHandlerWith } from "../../src/webhooks/webhook-handler.ts";
import { ManualTiming } from "../support/manual-timing.ts";

let timing: ManualTiming;
let server: Server;
let handle: (request: Request) => Promise<Response>;
let events: [WebhookEvent, WebhookDelivery][];
let errors: unknown[];
let refusals: WebhookVerificationError[];
let onEvent: WebhookHandlerOptions["onEvent"];

beforeEach(async () => {
  timing = new ManualTiming();
  events = [];
  errors = [];
  refusals = [];
  onEvent = () => {};
  install();
  // A real server, so that requests and bodies are what a runtime makes of them.
  server = createServer(async (incoming, outgoing) => {
    const { method = "", url = "", headers } = incoming;
    const hasBody = method !== "GET";
    const request = new Request(new URL(url, "http://localhost"), {
      method,
      headers: headers as Record<string, string>,
      ...(hasBody && { body: Readable.toWeb(incoming) as ReadableStream, duplex: "half" }),
    });
    const response = await handle(request);
    outgoing.writeHead(response.status, Object.fromEntries(response.headers)).end(await response.text());
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
});
afterEach(() => {
  server.closeAllConnections();
  server.close();
});

/** Makes a handler anew, as a restart would. */
function install(options: Partial<WebhookHandlerOptions> = {}): void {
  const own: WebhookHandlerOptions = {
    secret,
    onEvent: async (received, delivery) => {
      await onEvent(received, delivery);
      events.push([received, delivery]);
    },
    onError: (error) => errors.push(error),
    onRefused: (error) => refusals.push(error),
  };
  handle = webhookHandlerWith({ ...own, ...options }, timing);
}

async function deliver(body = payload, headers: Record<string, string> = {}): Promise<Response> {
  const { port } = server.address() as AddressInfo;
  const timestampSeconds = Math.floor(timing.wallMs() / 1000);
  return fetch(`http://127.0.0.1:${port}/`, {
    method: "POST",
    headers: {
      "x-juniper-signature": await signWebhook({ payload: body, secret, timestampSeconds }),
      "x-juniper-webhook-id": "delivery-1",
      ...headers,
    },
    body,
  });
}

/** A store that several instances can share, and that never forgets by itself. */
const storeOn = (entries: Map<string, string>): WebhookStore => ({
  add: (key, value) => !entries.has(key) && entries.set(key, value) !== undefined,
  get: (key) => entries.get(key),
  set: (key, value) => entries.set(key, value),
  delete: (key) => entries.delete(key),
});

const moved = (status: string, updatedAt: string): string =>
  JSON.stringify({ order: { ...event.order, status, updatedAt } });

describe("webhookHandler", () => {
  test("passes the event of a genuine delivery to onEvent, with its identifier", async () => {
    expect((await deliver()).status).toBe(200);
    expect(events).toEqual([
      [event, { id: "delivery-1", overtakenBy: undefined, signal: expect.any(AbortSignal) }],
    ]);
  });

  test("responds with 400 to what it can't trust, and reports why", async () => {
    expect((await deliver(payload, { "x-juniper-signature": "t=1,v1=2" })).status).toBe(400);
    expect(events).toEqual([]);
    expect(refusals.map(({ reason }) => reason)).toEqual(["malformed-header"]);
    expect(errors).toEqual([]);
  });

  test("accepts only POST", async () => {
    const { port } = server.address() as AddressInfo;
    const response = await fetch(`http://127.0.0.1:${port}/`);
    expect([response.status, response.headers.get("allow")]).toEqual([405, "POST"]);
  });

  test("does not read a body that is too large to its end", async () => {
    install({ maxBodyBytes: 100 });
    expect((await deliver()).status).toBe(413);
    expect(events).toEqual([]);
  });

  test("reads a body that comes in pieces", async () => {
    const bytes = new TextEncoder().encode(payload);
    const body = Readable.toWeb(Readable.from([bytes.slice(0, 7), bytes.slice(7, 50), bytes.slice(50)]));
    const signature = await signWebhook({ payload, secret, timestampSeconds: timing.wallMs() / 1000 });
    const headers = { "x-juniper-signature": signature };
    const init = { method: "POST", headers, body, duplex: "half" } as unknown as RequestInit;
    expect((await handle(new Request("http://localhost/", init))).status).toBe(200);
    expect(events).toHaveLength(1);
  });

  test("says so when something has read the body before it", async () => {
    const request = new Request("http://localhost/", { method: "POST", body: payload });
    await request.text();
    expect((await handle(request)).status).toBe(500);
    expect(errors).toEqual([expect.any(ConfigurationError)]);
  });

  test.each([
    ["no onEvent", { onEvent: undefined }],
    ["an empty secret", { secret: "" }],
    ["a tolerance of nothing", { toleranceSeconds: 0 }],
    ["a store without add", { store: new Map() }],
  ])("refuses %s when it is made", (_what, options) => {
    expect(() => install(options as never)).toThrow(ConfigurationError);
  });
});

describe("a delivery that comes again", () => {
  test("gets 200 and is dropped", async () => {
    await deliver();
    expect((await deliver()).status).toBe(200);
    expect(events).toHaveLength(1);
  });

  test("is dropped though it was signed anew and has another identifier", async () => {
    await deliver();
    timing.advance(3_600_000);
    expect((await deliver(payload, { "x-juniper-webhook-id": "delivery-2" })).status).toBe(200);
    expect(events).toHaveLength(1);
  });

  test("is handled when the first one failed", async () => {
    onEvent = () => {
      throw new Error("the database is down");
    };
    expect((await deliver()).status).toBe(500);
    expect(errors).toEqual([new Error("the database is down")]);
    onEvent = () => {};
    expect((await deliver()).status).toBe(200);
    expect(events).toHaveLength(1);
  });

  test("while the first is being handled, is put off, and neither is lost nor handled twice", async () => {
    let finish: (() => void) | undefined;
    onEvent = () =>
      new Promise<void>((resolve) => {
        finish = resolve;
      });
    const first = deliver();
    await expect.poll(() => finish).toBeDefined();
    const second = await deliver();
    expect([second.status, second.headers.get("retry-after")]).toEqual([409, "30"]);
    finish?.();
    expect((await first).status).toBe(200);
    expect((await deliver()).status).toBe(200);
    expect(events).toHaveLength(1);
  });

  test("is handled anew when the process that had it is gone", async () => {
    const entries = new Map<string, string>();
    const store = storeOn(entries);
    install({ store, onEvent: () => new Promise(() => {}) });
    deliver().catch(() => {});
    await expect.poll(() => entries.size).toBe(1);
    install({ store });
    expect((await deliver()).status).toBe(409);
    timing.advance(60_000);
    expect((await deliver()).status).toBe(200);
    expect(events).toHaveLength(1);
  });

  test("is dropped by another instance with the same store, but not when there is none", async () => {
    const entries = new Map<string, string>();
    const store = storeOn(entries);
    install({ store });
    await deliver();
    install({ store });
    await deliver();
    expect(events).toHaveLength(1);
    install();
    await deliver();
    expect(events).toHaveLength(2);
    expect([...entries.keys(), ...entries.values()].join()).not.toContain(event.order.orderId);
  });

  test("is forgotten after its time", async () => {
    install({ retentionSeconds: 100, toleranceSeconds: 40 });
    await deliver();
    timing.advance(100_000);
    await deliver();
    expect(events).toHaveLength(2);
  });
});

test("the last ten thousand deliveries are remembered in memory, each of another order", async () => {
  const body = (number: number): string =>
    JSON.stringify({ order: { ...event.order, orderId: `o-${number}` } });
  const status = async (payload: string): Promise<number> => {
    const timestampSeconds = timing.wallMs() / 1000;
    const headers = { "x-juniper-signature": await signWebhook({ payload, secret, timestampSeconds }) };
    return (await handle(new Request("http://localhost/", { method: "POST", headers, body: payload })))
      .status;
  };
  for (let first = 0; first < 10_000; first += 100) {
    const bodies = Array.from({ length: 100 }, (_, index) => body(first + index));
    expect(new Set(await Promise.all(bodies.map(status)))).toEqual(new Set([200]));
  }
  for (const number of [0, 1, 5_000, 9_999]) expect(await status(body(number))).toBe(200);
  expect(events).toHaveLength(10_000);
});

describe("deliveries out of order", () => {
  test("are handled with the status of the newer event", async () => {
    await deliver(moved("SHIPPED", "2026-01-01T12:00:00Z"));
    await deliver(moved("PROCESSING", "2026-01-01T11:00:00Z"));
    await deliver(moved("SHIPPED", "2026-01-01T13:00:00Z"));
    expect(events.map(([, { overtakenBy }]) => overtakenBy)).toEqual([undefined, "SHIPPED", undefined]);
  });

  test("are told by their status when their times are equal", async () => {
    await deliver(moved("CANCELLED", "2026-01-01T12:00:00Z"));
    await deliver(moved("CREATED", "2026-01-01T12:00:00Z"));
    expect(events.map(([, { overtakenBy }]) => overtakenBy)).toEqual([undefined, "CANCELLED"]);
  });

  test("are not suspected of a status that nobody knows", async () => {
    await deliver(moved("RETURNED", "2026-01-01T12:00:00Z"));
    await deliver(moved("CREATED", "2026-01-01T12:00:00Z"));
    expect(events.map(([, { overtakenBy }]) => overtakenBy)).toEqual([undefined, undefined]);
  });
});

describe("a store that fails", () => {
  const failing = (method: keyof WebhookStore): WebhookStore => ({
    add: () => true,
    get: () => undefined,
    set: () => undefined,
    delete: () => undefined,
    [method]: async () => {
      throw new Error(`${method} failed`);
    },
  });

  test("before the event was handled, has the delivery come again", async () => {
    install({ store: failing("add") });
    expect((await deliver()).status).toBe(500);
    expect(errors).toEqual([new Error("add failed")]);
    expect(events).toEqual([]);
  });

  test("after the event was handled, is reported, and does not bring it back", async () => {
    install({ store: failing("set") });
    expect((await deliver()).status).toBe(200);
    expect(errors).toEqual([new Error("set failed")]);
    expect(events).toHaveLength(1);
  });

  test("when a failed event is to be released, does not hide why it failed", async () => {
    onEvent = () => {
      throw new Error("the event");
    };
    install({ store: failing("delete") });
    expect((await deliver()).status).toBe(500);
    expect(errors).toEqual([new Error("delete failed"), new Error("the event")]);
  });
});

test("a request of node:http, as Express hands it on, is a mistake that is named", async () => {
  const requests: IncomingMessage[] = [];
  const own = createServer((incoming, outgoing) => {
    requests.push(incoming);
    outgoing.end();
  }).listen(0, "127.0.0.1");
  await once(own, "listening");
  await fetch(`http://127.0.0.1:${(own.address() as AddressInfo).port}`, { method: "POST", body: "{}" });
  own.closeAllConnections();
  own.close();
  for (const incoming of requests) {
    expect((await handle(incoming as unknown as Request)).status).toBe(500);
    expect(errors.at(-1)).toBeInstanceOf(ConfigurationError);
    expect(String(errors.at(-1))).toContain("a Request of the web");
  }
  expect(requests).toHaveLength(1);
});
