import { createHash } from "node:crypto";
import { signWebhook, type WebhookHandlerOptions, type WebhookStore } from "juniper-fulfillment";
import { beforeEach, describe, expect, test } from "vitest";
import { event, secret } from "../../scripts/samples/deliveries.ts";
import { webhookHandlerWith } from "../../src/webhooks/webhook-handler.ts";
import { memoryStore } from "../../src/wrapper/store.ts";
import { ManualTiming } from "../support/manual-timing.ts";

let timing: ManualTiming;
let store: WebhookStore;
let seen: string[];
let open: Map<string, () => void>;
let signals: Map<string, AbortSignal>;
let errors: unknown[];
beforeEach(() => {
  timing = new ManualTiming();
  store = memoryStore({ maxEntries: 100, wallMs: () => timing.wallMs() });
  seen = [];
  open = new Map();
  signals = new Map();
  errors = [];
});

/** One process of an endpoint. Its handler waits for `finish`, and notes what it was told when it ends. */
function startProcess(own: Partial<WebhookHandlerOptions> = {}) {
  const handle = webhookHandlerWith(
    {
      secret,
      store,
      onEvent: async ({ order }, { overtakenBy, signal }) => {
        signals.set(order.status, signal);
        await new Promise<void>((resolve) => open.set(order.status, resolve));
        seen.push(`${order.status} after ${overtakenBy}`);
      },
      onError: (error) => errors.push(error),
      ...own,
    },
    timing,
  );
  return async (status: string, hour: number): Promise<number> => {
    const updatedAt = `2026-01-01T0${hour}:00:00Z`;
    const body = JSON.stringify({ order: { ...event.order, status, updatedAt } });
    const timestampSeconds = Math.floor(timing.wallMs() / 1000);
    const headers = { "x-juniper-signature": await signWebhook({ payload: body, secret, timestampSeconds }) };
    return (await handle(new Request("http://localhost/", { method: "POST", headers, body }))).status;
  };
}

/** Ends the handler of a status, once it has begun. Time passes in small steps for those who wait. */
async function finish(status: string, stepMs = 20): Promise<void> {
  await expect
    .poll(() => {
      timing.advance(stepMs);
      return open.has(status);
    })
    .toBe(true);
  open.get(status)?.();
}

describe.each(["one process", "two processes"])("deliveries of one order to %s", (where) => {
  const start = () => {
    const first = startProcess();
    return [first, where === "one process" ? first : startProcess()] as const;
  };

  test("are handled one after the other", async () => {
    const [one, other] = start();
    const processing = one("PROCESSING", 1);
    await expect.poll(() => open.has("PROCESSING")).toBe(true);
    const shipped = other("SHIPPED", 4);
    await finish("PROCESSING");
    await finish("SHIPPED");
    expect(await Promise.all([processing, shipped])).toEqual([200, 200]);
    expect(seen).toEqual(["PROCESSING after undefined", "SHIPPED after undefined"]);
  });

  test("that waited while a newer one was handled are told so", async () => {
    const [one, other] = start();
    const shipped = one("SHIPPED", 4);
    await expect.poll(() => open.has("SHIPPED")).toBe(true);
    const processing = other("PROCESSING", 1);
    await finish("SHIPPED");
    await finish("PROCESSING");
    expect(await Promise.all([shipped, processing])).toEqual([200, 200]);
    expect(seen).toEqual(["SHIPPED after undefined", "PROCESSING after SHIPPED"]);
  });

  test("that waited too long are handled anyway, come again, and never set the order back", async () => {
    const [one, other] = start();
    const processing = one("PROCESSING", 1);
    await expect.poll(() => open.has("PROCESSING")).toBe(true);
    const shipped = other("SHIPPED", 4);
    await finish("SHIPPED", 500);
    expect(await shipped).toBe(409);
    await finish("PROCESSING");
    expect(await processing).toBe(200);
    open.clear();
    const again = other("SHIPPED", 4);
    await finish("SHIPPED");
    expect(await again).toBe(200);
    const late = one("AWAITING_SHIPMENT", 3);
    await finish("AWAITING_SHIPMENT");
    await late;
    expect(seen).toEqual([
      "SHIPPED after undefined",
      "PROCESSING after undefined",
      "SHIPPED after undefined",
      "AWAITING_SHIPMENT after SHIPPED",
    ]);
  });
});

test("deliveries of other orders do not wait", async () => {
  const [one, two] = [startProcess(), startProcess({ onEvent: () => void seen.push("other") })];
  one("PROCESSING", 1).catch(() => {});
  await expect.poll(() => open.has("PROCESSING")).toBe(true);
  const orderId = event.order.orderId;
  event.order.orderId = "another";
  try {
    expect(await two("PROCESSING", 1)).toBe(200);
  } finally {
    event.order.orderId = orderId;
  }
  expect(seen).toEqual(["other"]);
});

describe("a handler that outlasts its lease", () => {
  test("is told by its signal, and the delivery gets 500", async () => {
    const deliver = startProcess({ leaseSeconds: 10 });
    const processing = deliver("PROCESSING", 1);
    await expect.poll(() => signals.has("PROCESSING")).toBe(true);
    expect(signals.get("PROCESSING")?.aborted).toBe(false);
    timing.advance(10_000);
    expect(await processing).toBe(500);
    expect(signals.get("PROCESSING")?.aborted).toBe(true);
    expect(errors).toEqual([new Error("onEvent took longer than leaseSeconds, which is 10 s.")]);
  });

  test("and ends after a newer event was handled does not set the order back", async () => {
    const deliver = startProcess({ leaseSeconds: 10 });
    const processing = deliver("PROCESSING", 1);
    await expect.poll(() => open.has("PROCESSING")).toBe(true);
    timing.advance(10_000);
    await processing;
    const shipped = deliver("SHIPPED", 4);
    await finish("SHIPPED");
    expect(await shipped).toBe(200);
    open.get("PROCESSING")?.();
    const late = deliver("AWAITING_SHIPMENT", 3);
    await finish("AWAITING_SHIPMENT");
    await late;
    expect(seen.at(-1)).toBe("AWAITING_SHIPMENT after SHIPPED");
  });

  test("does not end the turn of the process that took over", async () => {
    // The first process is paused: its own timer never fires.
    const paused = new ManualTiming();
    const stuck = webhookHandlerWith(
      {
        secret,
        store,
        leaseSeconds: 10,
        onEvent: () => new Promise<void>((resolve) => open.set("stuck", resolve)),
      },
      paused,
    );
    const body = JSON.stringify({ order: { ...event.order, status: "PROCESSING" } });
    const timestampSeconds = Math.floor(timing.wallMs() / 1000);
    const headers = { "x-juniper-signature": await signWebhook({ payload: body, secret, timestampSeconds }) };
    const first = stuck(new Request("http://localhost/", { method: "POST", headers, body }));
    await expect.poll(() => open.has("stuck")).toBe(true);
    timing.advance(10_000);
    const deliver = startProcess();
    const shipped = deliver("SHIPPED", 4);
    await expect.poll(() => open.has("SHIPPED")).toBe(true);
    open.get("stuck")?.();
    await first;
    const cancelled = deliver("CANCELLED", 5);
    await new Promise(setImmediate);
    timing.advance(1_000);
    await new Promise(setImmediate);
    expect(open.has("CANCELLED")).toBe(false);
    await finish("SHIPPED");
    await finish("CANCELLED");
    expect(await Promise.all([shipped, cancelled])).toEqual([200, 200]);
  });
});

test("a later event with an earlier status is not stale: the vendor documents no order of the statuses", async () => {
  const deliver = startProcess({
    onEvent: ({ order }, { overtakenBy }) => void seen.push(`${order.status} after ${overtakenBy}`),
  });
  await deliver("AWAITING_SHIPMENT", 1);
  await deliver("FULFILLED", 2);
  expect(seen).toEqual(["AWAITING_SHIPMENT after undefined", "FULFILLED after undefined"]);
});

/** Where the store keeps whose turn it is. */
function turnKey(): string {
  const hash = createHash("sha256").update(event.order.orderId).digest("hex");
  return `juniper-fulfillment:webhook:turn:${hash}`;
}

describe("a store", () => {
  const receive = (own: Partial<WebhookStore>) =>
    startProcess({ store: { ...store, ...own }, onEvent: () => void seen.push("handled") });
  /** Lets time pass until the store is given up. */
  const untilAnError = () =>
    expect
      .poll(() => {
        timing.advance(1_000);
        return errors.length;
      })
      .toBe(1);

  test.each([
    "get",
    "add",
    "set",
    "remove",
  ] as const)("whose %s hangs is treated as one that fails", async (method) => {
    const deliver = receive({ [method]: () => new Promise(() => {}) });
    const delivery = deliver("SHIPPED", 1);
    await untilAnError();
    expect(await delivery).toBe(method === "get" || method === "add" ? 500 : 200);
    expect(String(errors[0])).toBe(`Error: The webhook store did not respond to ${method} within 5000 ms.`);
  });

  test.each([
    ["add", undefined],
    ["replace", "turn 0 of-a-process-that-is-gone other"],
  ] as const)("whose %s is carried out after it was given up leaves no turn behind", async (method, holder) => {
    let late: (() => void) | undefined;
    if (holder !== undefined) {
      const { add } = store;
      await add(turnKey(), holder, 1e9);
    }
    const carryOut = (...args: [string, string, never, never]): unknown => {
      const act = () => (store[method] as (...all: unknown[]) => unknown)(...args);
      if (late !== undefined || !args[0].includes(":turn:")) return act();
      return new Promise((resolve) => {
        late = () => resolve(act());
      });
    };
    const deliver = receive({ [method]: carryOut });
    const delivery = deliver("SHIPPED", 1);
    await untilAnError();
    expect(await delivery).toBe(500);
    late?.();
    await new Promise(setImmediate);
    expect([await deliver("SHIPPED", 1), seen]).toEqual([200, ["handled"]]);
  });

  test("that does not say whether it stored a value is refused", async () => {
    const deliver = receive({ add: (() => "OK") as never });
    expect(await deliver("SHIPPED", 1)).toBe(500);
    expect(String(errors[0])).toMatch(/add must return whether/);
    expect(seen).toEqual([]);
  });

  test("that lost the reply to an add, which its client sent again, does not block the delivery", async () => {
    const deliver = receive({
      add: (key, value, ttlMs) => {
        const isFirst = store.add(key, value, ttlMs);
        return key.includes(":turn:") ? false : isFirst;
      },
    });
    expect(await deliver("SHIPPED", 1)).toBe(200);
    expect(seen).toEqual(["handled"]);
  });

  test.each([
    "",
    "null",
    "[]",
    '{"status":7}',
    "\uFEFF{}",
    "\u0000",
  ])("with %j for a position heals", async (garbage) => {
    const deliver = receive({
      get: (key) => (key.includes(":order:") && seen.length === 0 ? garbage : store.get(key)),
    });
    for (const key of ["PROCESSING", "SHIPPED"]) expect(await deliver(key, 1)).toBe(200);
    expect(errors).toEqual([]);
  });
});
