import {
  ConfigurationError,
  cancelOrder,
  createFulfillmentClient,
  describeIssues,
  InvalidRequestError,
  type Ledger,
  listUnsettledOrders,
  memoryLedger,
  OutcomeUnknownError,
  ReferenceInUseError,
  type SettleOrderOptions,
  type SubmitOrderOptions,
} from "juniper-fulfillment";
import { describe, expect, test } from "vitest";
import type { Fault, StoredOrder, World } from "../../scripts/faults/order-backend.ts";
import { orderRequest } from "../../scripts/samples/requests.ts";
import { startScriptedServer } from "../../scripts/samples/scripted-server.ts";
import { cancelOrderWith } from "../../src/orders/cancel-order.ts";
import { settleOrderWith } from "../../src/orders/settle-order.ts";
import { submitOrderWith } from "../../src/orders/submit-order.ts";
import { systemTiming } from "../../src/wrapper/timing.ts";
import { beginEachTestAs, hourMs, type OrderWorld } from "../support/order-world.ts";

let partner: OrderWorld;
let world: World;
let ledger: Ledger;

beginEachTestAs((next) => {
  partner = next;
  ({ world, ledger } = partner);
});

const submit = (options: Partial<SubmitOrderOptions> = {}, order = orderRequest) =>
  partner.submit({ lookup: { timeoutMs: 1 }, ...options }, order);
const settle = (as: SettleOrderOptions["as"], options: Partial<SettleOrderOptions> = {}) =>
  partner.settle(as, options);
const unsettled = (olderThanMs = 0) => partner.unsettled(olderThanMs);
const failureOf = (call: Promise<unknown>) =>
  call.then(
    () => undefined,
    (error: unknown) => error,
  );

/** Leaves the reference unknown, with its order stored or not, and an hour later. */
async function leaveUnknown(fault: Fault, reference = "r-1"): Promise<OutcomeUnknownError> {
  const first = [fault];
  world.nextFault = () => first.shift() ?? "503 without";
  const error = await failureOf(submit({ reference }));
  world.nextFault = () => undefined;
  expect(error).toBeInstanceOf(OutcomeUnknownError);
  partner.clockMs += hourMs;
  return error as OutcomeUnknownError;
}

describe("settleOrder", () => {
  test("records which order it is, and submitOrder returns that order from then on", async () => {
    await leaveUnknown("commit, then drop");
    expect(await settle({ orderId: "order-1" })).toMatchObject({
      outcome: "placed",
      order: { id: "order-1" },
    });
    expect(await submit()).toMatchObject({ outcome: "already-submitted", order: { id: "order-1" } });
    expect(await settle({ orderId: "order-1" })).toMatchObject({ outcome: "placed" });
    expect(await failureOf(settle("not-placed"))).toBeInstanceOf(InvalidRequestError);
  });

  test("takes the ledger in memory that belongs to the client when none is passed, as submitOrder does", async () => {
    const client = partner.client();
    const again = () =>
      submitOrderWith(client, orderRequest, { reference: "r-1", lookup: { timeoutMs: 1 } }, partner.timing);
    partner.strike("commit, then drop", "503 without", "503 without", "503 without");
    expect(await failureOf(again())).toBeInstanceOf(OutcomeUnknownError);
    partner.strike();
    partner.clockMs += hourMs;
    const decision = { reference: "r-1", as: { orderId: "order-1" } };
    expect(await settleOrderWith(client, decision, partner.timing)).toMatchObject({ outcome: "placed" });
    expect(await again()).toMatchObject({ outcome: "already-submitted", order: { id: "order-1" } });
  });

  test("frees a reference that was not placed, for a corrected order too", async () => {
    await partner.placeAnother();
    await leaveUnknown("reset before headers, nothing done");
    expect(await settle("not-placed")).toEqual({ reference: "r-1", outcome: "not-placed" });
    expect(await submit({}, { ...orderRequest, daysSupply: 60 })).toMatchObject({ outcome: "created" });
    expect(world.orders).toHaveLength(1);
  });

  test("frees no reference as not placed while an order exists that could be it, unless told not to look", async () => {
    await leaveUnknown("commit, then drop");
    const error = await failureOf(settle("not-placed"));
    expect(error).toBeInstanceOf(InvalidRequestError);
    expect(String(error)).toContain("order-1");
    expect(await submit()).toMatchObject({ outcome: "found", order: { id: "order-1" } });

    await leaveUnknown("commit, then drop", "r-2");
    expect(await settle("not-placed", { reference: "r-2", withoutLooking: true })).toMatchObject({
      outcome: "not-placed",
    });
  });

  test("leaves out the orders of other references when it looks for one that was not placed", async () => {
    await submit({ reference: "other" });
    await leaveUnknown("reset before headers, nothing done");
    expect(await settle("not-placed")).toMatchObject({ outcome: "not-placed" });
  });

  test("frees no reference as not placed when the orders can't be read", async () => {
    await leaveUnknown("reset before headers, nothing done");
    world.nextFault = () => "503 without";
    expect(await failureOf(settle("not-placed"))).toMatchObject({ name: "ApiError", status: 503 });
    world.nextFault = () => undefined;
    expect(await unsettled()).toHaveLength(1);
  });

  test("frees no reference as not placed while an order says too little to be ruled out", async () => {
    await submit({ reference: "other" });
    await leaveUnknown("reset before headers, nothing done");
    const customer = { sourceId: "by-phone", firstName: "X", lastName: "Y" };
    const { shippingMethod, ...brief } = orderRequest;
    const createdAt = new Date(partner.timing.wallMs()).toISOString();
    world.earlier.push({ ...brief, customer, id: "by-phone", status: "CREATED", createdAt });
    await expect(settle("not-placed")).rejects.toThrow("says too little of its customer, items or terms");
    expect(await settle("not-placed", { withoutLooking: true })).toMatchObject({ outcome: "not-placed" });
  });

  test.each([
    ["not-placed" as const, {}],
    ["not-placed" as const, { withoutLooking: true }],
    ["not-placed" as const, { listDelayMs: 0 }],
    [{ orderId: "another" }, { evenIfDifferent: true }],
  ])("is refused too early, with the time from which on it is not any more (%j, %j)", async (as, options) => {
    await partner.placeAnother();
    partner.strike("reset before headers, nothing done");
    await failureOf(submit());
    const message = String(await failureOf(settle(as, options)));
    const [time = ""] = /(?<=Too early: .*)\d{4}-\d\d-\d\dT[\d:.]+Z/.exec(message) ?? [message];
    partner.clockMs += Date.parse(time) - partner.timing.wallMs();
    expect(await settle(as, options)).toMatchObject({ reference: "r-1" });
  });

  test("minds how far apart clocks may be, as the call knew that submitted the order", async () => {
    await partner.placeAnother();
    partner.strike("reset before headers, nothing done");
    partner.clockMs -= hourMs;
    await failureOf(submit({ lookup: { timeoutMs: 1, clockSkewMs: 2 * hourMs } }));
    partner.clockMs += 2 * hourMs;
    await expect(settle("not-placed")).rejects.toThrow("Too early");
    await expect(settle("not-placed", { withoutLooking: true })).rejects.toThrow("Too early");
    await expect(submit({ resend: true })).rejects.toThrow("too early to send it again");
    partner.clockMs += hourMs;
    expect(await settle("not-placed")).toMatchObject({ outcome: "not-placed" });
  });

  test.each([
    { clockSkewMs: -1_000_000 },
    { clockSkewMs: Number.NaN },
    { deadlineMs: "5000" as unknown as number },
    { deadlineMs: -1 },
  ])("refuses %o, by which a reference could be freed too early", async (options) => {
    await leaveUnknown("commit, then drop");
    await expect(settle("not-placed", options)).rejects.toThrow(ConfigurationError);
    expect(await submit()).toMatchObject({ outcome: "found" });
    expect(world.orders).toHaveLength(1);
  });

  test("refuses an order that looks different, unless told to take it", async () => {
    const { data } = await partner.client().POST("/orders", { body: { ...orderRequest, daysSupply: 90 } });
    const id = String(data?.id);
    await leaveUnknown("reset before headers, nothing done");
    expect(await failureOf(settle({ orderId: id }))).toBeInstanceOf(InvalidRequestError);
    expect(await settle({ orderId: id }, { evenIfDifferent: true })).toMatchObject({ outcome: "placed" });
  });

  test("takes an order that another reference has only when told to, as for an identifier that is used again", async () => {
    await submit({ reference: "other" });
    await leaveUnknown("reset before headers, nothing done");
    expect(String(await failureOf(settle({ orderId: "order-1" })))).toMatch(
      /Another reference has this order/,
    );
    expect(await settle({ orderId: "order-1" }, { evenIfDifferent: true })).toMatchObject({
      outcome: "placed",
    });
    expect(await submit()).toMatchObject({ outcome: "already-submitted", order: { id: "order-1" } });
  });

  test("refuses an order that another reference has", async () => {
    await submit({ reference: "r-2" });
    await leaveUnknown("reset before headers, nothing done");
    await leaveUnknown("commit, then drop", "r-3");
    expect(String(await failureOf(settle({ orderId: "order-1" })))).toMatch(
      /Another reference has this order/,
    );
    expect(await settle({ orderId: "order-2" }, { reference: "r-3" })).toMatchObject({ outcome: "placed" });
    expect(String(await failureOf(settle({ orderId: "order-2" })))).toMatch(
      /Another reference has this order/,
    );
  });

  test("leaves an order to others when it ends between claiming it and recording it", async () => {
    await leaveUnknown("reset before headers, nothing done", "r-2");
    await leaveUnknown("commit, then drop");
    const { replace } = partner.ledger;
    const dying: Ledger = {
      ...ledger,
      replace: (key, from, value, ttlMs) =>
        value.includes('"done"') ? Promise.reject(new Error("killed")) : replace(key, from, value, ttlMs),
    };
    const as = { orderId: "order-1" };
    expect(await failureOf(settle(as, { reference: "r-2", ledger: dying }))).toBeInstanceOf(
      OutcomeUnknownError,
    );
    // It may still be the one of r-2.
    expect(String(await failureOf(settle(as)))).toMatch(/Another reference has this order/);
    await settle("not-placed", { reference: "r-2", withoutLooking: true });
    expect(await settle(as)).toMatchObject({ outcome: "placed" });
    expect(String(await failureOf(settle(as, { reference: "r-2" })))).toMatch(/Nothing is known/);
  });

  test("takes an order whose response held more than was sent, by its identifier in `candidates`", async () => {
    const leaflet = { productId: 7, quantity: 1, packDescription: "Leaflet" };
    const withLeaflet = (order: StoredOrder) => ({
      ...order,
      lineItems: [...(order.lineItems as object[]), leaflet],
    });
    world.asCreated = withLeaflet;
    world.asListed = (orders) => orders.map(withLeaflet);
    const error = await failureOf(submit());
    expect(error).toMatchObject({ code: "OUTCOME_UNKNOWN", candidates: [{ id: "order-1" }] });
    partner.clockMs += hourMs;
    expect((await unsettled())[0]?.seen?.orderIds).toEqual(["order-1"]);
    expect(await settle({ orderId: "order-1" })).toMatchObject({ outcome: "placed" });
  });

  test("refuses a reference that nothing is known of", async () => {
    expect(await failureOf(settle("not-placed"))).toBeInstanceOf(InvalidRequestError);
    expect(await failureOf(settle({ orderId: "order-1" }))).toBeInstanceOf(InvalidRequestError);
  });

  test("at the same time as a call that sends again leaves one order at most", async () => {
    for (let round = 0; round < 10; round++) {
      const reference = `race-${round}`;
      await leaveUnknown("reset before headers, nothing done", reference);
      const before = world.orders.length;
      await Promise.allSettled([
        submit({ reference, resend: { afterMs: 0 } }),
        settle("not-placed", { reference }),
        submit({ reference, resend: { afterMs: 0 } }),
      ]);
      await failureOf(submit({ reference }));
      expect(world.orders.length - before).toBeLessThanOrEqual(1);
    }
  });
});

describe("a reference that is used for another order", () => {
  const other = { ...orderRequest, daysSupply: 60 as const };

  test("is refused with the order that was placed", async () => {
    await submit();
    const error = await failureOf(submit({}, other));
    expect(error).toBeInstanceOf(ReferenceInUseError);
    expect(error).toBeInstanceOf(InvalidRequestError);
    expect(error).toMatchObject({ outcome: "placed", orderId: "order-1", code: "REFERENCE_IN_USE" });
  });

  test("is refused with what to do while the outcome of that one is unknown", async () => {
    await leaveUnknown("commit, then drop");
    const error = await failureOf(submit({}, other));
    expect(error).toMatchObject({ name: "ReferenceInUseError", outcome: "unknown", orderId: undefined });
    expect(describeIssues(error)).toEqual([expect.stringContaining("settle it with settleOrder")]);
    expect(world.orders).toHaveLength(1);
  });
});

describe("listUnsettledOrders", () => {
  test("yields what is unknown, with since when, how often it was sent and what was seen", async () => {
    await submit({ reference: "placed" });
    const sinceMs = partner.timing.wallMs();
    await leaveUnknown("reset before headers, nothing done");
    const [one, ...others] = await unsettled();
    expect(others).toEqual([]);
    expect(one).toMatchObject({ reference: "r-1", sends: 1 });
    expect(one?.sinceMs).toBeGreaterThanOrEqual(sinceMs);
    await settle("not-placed");
    expect(await unsettled()).toEqual([]);
  });

  test("leaves out what is younger than asked for", async () => {
    await leaveUnknown("reset before headers, nothing done");
    expect(await unsettled(hourMs * 2)).toEqual([]);
    expect(await unsettled(hourMs / 2)).toHaveLength(1);
  });

  test("yields a reference whose process was killed at any use of the ledger, until it is placed or was never entered", async () => {
    for (let step = 0; step < 12; step++) {
      const reference = `killed-${step}`;
      let uses = 0;
      const gone = () => new Promise<never>(() => {});
      const shared = ledger as unknown as Record<string, (...args: unknown[]) => unknown>;
      const dying = Object.fromEntries(
        ["get", "set", "add", "delete", "replace", "remove"].map((use) => [
          use,
          (...args: unknown[]) => (uses++ < step ? Promise.resolve(shared[use]?.(...args)) : gone()),
        ]),
      ) as unknown as Ledger;
      const before = world.orders.length;
      // The killed process's own promise never matters again.
      submit({ reference, ledger: dying, deadlineMs: 200 }).catch(() => {});
      await systemTiming.sleep(100);
      const isListed = (await unsettled()).some((one) => one.reference === reference);
      const isStored = world.orders.length > before;
      const again = await submit({ reference }).catch((error: unknown) => error);
      if (isStored && !isListed) expect(again).toMatchObject({ outcome: "already-submitted" });
      if (!isStored && !isListed) expect(again).toMatchObject({ outcome: "created" });
      expect(world.orders.length - before).toBeLessThanOrEqual(1);
    }
  });

  test.each([
    Number.NaN,
    -1,
    "ten" as unknown as number,
  ])("refuses an age of %s, which would hide all", (age) => {
    expect(() => listUnsettledOrders(ledger, { olderThanMs: age })).toThrow(ConfigurationError);
  });

  test("refuses a ledger that can't list", () => {
    const { list, ...plain } = memoryLedger();
    expect(list).toBeDefined();
    expect(() => listUnsettledOrders(plain)).toThrow(/has a list/);
  });
});

describe("cancelOrder", () => {
  const order = (status: string) => ({ json: { id: "o-1", status } });

  test("says what the order's status is after a lost response, and after a refusal", async () => {
    const statuses = ["CREATED", "CANCELLED"];
    let refusal: { status: number; json: object } | undefined;
    const server = await startScriptedServer((request, response) => {
      if (request.method === "POST") return refusal ?? void response.destroy();
      return order(statuses.shift() ?? "SHIPPED");
    });
    const client = createFulfillmentClient({ accessToken: "token", baseUrl: server.origin });
    expect(await cancelOrderWith(client, "o-1", {}, partner.timing)).toMatchObject({ outcome: "cancelled" });
    refusal = { status: 422, json: { detail: "shipped" } };
    expect(await cancelOrder(client, "o-1")).toMatchObject({
      outcome: "not-cancelled",
      order: { status: "SHIPPED" },
    });
    await server.close();
  });

  test.each([
    400, 403, 405, 409, 410, 422, 423,
  ])("is cancelled when it was before, whatever refuses it again (%i)", async (status) => {
    const server = await startScriptedServer(({ method }) =>
      method === "POST" ? { status, json: { detail: "cancelled" } } : order("CANCELLED"),
    );
    const client = createFulfillmentClient({ accessToken: "token", baseUrl: server.origin });
    expect(await cancelOrder(client, "o-1")).toMatchObject({ outcome: "cancelled" });
    await server.close();
  });

  test.each([
    401, 404,
  ])("throws what says nothing of the order, or that there is none (%i)", async (status) => {
    const server = await startScriptedServer(() => ({ status, json: { detail: "no" } }));
    const client = createFulfillmentClient({ accessToken: "token", baseUrl: server.origin });
    await expect(cancelOrder(client, "o-1")).rejects.toMatchObject({ status });
    expect(server.requests.map(({ method }) => method)).not.toContain("GET");
    await server.close();
  });

  test.each([
    200, 202,
  ])("waits for an order that is not cancelled yet where the API has accepted it (%i)", async (status) => {
    const reads = ["CREATED", "CREATED", "CANCELLED"];
    const server = await startScriptedServer(({ method }) =>
      method === "POST" ? { status, ...order("CREATED") } : order(reads.shift() ?? "CANCELLED"),
    );
    const client = createFulfillmentClient({ accessToken: "token", baseUrl: server.origin });
    expect(await cancelOrderWith(client, "o-1", {}, partner.timing)).toMatchObject({ outcome: "cancelled" });
    await server.close();
  });

  test("is unknown when the order can't be read", async () => {
    const server = await startScriptedServer((_request, response) => void response.destroy());
    const client = createFulfillmentClient({ accessToken: "token", baseUrl: server.origin, maxRetries: 0 });
    expect(await cancelOrderWith(client, "o-1", {}, partner.timing)).toMatchObject({ outcome: "unknown" });
    await server.close();
  });
});

describe("a reference that was entered by a clock that was a year ahead", () => {
  const yearMs = 365 * 24 * hourMs;

  /** Leaves it unknown, with its order stored at the right time, and a day later by a clock that is right again. */
  async function leaveUnknownAhead(): Promise<void> {
    partner.clockMs = yearMs;
    world.nowMs = () => systemTiming.wallMs() + (partner.clockMs % yearMs);
    const list = world.asListed;
    world.asListed = () => [];
    partner.strike("commit, then drop");
    await failureOf(submit());
    world.asListed = list;
    partner.clockMs = 24 * hourMs;
  }

  test("is listed, looked for, and settled once it was met", async () => {
    await leaveUnknownAhead();
    expect(await unsettled(hourMs)).toHaveLength(1);
    expect(await failureOf(submit())).toMatchObject({ candidates: [{ id: "order-1" }] });
    expect(String(await failureOf(settle({ orderId: "order-1" })))).toMatch(/Too early/);
    partner.clockMs += hourMs;
    expect(await failureOf(submit({ resend: true }))).toMatchObject({ candidates: [{ id: "order-1" }] });
    expect(String(await failureOf(settle("not-placed")))).toMatch(/order-1/);
    expect(await settle({ orderId: "order-1" })).toMatchObject({ outcome: "placed" });
    expect(world.orders).toHaveLength(1);
  });

  test("is not freed by whoever looks for the order since the clock is right", async () => {
    await leaveUnknownAhead();
    expect(String(await failureOf(settle("not-placed")))).toMatch(/Too early/);
    partner.clockMs += yearMs;
    world.nowMs = () => partner.timing.wallMs();
    await submit({ reference: "other" }, { ...orderRequest, daysSupply: 90 });
    partner.clockMs += hourMs;
    expect(String(await failureOf(settle("not-placed")))).toMatch(/order-1/);
    expect(await failureOf(submit({ resend: true }))).toBeInstanceOf(OutcomeUnknownError);
    expect(world.orders).toHaveLength(2);
  });
});
