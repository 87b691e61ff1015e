import {
  createFulfillmentClient,
  isOneOf,
  matchStatus,
  type Order,
  orderChanges,
  orderStatusValues,
  paginate,
  signWebhook,
  unwrap,
  verifyWebhook,
} from "juniper-fulfillment";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type ScriptedServer, startScriptedServer } from "../../scripts/samples/scripted-server.ts";

/** A status that no document lists, in an order as it comes over the wire. */
const order = { id: "o-1", status: "LABELLED", orderType: "ONE-TIME", createdAt: new Date().toISOString() };

const step = (status: Order["status"]): string =>
  matchStatus(status, {
    NEW: (value) => `is ${value}`,
    CREATED: (value) => `is ${value}`,
    PROCESSING: (value) => `is ${value}`,
    FULFILLED: (value) => `is ${value}`,
    AWAITING_SHIPMENT: (value) => `is ${value}`,
    SHIPPED: (value) => `is ${value}`,
    CANCELLED: (value) => `is ${value}`,
    unknown: (value) => `unknown ${value}`,
  });

describe("matchStatus", () => {
  test.each(orderStatusValues)("chooses the case of %s, and tells it the value", (status) => {
    expect(step(status)).toBe(`is ${status}`);
  });

  test("chooses the case for all others for a value that no document lists, and for none", () => {
    expect(step("LABELLED" as string as Order["status"])).toBe("unknown LABELLED");
    expect(step(undefined)).toBe("unknown undefined");
  });

  test("takes cases that are methods of a class, with their this, and inherited ones", () => {
    class Labels {
      readonly prefix = "is ";
      NEW = () => "new";
      CREATED = () => "new";
      PROCESSING = () => "packed";
      FULFILLED = () => "packed";
      AWAITING_SHIPMENT = () => "packed";
      SHIPPED(value: string): string {
        return this.prefix + value;
      }
      CANCELLED(): string {
        return "over";
      }
      unknown(value: string | undefined): string {
        return `unknown ${value}`;
      }
    }
    class Loud extends Labels {
      override CANCELLED(): string {
        return "OVER";
      }
    }
    const labels = new Loud();
    const label = (status: string) => matchStatus(status as Order["status"], labels);
    expect(["SHIPPED", "CANCELLED", "constructor", "toString", "__proto__"].map(label)).toEqual([
      "is SHIPPED",
      "OVER",
      "unknown constructor",
      "unknown toString",
      "unknown __proto__",
    ]);
  });

  test("takes no name of an object's own members for a case", () => {
    for (const name of ["toString", "constructor", "__proto__"])
      expect(step(name as string as Order["status"])).toBe(`unknown ${name}`);
  });
});

test("isOneOf knows the values of an enum, and no others", () => {
  expect(orderStatusValues.every((value) => isOneOf(orderStatusValues, value))).toBe(true);
  expect([undefined, null, "shipped", 1].some((value) => isOneOf(orderStatusValues, value))).toBe(false);
});

describe("a status that no document lists", () => {
  let server: ScriptedServer;
  beforeEach(async () => {
    server = await startScriptedServer(({ path }) => ({
      json: path.startsWith("/orders/") ? order : { orders: [order] },
    }));
  });
  afterEach(() => server.close());
  const createClient = () => createFulfillmentClient({ accessToken: "t", baseUrl: server.origin });

  test("passes the corrections unchanged, beside a field that they correct", async () => {
    const params = { path: { orderId: "o-1" } };
    const found = unwrap(await createClient().GET("/orders/{orderId}", { params }));
    expect(found).toEqual({ ...order, orderType: "ONE_TIME" });
    expect(step(found.status)).toBe("unknown LABELLED");
  });

  test("comes out of a list and of the feed of changes", async () => {
    for await (const { status } of paginate(createClient(), "/orders"))
      expect(step(status)).toBe("unknown LABELLED");
    for await (const { status } of orderChanges(createClient(), { requestsPerSecond: 1_000 })) {
      expect(step(status)).toBe("unknown LABELLED");
      break;
    }
    expect.assertions(2);
  });

  test("comes out of a webhook", async () => {
    const { id: orderId, status, createdAt } = order;
    const payload = JSON.stringify({ order: { orderId, status, createdAt, updatedAt: createdAt } });
    const secret = "whsec";
    const signature = await signWebhook({ payload, secret });
    const event = await verifyWebhook({ payload, signature, secret });
    expect(step(event.order.status)).toBe("unknown LABELLED");
  });
});
