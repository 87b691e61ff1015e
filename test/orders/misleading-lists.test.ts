import {
  type FulfillmentClient,
  InvalidRequestError,
  OutcomeUnknownError,
  type SettleOrderOptions,
} from "juniper-fulfillment";
import { describe, expect, test } from "vitest";
import type { Fault, StoredOrder } from "../../scripts/faults/order-backend.ts";
import { orderRequest } from "../../scripts/samples/requests.ts";
import { settleOrderWith } from "../../src/orders/settle-order.ts";
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
const submit = (reference: string, options: { resend?: boolean } = {}) =>
  endOf(partner.submit({ reference, lookup: { timeoutMs: 1 }, ...options }, orderOf(reference), client));
const settle = (reference: string) => endOf(partner.settle("not-placed", { reference }));
const ordersOf = (reference: string) =>
  partner.world.orders.filter((order) => (order.customer as { sourceId?: string }).sourceId === reference);

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

describe("where orders come back in another form", () => {
  const changed = (order: StoredOrder) => ({ ...order, daysSupply: 28 });

  test("nobody can settle one as not placed because it is not found", async () => {
    partner.world.asCreated = changed;
    partner.world.asListed = (orders) => orders.map(changed);
    expect(await submit("r-0")).toBe("created");
    await lose("r-1");
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

test("where no order has been created yet, none is sent again because it is not found", async () => {
  partner.world.asListed = () => [];
  await lose("r-1");
  const again = () => submit("r-1", { resend: true });
  expect(await again()).toMatchObject({
    message: expect.stringContaining("no order has been created with this ledger"),
  });
  expect(await submit("r-2")).toBe("created");
  expect(await again()).toBe("created");
});

test("where the list may be behind, an order is not settled as not placed because it isn't there yet", async () => {
  expect(await submit("r-0")).toBe("created");
  partner.world.asListed = () => [];
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

test("a response with the order of an identical reference is not taken for an order of its own", async () => {
  const submitSame = (reference: string) =>
    endOf(partner.submit({ reference, lookup: { timeoutMs: 1 } }, orderOf("same")));
  expect(await submitSame("r-1")).toBe("created");
  partner.clockMs += hourMs;
  const [first] = partner.world.orders;
  partner.world.asCreated = () => first as StoredOrder;
  partner.world.asListed = () => [first as StoredOrder];
  expect(await submitSame("r-2")).toMatchObject({
    message: expect.stringContaining("an order that another reference has, order-1"),
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

describe("a reference that was submitted to one server", () => {
  const elsewhere = () => partner.client({ baseUrl: partner.baseUrl.replace("127.0.0.1", "localhost") });
  const away = { message: expect.stringContaining("submitted to another server, 127.0.0.1") };

  test("is not taken for one that another server has", async () => {
    expect(await submit("r-1")).toBe("created");
    const call = partner.submit({ reference: "r-1" }, orderOf("r-1"), elsewhere());
    expect(await endOf(call)).toMatchObject(away);
    expect(partner.world.orders).toHaveLength(1);
  });

  test("is not settled by what another server lists", async () => {
    await lose("r-1");
    const settleAs = (as: SettleOrderOptions["as"]) =>
      settleOrderWith(elsewhere(), { reference: "r-1", ledger: partner.ledger, as }, partner.timing);
    expect(await endOf(settleAs("not-placed"))).toMatchObject(away);
    expect(await endOf(settleAs({ orderId: "order-1" }))).toMatchObject(away);
  });
});
