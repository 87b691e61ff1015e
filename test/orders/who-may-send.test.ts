import { subscribe, unsubscribe } from "node:diagnostics_channel";
import {
  ConfigurationError,
  createFulfillmentClient,
  InvalidRequestError,
  type Ledger,
  OutcomeUnknownError,
  type SubmitOrderOptions,
  submitOrder,
  TimeoutError,
  unwrap,
} from "juniper-fulfillment";
import { describe, expect, test } from "vitest";
import type { World } from "../../scripts/faults/order-backend.ts";
import { orderRequest } from "../../scripts/samples/requests.ts";
import type { FulfillmentClientOptions } from "../../src/wrapper/options.ts";
import { systemTiming } from "../../src/wrapper/timing.ts";
import { beginEachTestAs, endOf, hourMs, type OrderWorld } from "../support/order-world.ts";

let partner: OrderWorld;
let world: World;
let ledger: Required<Ledger>;

beginEachTestAs((next) => {
  partner = next;
  ({ world, ledger } = partner);
});

const clientOf = (options: Partial<FulfillmentClientOptions> = {}) => partner.client(options);
const submit = (options: Partial<SubmitOrderOptions> = {}, client = clientOf()) =>
  partner.submit(options, orderRequest, client);

/** A promise, and how to end it. */
function gate(): { readonly passed: Promise<void>; open(): void } {
  let open = (): void => {};
  const passed = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { passed, open: () => open() };
}

describe("a call that is overtaken", () => {
  test("while it waits for its token does not send any more", async () => {
    await partner.placeAnother();
    const token = gate();
    const first = submit({}, clientOf({ accessToken: () => token.passed.then(() => "token") }));
    await systemTiming.sleep(50);
    partner.clockMs += hourMs;
    expect(await endOf(submit({ resend: { afterMs: 0 } }))).toBe("created");
    token.open();
    // Its own time is over, so it doesn't ask what became of the other one.
    expect(await endOf(first)).toBeInstanceOf(OutcomeUnknownError);
    expect(world.orders).toHaveLength(1);
  });

  test("while it waits for its connection does not send, though the machine slept and no timer ran", async () => {
    await partner.placeAnother();
    let second: Promise<unknown> | undefined;
    const sleep = (): void => {
      unsubscribe("undici:client:connected", sleep);
      partner.clockMs += hourMs;
      second = endOf(submit({ resend: { afterMs: 0 } }));
    };
    subscribe("undici:client:connected", sleep);
    const first = await endOf(submit());
    expect(await second).toBe("created");
    expect(first).toBeInstanceOf(TimeoutError);
    expect(world.orders).toHaveLength(1);
  });

  test("and fails then does not undo what the other one has recorded", async () => {
    await partner.placeAnother();
    const token = gate();
    const accessToken = (): Promise<string> =>
      token.passed.then(() => Promise.reject(new Error("vault down")));
    const first = submit({}, clientOf({ accessToken }));
    await systemTiming.sleep(50);
    partner.clockMs += hourMs;
    await submit({ resend: { afterMs: 0 } });
    token.open();
    await endOf(first);
    expect(await endOf(submit())).toBe("already-submitted");
    expect(world.orders).toHaveLength(1);
  });

  test("does not send although its ledger has no compare-and-set", async () => {
    const { add, get, set, delete: remove } = ledger;
    const plain: Ledger = { add, get, set, delete: remove };
    await partner.placeAnother(plain);
    const token = gate();
    const first = submit(
      { ledger: plain },
      clientOf({ accessToken: () => token.passed.then(() => "token") }),
    );
    await systemTiming.sleep(50);
    partner.clockMs += hourMs;
    expect(await endOf(submit({ ledger: plain, resend: { afterMs: 0 } }))).toBe("created");
    token.open();
    await endOf(first);
    expect(world.orders).toHaveLength(1);
  });
});

describe("a call whose time is over", () => {
  test("by the clock does not send, also when nobody has overtaken it", async () => {
    const token = gate();
    const first = submit(
      { deadlineMs: 60_000 },
      clientOf({ accessToken: () => token.passed.then(() => "token") }),
    );
    await systemTiming.sleep(50);
    partner.clockMs += 61_000;
    token.open();
    expect(await endOf(first)).not.toBe("created");
    expect(world.orders).toHaveLength(0);
    expect(await endOf(submit())).toBe("created");
  });

  test("while its token hangs ends, and frees the reference", async () => {
    const client = clientOf({ accessToken: () => new Promise<string>(() => {}) });
    expect(await endOf(submit({ deadlineMs: 200 }, client))).toMatchObject({ code: "TIMEOUT" });
    expect(await endOf(submit())).toBe("created");
  });

  test("while its ledger hangs ends, and has placed nothing", async () => {
    const hanging: Ledger = { ...ledger, add: () => new Promise<boolean>(() => {}) };
    const error = await endOf(submit({ ledger: hanging, deadlineMs: 200 }));
    expect(error).toBeInstanceOf(OutcomeUnknownError);
    expect(String(error)).toMatch(/The ledger failed.*This call has placed nothing/);
    expect(world.requests).toBe(0);
  });
});

describe("an aborted submission", () => {
  test("frees its reference when nothing was sent", async () => {
    const controller = new AbortController();
    const client = clientOf({ accessToken: () => new Promise<string>(() => {}) });
    const first = endOf(submit({ signal: controller.signal }, client));
    await systemTiming.sleep(50);
    const reason = new Error("stop");
    controller.abort(reason);
    expect(await first).toBe(reason);
    expect(await endOf(submit())).toBe("created");
  });

  test("frees its reference when the ledger enters it only after that", async () => {
    const controller = new AbortController();
    const entered = gate();
    const slow: Ledger = {
      ...ledger,
      add: async (key, value, ttlMs) => {
        if (key.includes(":reference:")) await entered.passed;
        return ledger.add(key, value, ttlMs);
      },
    };
    const first = endOf(submit({ signal: controller.signal, ledger: slow }));
    await systemTiming.sleep(50);
    const reason = new Error("stop");
    controller.abort(reason);
    await systemTiming.sleep(50);
    entered.open();
    expect(await first).toBe(reason);
    expect(await partner.unsettled()).toEqual([]);
    expect(await endOf(submit())).toBe("created");
  });

  test("looks once for what may have been sent, and records it", async () => {
    const controller = new AbortController();
    partner.strike("commit, then stall");
    const first = endOf(submit({ signal: controller.signal }));
    while (world.orders.length === 0) await systemTiming.sleep(5);
    controller.abort(new Error("stop"));
    expect(await first).toMatchObject({ code: "OUTCOME_UNKNOWN", candidates: [{ id: "order-1" }] });
    expect(await endOf(submit())).toBe("already-submitted");
  });
});

test("an error of another call, thrown by a middleware after the order was stored, proves nothing", async () => {
  const client = clientOf();
  let isFirst = true;
  client.use({
    async onResponse({ request }) {
      if (request.method !== "POST" || !isFirst) return;
      isFirst = false;
      unwrap(await client.GET("/orders/{orderId}", { params: { path: { orderId: "nope" } } }));
    },
  });
  expect(await endOf(submit({}, client))).toBe("found");
  expect(await endOf(submit({}, client))).toBe("already-submitted");
  expect(world.orders).toHaveLength(1);
});

test("across midnight the late order of one reference is not taken for that of another", async () => {
  const dayMs = 24 * hourMs;
  partner.clockMs = dayMs - (systemTiming.wallMs() % dayMs) - 10_000;
  partner.strike("reset before headers, nothing done");
  await endOf(submit({ reference: "before midnight" }));
  partner.clockMs += 40_000;
  world.orders.push({
    ...orderRequest,
    id: "late",
    createdAt: new Date(partner.timing.wallMs()).toISOString(),
  });
  partner.clockMs += 45_000;
  partner.strike("reset before headers, nothing done");
  expect(await endOf(submit({ reference: "after midnight" }))).toMatchObject({
    code: "OUTCOME_UNKNOWN",
    candidates: [{ id: "late" }],
  });
});

describe("resend", () => {
  test("says when it is too early, and from when on it may", async () => {
    await partner.placeAnother();
    partner.strike("reset before headers, nothing done");
    await endOf(submit());
    const error = await endOf(submit({ resend: true }));
    expect(String(error)).toMatch(
      /too early to send it again: `resend` may from \d{4}-\d\d-\d\dT[\d:.]+Z on/,
    );
    expect(world.orders).toHaveLength(0);
  });

  test("is refused where the API stores orders in another form, by the names of the fields", async () => {
    const renaming = clientOf();
    renaming.use({
      async onResponse({ request, response }) {
        if (request.method !== "POST") return undefined;
        const order = (await response.json()) as typeof orderRequest;
        return Response.json({ ...order, customer: { ...order.customer, sourceId: "C-1" } }, { status: 201 });
      },
    });
    const differences: unknown[] = [];
    await submit({ reference: "first", onDifference: (fields) => differences.push(fields) }, renaming);
    expect(differences).toEqual([["customer.sourceId"]]);
    const other = { ...orderRequest, daysSupply: 90 as const };
    const again = (resend: boolean) => partner.submit({ reference: "r-2", resend }, other);
    partner.strike("reset before headers, nothing done");
    await endOf(again(false));
    partner.clockMs += hourMs;
    expect(String(await endOf(again(true)))).toMatch(/returns customer\.sourceId in another form/);
  });
});

describe("the ledger", () => {
  test("whose client sends commands again after a lost reply is understood", async () => {
    const { add, replace } = ledger;
    const twice = async <Value>(use: () => Value | Promise<Value>): Promise<Value> => {
      await use();
      return use();
    };
    const again: Ledger = {
      ...ledger,
      add: (...entry) => twice(() => add(...entry)),
      replace: (...entry) => twice(() => replace(...entry)),
    };
    expect(await endOf(submit({ ledger: again }))).toBe("created");
    expect(await endOf(submit({ ledger: again }))).toBe("already-submitted");
    expect(world.orders).toHaveLength(1);
  });

  test("that lags behind for ever makes a call neither spin nor send", async () => {
    await submit();
    let reads = 0;
    const lagging: Ledger = { ...ledger, get: () => void reads++ as undefined };
    const requests = world.requests;
    expect(await endOf(submit({ ledger: lagging }))).toBeInstanceOf(OutcomeUnknownError);
    expect(reads).toBeLessThan(100);
    expect(world.requests).toBe(requests);
  });

  test("that fails for a reference which is placed leaves it unknown, never certainly not placed", async () => {
    await submit();
    const failing: Ledger = { ...ledger, get: () => Promise.reject(new Error("ledger down")) };
    expect(await endOf(submit({ ledger: failing }))).toBeInstanceOf(OutcomeUnknownError);
  });

  test("that fails when the order is stored is told of it by a later call", async () => {
    let isDown = true;
    const { replace } = ledger;
    const failing: Ledger = {
      ...ledger,
      replace: (key, expected, value) =>
        isDown && value.includes("done") ? Promise.reject(new Error("down")) : replace(key, expected, value),
    };
    expect(await endOf(submit({ ledger: failing }))).toBe("created");
    isDown = false;
    await submit({ ledger: failing, reference: "another" }).catch(() => {});
    await systemTiming.sleep(50);
    const requests = world.requests;
    expect(await endOf(submit({ ledger: failing }))).toBe("already-submitted");
    expect(world.requests).toBe(requests + 1);
  });
});

test("limits of a lookup that can't work are refused, and so is a reference for two orders", async () => {
  for (const timeoutMs of [Number.NaN, -1, Number.POSITIVE_INFINITY]) {
    expect(await endOf(submit({ lookup: { timeoutMs } }))).toBeInstanceOf(ConfigurationError);
  }
  const client = createFulfillmentClient({ accessToken: "token", baseUrl: partner.baseUrl });
  await submitOrder(client, orderRequest, { reference: "r" });
  const other = { ...orderRequest, daysSupply: 60 as const };
  await expect(submitOrder(client, other, { reference: "r" })).rejects.toBeInstanceOf(InvalidRequestError);
});

test("an account with twelve thousand older orders costs a lookup a page or two", async () => {
  const createdAt = (index: number) => new Date(partner.timing.wallMs() - 10 * hourMs + index).toISOString();
  for (let index = 0; index < 12_000; index++)
    world.orders.push({ id: `old-${index}`, createdAt: createdAt(index) });
  world.isNewestFirst = true;
  partner.strike("commit, then drop");
  world.requests = 0;
  expect(await endOf(submit())).toBe("found");
  expect(world.requests).toBeLessThan(6);
});

test.each([
  ["a number that JSON can't express", { quantity: Number.NaN }],
  ["one that JSON can't write", { quantity: 1n as never }],
])("an order that correlate returns with %s is refused like one that was given", async (_name, spoiled) => {
  const correlate: NonNullable<SubmitOrderOptions["correlate"]> = (_reference, order) => ({
    ...order,
    lineItems: order.lineItems.map((item) => ({ ...item, ...spoiled })),
  });
  expect(await endOf(submit({ correlate }))).toBeInstanceOf(InvalidRequestError);
  expect(world.orders).toHaveLength(0);
  expect(await endOf(submit())).toBe("created");
});

test("correlate tells orders that are alike from each other", async () => {
  const correlate: NonNullable<SubmitOrderOptions["correlate"]> = (reference, order) => ({
    ...order,
    lineItems: order.lineItems.map((item) => ({ ...item, packDescription: `Pack ${reference}` })),
  });
  world.nextFault = () => "reset before headers, nothing done";
  await endOf(submit({ reference: "lost", correlate, lookup: { timeoutMs: 1 } }));
  partner.strike("commit, then drop");
  expect(await endOf(submit({ correlate }))).toBe("found");
});
