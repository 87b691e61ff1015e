import { createFulfillmentClient, type Order, signWebhook, webhookHandler } from "juniper-fulfillment";
import { afterEach, describe, expect, test } from "vitest";
import { type Script, startScriptedServer } from "../../scripts/samples/scripted-server.ts";
import { orderChangesWith } from "../../src/orders/changes.ts";
import type { OrderChangesOptions } from "../../src/orders/changes-options.ts";
import { memoryStore } from "../../src/wrapper/store.ts";
import { systemTiming } from "../../src/wrapper/timing.ts";
import { SimulatedVendor, seededRandom } from "../support/simulated-vendor.ts";

const startMs = Date.UTC(2026, 0, 5);
const hourMs = 3_600_000;
const intervalMs = 5 * 60_000;
/** `CHANGES_ORDERS=10000` follows as many as a large partner has in a day. */
const many = Number(process.env.CHANGES_ORDERS ?? 1_500);
const secret = "the-webhook-secret";
let vendor: SimulatedVendor;

afterEach(() => vendor?.server.close());

async function startVendor(orders: number, spanMs = 6 * hourMs): Promise<void> {
  vendor = await SimulatedVendor.start({ orders, startMs, spanMs, random: seededRandom(orders) });
}

const everything = () => memoryStore({ maxEntries: Number.POSITIVE_INFINITY });

/** Follows the changes until a time, or until `stop` says so. */
async function follow(
  options: OrderChangesOptions,
  endMs: number,
  onChange: (order: Order) => boolean | undefined,
): Promise<void> {
  const client = createFulfillmentClient({ accessToken: "t", baseUrl: vendor.baseUrl });
  const end = new AbortController();
  vendor.timing.at(endMs, async () => end.abort(new Error("the time is over")));
  const signal = end.signal;
  const changes = orderChangesWith(client, { since: new Date(startMs), ...options, signal }, vendor.timing);
  try {
    for await (const order of changes) if (onChange(order) === false) return;
  } catch (error) {
    if (error !== signal.reason) throw error;
  }
}

const finalOf = (): Map<string, string> =>
  new Map(vendor.courses.map(({ id, steps }) => [id, steps.at(-1)?.status ?? ""]));

describe("orderChanges", () => {
  test("hands on every final state, and none twice, when nothing else does", async () => {
    await startVendor(500);
    const handed = new Map<string, string>();
    const states = new Set<string>();
    let twice = 0;
    await follow(
      { store: everything(), requestsPerSecond: 2, intervalMs },
      startMs + 16 * hourMs,
      ({ id, status, updatedAt }) => {
        handed.set(id, status ?? "");
        const state = `${id} ${status} ${updatedAt}`;
        if (states.has(state)) twice++;
        states.add(state);
        return true;
      },
    );
    expect(handed).toEqual(finalOf());
    expect(twice).toBe(0);
  });

  test("with a webhook handler that misses deliveries, and restarts, no final state is lost", async () => {
    await startVendor(many);
    const store = everything();
    const handed = new Map<string, string>();
    let byWebhook = 0;
    let repeated = 0;
    const handler = webhookHandler({
      secret,
      store,
      onEvent: ({ order }) => {
        byWebhook++;
        handed.set(order.orderId, order.status);
      },
    });
    const random = seededRandom(7);
    // Three in ten deliveries never come, and the receiver is down for an hour.
    const isDown = (atMs: number): boolean => atMs > startMs + 2 * hourMs && atMs < startMs + 3 * hourMs;
    vendor.deliverTo(handler, secret, (atMs) => isDown(atMs) || random() < 0.3);
    const onChange = ({ id, status = "NEW" }: Order): boolean => {
      if (handed.get(id) === status) repeated++;
      handed.set(id, status);
      return random() > 5 / many;
    };
    const endMs = startMs + 16 * hourMs;
    let starts = 0;
    while (vendor.timing.wallMs() < endMs) {
      starts++;
      await follow({ store, requestsPerSecond: 2, intervalMs }, endMs, onChange);
    }
    expect(starts).toBeGreaterThan(1);
    expect(byWebhook).toBeGreaterThan(2 * many);
    expect(handed).toEqual(finalOf());
    // What was being handled when the process ended is handed on once more, and nothing else.
    expect(repeated).toBeLessThanOrEqual(starts);
    const hours = (endMs - startMs) / hourMs;
    expect(vendor.server.requests.length).toBeLessThanOrEqual(hours * 3_600 * 2 + starts);
  });

  test("an order from the future hides none that is created before its time comes", async () => {
    await startVendor(100, hourMs);
    const { script } = vendor.server;
    const future = { id: "future", status: "SHIPPED", createdAt: "2999-01-01T00:00:00Z" };
    vendor.server.script = (request, raw) => {
      const response = script(request, raw) as { json?: { orders?: object[] } };
      const { orders } = response.json ?? {};
      if (orders === undefined || request.path.includes("cursor=")) return response;
      return { json: { ...response.json, orders: [future, ...orders] } };
    };
    const handed = new Map<string, string>();
    await follow({ requestsPerSecond: 2, intervalMs }, startMs + 12 * hourMs, ({ id, status = "NEW" }) => {
      handed.set(id, status);
      return true;
    });
    expect(handed).toEqual(new Map([...finalOf(), ["future", "SHIPPED"]]));
  });

  test("asks no more often than it may, and reports each look", async () => {
    await startVendor(300, hourMs);
    const looks: { requests: number; changed: number; open: number }[] = [];
    await follow(
      { requestsPerSecond: 0.2, onLook: (look) => looks.push(look) },
      startMs + 8 * hourMs,
      () => true,
    );
    expect(vendor.server.requests.length).toBeLessThanOrEqual(8 * 3_600 * 0.2 + 1);
    expect(looks.reduce((sum, { requests }) => sum + requests, 0)).toBeGreaterThan(looks.length);
    expect(looks.at(-1)).toMatchObject({ changed: 0, open: 0 });
  });

  test("goes on after failures that may pass, and throws the others", async () => {
    await startVendor(10, hourMs);
    const respond = vendor.server.script;
    let number = 0;
    vendor.server.script = (request, response) =>
      ++number % 3 === 0 ? { status: 503 } : respond(request, response);
    const errors: unknown[] = [];
    const handed = new Map<string, string>();
    const client = createFulfillmentClient({ accessToken: "t", baseUrl: vendor.baseUrl, maxRetries: 0 });
    const changes = orderChangesWith(
      client,
      { since: new Date(startMs), onError: (error) => errors.push(error) },
      vendor.timing,
    );
    for await (const { id, status } of changes) {
      handed.set(id, status ?? "");
      if ([...finalOf()].every(([key, value]) => handed.get(key) === value)) break;
    }
    expect(errors.length).toBeGreaterThan(0);
    vendor.server.script = () => ({ status: 403, json: { detail: "no" } });
    await expect(changes[Symbol.asyncIterator]().next()).rejects.toMatchObject({ status: 403 });
  });

  const at = (status: string, minute: number) => ({
    status,
    createdAt: new Date(startMs).toISOString(),
    updatedAt: new Date(startMs + minute * 60_000).toISOString(),
  });

  /** What one look of a feed meets. */
  interface Look {
    /** The orders that are listed, one a page. Or those that are after so many requests for a page. */
    readonly orders: readonly object[] | ((requests: number) => readonly object[]);
    /** Whether a GET of the last one finds nothing. */
    readonly isMissing?: boolean;
    /** What a GET of one finds instead. */
    readonly read?: object;
    /** What a GET of one responds, by its id. */
    readonly respond?: (id: string) => ReturnType<Script>;
    /** What the clock says. */
    readonly nowMs?: number;
  }

  /** What a feed hands on, look by look. */
  async function handedOn(
    looks: readonly Look[],
    store?: ReturnType<typeof everything>,
    since = new Date(startMs),
  ): Promise<string[]> {
    let number = 0;
    let requests = 0;
    const look = () => looks[Math.min(number, looks.length - 1)] as Look;
    const server = await startScriptedServer(({ path }) => {
      const url = new URL(path, "http://localhost");
      if (url.pathname === "/orders") requests++;
      const { isMissing, read, respond, ...listed } = look();
      const orders = typeof listed.orders === "function" ? listed.orders(requests) : listed.orders;
      if (respond && url.pathname !== "/orders") return respond(url.pathname.replace("/orders/", ""));
      if (url.pathname !== "/orders") return isMissing ? { status: 404 } : { json: read ?? orders.at(-1) };
      const page = Number(url.searchParams.get("cursor") ?? 0);
      const cursor = page + 1 < orders.length ? String(page + 1) : null;
      return { json: { orders: orders.slice(page, page + 1), cursor } };
    });
    const client = createFulfillmentClient({ accessToken: "t", baseUrl: server.origin, maxRetries: 0 });
    const timing = {
      ...systemTiming,
      wallMs: () => look().nowMs ?? systemTiming.wallMs(),
      sleep: (ms: number, signal?: AbortSignal) => systemTiming.sleep(ms / 1_000, signal),
    };
    const end = new AbortController();
    const handed: string[] = [];
    const onLook = (): void => {
      requests = 0;
      if (++number === looks.length) end.abort(new Error("seen"));
    };
    const options = { since, requestsPerSecond: 1e6, store, onLook, signal: end.signal };
    try {
      for await (const { id, status } of orderChangesWith(client, options, timing))
        handed.push(`${id} ${status}`);
    } catch (error) {
      if (error !== end.signal.reason) throw error;
    }
    await server.close();
    return handed;
  }

  test("does not go back in time with a list that is behind", async () => {
    const store = everything();
    const payload = JSON.stringify({ order: { orderId: "o-1", ...at("SHIPPED", 9) } });
    const headers = { "x-juniper-signature": await signWebhook({ payload, secret }) };
    const handler = webhookHandler({ secret, store, onEvent: () => {} });
    await handler(new Request("http://shop.example", { method: "POST", body: payload, headers }));
    const listed = (one: object, two: object) => ({
      orders: [
        { id: "o-1", ...one },
        { id: "o-2", ...two },
      ],
    });
    const handed = await handedOn(
      [
        listed(at("PROCESSING", 3), at("PROCESSING", 3)),
        listed(at("PROCESSING", 3), at("AWAITING_SHIPMENT", 9)),
        listed(at("PROCESSING", 3), at("PROCESSING", 3)),
        listed(at("SHIPPED", 9), at("AWAITING_SHIPMENT", 9)),
        // A clock that is behind must not hide what is the end.
        listed(at("SHIPPED", 9), at("SHIPPED", 8)),
      ],
      store,
    );
    expect(handed).toEqual(["o-2 PROCESSING", "o-2 AWAITING_SHIPMENT", "o-2 SHIPPED"]);
  });

  test("leaves out what the webhook handler has handled, however its time is written", async () => {
    const store = everything();
    const shipped = at("SHIPPED", 9);
    const payload = JSON.stringify({
      order: { orderId: "o-1", ...shipped, updatedAt: shipped.updatedAt.replace(".000Z", "Z") },
    });
    const headers = { "x-juniper-signature": await signWebhook({ payload, secret }) };
    const handler = webhookHandler({ secret, store, onEvent: () => {} });
    await handler(new Request("http://shop.example", { method: "POST", body: payload, headers }));
    expect(await handedOn([{ orders: [{ id: "o-1", ...shipped }] }], store)).toEqual([]);
  });

  test("reads on behind an order that does not say which it is", async () => {
    const orders = [at("CREATED", 1), { id: "o-1", ...at("CREATED", 1) }];
    expect(await handedOn([{ orders }])).toEqual(["o-1 CREATED"]);
  });

  test("leaves out what was created before its first look was to begin, also when it goes on later", async () => {
    const store = everything();
    const order = (id: string, minutes: number) => {
      const createdAt = new Date(Date.now() - minutes * 60_000).toISOString();
      return { id, status: "CREATED", createdAt, updatedAt: createdAt };
    };
    const since = (minutes: number) => new Date(Date.now() - minutes * 60_000);
    const looks = [{ orders: [order("o-2", 1), order("o-1", 10)] }, { orders: [order("o-1", 10)] }];
    expect(await handedOn(looks, store, since(5))).toEqual(["o-2 CREATED"]);
    // Later looks go on from the store.
    expect(await handedOn([{ orders: [order("o-3", 3), order("o-1", 10)] }], store, since(2))).toEqual([
      "o-3 CREATED",
    ]);
  });

  test("reads open orders one by one also where no more than one request may be made in two looks", async () => {
    // A page more than the three that each look reads.
    await startVendor(400, hourMs);
    const handed = new Map<string, string>();
    await follow(
      { requestsPerSecond: 500 / intervalMs, intervalMs },
      startMs + 120 * hourMs,
      ({ id, status = "NEW" }) => {
        handed.set(id, status);
        return true;
      },
    );
    expect(handed).toEqual(finalOf());
  });

  test("finds an order that comes to be listed half an hour late", async () => {
    const order = (id: string, minute: number) => ({
      ...{ id, status: "CREATED", updatedAt: new Date(startMs).toISOString() },
      createdAt: new Date(startMs + minute * 60_000).toISOString(),
    });
    const looks = [{ orders: [order("o-2", 29)] }, { orders: [order("o-2", 29), order("o-1", 0)] }];
    expect(await handedOn(looks)).toEqual(["o-2 CREATED", "o-1 CREATED"]);
  });

  const readTo = "juniper-fulfillment:changes:default:read-to";

  test("goes on from now where the store says that the future has been read, as by a clock that was wrong", async () => {
    const store = everything();
    await store.set(readTo, String(Date.now() + 365 * 24 * hourMs));
    const now = new Date().toISOString();
    const order = { id: "o-1", status: "CREATED", createdAt: now, updatedAt: now };
    expect(await handedOn([{ orders: [order] }], store)).toEqual(["o-1 CREATED"]);
  });

  /** An order that was created so many hours after the start, and has not changed since. */
  const orderOf = (id: string, hour: number, status = "CREATED") => {
    const createdAt = new Date(startMs + hour * hourMs).toISOString();
    return { id, status, createdAt, updatedAt: createdAt };
  };

  test.each([
    ["a month before", 30 * 24],
    ["then", 0],
  ])("misses nothing once the clock is right that was ahead when it began (with %s)", async (_when, hours) => {
    const store = everything();
    const aheadMs = startMs + 365 * 24 * hourMs;
    const since = new Date(aheadMs - hours * hourMs);
    await handedOn([{ nowMs: aheadMs, orders: [orderOf("old", 0)] }], store, since);
    const [old, first, second, third] = [0, 3, 29, 30].map((hour) => orderOf(`h-${hour}`, hour));
    const handed = await handedOn(
      [
        // It is put right, and hours later the feed goes on.
        { nowMs: startMs + 10 * hourMs, orders: [first, old] as object[] },
        { nowMs: startMs + 29 * hourMs, orders: [second, first, old] as object[] },
        // The time has come that was ahead.
        { nowMs: aheadMs + hourMs, orders: [third, second, first, old] as object[] },
      ],
      store,
    );
    expect(handed).toEqual(expect.arrayContaining(["h-3 CREATED", "h-29 CREATED", "h-30 CREATED"]));
  });

  test.each([
    2.5, 23,
  ])("hands no order on again that came to its end when the clock is set back by %d hours", async (hours) => {
    const store = everything();
    const [second, first] = [49.9, 49.5].map((hour) => orderOf(`h-${hour}`, hour, "SHIPPED"));
    const newest = orderOf("h-52", 52);
    const orders = [newest, second, first] as object[];
    const handed = await handedOn(
      [
        { nowMs: startMs + 50 * hourMs, orders: [second, first] as object[] },
        { nowMs: startMs + 52 * hourMs, orders },
        { nowMs: startMs + (52 - hours) * hourMs, orders },
      ],
      store,
    );
    // The process begins anew.
    handed.push(...(await handedOn([{ nowMs: startMs + 52 * hourMs, orders }], store)));
    expect(handed).toEqual(["h-49.9 SHIPPED", "h-49.5 SHIPPED", "h-52 CREATED"]);
  });

  test("misses no order of a vendor whose clock goes back an hour, as in autumn", async () => {
    const before = orderOf("h-2", 2);
    const after = orderOf("h-1.1", 1.1);
    const looks = [
      { nowMs: startMs + 2.1 * hourMs, orders: [before] },
      { nowMs: startMs + 2.2 * hourMs, orders: [after, before] },
    ];
    expect(await handedOn(looks)).toEqual(["h-2 CREATED", "h-1.1 CREATED"]);
  });

  test("hands an order on once whose time is written in one way in the list and in another by itself", async () => {
    const [one, two, open] = [9, 8, 1].map((hour) => orderOf(`h-${hour}`, hour));
    const written = { ...open, updatedAt: open?.updatedAt.replace(".000Z", "+00:00") };
    const look = { nowMs: startMs + 10 * hourMs, orders: [one, two, open] as object[], read: written };
    // It is read by itself where it is further down the list.
    const looks = [look, look, { ...look, orders: [open] as object[] }];
    expect(await handedOn(looks)).toEqual(["h-9 CREATED", "h-8 CREATED", "h-1 CREATED"]);
  });

  test("hands an order on once that is at its end and doesn't say when it was created", async () => {
    const store = everything();
    const { createdAt, ...imported } = orderOf("imported", 0, "SHIPPED");
    expect(createdAt).toBeDefined();
    const looks = [1, 2, 3, 4, 5, 6].map((hour) => ({
      nowMs: startMs + hour * hourMs,
      orders: [orderOf(`h-${hour}`, hour), imported],
    }));
    const handed = await handedOn(looks.slice(0, 3), store);
    // The process begins anew.
    handed.push(...(await handedOn(looks.slice(3), store)));
    expect(handed.filter((one) => one === "imported SHIPPED")).toHaveLength(1);
  });

  test.each([
    5.2, 6,
  ])("misses no order that moves up over the edge of a page while one of hour %d leaves the list", async (hour) => {
    const [oldest, lost, leaving, newest] = [1, 5, hour, 7].map((each) => orderOf(`h-${each}`, each));
    const looks = [
      { nowMs: startMs + 2 * hourMs, orders: [oldest as object] },
      {
        nowMs: startMs + 8 * hourMs,
        // The first two pages have been read.
        orders: (requests: number): object[] =>
          [newest, leaving, lost, oldest].filter((order) => requests <= 2 || order !== leaving) as object[],
      },
    ];
    const handed = await handedOn(looks);
    expect([...handed].sort()).toEqual([1, 5, hour, 7].map((each) => `h-${each} CREATED`));
  });

  test.each([
    "2026-11-27T12:00:00Z",
    "NaN",
    " ",
  ])("refuses a store that says it has been read to %j", async (text) => {
    const store = everything();
    await store.set(readTo, text);
    await expect(handedOn([{ orders: [] }], store)).rejects.toThrow(readTo);
  });

  test("does not forget an order that could not be found for a while", async () => {
    const old = (id: string, days: number, status: string) => {
      const createdAt = new Date(startMs + (9 - days) * 24 * hourMs).toISOString();
      return { id, status, createdAt, updatedAt: createdAt };
    };
    const listed = (status: string) => [
      old("o-1", 1, "SHIPPED"),
      old("o-2", 2, "SHIPPED"),
      old("o-3", 5, status),
    ];
    const handed = await handedOn([
      { orders: listed("CREATED") },
      { orders: listed("CREATED"), isMissing: true },
      { orders: listed("SHIPPED") },
      { orders: listed("SHIPPED") },
    ]);
    expect(handed).toContain("o-3 CREATED");
    expect(handed).toContain("o-3 SHIPPED");
  });

  test.each([
    403, 410, 422, 500, 503,
  ])("hands on what becomes of all other orders where one responds %d, also when it begins anew each time", async (status) => {
    const store = everything();
    const [newest, ...others] = [9, 4, 3, 2, 1].map((hour) => orderOf(`h-${hour}`, hour));
    const nowMs = startMs + 10 * hourMs;
    await handedOn([{ nowMs, orders: [newest, ...others] as object[] }], store);
    for (const bad of others) {
      const respond = (id: string) =>
        id === bad?.id
          ? { status }
          : { json: { ...others.find((order) => order?.id === id), status: "SHIPPED" } };
      const looks = [{ nowMs, orders: [newest as object], respond }];
      const kept = everything();
      for await (const [key, value] of store.list("")) kept.set(key, value);
      const shipped = others.filter((order) => order !== bad).map((order) => `${order?.id} SHIPPED`);
      expect((await handedOn(looks, kept)).sort()).toEqual(shipped.sort());
    }
  });

  test.each([
    ["five in a row have failed", 503, 5],
    ["one has met the limit of requests", 429, 1],
  ])("asks for no further order once %s, and begins with others in the next look", async (_when, status, count) => {
    const [newest, ...others] = [9, 7, 6, 5, 4, 3, 2, 1].map((hour) => orderOf(`h-${hour}`, hour));
    const nowMs = startMs + 10 * hourMs;
    const asked: string[] = [];
    const respond = (id: string) => {
      asked.push(id);
      return { status };
    };
    const failing = { nowMs, orders: [newest as object], respond };
    await handedOn([{ nowMs, orders: [newest, ...others] as object[] }, failing, failing]);
    const ids = others.map((order) => order?.id);
    expect(asked).toEqual([...ids, ...ids].slice(0, 2 * count));
  });

  test("goes on where the list shows an id that no path can hold", async () => {
    const store = everything();
    const [newest, other] = [9, 1].map((hour) => orderOf(`h-${hour}`, hour));
    const strange = ["..", "\ud800"].map((id) => orderOf(id, 2));
    const nowMs = startMs + 10 * hourMs;
    await handedOn([{ nowMs, orders: [newest, ...strange, other] as object[] }], store);
    const respond = () => ({ json: { ...other, status: "SHIPPED" } });
    expect(await handedOn([{ nowMs, orders: [newest as object], respond }], store)).toEqual(["h-1 SHIPPED"]);
  });

  test.each([
    ["name", { name: "a b" }],
    ["requestsPerSecond", { requestsPerSecond: 0 }],
    ["requestsPerSecond", { requestsPerSecond: 1e-9 }],
    ["intervalMs", { intervalMs: Number.NaN }],
    ["intervalMs", { intervalMs: 30 * 24 * hourMs }],
    ["since", { since: new Date("nothing") }],
    ["list", { store: new Map() as never }],
  ])("refuses a %s that can't work before it asks for anything", async (word, options) => {
    await startVendor(1);
    const client = createFulfillmentClient({ accessToken: "t", baseUrl: vendor.baseUrl });
    expect(() => orderChangesWith(client, options, vendor.timing)).toThrow(word);
    expect(vendor.server.requests).toEqual([]);
  });
});
