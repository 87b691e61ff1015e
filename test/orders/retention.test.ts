import { ConfigurationError, type Ledger, memoryLedger, OutcomeUnknownError } from "juniper-fulfillment";
import { describe, expect, test } from "vitest";
import { orderRequest } from "../../scripts/samples/requests.ts";
import { beginEachTestAs, endOf, hourMs, type OrderWorld } from "../support/order-world.ts";

let partner: OrderWorld;
beginEachTestAs((next) => {
  partner = next;
});

const yearMs = 365 * 24 * hourMs;

/** A ledger that tells for how long it keeps what it holds. */
function timedLedger(members = Object.keys(memoryLedger())) {
  const { store, lives } = { store: memoryLedger() as Required<Ledger>, lives: new Map<string, number>() };
  const keep = (key: string, ttlMs = Number.POSITIVE_INFINITY) => lives.set(key, ttlMs);
  const ledger: Required<Ledger> = {
    ...store,
    add: async (key, value, ttlMs) => {
      const isNew = await store.add(key, value, ttlMs);
      if (isNew) keep(key, ttlMs);
      return isNew;
    },
    set: async (key, value, ttlMs) => {
      await store.set(key, value, ttlMs);
      keep(key, ttlMs);
    },
    replace: async (key, expected, value, ttlMs) => {
      const isReplaced = await store.replace(key, expected, value, ttlMs);
      if (isReplaced) keep(key, ttlMs);
      return isReplaced;
    },
    delete: async (key) => {
      await store.delete(key);
      lives.delete(key);
    },
  };
  const own = Object.fromEntries(Object.entries(ledger).filter(([name]) => members.includes(name)));
  return { ledger: own as unknown as Required<Ledger>, lives };
}

const kinds = [
  { name: "a full ledger", members: undefined },
  { name: "a ledger without replace and list", members: ["get", "set", "add", "delete"] },
];

describe("with retentionMs", () => {
  for (const { name, members } of kinds) {
    test(`all that is kept of a placed order ends: ${name}`, async () => {
      const { ledger, lives } = timedLedger(members);
      const options = { ledger, retentionMs: yearMs, lookup: { timeoutMs: 1 } };
      const submit = (reference: string, resend?: { afterMs: number }) => {
        const customer = { ...orderRequest.customer, sourceId: reference };
        return endOf(partner.submit({ ...options, reference, resend }, { ...orderRequest, customer }));
      };
      expect(await submit("created")).toBe("created");
      expect(await submit("created")).toBe("already-submitted");
      partner.strike("commit, then drop");
      expect(await submit("found")).toBe("found");
      partner.strike("reset before headers, nothing done");
      expect(await submit("sent again")).toBeInstanceOf(OutcomeUnknownError);
      partner.clockMs += hourMs;
      expect(await submit("sent again", { afterMs: 0 })).toBe("created");
      expect([...lives.values()].filter((ttlMs) => ttlMs > yearMs)).toEqual([]);
      expect(lives.size).toBeGreaterThan(3);
    });
  }

  test("what is settled ends too, and what is unknown does not", async () => {
    const { ledger, lives } = timedLedger();
    partner.strike("reset before headers, nothing done", "503 without");
    const options = { ledger, retentionMs: yearMs, lookup: { timeoutMs: 1 } };
    expect(await endOf(partner.submit(options))).toBeInstanceOf(OutcomeUnknownError);
    partner.clockMs += hourMs;
    const endless = () => [...lives].filter(([, ttlMs]) => ttlMs > yearMs).map(([key]) => key);
    expect(endless()).toHaveLength(2);
    const { order } = await partner.submit({ reference: "other" });
    const as = { orderId: order.id };
    await partner.settle(as, { ledger, retentionMs: yearMs });
    expect(endless()).toEqual([]);
  });

  test("of less than 32 days a submission is refused, and so is a settlement", async () => {
    for (const retentionMs of [0, -1, 31 * 24 * hourMs, Number.NaN]) {
      expect(await endOf(partner.submit({ retentionMs }))).toBeInstanceOf(ConfigurationError);
      expect(await endOf(partner.settle("not-placed", { retentionMs }))).toBeInstanceOf(ConfigurationError);
    }
  });
});

test("the ledger in memory has a bound, and forgets what is settled before anything else", () => {
  const ledger = memoryLedger() as Required<Ledger>;
  ledger.add("juniper-fulfillment:order:reference:pending", '{"state":"pending"}');
  ledger.add("juniper-fulfillment:order:alike:first", "several", yearMs);
  ledger.add("juniper-fulfillment:order:reference:first", '{"state":"done"}');
  const placeMany = () => {
    for (let number = 0; number < 130_000; number++) {
      ledger.add(`juniper-fulfillment:order:alike:${number}`, "several", yearMs);
      ledger.add(`juniper-fulfillment:order:reference:${number}`, '{"state":"done"}');
    }
  };
  placeMany();
  expect(ledger.get("juniper-fulfillment:order:reference:pending")).toBe('{"state":"pending"}');
  expect(ledger.get("juniper-fulfillment:order:alike:first")).toBeUndefined();
  expect(ledger.get("juniper-fulfillment:order:reference:first")).toBeUndefined();
  expect(ledger.get("juniper-fulfillment:order:reference:129999")).toBe('{"state":"done"}');
});
