import { mkdtemp, readdir, readFile, rm, truncate } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inspect } from "node:util";
import {
  ConfigurationError,
  type Ledger,
  listUnsettledOrders,
  memoryLedger,
  OutcomeUnknownError,
  signWebhook,
  submitOrders,
  webhookHandler,
} from "juniper-fulfillment";
import { fileLedger } from "juniper-fulfillment/stores";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { orderRequest } from "../../scripts/samples/requests.ts";
import { systemTiming } from "../../src/wrapper/timing.ts";
import { beginEachTestAs, endOf, hourMs, type OrderWorld } from "../support/order-world.ts";

let partner: OrderWorld;

beginEachTestAs((next) => {
  partner = next;
});

/** The ledger, whose `get` gives something else under keys of one kind. */
const holding = (value: unknown, kind: string): Ledger => ({
  ...partner.ledger,
  get: (key) => (key.includes(kind) ? (value as string) : partner.ledger.get(key)),
});
const strange = ["hello", "", "null", "7", "[1]", "{}", '{"loose":7,"strict":[]}', 7, { state: "done" }];

describe("a ledger that holds something else", () => {
  test.each(strange)("under the reference (%j) leaves it unknown, and nothing is sent", async (value) => {
    const ledger = { ...holding(value, ":reference:"), add: () => false };
    const error = await endOf(partner.submit({ ledger }));
    expect(error).toBeInstanceOf(OutcomeUnknownError);
    expect(String(error)).toMatch(/holds something else .* This call has placed nothing/);
    expect(partner.world.requests).toBe(0);
  });

  test.each(
    strange,
  )("under the fingerprint (%j) stops the call before it sends, and frees its reference", async (value) => {
    await partner.submit({ reference: "alike" });
    const before = partner.world.orders.length;
    const error = await endOf(partner.submit({ ledger: holding(value, ":alike:") }));
    expect(error).toBeInstanceOf(ConfigurationError);
    expect(partner.world.orders).toHaveLength(before);
    expect(await endOf(partner.submit())).toBe("created");
  });

  test.each([
    ":alike:",
    ":echo",
    ":claim:",
    ":reference:",
  ])("under %s after an order was sent leaves it unknown, and listed", async (kind) => {
    await partner.submit({ reference: "first" }, { ...orderRequest, daysSupply: 90 });
    for (const value of strange) {
      const reference = `r ${JSON.stringify(value)}`;
      let isSent = false;
      partner.world.nextFault = () => {
        isSent = true;
        partner.world.nextFault = () => undefined;
        return "commit, then drop";
      };
      const foreign = holding(value, kind);
      const ledger = { ...foreign, get: (key: string) => (isSent ? foreign : partner.ledger).get(key) };
      const end = await endOf(partner.submit({ reference, ledger }));
      const isListed = (await partner.unsettled()).some((one) => one.reference === reference);
      // Where the value plays no part the order is found.
      if (end !== "found") expect(end).toBeInstanceOf(OutcomeUnknownError);
      expect(isListed).toBe(end !== "found");
      if (end !== "found") expect(String(end)).not.toContain("has placed nothing");
    }
  });

  test("lists every other order, and then names the key", async () => {
    partner.world.nextFault = () => "reset before headers, nothing done";
    for (const reference of ["a", "b", "c"])
      await endOf(partner.submit({ reference, lookup: { timeoutMs: 1 } }));
    const [, broken] = await partner.unsettled();
    const { get } = partner.ledger;
    const name = JSON.stringify(broken?.reference);
    const seen: string[] = [];
    partner.ledger = {
      ...partner.ledger,
      get: async (key) => {
        const text = await get(key);
        return key.includes(":reference:") && text?.includes(`"reference":${name}`) ? "hello" : text;
      },
    };
    const reading = (async () => {
      for await (const { reference } of listUnsettledOrders(partner.ledger, { olderThanMs: 0 }))
        seen.push(reference);
    })();
    await expect(reading).rejects.toThrow(/holds something else under juniper-fulfillment:order:reference:/);
    expect(seen).toHaveLength(2);
  });
});

describe("a ledger in a folder, one file of which is damaged", () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "damaged-"));
    partner.ledger = fileLedger(folder);
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  /** Cuts the file of a reference short. */
  async function damage(reference: string): Promise<void> {
    for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
      const path = join(entry.parentPath, entry.name);
      const text = entry.isFile() ? await readFile(path, "utf8") : "";
      if (text.includes(":order:reference:") && text.includes(reference)) await truncate(path, 40);
    }
  }

  test("leaves its reference unknown, and nothing is sent again", async () => {
    await partner.submit();
    await damage('state\\":\\"done');
    const error = await endOf(partner.submit());
    expect(error).toBeInstanceOf(OutcomeUnknownError);
    expect(String(error)).toMatch(/file [\da-f]+ is damaged.* This call has placed nothing/);
    expect(partner.world.orders).toHaveLength(1);
  });

  test("lists every other order, and then names the file", async () => {
    partner.world.nextFault = () => "reset before headers, nothing done";
    for (const reference of ["a", "b", "c"])
      await endOf(partner.submit({ reference, lookup: { timeoutMs: 1 } }));
    const [first, ...others] = await partner.unsettled();
    await damage(`reference\\":\\"${first?.reference}\\"`);
    const seen: string[] = [];
    const reading = (async () => {
      for await (const { reference } of listUnsettledOrders(partner.ledger, { olderThanMs: 0 }))
        seen.push(reference);
    })();
    await expect(reading).rejects.toThrow(/file [\da-f]+ is damaged/);
    expect(seen).toEqual(others.map(({ reference }) => reference));
  });
});

describe("a ledger that returns what its driver does, in place of true or false", () => {
  const results = { no: { rowCount: 0 }, yes: { rowCount: 1 } };
  const sloppy = (...names: readonly ("add" | "replace")[]): Ledger => ({
    ...partner.ledger,
    ...Object.fromEntries(
      names.map((name) => [
        name,
        (...args: string[]) => results[Reflect.apply(partner.ledger[name], null, args) ? "yes" : "no"],
      ]),
    ),
  });

  test.each([["add"], ["replace"]] as const)("is refused by the name of the method (%s)", async (name) => {
    const calls = [1, 2].map(() => endOf(partner.submit({ ledger: sloppy(name) })));
    const errors = await Promise.all(calls);
    expect(errors[0]).toBeInstanceOf(ConfigurationError);
    expect(String(errors[0])).toMatch(`The store's ${name} must return whether it was carried out`);
    expect(partner.world.requests).toBe(0);
  });

  test("is refused by the handler of webhooks too", async () => {
    const errors: unknown[] = [];
    const store = sloppy("replace");
    const onError = (error: unknown) => errors.push(error);
    const deliver = async (status: string, minute: number) => {
      const at = new Date(partner.timing.wallMs() + minute * 60_000).toISOString();
      const payload = JSON.stringify({ order: { orderId: "o", status, createdAt: at, updatedAt: at } });
      const headers = { "x-juniper-signature": await signWebhook({ payload, secret: "secret" }) };
      const handler = webhookHandler({ secret: "secret", store, onEvent: () => {}, onError });
      await handler(new Request("http://shop.example", { method: "POST", body: payload, headers }));
    };
    await deliver("PROCESSING", 0);
    await deliver("SHIPPED", 1);
    expect(String(errors)).toMatch(/The store's replace must return whether it was carried out/);
  });
});

describe("a ledger that can't be one", () => {
  const wrong: Record<string, unknown> = {
    map: new Map(),
    "client of a database": { get: async () => null, set: async () => "OK", del: async () => 1 },
    class: class {},
    false: false,
    null: null,
  };
  const no = (name: string): { ledger: Ledger } => ({ ledger: wrong[name] as Ledger });
  const words = /ledger must have the method add/;

  test.each(Object.keys(wrong))("is refused before anything is sent (%s)", async (name) => {
    const errors = [
      await endOf(partner.submit(no(name))),
      await endOf(partner.settle("not-placed", no(name))),
    ];
    for (const error of errors) {
      expect(error).toBeInstanceOf(ConfigurationError);
      expect(String(error)).toMatch(words);
    }
    expect(() => submitOrders(partner.client(), [], no(name))).toThrow(words);
    expect(partner.world.requests).toBe(0);
  });
});

describe("a ledger that fails for a while after an order was refused", () => {
  test("frees the reference all the same, so that the corrected order can be placed", async () => {
    let failures = 0;
    let isRefused = false;
    const flaky = Object.fromEntries(
      Object.entries(partner.ledger).map(([name, use]) => [
        name,
        (...args: unknown[]) => {
          if (isRefused && failures++ < 3) throw Object.assign(new Error("down"), { code: "ECONNREFUSED" });
          return Reflect.apply(use as () => unknown, null, args);
        },
      ]),
    ) as unknown as Ledger;
    partner.world.nextFault = () => {
      isRefused = true;
      return "429 without";
    };
    expect(await endOf(partner.submit({ ledger: flaky }))).toMatchObject({ status: 429 });
    partner.world.nextFault = () => undefined;
    const corrected = { ...orderRequest, daysSupply: 60 as const };
    expect(await endOf(partner.submit({ ledger: flaky }, corrected))).toBe("created");
  });
});

describe("a ledger that hangs after the order was sent", () => {
  test.each([
    "commit, then drop",
    "commit, then stall",
    undefined,
  ] as const)("holds the call up for no more than two seconds after its deadline (%s)", async (fault) => {
    let isSent = false;
    partner.world.nextFault = () => {
      isSent = true;
      partner.world.nextFault = () => undefined;
      return fault;
    };
    const hang =
      <Args extends unknown[], Value>(use: (...args: Args) => Value) =>
      (...args: Args): Value | Promise<never> =>
        isSent ? new Promise<never>(() => {}) : use(...args);
    const { get, set, add, delete: forget, replace, remove } = partner.ledger;
    const ledger = {
      ...{ get: hang(get), set: hang(set), add: hang(add) },
      ...{ delete: hang(forget), replace: hang(replace), remove: hang(remove) },
    } as Ledger;
    const startMs = systemTiming.monotonicMs();
    const end = await endOf(partner.submit({ ledger, deadlineMs: 500 }));
    // One grace of two seconds, and some time for a busy machine. Two graces would be four.
    expect(systemTiming.monotonicMs() - startMs).toBeLessThan(500 + 2_000 + 1_200);
    if (fault === undefined) expect(end).toBe("created");
    else expect(end).toBeInstanceOf(OutcomeUnknownError);
  });
});

describe("a ledger that forgets everything while the order is sent", () => {
  test("holds the reference again when the response was lost, so that the next call sends nothing", async () => {
    const { ledger } = partner;
    partner.world.nextFault = () => {
      partner.world.nextFault = () => undefined;
      partner.ledger = memoryLedger() as Required<Ledger>;
      return "commit, then drop";
    };
    const flushed = Object.fromEntries(
      Object.keys(ledger).map((name) => [
        name,
        (...args: never[]) =>
          (partner.ledger[name as keyof Ledger] as (...args: never[]) => unknown).apply(partner.ledger, args),
      ]),
    ) as unknown as Ledger;
    const first = await endOf(partner.submit({ ledger: flushed }));
    expect(first).toBeInstanceOf(OutcomeUnknownError);
    expect((first as OutcomeUnknownError).candidates).toHaveLength(1);
    expect(await endOf(partner.submit())).toBeInstanceOf(OutcomeUnknownError);
    expect(partner.world.orders).toHaveLength(1);
  });
});

describe("the words of a ledger's own error", () => {
  const secret = "postgres://shop:s3cret@db.internal/shop";
  const failure = Object.assign(new Error(`connect ECONNREFUSED ${secret}`), {
    code: "ECONNREFUSED",
    address: secret,
  });
  const failing = (from: "start" | "sent"): Ledger => {
    let isSent = from === "start";
    partner.world.nextFault = () => {
      isSent = true;
      return "commit, then drop";
    };
    const fail =
      (use: (...args: never[]) => unknown) =>
      (...args: never[]) =>
        isSent ? Promise.reject(failure) : use(...args);
    return Object.fromEntries(
      Object.entries(partner.ledger).map(([name, use]) => [name, fail(use as (...args: never[]) => unknown)]),
    ) as unknown as Ledger;
  };

  test.each([
    "start",
    "sent",
  ] as const)("stay out of what is logged, and its code does not (%s)", async (from) => {
    const error = await endOf(partner.submit({ ledger: failing(from), deadlineMs: 2_000 }));
    expect(error).toBeInstanceOf(OutcomeUnknownError);
    let text = "";
    for (let cause: unknown = error; cause instanceof Error; cause = cause.cause)
      text += `${cause.message}\n`;
    text += inspect(error, { depth: 9, showHidden: true });
    expect(text).not.toContain("s3cret");
    if (from === "start") expect(text).toContain("ECONNREFUSED");
  });

  test("stay out of sight when what it throws can't be looked at", async () => {
    const hostile = (): never => {
      throw new Error("s3cret");
    };
    const thrown: unknown = new Proxy({}, { get: hostile, getPrototypeOf: hostile });
    for (const name of ["get", "add", "replace", "set"] as const) {
      const fail = () => {
        throw thrown;
      };
      const error = await endOf(
        partner.submit({ reference: name, ledger: { ...partner.ledger, [name]: fail } }),
      );
      if (error === "created") continue;
      expect(error).toBeInstanceOf(OutcomeUnknownError);
      expect(inspect(error, { depth: 9, showHidden: true })).not.toContain("s3cret");
    }
  });

  test("reach onLedgerError, and nobody else", async () => {
    const told: unknown[] = [];
    await endOf(partner.submit({ ledger: failing("start"), onLedgerError: (error) => told.push(error) }));
    expect(told).toEqual([failure]);
  });

  test("stay out of the errors of settleOrder and listUnsettledOrders", async () => {
    const ledger = failing("start");
    const settling = partner.settle("not-placed", { ledger }).catch((error: unknown) => error);
    expect(inspect(await settling, { depth: 9, showHidden: true })).not.toContain("s3cret");
    partner.ledger = { ...partner.ledger, get: () => Promise.reject(failure) };
    partner.ledger.add("juniper-fulfillment:order:open:a:b", "{}");
    const listing = partner.unsettled().catch((error: unknown) => error);
    expect(inspect(await listing, { depth: 9, showHidden: true })).not.toContain("s3cret");
    partner.ledger = {
      ...partner.ledger,
      list: () => {
        throw failure;
      },
    };
    const refused = partner.unsettled().catch((error: unknown) => error);
    expect(inspect(await refused, { depth: 9, showHidden: true })).not.toContain("s3cret");
  });
});

describe("a 201 about another order", () => {
  const respond = (change: (order: typeof orderRequest & { id?: string }) => object) => {
    const client = partner.client();
    client.use({
      async onResponse({ request, response }) {
        if (request.method !== "POST") return undefined;
        return Response.json(change(await response.json()), { status: 201 });
      },
    });
    return client;
  };
  const [item] = orderRequest.lineItems;
  const stranger = { sourceId: "someone", firstName: "Bob", lastName: "Else" };

  test.each([
    ["customer", { customer: stranger }],
    ["lineItems", { lineItems: [{ ...item, productId: 1 }] }],
    ["lineItems", { lineItems: [{ ...item, quantity: 99 }] }],
    ["daysSupply", { lineItems: [], daysSupply: 90 }],
  ])("is not the one that was created: its %s is different", async (field, other) => {
    const elsewhere = { id: "order-of-another" };
    // Its own order can't be found either, so it stays open.
    partner.world.nowMs = () => partner.timing.wallMs() - hourMs;
    const end = await endOf(
      partner.submit(
        {},
        orderRequest,
        respond((order) => ({ ...order, ...elsewhere, ...other })),
      ),
    );
    expect(end).toBeInstanceOf(OutcomeUnknownError);
    expect(String(end)).toContain(
      `The response was about another order, which is in \`candidates\`: it differs in ${field}.`,
    );
    expect(await partner.unsettled()).toMatchObject([{ reference: "r-1" }]);
  });

  test("is the one that was created when only its days' supply is different, which JH-06 allows", async () => {
    const client = respond((order) => ({ ...order, daysSupply: 45 }));
    expect(await endOf(partner.submit({}, orderRequest, client))).toBe("created");
    expect(await partner.unsettled()).toEqual([]);
  });

  const odd: unknown[] = [
    null,
    7,
    "x",
    true,
    [],
    {},
    [null],
    [7],
    [[]],
    [{}],
    { toString: null },
    [{ productId: { toString: null } }],
  ];
  const fields = ["customer", "lineItems", "daysSupply", "shippingMethod", "orderType"];
  test.each(
    fields.flatMap((field) => odd.map((value): [string, unknown] => [field, value])),
  )("of an unknown shape is created or in doubt: its %s is %j", async (field, value) => {
    const client = respond((order) => ({ ...order, [field]: value }));
    for (let calls = 0; calls < 2; calls++) {
      const end = await endOf(partner.submit({}, orderRequest, client));
      expect(
        ["created", "already-submitted", "found"].includes(String(end)) || end instanceof OutcomeUnknownError,
        String(end),
      ).toBe(true);
    }
    expect(partner.world.orders).toHaveLength(1);
  });

  test("whose customer is of an unknown shape in every field is created or in doubt", async () => {
    for (const name of ["sourceId", "firstName", "lastName", "email", "phone", "address"]) {
      for (const value of odd) {
        const customer = { ...orderRequest.customer, sourceId: "C-1", [name]: value };
        const client = respond((order) => ({ ...order, customer }));
        const end = await endOf(
          partner.submit({ reference: `${name} ${odd.indexOf(value)}` }, orderRequest, client),
        );
        expect(end === "created" || end === "found" || end instanceof OutcomeUnknownError, String(end)).toBe(
          true,
        );
      }
    }
  });

  test("does not hide its own, which is found", async () => {
    const client = respond((order) => ({ ...order, id: "order-of-another", customer: stranger }));
    expect(await partner.submit({}, orderRequest, client)).toMatchObject({
      outcome: "found",
      order: { id: "order-1" },
    });
  });

  test.each([
    ["leaves out what it may", ({ id }: { id?: string }) => ({ id })],
    [
      "stores the identifier in another form",
      (order: object) => ({ ...order, customer: { sourceId: " CUSTOMER-" } }),
    ],
    [
      "has an identifier of its own for the customer",
      (order: typeof orderRequest) => ({ ...order, customer: { ...order.customer, sourceId: "C-1" } }),
    ],
  ])("is none where the vendor %s", async (_how, change) => {
    expect(await endOf(partner.submit({}, orderRequest, respond(change as never)))).toBe("created");
  });
});
