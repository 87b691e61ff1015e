import { createFulfillmentClient, type OrderRequest, ValidationError } from "juniper-fulfillment";
import { type StatefulMockServer, startMockServer } from "juniper-fulfillment/testing";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { orderRequest, protocolRequest } from "../../scripts/samples/requests.ts";
import { seedProducts } from "../../src/testing/backend/catalogue-seed.ts";
import { errorOf } from "../support/error-of.ts";

let mock: StatefulMockServer;
let client: ReturnType<typeof createFulfillmentClient>;
beforeAll(async () => {
  mock = await startMockServer({ stateful: true });
  client = createFulfillmentClient({ ...mock.clientOptions, maxRetries: 0, checkDosage: false });
});
beforeEach(() => {
  mock.requests.length = 0;
});
afterAll(() => mock.close());

type Changes = Readonly<Record<string, unknown>>;
const [item] = orderRequest.lineItems;
const { shippingMethod, ...withoutShipping } = orderRequest;

/** What the mock says of an order; the same for one that is typed as no order. */
const refusalOf = async (order: object): Promise<unknown> => {
  const error = errorOf(await client.POST("/orders", { body: order as never }));
  return error instanceof ValidationError ? [error.status, error.issues] : error;
};
const addressWith = (changes: Partial<OrderRequest["customer"]["address"]>) => ({
  ...orderRequest,
  customer: { ...orderRequest.customer, address: { ...orderRequest.customer.address, ...changes } },
});

describe("a refused order says what is wrong with it:", () => {
  const inItem = (index: number, name: string) => ["body", "lineItems", index, name];
  test.each<[string, Changes, unknown[]]>([
    [
      "a bad ZIP",
      addressWith({ zipCode: "abc" }),
      [{ loc: ["body", "customer", "address", "zip"], type: "invalid" }],
    ],
    [
      "an unknown shipping method",
      { ...orderRequest, shippingMethod: "MULE" },
      [{ loc: ["body", "shippingMethod"], type: "invalid" }],
    ],
    ["a missing field", withoutShipping, [{ loc: ["body", "shippingMethod"], type: "missing" }]],
    [
      "a field of another type",
      { ...orderRequest, daysSupply: "30" },
      [{ loc: ["body", "daysSupply"], type: "type_error" }],
    ],
    [
      "several faults in an item",
      { ...orderRequest, lineItems: [item, { productId: "x", quantity: 1.5, packDescription: "A" }] },
      [
        { loc: inItem(1, "productId"), type: "type_error" },
        { loc: inItem(1, "quantity"), type: "type_error" },
      ],
    ],
    ["no items", { ...orderRequest, lineItems: [] }, [{ loc: ["body", "lineItems"], type: "invalid" }]],
    [
      "an unknown product",
      { ...orderRequest, lineItems: [item, { ...item, productId: 1 }] },
      [{ loc: inItem(1, "productId"), type: "invalid" }],
    ],
  ])("%s", async (_what, order, issues) => {
    expect(await refusalOf(order)).toEqual([422, issues]);
    expect(mock.orders).toEqual([]);
  });

  test.each(["DRAFT", "BACKORDERED", "DISCONTINUED"] as const)("a product that is %s", async (status) => {
    const { id } = seedProducts.find((product) => product.status === status) ?? { id: 0 };
    const order = { ...orderRequest, lineItems: [{ ...item, productId: id }] };
    expect(await refusalOf(order)).toEqual([422, [{ loc: inItem(0, "productId"), type: "invalid" }]]);
    // A protocol is a plan: it may wait for the product.
    const body = { ...protocolRequest, lineItems: [{ ...protocolRequest.lineItems[0], productId: id }] };
    expect((await client.POST("/protocols", { body: body as never })).response.status).toBe(201);
  });

  test("in the wire's spelling, as the vendor would, and in the violations as well", async () => {
    await refusalOf(addressWith({ zipCode: "abc" }));
    const [sent] = mock.requests.filter(({ operation }) => operation === "POST /orders");
    expect(sent?.responseBody).toEqual({
      detail: [{ loc: ["body", "customer", "address", "zip"], type: "invalid" }],
    });
    expect(sent?.violations).toEqual([expect.stringContaining("must match pattern")]);
  });
});

test("other refused bodies get the same shape, though the document declares no error for them", async () => {
  const patched = await client.PATCH("/partners/settings", {
    body: { discountValue: 7, webhookUrl: 4 } as never,
  });
  expect([patched.response.status, patched.error]).toEqual([
    422,
    {
      detail: [
        { loc: ["body", "discountValue"], type: "invalid" },
        { loc: ["body", "webhookUrl"], type: "type_error" },
      ],
    },
  ]);
  const protocol = await client.POST("/protocols", { body: { ...protocolRequest, lineItems: [] } });
  expect(protocol.error).toEqual({ detail: [{ loc: ["body", "lineItems"], type: "invalid" }] });
});

test("refused parameters get a sentence that names them", async () => {
  const orders = await client.GET("/orders", {
    params: { query: { limit: "many", status: "GONE" } } as never,
  });
  expect([orders.response.status, orders.error]).toEqual([
    400,
    { detail: "Invalid request parameters: limit, status" },
  ]);
  // The document declares no error here, and Prism takes 422.
  const products = await client.GET("/products", { params: { query: { limit: 1000 } } });
  expect([products.response.status, products.error]).toEqual([
    422,
    { detail: [{ loc: ["query", "limit"], type: "invalid" }] },
  ]);
});

describe("an order that the mock is told to refuse", () => {
  test("by its product, is refused until that is ended", async () => {
    const end = mock.refuse(item?.productId ?? 0);
    const issues = [{ loc: ["body", "lineItems", 0, "productId"], type: "invalid" }];
    expect(await refusalOf(orderRequest)).toEqual([422, issues]);
    end();
    expect(await refusalOf(orderRequest)).toBeUndefined();
  });

  test("by a function, gets the given sentence or fields", async () => {
    const isForTexas = ({ customer }: { customer: { address: Changes } }) => customer.address.state === "TX";
    const end = mock.refuse(isForTexas, "We do not ship to Texas");
    const refused = await client.POST("/orders", { body: addressWith({ state: "TX" }) as never });
    expect([refused.response.status, refused.error]).toEqual([400, { detail: "We do not ship to Texas" }]);
    expect(await refusalOf(orderRequest)).toBeUndefined();
    end();
    const endAll = mock.refuse(() => true, [{ loc: ["body", "customer", "email"], type: "invalid" }]);
    expect(await refusalOf(orderRequest)).toEqual([
      422,
      [{ loc: ["body", "customer", "email"], type: "invalid" }],
    ]);
    endAll();
  });

  test("by anything else is a mistake", () => {
    expect(() => mock.refuse("77123129891" as never)).toThrow(/takes a product's id/);
  });
});

test("a mock may be closed twice, also at the same time", async () => {
  const own = await startMockServer({ stateful: true });
  await Promise.all([own.close(), own.close()]);
  await own.close();
});
