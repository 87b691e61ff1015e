import {
  createFulfillmentClient,
  type FulfillmentClient,
  memoryLedger,
  type OrderSubmission,
  OutcomeUnknownError,
  paginate,
  submitOrder,
  submitOrders,
  UnexpectedResponseError,
  waitForOrder,
} from "juniper-fulfillment";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { orderRequest } from "../../scripts/samples/requests.ts";
import { type ScriptedServer, startScriptedServer } from "../../scripts/samples/scripted-server.ts";

type StoredOrder = Record<string, unknown> & { createdAt: string };

let server: ScriptedServer;
let client: FulfillmentClient;
let stored: StoredOrder[];
/** How the vendor shows an order in its list. */
let show: (order: StoredOrder) => unknown;
/** What the vendor does with a POST: stores it, and responds. */
let post: (order: StoredOrder) => { status: number; json?: unknown } | undefined;

const store = (body: string): StoredOrder => {
  const order = { id: `o-${stored.length + 1}`, createdAt: new Date().toISOString(), ...JSON.parse(body) };
  stored.push(order);
  return order;
};

beforeAll(async () => {
  server = await startScriptedServer(({ method, path, body }, response) => {
    if (method === "POST") {
      const result = post(store(body));
      if (result === undefined) response.destroy();
      return result;
    }
    if (path.startsWith("/v1/orders/"))
      return { json: stored.find(({ id }) => path.endsWith(String(id))) ?? {} };
    return { json: { orders: [...stored].reverse().map(show), cursor: null } };
  });
  client = createFulfillmentClient({ accessToken: "t", baseUrl: `${server.origin}/v1` });
});
afterAll(() => server.close());
beforeEach(() => {
  stored = [];
  show = (order) => order;
  post = (json) => ({ status: 201, json });
});

const lookup = { timeoutMs: 0, clockSkewMs: 0 };

describe("an order that was stored without a response is not sent again, although the caller asks for it, while the list", () => {
  test.each([
    "id",
    "customer",
    "lineItems",
    "daysSupply",
    "shippingMethod",
    "orderType",
  ])("shows no %s", async (field) => {
    post = () => undefined;
    show = ({ [field]: _left, ...rest }) => rest;
    const options = { reference: field, ledger: memoryLedger(), lookup, deadlineMs: 1_000 };
    await expect(submitOrder(client, orderRequest, options)).rejects.toThrow(OutcomeUnknownError);
    post = (json) => ({ status: 201, json });
    // The first call is over by its own clock.
    await new Promise((resolve) => setTimeout(resolve, 1_100));
    const again = submitOrder(client, orderRequest, {
      ...options,
      resend: { afterMs: 0 },
      deadlineMs: 30_000,
    });
    await expect(again).rejects.toThrow(OutcomeUnknownError);
    expect(stored).toHaveLength(1);
  });

  const hoursWest = (hours: number, time: string) =>
    new Date(Date.parse(time) - hours * 3_600_000).toISOString();
  test.each([
    ["on which day it was created, and no more", (time: string) => time.slice(0, 10)],
    [
      "when it was created by a clock whose zone it doesn't name",
      (time: string) => hoursWest(7, time).slice(0, -1),
    ],
  ])("says %s", async (reference, written) => {
    post = () => undefined;
    show = (order) => ({ ...order, createdAt: written(order.createdAt) });
    const options = { reference, ledger: memoryLedger(), lookup, deadlineMs: 1_000 };
    await expect(submitOrder(client, orderRequest, options)).rejects.toThrow(OutcomeUnknownError);
    await new Promise((resolve) => setTimeout(resolve, 1_100));
    const again = submitOrder(client, orderRequest, {
      ...options,
      resend: { afterMs: 0 },
      deadlineMs: 30_000,
    });
    await expect(again).rejects.toThrow(OutcomeUnknownError);
    expect(stored).toHaveLength(1);
  });
});

describe("the order of somebody else is a candidate, and not what was found,", () => {
  const elsewhere = { line1: "9 Other Street", city: "Reno", state: "NV", zip: "89501" };
  test.each([
    ["when it is older than the submission", { createdAt: new Date(Date.now() - 45_000).toISOString() }],
    ["when the customer's identifier differs in case", {}],
  ])("%s", async (_when, more) => {
    const customer = { sourceId: "CUSTOMER-1", firstName: "Bob", lastName: "Else", address: elsewhere };
    const other = { ...JSON.parse(JSON.stringify(orderRequest)), id: "o-bob", customer };
    post = (order) => {
      stored = [{ ...other, createdAt: order.createdAt, ...more }];
      return undefined;
    };
    const options = { reference: "r", ledger: memoryLedger(), lookup: { timeoutMs: 0 } };
    const failure = await submitOrder(client, orderRequest, options).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(OutcomeUnknownError);
    expect((failure as OutcomeUnknownError).candidates.map(({ id }) => id)).toEqual(["o-bob"]);
  });
});

test.each([
  ["21", "1", false],
  ["21", "partner-21", true],
])("a 201 about the customer %j is one about %j: %s", async (sent, answered, isSame) => {
  const customer = { ...orderRequest.customer, sourceId: sent };
  const other = { sourceId: answered, firstName: "Bob", lastName: "Else", email: "bob@example.com" };
  post = (order) => ({ status: 201, json: { ...order, customer: other } });
  const options = { reference: "r", ledger: memoryLedger(), lookup: { timeoutMs: 0 } };
  const outcome = await submitOrder(client, { ...orderRequest, customer }, options).then(
    (result) => result.outcome,
    () => "not this one",
  );
  expect(outcome === "created").toBe(isSame);
});

test("a 201 whose id is empty is looked for", async () => {
  post = (order) => ({ status: 201, json: { ...order, id: "" } });
  const result = await submitOrder(client, orderRequest, { reference: "r", ledger: memoryLedger() });
  expect(result).toMatchObject({ outcome: "found", order: { id: "o-1" } });
});

test("a 499 of a proxy leaves open whether the order was stored", async () => {
  post = () => ({ status: 499 });
  const options = { reference: "r", ledger: memoryLedger() };
  expect(await submitOrder(client, orderRequest, options)).toMatchObject({ outcome: "found" });
  expect(stored).toHaveLength(1);
});

test("an item that throws when it is looked at is an outcome too, and stops nobody", async () => {
  const bad = {
    get reference(): string {
      throw new Error("no");
    },
  } as OrderSubmission;
  const outcomes = [];
  for await (const { outcome } of submitOrders(client, [bad, { reference: "good", order: orderRequest }], {
    concurrency: 1,
  })) {
    outcomes.push(outcome);
  }
  expect(outcomes).toEqual(["failed", "created"]);
});

test("a reference with half of a surrogate pair is refused, since two of them would be one", async () => {
  const call = submitOrder(client, orderRequest, { reference: "\ud800", ledger: memoryLedger() });
  await expect(call).rejects.toThrow("reference");
  expect(stored).toEqual([]);
});

test("a list with something else than orders in it is an unexpected response", async () => {
  stored.push({ createdAt: "" });
  show = () => null;
  const read = async (): Promise<void> => {
    for await (const { id } of paginate(client, "/orders")) expect(id).toBeUndefined();
  };
  await expect(read()).rejects.toThrow(UnexpectedResponseError);
});

test("waitForOrder takes no other order for the one that it waits for", async () => {
  stored.push({ id: "o-9", status: "SHIPPED", createdAt: "" });
  server.requests.length = 0;
  const mine = { ...stored[0], id: "o-other" };
  stored[0] = mine as StoredOrder;
  const call = waitForOrder(client, "other", { until: "SHIPPED" });
  await expect(call).rejects.toThrow(UnexpectedResponseError);
});
