import {
  createFulfillmentClient,
  type FulfillmentClient,
  unwrap,
  verifyWebhook,
  webhookHandler,
} from "juniper-fulfillment";
import { type AdvanceOptions, type StatefulMockServer, startMockServer } from "juniper-fulfillment/testing";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { orderRequest } from "../../scripts/samples/requests.ts";
import { webhookFaultsOf } from "../support/documents.ts";
import {
  type ReceivedWebhook,
  startWebhookReceiver,
  type WebhookReceiver,
} from "../support/webhook-receiver.ts";

let mock: StatefulMockServer;
let client: FulfillmentClient;
let receiver: WebhookReceiver;
let orderId: string;

beforeEach(async () => {
  [mock, receiver] = await Promise.all([
    startMockServer({ stateful: true, webhookTimeoutMs: 500 }),
    startWebhookReceiver(),
  ]);
  client = createFulfillmentClient(mock.clientOptions);
  unwrap(await client.PATCH("/partners/settings", { body: { webhookUrl: receiver.url } }));
  orderId = unwrap(await client.POST("/orders", { body: orderRequest })).id;
});
afterEach(async () => {
  await Promise.all([mock.close(), receiver.close()]);
});

const readSecret = async (): Promise<string> =>
  unwrap(await client.GET("/partners/settings/webhook-secret")).webhookSecret ?? "";

const verify = ({ payload, headers }: ReceivedWebhook, secret: string) =>
  verifyWebhook({ payload, signature: String(headers["x-juniper-signature"]), secret });

const statusesOf = (webhooks: readonly ReceivedWebhook[]): string[] =>
  webhooks.map(({ payload }) => JSON.parse(payload).order.status);

describe("advance", () => {
  test("moves the order on and delivers a webhook that verifies and that the document allows", async () => {
    const [result] = await mock.advance(orderId, "SHIPPED");
    const order = unwrap(await client.GET("/orders/{orderId}", { params: { path: { orderId } } }));
    expect(order).toMatchObject({ status: "SHIPPED", fulfillmentInfo: { carrier: "USPS" } });

    const [webhook] = receiver.received;
    const event = await verify(webhook as ReceivedWebhook, await readSecret());
    expect(event.order).toMatchObject({
      orderId,
      status: "SHIPPED",
      createdAt: order.createdAt,
      updatedAt: order.updatedAt,
      fulfillmentInfo: { ...order.fulfillmentInfo, trackingStatus: "InTransit" },
    });
    expect(webhookFaultsOf(event)).toEqual([]);
    expect(webhook?.headers).toMatchObject({
      "content-type": "application/json",
      "x-juniper-signature": expect.stringMatching(/^t=\d+,v1=[0-9a-f]{64}$/),
      "x-juniper-webhook-id": result?.webhookId,
    });
    expect(result).toEqual({
      webhookId: expect.any(String),
      orderId,
      orderStatus: "SHIPPED",
      status: 200,
      failure: undefined,
    });
    expect(mock.deliveries).toEqual([result]);
    mock.expectNoViolations();
  });

  test.each([
    [{ duplicates: -1 }, "duplicates must be a whole number"],
    [{ ageSeconds: 0.5 }, "ageSeconds must be a whole number"],
    [{ delayMs: -1 }, "delayMs must be a whole number"],
    [{ duplicate: 1 }, "Did you mean duplicates?"],
  ])("refuses %j before the order is moved", async (options, message) => {
    await expect(mock.advance(orderId, "SHIPPED", options as AdvanceOptions)).rejects.toThrow(message);
    expect([mock.orders[0]?.status, receiver.received]).toEqual(["CREATED", []]);
  });

  test("tells nothing of a parcel before the order is shipped, and then the one that it is given", async () => {
    await mock.advance(orderId, "PROCESSING");
    const fulfillmentInfo = { carrier: "UPS", trackingNumber: "1Z1" };
    await mock.advance(orderId, "SHIPPED", { fulfillmentInfo });
    const [first, second] = receiver.received.map(({ payload }) => JSON.parse(payload).order);
    expect(first).not.toHaveProperty("fulfillmentInfo");
    expect(second.fulfillmentInfo).toMatchObject(fulfillmentInfo);
    expect(webhookFaultsOf({ order: first })).toEqual([]);
  });

  test("refuses a move that can't be, and changes nothing", async () => {
    await mock.advance(orderId, "FULFILLED");
    await expect(mock.advance(orderId, "PROCESSING")).rejects.toThrow(
      "The order can't be moved to PROCESSING: it is FULFILLED, which comes later.",
    );
    await expect(mock.advance(orderId, "FULFILLED")).rejects.toThrow("it is FULFILLED already");
    await expect(mock.advance("none", "SHIPPED")).rejects.toThrow('The mock has no order "none".');
    await expect(mock.advance(orderId, "LOST" as "SHIPPED")).rejects.toThrow("there is no such status");
    await mock.advance(orderId, "CANCELLED");
    await expect(mock.advance(orderId, "SHIPPED")).rejects.toThrow("it is cancelled");
    expect(mock.orders[0]?.status).toBe("CANCELLED");
    expect(statusesOf(receiver.received)).toEqual(["FULFILLED", "CANCELLED"]);
  });

  test("delivers nothing while there is no webhook URL", async () => {
    unwrap(await client.PATCH("/partners/settings", { body: { webhookUrl: "" } }));
    expect(await mock.advance(orderId, "SHIPPED")).toEqual([]);
    expect(receiver.received).toEqual([]);
  });

  test("signs with the secret of the moment: after a rotation the old one is dead", async () => {
    const old = await readSecret();
    unwrap(await client.POST("/partners/settings/rotate-webhook-secret"));
    await mock.advance(orderId, "SHIPPED");
    const [webhook] = receiver.received;
    await expect(verify(webhook as ReceivedWebhook, old)).rejects.toMatchObject({ reason: "no-match" });
    await expect(verify(webhook as ReceivedWebhook, await readSecret())).resolves.toBeDefined();
  });

  test("reports how the receiver responded, or why it did not", async () => {
    receiver.status = 503;
    expect(await mock.advance(orderId, "PROCESSING")).toMatchObject([{ status: 503 }]);
    receiver.status = undefined;
    expect(await mock.advance(orderId, "FULFILLED")).toMatchObject([
      { status: undefined, failure: expect.stringContaining("timeout") },
    ]);
    await receiver.close();
    expect(await mock.advance(orderId, "SHIPPED")).toMatchObject([
      { status: undefined, failure: expect.stringContaining("ECONNREFUSED") },
    ]);
  });
});

describe("deliveries", () => {
  test("can come twice: the handler takes the event once", async () => {
    const onEvent = vi.fn();
    const handle = webhookHandler({ secret: await readSecret(), onEvent });
    expect(await mock.advance(orderId, "SHIPPED", { duplicates: 2 })).toHaveLength(3);
    expect(new Set(receiver.received.map(({ headers }) => headers["x-juniper-webhook-id"])).size).toBe(3);
    for (const webhook of receiver.received) expect((await handle(requestOf(webhook))).status).toBe(200);
    expect(onEvent).toHaveBeenCalledTimes(1);
  });

  test("can be signed long ago", async () => {
    await mock.advance(orderId, "SHIPPED", { ageSeconds: 301 });
    await expect(verify(receiver.received[0] as ReceivedWebhook, await readSecret())).rejects.toMatchObject({
      reason: "too-old",
    });
  });

  test("can be late: the order is further on before its webhook comes", async () => {
    const delivered = mock.advance(orderId, "SHIPPED", { delayMs: 200 });
    expect(mock.orders[0]?.status).toBe("SHIPPED");
    expect(receiver.received).toHaveLength(0);
    expect(await delivered).toMatchObject([{ status: 200 }]);
    expect(receiver.received).toHaveLength(1);
  });

  test("can be held and overtake each other: the handler is told", async () => {
    const seen: unknown[] = [];
    const onEvent = vi.fn((event, { overtakenBy }) => seen.push([event.order.status, overtakenBy]));
    const handle = webhookHandler({ secret: await readSecret(), onEvent });
    expect(await mock.advance(orderId, "PROCESSING", { hold: true })).toEqual([]);
    expect(await mock.advance(orderId, "SHIPPED", { hold: true })).toEqual([]);
    expect(receiver.received).toEqual([]);
    expect(await mock.deliverHeld({ reverse: true })).toMatchObject([
      { orderStatus: "SHIPPED", status: 200 },
      { orderStatus: "PROCESSING", status: 200 },
    ]);
    expect(await mock.deliverHeld()).toEqual([]);
    for (const webhook of receiver.received) await handle(requestOf(webhook));
    expect(seen).toEqual([
      ["SHIPPED", undefined],
      ["PROCESSING", "SHIPPED"],
    ]);
  });

  test("tell of an order that the partner cancelled, too", async () => {
    unwrap(await client.POST("/orders/{orderId}/cancel", { params: { path: { orderId } } }));
    await mock.settled();
    expect(statusesOf(receiver.received)).toEqual(["CANCELLED"]);
    expect(mock.deliveries).toMatchObject([{ orderStatus: "CANCELLED", status: 200 }]);
  });

  test("end with the mock", async () => {
    receiver.status = undefined;
    const delivered = mock.advance(orderId, "SHIPPED", { delayMs: 60_000 });
    await mock.close();
    expect(await delivered).toEqual([]);
    mock = await startMockServer({ stateful: true });
  });
});

function requestOf({ headers, payload }: ReceivedWebhook): Request {
  return new Request("http://localhost/webhooks", {
    method: "POST",
    headers: {
      "x-juniper-signature": String(headers["x-juniper-signature"]),
      "x-juniper-webhook-id": String(headers["x-juniper-webhook-id"]),
    },
    body: payload,
  });
}
