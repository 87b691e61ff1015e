import {
  createFulfillmentClient,
  type FulfillmentClient,
  NotFoundError,
  unwrap,
  ValidationError,
} from "juniper-fulfillment";
import { type StatefulMockServer, startMockServer } from "juniper-fulfillment/testing";
import { afterEach, beforeEach, expect, test } from "vitest";
import { orderRequest } from "../../scripts/samples/requests.ts";
import { errorOf } from "../support/error-of.ts";

let mock: StatefulMockServer;
let client: FulfillmentClient;

beforeEach(async () => {
  mock = await startMockServer({ stateful: true });
  client = createFulfillmentClient(mock.clientOptions);
});
afterEach(async () => {
  const violations = mock.requests.flatMap((request) => request.violations);
  await mock.close();
  expect(violations).toEqual([]);
});

const patch = (body: object) => client.PATCH("/partners/settings", { body });
const read = async () => unwrap(await client.GET("/partners/settings"));
const readSecret = () => client.GET("/partners/settings/webhook-secret");
const rotate = () => client.POST("/partners/settings/rotate-webhook-secret");

test("settings persist, and what a change does not name stays", async () => {
  const before = await read();
  const changed = unwrap(await patch({ website: "https://www.example.org", billingCity: "Oakland" }));
  expect(changed).toEqual({
    ...before,
    website: "https://www.example.org",
    billingCity: "Oakland",
    updatedAt: changed.updatedAt,
  });
  expect(await read()).toEqual(changed);
});

test("a partner can't change the name or the identifier, but may send them back", async () => {
  const before = await read();
  for (const change of [{ name: "Another" }, { id: "another" }]) {
    const error = errorOf(await patch({ ...change, website: "https://www.example.org" }));
    expect(error).toBeInstanceOf(ValidationError);
    expect(error).toMatchObject({ issues: [{ loc: ["body", Object.keys(change)[0]], type: "invalid" }] });
  }
  expect(await read()).toEqual(before);
  expect(unwrap(await patch(before))).toEqual({ ...before, updatedAt: expect.any(String) });
});

test("a discount can be set by its share or its percentage, and new orders have it", async () => {
  expect(unwrap(await patch({ discountValue: 0.125 }))).toMatchObject({
    discount: "12.5%",
    discountValue: 0.125,
  });
  expect(unwrap(await patch({ discount: "20%" }))).toMatchObject({ discount: "20%", discountValue: 0.2 });
  const order = unwrap(await client.POST("/orders", { body: orderRequest }));
  expect(order).toMatchObject({ discount: "20%", totalDiscount: "6.36", totalPrice: "35.43" });
  expect(errorOf(await patch({ discount: "a lot" }))).toBeInstanceOf(ValidationError);
});

test("the first webhook URL makes a secret of 64 hex characters; before there is none", async () => {
  expect(errorOf(await readSecret())).toBeInstanceOf(NotFoundError);
  expect(errorOf(await rotate())).toBeInstanceOf(NotFoundError);
  await patch({ website: "https://www.example.org" });
  expect(errorOf(await readSecret())).toBeInstanceOf(NotFoundError);
  await patch({ webhookUrl: "http://127.0.0.1:9/webhooks" });
  const { webhookSecret } = unwrap(await readSecret());
  expect(webhookSecret).toMatch(/^[0-9a-f]{64}$/);
  await patch({ webhookUrl: "http://127.0.0.1:9/elsewhere" });
  expect(unwrap(await readSecret()).webhookSecret).toBe(webhookSecret);
  expect(Object.values(await read())).not.toContain(webhookSecret);
});

test("a rotation makes another secret", async () => {
  await patch({ webhookUrl: "http://127.0.0.1:9/webhooks" });
  const { webhookSecret: old } = unwrap(await readSecret());
  const { webhookSecret } = unwrap(await rotate());
  expect(webhookSecret).toMatch(/^[0-9a-f]{64}$/);
  expect(webhookSecret).not.toBe(old);
  expect(unwrap(await readSecret()).webhookSecret).toBe(webhookSecret);
});

test("a webhook URL that is none is refused", async () => {
  for (const webhookUrl of ["nowhere", "ftp://example.com"]) {
    expect(errorOf(await patch({ webhookUrl }))).toMatchObject({
      issues: [{ loc: ["body", "webhookUrl"], type: "invalid" }],
    });
  }
});
