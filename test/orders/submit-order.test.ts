import {
  ConfigurationError,
  InvalidRequestError,
  type Ledger,
  memoryLedger,
  OutcomeUnknownError,
  type SubmitOrderOptions,
  submitOrder,
  ValidationError,
} from "juniper-fulfillment";
import { describe, expect, test } from "vitest";
import type { World } from "../../scripts/faults/order-backend.ts";
import { orderRequest } from "../../scripts/samples/requests.ts";
import { startScriptedServer } from "../../scripts/samples/scripted-server.ts";
import { beginEachTestAs, type OrderWorld } from "../support/order-world.ts";

let partner: OrderWorld;
let world: World;
let ledger: Ledger;

beginEachTestAs((next) => {
  partner = next;
  ({ world, ledger } = partner);
});

const submit = (options: Partial<SubmitOrderOptions> = {}, order = orderRequest) =>
  partner.submit({ lookup: { timeoutMs: 300 }, ...options }, order, partner.client({ timeoutMs: 1_000 }));

const failureOf = (call: Promise<unknown>) =>
  call.then(
    () => undefined,
    (error: unknown) => error,
  );

describe("submitOrder", () => {
  test("creates an order, and says so", async () => {
    expect(await submit()).toMatchObject({
      outcome: "created",
      order: { id: "order-1", orderType: "ONE_TIME" },
    });
  });

  test.each([
    null,
    7,
    "order",
    [],
    { lineItems: 5 },
    { lineItems: [null] },
    { lineItems: [5n] },
  ])("refuses what can't be an order before anything is sent, and leaves the reference free", async (order) => {
    // A caller without types.
    await expect(submit({}, order as never)).rejects.toBeInstanceOf(InvalidRequestError);
    expect(world.requests).toBe(0);
    expect(await submit()).toMatchObject({ outcome: "created" });
  });

  test("with the same reference returns the same order, from another process too", async () => {
    await submit();
    expect(await submit()).toMatchObject({
      outcome: "already-submitted",
      order: { id: "order-1", status: "CREATED" },
    });
    expect(world.orders).toHaveLength(1);
  });

  test("says which order it is even when it can't be read", async () => {
    await submit();
    partner.strike("commit, then an empty 500");
    expect(await submit()).toEqual({ outcome: "already-submitted", order: { id: "order-1" } });
  });

  test("with the same reference and another order fails without a request", async () => {
    await submit();
    const requests = world.requests;
    expect(await failureOf(submit({}, { ...orderRequest, daysSupply: 60 }))).toBeInstanceOf(
      InvalidRequestError,
    );
    expect(world.requests).toBe(requests);
  });

  test("does not mind in which order the fields were written", async () => {
    await submit();
    const reversed = Object.fromEntries(Object.entries(orderRequest).reverse()) as typeof orderRequest;
    expect(await submit({}, reversed)).toMatchObject({ outcome: "already-submitted" });
  });

  test("sends what it was given, whatever becomes of the object meanwhile", async () => {
    const order = structuredClone(orderRequest);
    const submission = submit({}, order);
    order.customer.firstName = "Eve";
    await submission;
    expect(world.orders[0]).toMatchObject({ customer: { firstName: "Ada" } });
  });

  test("called ten times at once sends once", async () => {
    const results = await Promise.all(
      Array.from({ length: 10 }, () => submit({ lookup: { timeoutMs: 5_000 } })),
    );
    expect(world.orders).toHaveLength(1);
    expect(results.filter(({ outcome }) => outcome === "created")).toHaveLength(1);
    expect(new Set(results.map(({ order }) => order.id))).toEqual(new Set(["order-1"]));
  });

  test("keeps a ledger of its own for each client that was given none", async () => {
    const client = partner.client();
    await submitOrder(client, orderRequest, { reference: "r" });
    expect((await submitOrder(client, orderRequest, { reference: "r" })).outcome).toBe("already-submitted");
  });

  for (const reference of ["", "x".repeat(257), undefined, 7]) {
    test(`refuses the reference ${String(reference).slice(0, 5)}`, async () => {
      expect(await failureOf(submit({ reference: reference as string }))).toBeInstanceOf(ConfigurationError);
      expect(world.requests).toBe(0);
    });
  }
});

describe("an order that was refused", () => {
  test("can be corrected and submitted anew under the same reference", async () => {
    const server = await startScriptedServer(({ number: count }) =>
      count === 1 ? { status: 422, json: { detail: [] } } : { status: 201, json: { id: "order-1" } },
    );
    const client = partner.client({ baseUrl: server.origin });
    expect(await failureOf(submitOrder(client, orderRequest, { reference: "r", ledger }))).toBeInstanceOf(
      ValidationError,
    );
    const corrected = { ...orderRequest, daysSupply: 60 as const };
    expect((await submitOrder(client, corrected, { reference: "r", ledger })).outcome).toBe("created");
    await server.close();
  });
});

describe("an order of unknown outcome", () => {
  test("is found when it was stored", async () => {
    partner.strike("commit, then drop");
    expect(await submit()).toMatchObject({ outcome: "found", order: { id: "order-1" } });
    expect(await submit()).toMatchObject({ outcome: "already-submitted" });
  });

  test("is found on a later page, and after a lookup that failed", async () => {
    world.pageSize = 1;
    for (let count = 0; count < 3; count++)
      await submit({ reference: `other-${count}` }, { ...orderRequest, daysSupply: 90 });
    partner.strike("commit, then stall", "reset mid-body");
    expect(await submit({ lookup: { timeoutMs: 3_000 } })).toMatchObject({
      outcome: "found",
      order: { id: "order-4" },
    });
  });

  test("is not looked for beyond maxPages", async () => {
    world.pageSize = 1;
    for (let count = 0; count < 5; count++)
      await submit({ reference: `other-${count}` }, { ...orderRequest, daysSupply: 90 });
    partner.strike("commit, then drop");
    world.requests = 0;
    const error = await failureOf(submit({ lookup: { maxPages: 2, timeoutMs: 1 } }));
    expect(error).toBeInstanceOf(OutcomeUnknownError);
    expect(world.requests).toBe(3);
  });

  test("stays unknown when there is no such order, and is not sent by a second call", async () => {
    partner.strike("reset before headers, nothing done");
    expect(await failureOf(submit())).toBeInstanceOf(OutcomeUnknownError);
    expect(await failureOf(submit())).toBeInstanceOf(OutcomeUnknownError);
    expect(world.orders).toHaveLength(0);
  });

  test("stays unknown while that of another reference alike is unknown, with both orders as candidates", async () => {
    partner.strike("commit, then drop", "commit, then drop");
    expect(await failureOf(submit({ reference: "r-2", lookup: { timeoutMs: 1 } }))).toBeInstanceOf(
      OutcomeUnknownError,
    );
    partner.strike("commit, then drop");
    const error = await failureOf(submit());
    expect(error).toBeInstanceOf(OutcomeUnknownError);
    expect((error as OutcomeUnknownError).candidates).toMatchObject([{ id: "order-1" }, { id: "order-2" }]);
    expect(world.orders).toHaveLength(2);
  });

  test("is told from those of other references alike, once those are settled", async () => {
    partner.strike("commit, then drop");
    expect(await submit({ reference: "r-2" })).toMatchObject({ outcome: "found", order: { id: "order-1" } });
    await submit({ reference: "r-3" });
    partner.strike("commit, then drop");
    expect(await submit()).toMatchObject({ outcome: "found", order: { id: "order-3" } });
    partner.strike("reset before headers, nothing done");
    expect(await failureOf(submit({ reference: "r-4" }))).toMatchObject({
      code: "OUTCOME_UNKNOWN",
      candidates: [],
    });
  });

  test("is not taken for one alike of long before", async () => {
    await submit({ reference: "last month" });
    partner.clockMs += 30 * 24 * 3_600_000;
    partner.strike("reset before headers, nothing done");
    expect(await failureOf(submit())).toMatchObject({ code: "OUTCOME_UNKNOWN", candidates: [] });
  });

  test("allows for a server whose clock is behind", async () => {
    world.nowMs = () => partner.timing.wallMs() - 45_000;
    partner.strike("commit, then drop");
    expect(await submit()).toMatchObject({ outcome: "found" });
  });

  test("is sent again when told to, and by one of many alone, but only once the first request is over", async () => {
    await partner.placeAnother();
    partner.strike("reset before headers, nothing done");
    await failureOf(submit());
    expect(await failureOf(submit({ resend: true }))).toBeInstanceOf(OutcomeUnknownError);
    expect(world.orders).toHaveLength(0);
    partner.clockMs += 3_600_000;
    const outcomes = await Promise.allSettled(Array.from({ length: 5 }, () => submit({ resend: true })));
    expect(outcomes.filter(({ status }) => status === "fulfilled").length).toBeGreaterThan(0);
    expect(world.orders).toHaveLength(1);
  });
});

describe("the ledger", () => {
  test("is given the reference, and nothing about a customer", async () => {
    const seen: string[] = [];
    const spy = memoryLedger();
    const note = <Entry extends readonly unknown[]>(entry: Entry): Entry => {
      seen.push(entry.join(" "));
      return entry;
    };
    const watching: Ledger = {
      add: (...entry) => spy.add(...note(entry)),
      set: (...entry) => spy.set(...note(entry)),
      get: (...entry) => spy.get(...note(entry)),
      delete: (...entry) => spy.delete(...note(entry)),
      replace: (...entry) => spy.replace?.(...note(entry)) ?? false,
    };
    partner.strike("commit, then drop");
    await submit({ ledger: watching, reference: "2026-000123" });
    expect(seen.join(" ")).toContain("2026-000123");
    expect(seen.join(" ")).not.toMatch(/ada@|Example|Main Street|customer-1/i);
  });

  test("that fails before the order is sent stops it", async () => {
    const failing = { ...memoryLedger(), add: () => Promise.reject(new Error("ledger down")) };
    const errors: unknown[] = [];
    const onLedgerError = (failure: unknown) => errors.push(failure);
    const error = await failureOf(submit({ ledger: failing, onLedgerError }));
    expect(error).toBeInstanceOf(OutcomeUnknownError);
    expect(errors).toEqual([new Error("ledger down")]);
    expect(world.requests).toBe(0);
  });

  test("that fails after the order was stored does not hide it", async () => {
    const errors: unknown[] = [];
    const inner = memoryLedger();
    const failing: Ledger = {
      ...inner,
      replace: (key, expected, value) =>
        value.includes("done")
          ? Promise.reject(new Error("ledger down"))
          : (inner.replace?.(key, expected, value) ?? false),
    };
    const result = await submit({ ledger: failing, onLedgerError: (error) => errors.push(error) });
    expect(result.outcome).toBe("created");
    expect(errors).toHaveLength(1);
  });

  test("that holds something else is named", async () => {
    const strange = { ...memoryLedger(), add: () => false, get: () => "hello" };
    await expect(submit({ ledger: strange })).rejects.toThrow(/The ledger holds something else/);
  });
});
