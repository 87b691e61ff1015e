import { setTimeout as sleep } from "node:timers/promises";
import {
  type FulfillmentClient,
  InvalidRequestError,
  type Ledger,
  OutcomeUnknownError,
  type SettleOrderOptions,
  type SubmitOrderOptions,
} from "juniper-fulfillment";
import { describe, expect, test } from "vitest";
import type { Fault, StoredOrder } from "../../scripts/faults/order-backend.ts";
import { orderRequest } from "../../scripts/samples/requests.ts";
import { settleOrderWith } from "../../src/orders/settle-order.ts";
import { environments } from "../../src/wrapper/environment.ts";
import { serverOfClient } from "../../src/wrapper/server-of-client.ts";
import { beginEachTestAs, endOf, hourMs, type OrderWorld } from "../support/order-world.ts";

let partner: OrderWorld;
let client: FulfillmentClient;

beginEachTestAs((next) => {
  partner = next;
  client = partner.client();
});

const dayMs = 24 * hourMs;
const orderOf = (sourceId: string) => ({
  ...orderRequest,
  customer: { ...orderRequest.customer, sourceId },
});
const submit = (reference: string, options: Partial<SubmitOrderOptions> = {}) =>
  endOf(partner.submit({ reference, lookup: { timeoutMs: 1 }, ...options }, orderOf(reference), client));
const settle = (reference: string) => endOf(partner.settle("not-placed", { reference }));
const ordersOf = (reference: string) =>
  partner.world.orders.filter((order) => (order.customer as { sourceId?: string }).sourceId === reference);

/** Keeps the orders of a reference from the list, as an API that has lost them does. */
function leaveOut(reference: string): void {
  partner.world.asListed = (orders) => orders.filter((order) => !ordersOf(reference).includes(order));
}

/** Orders of other customers, a minute apart, the newest first, which is so old. */
function earlier(count: number, ageMs: number): StoredOrder[] {
  return Array.from({ length: count }, (_, number) => ({
    ...{ id: `old-${number}`, status: "SHIPPED", ...orderOf(`old-${number}`) },
    createdAt: new Date(partner.timing.wallMs() - ageMs - (number + 1) * 60_000).toISOString(),
  }));
}

/** Submits an order that is stored, with its response lost, and goes on an hour later. */
async function lose(reference: string): Promise<void> {
  const first: Fault[] = ["commit, then drop"];
  partner.world.nextFault = () => first.shift() ?? "503 without";
  expect(await submit(reference)).toBeInstanceOf(OutcomeUnknownError);
  partner.world.nextFault = () => undefined;
  partner.clockMs += hourMs;
}

/** Neither way to a second order is open. */
async function expectNoSecondOrder(reference: string): Promise<void> {
  expect(await submit(reference, { resend: true })).toBeInstanceOf(OutcomeUnknownError);
  expect(await settle(reference)).toBeInstanceOf(InvalidRequestError);
  expect(ordersOf(reference)).toHaveLength(1);
}

const forms: [string, (order: StoredOrder) => object][] = [
  ["no items", (order) => ({ ...order, lineItems: [] })],
  ["items without a product", (order) => ({ ...order, lineItems: [{ productId: null, quantity: null }] })],
  ["a number for an identifier", (order) => ({ ...order, id: Number(order.id.split("-")[1]) })],
];

test.each(forms)("an order that is listed with %s is ruled out by nobody", async (_form, form) => {
  partner.world.asListed = (orders) => orders.map(form);
  await lose("r-1");
  await expectNoSecondOrder("r-1");
});

test("an order without an identifier is named by nobody, and proves nothing", async () => {
  expect(await submit("r-0")).toBe("created");
  await lose("r-1");
  partner.world.asListed = (orders) => orders.map(({ id, ...order }) => order);
  expect(await settle("r-1")).toMatchObject({ message: expect.stringContaining("proves nothing") });
});

test("a list of one status after the other is read past the old orders of the first", async () => {
  const old = Array.from({ length: 40 }, (_, number) => ({
    ...{ id: `old-${number}`, status: "CREATED", ...orderOf(`old-${number}`) },
    createdAt: new Date(partner.timing.wallMs() - (number + 1) * hourMs).toISOString(),
  }));
  partner.world.pageSize = 20;
  partner.world.asListed = (orders) => [
    ...old,
    ...orders.toReversed().map((order) => ({ ...order, status: "PROCESSING" })),
  ];
  await lose("r-1");
  expect(await settle("r-1")).toMatchObject({ message: expect.stringContaining("order-1") });
  expect(await submit("r-1", { resend: true })).toBe("found");
});

test("orders that moved up in a list with the oldest first, as old ones left it, are seen", async () => {
  partner.world.pageSize = 10;
  let gone = 0;
  partner.world.asListed = (orders) => orders.slice(gone);
  for (let number = 0; number < 40; number++) expect(await submit(`old-${number}`)).toBe("created");
  partner.clockMs += dayMs;
  await lose("r-0");
  // Where the list was too old is known from now on.
  expect(await submit("r-0")).toBe("found");
  await lose("r-1");
  gone = 25;
  expect(await submit("r-1", { resend: true })).toBe("found");
});

test("a list of one group after the other is not taken for one that is sorted, whatever groups it", async () => {
  const terms = ["CREATED", "PROCESSING"];
  const old = Array.from({ length: 40 }, (_, number) => ({
    ...{ id: `old-${number}`, status: terms[number % 2], ...orderOf(`old-${number}`) },
    createdAt: new Date(partner.timing.wallMs() - (number + 1) * hourMs).toISOString(),
  }));
  partner.world.pageSize = 20;
  expect(await submit("r-0")).toBe("created");
  partner.world.asListed = (orders) => [...old, ...orders.toReversed()];
  await lose("r-1");
  expect(await settle("r-1")).toMatchObject({ message: expect.stringContaining("order-2") });
  expect(await submit("r-1", { resend: true })).toBe("found");
});

test("a list of groups with the oldest first in each is read from its beginning before anything is proven", async () => {
  partner.world.pageSize = 10;
  const numberOf = ({ id }: StoredOrder) => Number(id.split("-")[1]);
  const isInFirst = (order: StoredOrder) => numberOf(order) <= 20 || numberOf(order) === 42;
  // The oldest one leaves the list as the last one comes, so that no other one moves.
  partner.world.asListed = (orders) => [
    ...orders.filter(isInFirst).slice(orders.length === 42 ? 1 : 0),
    ...orders.filter((order) => !isInFirst(order)),
  ];
  for (let number = 0; number < 40; number++) expect(await submit(`old-${number}`)).toBe("created");
  partner.clockMs += dayMs;
  await lose("r-41");
  // Where the second group was too old is known from now on.
  expect(await submit("r-41")).toBe("found");
  const [looking, losing] = [client, partner.client()];
  client = losing;
  await lose("r-42");
  client = looking;
  expect(await submit("r-42", { resend: true })).toBe("found");
});

test("an order that moves up while the list is read is seen", async () => {
  partner.world.pageSize = 10;
  for (let number = 0; number < 20; number++) expect(await submit(`old-${number}`)).toBe("created");
  await lose("r-1");
  let requests = 0;
  // It is the last one until the first page has been read, and then the first.
  partner.world.asListed = (orders) => {
    const [lost, ...others] = orders.toReversed();
    return requests++ === 0 ? [...others, lost as StoredOrder] : [lost as StoredOrder, ...others];
  };
  expect(await submit("r-1", { resend: true })).toBe("found");
});

describe("where orders come back in another form", () => {
  const changed = (order: StoredOrder) => ({ ...order, daysSupply: 28 });

  test("in the list alone, nothing is proven by not finding one", async () => {
    expect(await submit("r-0")).toBe("created");
    partner.world.asListed = (orders) => orders.map(changed);
    await lose("r-1");
    await expectNoSecondOrder("r-1");
  });

  test("nothing of that is lost as another process notes what it has seen", async () => {
    partner.world.asCreated = changed;
    partner.world.asListed = (orders) => orders.map(changed);
    const { get } = partner.ledger;
    let isBetween = false;
    // While one process has read the note and not written it yet, another one adds to it.
    const slow: Ledger = {
      ...partner.ledger,
      get: async (key) => {
        const text = await get(key);
        if (key.includes(":echo") && !isBetween) {
          isBetween = true;
          expect(await submit("r-0")).toBe("created");
        }
        return text;
      },
    };
    partner.world.asCreated = (order) => order;
    const first = partner.submit({ reference: "faithful", ledger: slow }, orderOf("faithful"), client);
    partner.world.asCreated = (order) => (order.id === "order-1" ? order : changed(order));
    expect(await endOf(first)).toBe("created");
    expect(isBetween).toBe(true);
    await lose("r-1");
    await expectNoSecondOrder("r-1");
  });

  test("that is not forgotten because the ledger failed as it was to be noted", async () => {
    expect(await submit("r-0")).toBe("created");
    partner.world.asCreated = changed;
    const { replace } = partner.ledger;
    let failures = 0;
    const failing: Ledger = {
      ...partner.ledger,
      replace: (key, ...rest) => {
        if (key.includes(":echo:") && failures++ === 0) throw new Error("down for a moment");
        return replace(key, ...rest);
      },
    };
    const differences: unknown[] = [];
    const onDifference = (fields: readonly string[]): unknown => differences.push(...fields);
    const options = { reference: "r-2", ledger: failing, onDifference };
    expect(await endOf(partner.submit(options, orderOf("r-2"), client))).toBe("created");
    expect(differences).toEqual(["daysSupply"]);
    leaveOut("r-1");
    await lose("r-1");
    await expectNoSecondOrder("r-1");
  });

  test("nobody can settle one as not placed because it is not found", async () => {
    partner.world.asCreated = changed;
    partner.world.asListed = (orders) => orders.map(changed);
    expect(await submit("r-0")).toBe("created");
    await lose("r-1");
    await expectNoSecondOrder("r-1");
  });

  test("which makes one look like another order, that is known from then on", async () => {
    const twice = (order: StoredOrder) => ({
      ...order,
      lineItems: orderRequest.lineItems.map((item) => ({ ...item, quantity: item.quantity * 2 })),
    });
    partner.world.asCreated = twice;
    partner.world.asListed = (orders) => orders.map(twice);
    expect(await submit("r-1")).toMatchObject({ message: expect.stringContaining("about another order") });
    partner.clockMs += hourMs;
    await expectNoSecondOrder("r-1");
  });

  test("that is known as long as orders are placed", async () => {
    partner.world.asCreated = changed;
    partner.world.asListed = (orders) => orders.map(changed);
    for (let week = 0; week < 6; week++) {
      expect(await submit(`r-${week}`)).toBe("created");
      partner.clockMs += 7 * dayMs;
    }
    await lose("lost");
    await expectNoSecondOrder("lost");
  });
});

test("what was read before its time proves nothing when its time comes meanwhile", async () => {
  expect(await submit("r-0")).toBe("created");
  await lose("r-1");
  // Half a minute before it may be sent again at the earliest.
  partner.clockMs -= hourMs - 150_000;
  partner.world.earlier.push(...earlier(12, hourMs));
  partner.world.pageSize = 12;
  partner.world.asListed = (orders) => {
    partner.clockMs += 40_000;
    partner.world.asListed = (all) => all;
    return orders;
  };
  const options = { reference: "r-1", lookup: { timeoutMs: 1 }, resend: { afterMs: 0 } };
  expect(await endOf(partner.submit(options, orderOf("r-1"), client))).toBeInstanceOf(OutcomeUnknownError);
  expect(ordersOf("r-1")).toHaveLength(1);
});

describe("an order of the customer that no other reference has", () => {
  const filedUnder = (sourceId: string, order: StoredOrder, email: string | undefined): object => ({
    ...order,
    customer: { ...(order.customer as object), sourceId, email },
  });
  const inAnotherForm: [string, (order: StoredOrder) => object[]][] = [
    ["with other days", (order) => [{ ...order, daysSupply: 28 }]],
    ["with some of its items", (order) => [{ ...order, lineItems: [{ productId: 1, quantity: 1 }] }]],
    ["twice, in two forms", (order) => [order, { ...order, shippingMethod: "EXPEDITED" }]],
    [
      "under another identifier of the customer",
      (order) => [filedUnder("0815", order, orderRequest.customer.email)],
    ],
    ["under another one, and without the email", (order) => [filedUnder("0815", order, undefined)]],
  ];

  test.each(inAnotherForm)("may be the lost one, where it is listed %s", async (_form, form) => {
    expect(await submit("r-0")).toBe("created");
    const asLost = (order: StoredOrder) => (ordersOf("r-1").includes(order) ? form(order) : [order]);
    partner.world.asListed = (orders) => orders.flatMap(asLost);
    await lose("r-1");
    expect(await submit("r-1", { resend: true })).toMatchObject({
      candidates: [{ id: "order-2" }],
      message: expect.stringContaining("in another form. So `resend` is refused"),
    });
    expect(await settle("r-1")).toMatchObject({ message: expect.stringContaining("order-2") });
    expect(ordersOf("r-1")).toHaveLength(1);
    const options = { reference: "r-1", evenIfDifferent: true };
    expect(await endOf(partner.settle({ orderId: "order-2" }, options))).toBe("placed");
  });

  test("is told from one that another reference has", async () => {
    partner.strike("reset before headers, nothing done");
    expect(await submit("r-1")).toBeInstanceOf(OutcomeUnknownError);
    const other = { ...orderOf("r-1"), daysSupply: 60 as const };
    expect(await endOf(partner.submit({ reference: "r-2" }, other, client))).toBe("created");
    partner.clockMs += hourMs;
    expect(await submit("r-1", { resend: true })).toBe("created");
  });
});

describe("an order that is filed under another identifier", () => {
  type Customer = Readonly<Record<string, unknown>>;
  /** Loses an order of a customer, which the API files as another one. */
  async function loseOf(sent: Customer, filed: Customer): Promise<void> {
    expect(await submit("r-0")).toBe("created");
    const order = { ...orderRequest, customer: { ...orderRequest.customer, ...sent } };
    partner.world.asListed = (orders) =>
      orders.map((one) =>
        one.id === "order-2" ? { ...one, customer: { ...order.customer, ...filed } } : one,
      );
    partner.strike("commit, then drop", "503 without", "503 without");
    const options = { reference: "r-1", lookup: { timeoutMs: 1 } };
    expect(await endOf(partner.submit(options, order, client))).toBeInstanceOf(OutcomeUnknownError);
    partner.strike();
    partner.clockMs += hourMs;
    const again = await endOf(partner.submit({ ...options, resend: true }, order, client));
    expect(again).toMatchObject({ candidates: [{ id: "order-2" }] });
    expect(await settle("r-1")).toMatchObject({ message: expect.stringContaining("order-2") });
  }

  test.each([
    ["Strauß", "STRAUSS"],
    ["Işık", "IŞIK"],
    ["İnan", "inan"],
    ["José", "Jose"],
    ["O’Neill-Ward", "Oneill Ward"],
  ])("may be the lost one where %s is written %s", async (lastName, written) => {
    await loseOf({ sourceId: "c-1", lastName }, { sourceId: "0815", lastName: written, email: undefined });
  });

  test.each([
    ["c2", "acme/c2"],
    ["acme/c2", "c2"],
    ["acme/c2", "acme"],
  ])("may be the lost one where %s becomes %s", async (sourceId, filed) => {
    await loseOf({ sourceId }, { sourceId: filed, firstName: "A.", lastName: "B.", email: undefined });
  });
});

test("a list that stands still since shortly before an order was lost proves nothing", async () => {
  for (let number = 0; number < 6; number++) {
    expect(await submit(`r-0${number}`)).toBe("created");
    partner.clockMs += hourMs / 60;
  }
  const stoodStillMs = partner.timing.wallMs() - hourMs / 20;
  await lose("r-1");
  partner.world.asListed = (orders) =>
    orders.filter(({ createdAt }) => Date.parse(String(createdAt)) < stoodStillMs);
  await expectNoSecondOrder("r-1");
});

test("a list that is behind proves something by orders from before that", async () => {
  for (const reference of ["r-01", "r-02", "r-03"]) {
    expect(await submit(reference)).toBe("created");
    partner.clockMs += hourMs / 3;
  }
  partner.strike("reset before headers, nothing done");
  expect(await submit("r-1")).toBeInstanceOf(OutcomeUnknownError);
  partner.clockMs += hourMs;
  expect(await submit("r-2")).toBe("created");
  partner.clockMs += hourMs / 12;
  partner.world.asListed = (orders) =>
    orders.filter(({ createdAt }) => Date.parse(String(createdAt)) < partner.timing.wallMs() - hourMs / 6);
  expect(await submit("r-1", { resend: true })).toBe("created");
});

test("a 201 that leaves out its time doesn't keep orders from being sent again", async () => {
  partner.world.asCreated = ({ createdAt, ...order }) => order;
  expect(await submit("r-0")).toBe("created");
  partner.strike("reset before headers, nothing done");
  expect(await submit("r-1")).toBeInstanceOf(OutcomeUnknownError);
  partner.clockMs += hourMs;
  expect(await submit("r-1", { resend: true })).toBe("created");
});

describe("a 201 about an order of somebody else", () => {
  const ofFamily = (sourceId: string, firstName: string) => ({
    ...orderRequest,
    customer: { ...orderRequest.customer, sourceId, firstName, email: "family@example.com" },
  });
  const submitOf = (reference: string, firstName: string) =>
    endOf(partner.submit({ reference, lookup: { timeoutMs: 1 } }, ofFamily(reference, firstName), client));

  test("of the same email is not taken for the order that was sent", async () => {
    expect(await submit("r-0")).toBe("created");
    partner.strike("commit, then drop", "503 without", "503 without");
    expect(await submitOf("r-1", "Anna")).toBeInstanceOf(OutcomeUnknownError);
    partner.strike();
    partner.world.asCreated = () => ordersOf("r-1")[0] ?? {};
    expect(await submitOf("r-2", "Ben")).not.toBe("created");
    expect(await submitOf("r-1", "Anna")).toBe("found");
  });

  test("that has its reference says nothing of the form in which others come back", async () => {
    expect(await submit("r-0")).toBe("created");
    partner.world.asCreated = () => ordersOf("r-0")[0] ?? {};
    expect(await submitOf("r-2", "Ben")).toBe("found");
    partner.world.asCreated = (order) => order;
    partner.strike("reset before headers, nothing done");
    expect(await submit("r-1")).toBeInstanceOf(OutcomeUnknownError);
    partner.clockMs += hourMs;
    expect(await submit("r-1", { resend: true })).toBe("created");
  });
});

describe("a list that tells of a customer the identifier alone", () => {
  const inShort = (order: StoredOrder): object => ({
    ...order,
    customer: { sourceId: (order.customer as { sourceId: string }).sourceId },
  });

  test("proves nothing while it shows an order that no reference has", async () => {
    expect(await submit("r-0")).toBe("created");
    partner.world.asListed = (orders) =>
      orders.map((order) =>
        inShort(order.id === "order-2" ? { ...order, customer: { sourceId: "9" } } : order),
      );
    await lose("r-1");
    const message = expect.stringContaining("too little of its customer");
    expect(await submit("r-1", { resend: true })).toMatchObject({ message });
    expect(await settle("r-1")).toMatchObject({ message });
  });

  test("proves something where every order has its reference", async () => {
    expect(await submit("r-0")).toBe("created");
    partner.world.asListed = (orders) => orders.map(inShort);
    partner.strike("reset before headers, nothing done");
    expect(await submit("r-1")).toBeInstanceOf(OutcomeUnknownError);
    expect(await submit("r-2")).toBe("created");
    partner.clockMs += hourMs;
    expect(await submit("r-1", { resend: true })).toBe("created");
  });
});

test("a known order that is listed in another form proves nothing, however many are listed before it", async () => {
  expect(await submit("r-0")).toBe("created");
  partner.clockMs += 20 * dayMs;
  await lose("r-1");
  partner.world.earlier.push(...earlier(1_050, 2 * hourMs));
  const internal = (order: StoredOrder): object => ({
    ...order,
    customer: { sourceId: order.id, firstName: "X" },
  });
  partner.world.asRead = internal;
  partner.world.asListed = () =>
    [...partner.world.orders.slice(1), ...partner.world.earlier, ...partner.world.orders.slice(0, 1)].map(
      internal,
    );
  await expectNoSecondOrder("r-1");
});

test("an order that is changed after it was placed says nothing of the form in which others come back", async () => {
  expect(await submit("r-0")).toBe("created");
  partner.world.asRead = (order) => ({ ...order, daysSupply: 90 });
  const fields: unknown[] = [];
  expect(await submit("r-0", { onDifference: (names) => fields.push(names) })).toBe("already-submitted");
  expect(fields).toEqual([]);
  partner.world.asRead = (order) => order;
  partner.strike("reset before headers, nothing done");
  expect(await submit("r-1")).toBeInstanceOf(OutcomeUnknownError);
  partner.clockMs += hourMs;
  expect(await submit("r-1", { resend: true })).toBe("created");
});

test("an order is found where what the ledger knows of the form can't be read, and not sent again", async () => {
  expect(await submit("r-0")).toBe("created");
  await lose("r-1");
  leaveOut("r-1");
  const server = serverOfClient(client);
  const key = `juniper-fulfillment:order:echo:${server}`;
  expect(await partner.ledger.get(key)).toBeDefined();
  await partner.ledger.set(key, JSON.stringify({ loose: [], strict: [] }));
  const message = expect.stringContaining(`something else under ${key}`);
  expect(await submit("r-1", { resend: true })).toMatchObject({ message });
  expect(await settle("r-1")).toMatchObject({ message });
  const errors: unknown[] = [];
  expect(await submit("r-2", { onLedgerError: (error) => errors.push(error) })).toBe("created");
  expect(errors).toMatchObject([{ message }]);
  partner.world.asListed = (orders) => orders;
  expect(await submit("r-1")).toBe("found");
});

test("an order is found in a list that takes seconds to read, by one look", async () => {
  await lose("r-1");
  partner.world.earlier.push(...earlier(30, 0));
  partner.world.pageSize = 1;
  partner.world.beforeResponse = () => sleep(100);
  expect(await submit("r-1")).toBe("found");
});

describe("a list without an order that was created with the ledger", () => {
  const lists: [string, (earlier: StoredOrder[], orders: readonly StoredOrder[]) => readonly object[]][] = [
    ["that is empty", () => []],
    ["that ends after a thousand orders", (old, orders) => [...old.toReversed(), ...orders].slice(0, 1_000)],
  ];

  test.each(lists)("proves nothing (%s)", async (_what, list) => {
    expect(await submit("r-0")).toBe("created");
    await lose("r-1");
    const old = earlier(1_050, dayMs);
    partner.world.earlier.push(...old);
    partner.world.asListed = () => list(old, partner.world.orders);
    expect(await submit("r-1", { resend: true })).toMatchObject({
      message: expect.stringContaining("doesn't show an order that was created with this ledger"),
    });
    expect(await settle("r-1")).toMatchObject({
      message: expect.stringContaining("doesn't show an order that was created with this ledger"),
    });
    expect(ordersOf("r-1")).toHaveLength(1);
  });

  test.each([
    ["is read on until it shows one", (orders: readonly StoredOrder[]) => orders, "created"],
    ["and ends before one proves nothing", () => [], expect.any(OutcomeUnknownError)],
  ])("%s, however many others it shows first", async (_what, own, end) => {
    expect(await submit("r-0")).toBe("created");
    partner.clockMs += 20 * dayMs;
    partner.strike("reset before headers, nothing done");
    expect(await submit("r-1")).toBeInstanceOf(OutcomeUnknownError);
    partner.clockMs += hourMs;
    partner.world.earlier.push(...earlier(1_050, 2 * hourMs));
    partner.world.asListed = () => [...partner.world.earlier, ...own(partner.world.orders)];
    expect(await submit("r-1", { resend: true })).toEqual(end);
  });

  test("and with a large group first is read past that group", async () => {
    expect(await submit("r-0")).toBe("created");
    await lose("r-1");
    const old = earlier(1_050, dayMs);
    partner.world.earlier.push(...old);
    partner.world.asListed = (orders) => [...old, ...orders];
    expect(await settle("r-1")).toMatchObject({ message: expect.stringContaining("order-2") });
    expect(await submit("r-1", { resend: true })).toBe("found");
  });

  test("is told by an order every quarter of an hour, which is all that is written of them", async () => {
    const written: string[] = [];
    const { add, replace } = partner.ledger;
    const note = (key: string, text: string): void => {
      if (key.includes(":echo:")) written.push(text);
    };
    const ledger: Ledger = {
      ...partner.ledger,
      add: (key, value, ttlMs) => {
        note(key, value);
        return add(key, value, ttlMs);
      },
      replace: (key, from, value, ttlMs) => {
        note(key, value);
        return replace(key, from, value, ttlMs);
      },
    };
    for (let number = 0; number < 6; number++) {
      await partner.submit({ reference: `r-${number}`, ledger }, orderOf("one"), client);
      partner.clockMs += hourMs / 16 + 1_000;
    }
    const known = (text: string): string[] => JSON.parse(text).known.map(({ id }: { id: string }) => id);
    expect(written.map(known)).toEqual([["order-1"], ["order-5", "order-1"]]);
  });
});

test("an order is found without a proof, in a list that a proof would have to read in full", async () => {
  expect(await submit("r-0")).toBe("created");
  partner.world.earlier.push(...earlier(2_000, dayMs));
  partner.world.asListed = (orders) => orders.toSorted((a, b) => (a.createdAt < b.createdAt ? 1 : -1));
  for (const resend of [false, true]) {
    await lose(`r-${resend}`);
    partner.world.requests = 0;
    expect(await submit(`r-${resend}`, { resend })).toBe("found");
    expect(partner.world.requests).toBeLessThan(4);
  }
});

test("where no order has been created yet, none is sent again because it is not found", async () => {
  leaveOut("r-1");
  await lose("r-1");
  const again = () => submit("r-1", { resend: true });
  expect(await again()).toMatchObject({
    message: expect.stringContaining("no order has been created with this ledger"),
  });
  expect(await settle("r-1")).toMatchObject({
    message: expect.stringContaining("no order has been created with this ledger"),
  });
  expect(await submit("r-2")).toBe("created");
  expect(await again()).toBe("created");
});

test("an order that was found shows in which form orders come back, as one that was created does", async () => {
  await lose("r-0");
  expect(await submit("r-0")).toBe("found");
  leaveOut("r-1");
  await lose("r-1");
  expect(await submit("r-1", { resend: true })).toBe("created");
});

test("where no order has been created on one server yet, what another one does proves nothing", async () => {
  expect(await submit("r-0")).toBe("created");
  partner.world.asListed = () => [];
  const here = client;
  client = partner.client({ baseUrl: partner.baseUrl.replace("127.0.0.1", "localhost") });
  await lose("r-1");
  expect(await submit("r-1", { resend: true })).toMatchObject({
    message: expect.stringContaining("no order has been created with this ledger"),
  });
  client = here;
});

test("where the list may be behind, an order is not settled as not placed because it isn't there yet", async () => {
  expect(await submit("r-0")).toBe("created");
  leaveOut("r-1");
  await lose("r-1");
  partner.clockMs -= hourMs / 2;
  expect(await settle("r-1")).toMatchObject({ message: expect.stringContaining("Too early") });
  const options = { reference: "r-1", listDelayMs: hourMs / 4 };
  expect(await endOf(partner.settle("not-placed", options))).toBe("not-placed");
});

const times: [string, (iso: string) => string][] = [
  ["the time of another zone", (iso) => new Date(Date.parse(iso) - 8 * hourMs).toISOString()],
  [
    "its day as a time",
    (iso) => `${new Date(Date.parse(iso) - dayMs).toISOString().slice(0, 10)}T00:00:00.000Z`,
  ],
];

test.each(times)("an order that says %s is not taken for one of another time", async (_what, form) => {
  const wrong = (order: StoredOrder) => ({ ...order, createdAt: form(order.createdAt) });
  partner.world.asCreated = wrong;
  partner.world.asListed = (orders) => orders.map(wrong);
  expect(await submit("r-0")).toBe("created");
  await lose("r-1");
  await expectNoSecondOrder("r-1");
});

test("a list that stands still since before the lost order proves nothing, once it should show later ones", async () => {
  expect(await submit("r-0")).toBe("created");
  const [before] = partner.world.orders;
  await lose("r-1");
  for (const reference of ["r-2", "r-3", "r-4"]) {
    expect(await submit(reference)).toBe("created");
    partner.clockMs += hourMs / 3;
  }
  partner.world.asListed = () => [before as StoredOrder];
  await expectNoSecondOrder("r-1");
  // What it may be behind by is not asked of it.
  partner.world.asListed = (orders) => orders.slice(0, -2);
  expect(await submit("r-1", { resend: true })).toBe("found");
});

const overnight: [string, (order: StoredOrder) => object][] = [
  [
    "times an hour off",
    (order) => ({ ...order, createdAt: new Date(Date.parse(order.createdAt) - hourMs).toISOString() }),
  ],
  ["customers by other identifiers", (order) => ({ ...order, customer: { sourceId: "0815" } })],
];

test.each(
  overnight,
)("a list that shows %s than the API did when it created them proves nothing", async (_what, form) => {
  expect(await submit("r-0")).toBe("created");
  await lose("r-1");
  const read = (order: StoredOrder) => form(order) as StoredOrder;
  partner.world.asListed = (orders) => orders.map(read);
  partner.world.asRead = read;
  await expectNoSecondOrder("r-1");
});

test("how far clocks are apart is known to whoever settles an order, from whoever has submitted it", async () => {
  expect(await submit("r-0")).toBe("created");
  partner.world.nowMs = () => partner.timing.wallMs() - hourMs / 12;
  const lookup = { timeoutMs: 1, clockSkewMs: hourMs / 6 };
  partner.strike("commit, then drop", "503 without", "503 without", "503 without");
  expect(await submit("r-1", { lookup })).toBeInstanceOf(OutcomeUnknownError);
  partner.strike();
  partner.clockMs += hourMs;
  expect(await settle("r-1")).toMatchObject({ message: expect.stringContaining("order-2") });
});

test.each([
  "the first order of a ledger",
  "a later one",
])("an order that no reference has, and that is older than what was sent, is not taken for the one that was placed (%s)", async (which) => {
  if (which === "a later one") expect(await submit("r-0")).toBe("created");
  partner.clockMs += dayMs;
  const double = { id: "older", status: "SHIPPED", ...orderOf("r-1") };
  const old = { ...double, createdAt: new Date(partner.timing.wallMs() - hourMs).toISOString() };
  partner.world.asCreated = () => old;
  partner.world.asListed = () => [old];
  expect(await submit("r-1")).toMatchObject({
    candidates: [{ id: "older" }],
    message: expect.stringContaining("created before this one was sent"),
  });
});

describe("a response with the order of an identical reference is not taken for an order of its own", () => {
  const submitSame = (reference: string) =>
    endOf(partner.submit({ reference, lookup: { timeoutMs: 1 } }, orderOf("same")));
  const ofAnother = { message: expect.stringContaining("an order that another reference has, order-1") };
  /** As a gateway does that takes the second one for a double. */
  const respondWithTheFirst = () => {
    const first = () => partner.world.orders[0] as StoredOrder;
    partner.world.asCreated = first;
    partner.world.asListed = () => [first()];
  };

  test("an hour later", async () => {
    expect(await submitSame("r-1")).toBe("created");
    partner.clockMs += hourMs;
    respondWithTheFirst();
    expect(await submitSame("r-2")).toMatchObject(ofAnother);
  });

  test("by a server whose clock is ahead", async () => {
    partner.world.nowMs = () => partner.timing.wallMs() + 30_000;
    expect(await submitSame("r-1")).toBe("created");
    respondWithTheFirst();
    expect(await submitSame("r-2")).toMatchObject(ofAnother);
  });

  test.each([1, 50])("where the ledger failed %i times as it was to be recorded", async (count) => {
    const { add } = partner.ledger;
    let failures = 0;
    const failing: Ledger = {
      ...partner.ledger,
      add: (key, value, ttlMs) => {
        if (key.includes(":claim:") && failures++ < count) throw new Error("down");
        return add(key, value, ttlMs);
      },
    };
    const first = { reference: "r-1", ledger: failing };
    expect(await endOf(partner.submit(first, orderOf("same"), client))).toBe("created");
    failures = count;
    // A later call records what is left over.
    expect(await endOf(partner.submit({ reference: "r-0", ledger: failing }, orderOf("r-0")))).toBe(
      "created",
    );
    respondWithTheFirst();
    expect(await submitSame("r-2")).toMatchObject(ofAnother);
  });

  test("at the same time", async () => {
    respondWithTheFirst();
    const ends = await Promise.all([submitSame("r-1"), submitSame("r-2")]);
    expect(ends.filter((end) => end === "created")).toHaveLength(1);
    expect(ends).toContainEqual(expect.objectContaining(ofAnother));
  });
});

test("an order from long before its reference was entered is not settled as its order", async () => {
  expect(await submit("old")).toBe("created");
  partner.clockMs += 60 * dayMs;
  partner.world.nextFault = () => "503 without";
  const late = () => endOf(partner.submit({ reference: "r-1", lookup: { timeoutMs: 1 } }, orderOf("old")));
  expect(await late()).toBeInstanceOf(OutcomeUnknownError);
  partner.world.nextFault = () => undefined;
  partner.clockMs += hourMs;
  expect(await endOf(partner.settle({ orderId: "order-1" }, { reference: "r-1" }))).toMatchObject({
    message: expect.stringContaining("older than the reference"),
  });
});

test("one host has as many servers as ports and paths, but for the vendor's own, whose path is disputed", () => {
  const serverOf = (baseUrl: string) => serverOfClient(partner.client({ baseUrl }));
  const own = [
    "https://gateway.example/test",
    "https://gateway.example/live",
    "https://gateway.example:8443/live/",
  ];
  expect(new Set(own.map(serverOf)).size).toBe(3);
  expect(serverOf("https://gateway.example/live/")).toBe(serverOf("https://gateway.example:443/live"));
  const { origin, href } = new URL(environments.production.baseUrl);
  expect(serverOf(origin)).toBe(serverOf(href));
  expect(serverOf(environments.sandbox.baseUrl)).not.toBe(serverOf(href));
});

describe("a reference that was submitted to one server", () => {
  const elsewhere = () => partner.client({ baseUrl: partner.baseUrl.replace("127.0.0.1", "localhost") });
  const behindTheSameHost = () => partner.client({ baseUrl: partner.baseUrl.replace(/v1$/, "other/v1") });
  const away = { message: expect.stringContaining("submitted to another server, 127.0.0.1") };

  test("is not taken for one that another server has", async () => {
    expect(await submit("r-1")).toBe("created");
    for (const other of [elsewhere(), behindTheSameHost()])
      expect(await endOf(partner.submit({ reference: "r-1" }, orderOf("r-1"), other))).toMatchObject(away);
    expect(partner.world.orders).toHaveLength(1);
  });

  test("may have an order with the identifier of one that another server has", async () => {
    expect(await submit("r-1")).toBe("created");
    partner.world.orders.length = 0;
    expect(await endOf(partner.submit({ reference: "r-2" }, orderOf("r-2"), elsewhere()))).toBe("created");
  });

  test("is not settled by what another server lists", async () => {
    await lose("r-1");
    const settleAs = (as: SettleOrderOptions["as"]) =>
      settleOrderWith(elsewhere(), { reference: "r-1", ledger: partner.ledger, as }, partner.timing);
    expect(await endOf(settleAs("not-placed"))).toMatchObject(away);
    expect(await endOf(settleAs({ orderId: "order-1" }))).toMatchObject(away);
  });
});
