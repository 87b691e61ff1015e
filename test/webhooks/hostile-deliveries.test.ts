import { createHmac } from "node:crypto";
import fc from "fast-check";
import {
  signWebhook,
  type WebhookHandlerOptions,
  WebhookVerificationError,
  webhookHandler,
} from "juniper-fulfillment";
import { describe, expect, test, vi } from "vitest";
import { event, payload, secret } from "../../scripts/samples/deliveries.ts";
import { verifyWebhookWith } from "../../src/webhooks/verify-webhook.ts";
import { webhookHandlerWith } from "../../src/webhooks/webhook-handler.ts";
import { ManualTiming } from "../support/manual-timing.ts";

const timing = new ManualTiming();
const nowSeconds = timing.wallMs() / 1000;
const macOf = (body: string | Uint8Array, t: number | string = nowSeconds): string =>
  createHmac("sha256", secret).update(`${t}.`).update(body).digest("hex");
const verify = (signature: string | null, body: string | Uint8Array = payload) =>
  verifyWebhookWith({ payload: body, signature, secret }, timing);

describe("the signature header", () => {
  test.each([
    "v2=q83vEjRWeJA+/w==",
    "kid=key-1",
    "v2=",
    "alg=HMAC-SHA256",
    "x.y-z=a:b;c",
    "V1=abc",
    "T=1",
  ])("may have the unknown element %s, before or after the known ones", async (element) => {
    const mac = macOf(payload);
    for (const header of [
      `${element},t=${nowSeconds},v1=${mac}`,
      `t=${nowSeconds},${element},v1=${mac}`,
      `t=${nowSeconds},v1=${mac},${element}`,
    ]) {
      expect(await verify(header)).toEqual(event);
    }
  });

  test("may have any unknown elements of visible characters", async () => {
    const unit = fc.constantFrom(..."abcXYZ019+/=-_.:;~!#$%&'*^`|\"()<>@[]{}?\\");
    const element = fc
      .tuple(fc.stringMatching(/^[A-Za-z][\w.-]{0,8}$/), fc.string({ unit, maxLength: 40 }))
      .filter(([key]) => key !== "t" && key !== "v1")
      .map(([key, value]) => `${key}=${value}`);
    await fc.assert(
      fc.asyncProperty(fc.array(element, { maxLength: 8 }), fc.nat({ max: 8 }), async (elements, at) => {
        const header = [
          ...elements.slice(0, at),
          `t=${nowSeconds}`,
          `v1=${macOf(payload)}`,
          ...elements.slice(at),
        ];
        expect(await verify(header.join(","))).toEqual(event);
      }),
    );
  });

  test("never makes anything but a verification error of whatever it holds", async () => {
    const parts = fc.constantFrom(
      "t=",
      "v1=",
      ",",
      "=",
      " ",
      `${nowSeconds}`,
      "v2=",
      "\u0000",
      "é",
      "0".repeat(64),
    );
    const header = fc.oneof(
      fc.string({ unit: "binary" }),
      fc.array(parts).map((all) => all.join("")),
    );
    await fc.assert(
      fc.asyncProperty(header, async (signature) => {
        const error = await verify(signature).catch((thrown: unknown) => thrown);
        expect(error).toBeInstanceOf(WebhookVerificationError);
      }),
      { numRuns: 500 },
    );
  });

  test.each([
    "0",
    "000000000000",
    "999999999999",
    "1e9",
    "0x7f",
    "-1",
    "١٢٣",
  ])("with the time %s is rejected, signed or not", async (t) => {
    await expect(verify(`t=${t},v1=${macOf(payload, t)}`)).rejects.toThrow(WebhookVerificationError);
  });
});

describe("the body", () => {
  test("can't change anybody's prototype, and its last duplicate key counts", async () => {
    const order = JSON.stringify(event.order);
    const body = `{"__proto__":{"isAdmin":true},"constructor":{"prototype":{"isAdmin":true}},"order":{},"order":${order}}`;
    const received = await verify(`t=${nowSeconds},v1=${macOf(body)}`, body);
    expect(received.order).toEqual(event.order);
    expect(Object(received).isAdmin).toBeUndefined();
    expect(({} as { isAdmin?: true }).isAdmin).toBeUndefined();
  });

  test.each([
    ["an order that is a list", { order: Object.assign([], event.order) }],
    ["a shipment that is a list", { order: { ...event.order, fulfillmentInfo: [] } }],
    ["a shipment that is a string", { order: { ...event.order, fulfillmentInfo: "UPS" } }],
  ])("with %s is not an event", async (_what, value) => {
    const body = JSON.stringify(value);
    const error = await verify(`t=${nowSeconds},v1=${macOf(body)}`, body).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ reason: "wrong-shape" });
  });

  test("nested too deep to parse is rejected", async () => {
    const body = `${"[".repeat(200_000)}${"]".repeat(200_000)}`;
    const error = await verify(`t=${nowSeconds},v1=${macOf(body)}`, body).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(WebhookVerificationError);
  });

  test("that the caller overwrites while it is verified is read as it was verified", async () => {
    const buffer = Buffer.from(payload);
    const verified = verify(`t=${nowSeconds},v1=${macOf(payload)}`, buffer);
    buffer.write(payload.replace("SHIPPED", "CREATED"));
    expect(await verified).toEqual(event);
  });
});

describe("webhookHandler", () => {
  const refused = vi.fn();
  const install = (own: Partial<WebhookHandlerOptions> = {}) =>
    webhookHandlerWith({ secret, onEvent: () => {}, onError: () => {}, onRefused: refused, ...own }, timing);
  const post = async (body: BodyInit, own: RequestInit = {}): Promise<Request> => {
    const signature = await signWebhook({ payload, secret, timestampSeconds: nowSeconds });
    const init = {
      method: "POST",
      headers: { "x-juniper-signature": signature },
      body,
      duplex: "half",
      ...own,
    };
    return new Request("http://localhost/", init as RequestInit);
  };

  test("stops a body that never ends after 30 seconds, and cancels it", async () => {
    const cancelled = vi.fn();
    const body = new ReadableStream({
      start: (controller) => controller.enqueue(new TextEncoder().encode("{")),
      cancel: cancelled,
    });
    const response = install()(await post(body));
    await expect.poll(() => timing.sleeping).toBeGreaterThan(0);
    timing.advance(30_000);
    expect((await response).status).toBe(408);
    expect(cancelled).toHaveBeenCalledOnce();
  });

  test("cancels a body that is too large, though its source does not end", async () => {
    const cancelled = vi.fn(() => new Promise<void>(() => {}));
    const body = new ReadableStream({
      pull: (controller) => controller.enqueue(new Uint8Array(64 * 1024)),
      cancel: cancelled,
    });
    const { status, headers } = await install()(await post(body));
    // The rest of the body would be in the way of the next delivery on that connection.
    expect([status, headers.get("connection")]).toEqual([413, "close"]);
    expect(cancelled).toHaveBeenCalledOnce();
  });

  test("responds with 400 to a body that breaks off", async () => {
    const body = new ReadableStream({ start: (controller) => controller.error(new Error("reset")) });
    expect((await install()(await post(body))).status).toBe(400);
  });

  test.each([undefined, null, {}, "POST"])("does not reject when it is given %j", async (request) => {
    expect((await install()(request as never)).status).toBeGreaterThanOrEqual(400);
  });

  test.each([
    ["undefined", undefined],
    ["null", null],
    ["a string", "no"],
  ])("responds with 500 when onEvent throws %s", async (_what, thrown) => {
    const handle = install({
      onEvent: () => {
        throw thrown;
      },
    });
    expect((await handle(await post(payload))).status).toBe(500);
  });

  test.each([
    [{ retentionSeconds: 600 }],
    [{ retentionSeconds: 60, toleranceSeconds: 31 }],
    [{ leaseSeconds: 3_000_000 }],
    [{ leaseSeconds: "60" as never }],
    [{ maxBodyBytes: Number.NaN }],
  ])("refuses %j when it is made", (options) => {
    expect(() => webhookHandler({ secret, onEvent: () => {}, ...options })).toThrow(/must be/);
  });

  test("forgets no delivery while its signature is still accepted", async () => {
    const clock = new ManualTiming();
    let handled = 0;
    const limits = { retentionSeconds: 601, toleranceSeconds: 300 };
    const handle = webhookHandlerWith({ secret, onEvent: () => void handled++, ...limits }, clock);
    // It is signed by a clock that is five minutes ahead.
    const timestampSeconds = clock.wallMs() / 1000 + 300;
    const headers = { "x-juniper-signature": await signWebhook({ payload, secret, timestampSeconds }) };
    for (let second = 0; second <= 600; second += 50) {
      const response = await handle(
        new Request("http://localhost/", { method: "POST", headers, body: payload }),
      );
      expect(response.status).toBeLessThan(500);
      clock.advance(50_000);
    }
    expect(handled).toBe(1);
  });
});
