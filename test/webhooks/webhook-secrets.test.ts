import {
  ConfigurationError,
  signWebhook,
  type WebhookSecret,
  type WebhookVerificationError,
} from "juniper-fulfillment";
import { beforeEach, describe, expect, test } from "vitest";
import { payload } from "../../scripts/samples/deliveries.ts";
import { webhookHandlerWith } from "../../src/webhooks/webhook-handler.ts";
import { ManualTiming } from "../support/manual-timing.ts";

const [oldSecret, newSecret] = ["a".repeat(64), "b".repeat(64)];
const forged = "c".repeat(64);

let timing: ManualTiming;
let calls: number;
let errors: unknown[];
let reasons: WebhookVerificationError["reason"][];
beforeEach(() => {
  timing = new ManualTiming();
  calls = 0;
  errors = [];
  reasons = [];
});

/** A handler with a function for the secret, and what it responds to deliveries that are signed with some secret. */
function receive(
  fetchSecret: () => Awaited<ReturnType<Extract<WebhookSecret, () => unknown>>> | Promise<string>,
) {
  const handle = webhookHandlerWith(
    {
      secret: () => {
        calls++;
        return fetchSecret();
      },
      onEvent: () => {},
      onError: (error) => errors.push(error),
      onRefused: ({ reason }) => reasons.push(reason),
    },
    timing,
  );
  return async (signer: string, timestampSeconds = timing.wallMs() / 1000): Promise<number> => {
    const signature = await signWebhook({ payload, secret: signer, timestampSeconds });
    const headers = { "x-juniper-signature": signature };
    return (await handle(new Request("http://localhost/", { method: "POST", headers, body: payload })))
      .status;
  };
}

describe("a rotated secret is fetched at once", () => {
  test("after a call of the function failed", async () => {
    let secret: string | undefined = oldSecret;
    const deliver = receive(async () => {
      if (secret === undefined) throw new Error("503");
      return secret;
    });
    const statuses = [await deliver(oldSecret)];
    secret = undefined;
    statuses.push(await deliver(newSecret));
    secret = newSecret;
    statuses.push(await deliver(newSecret));
    expect(statuses).toEqual([200, 500, 200]);
    expect(errors).toEqual([new Error("503")]);
  });

  test("after a forged delivery", async () => {
    let secret = oldSecret;
    const deliver = receive(async () => secret);
    const statuses = [await deliver(oldSecret), await deliver(forged)];
    secret = newSecret;
    statuses.push(await deliver(newSecret));
    expect(statuses).toEqual([200, 400, 200]);
  });

  test("while deliveries with the old and the new one come at the same time", async () => {
    let secret = oldSecret;
    const deliver = receive(async () => secret);
    await deliver(oldSecret);
    secret = newSecret;
    const statuses = await Promise.all(Array.from({ length: 20 }, () => deliver(newSecret)));
    expect(statuses.filter((status) => status !== 200 && status !== 409)).toEqual([]);
    expect(calls).toBe(2);
  });
});

describe("two hundred forged deliveries make no more than a few calls of the function for the secret", () => {
  const cases: [string, () => string | readonly string[] | Promise<string>][] = [
    ["returns the secret", () => oldSecret],
    ["rejects", () => Promise.reject(new Error("the vault is sealed"))],
    ["throws", () => JSON.parse("no JSON")],
    ["returns nothing", () => undefined as never],
    ["returns an empty string", () => ""],
    ["returns no secrets", () => []],
  ];
  test.each(cases)("when it %s", async (_what, fetchSecret) => {
    const deliver = receive(fetchSecret);
    for (let number = 0; number < 100; number++) await deliver(forged);
    await Promise.all(Array.from({ length: 100 }, () => deliver(forged)));
    expect(calls).toBe(2);
    timing.advance(60 * 60 * 1000);
    for (let number = 0; number < 100; number++) await deliver(forged);
    expect(calls).toBe(4);
  });

  test("also between genuine ones", async () => {
    const deliver = receive(() => oldSecret);
    for (let number = 0; number < 100; number++) {
      await deliver(oldSecret);
      await deliver(forged);
    }
    // Ten seconds allow three.
    expect(calls).toBeLessThanOrEqual(3);
  });

  test("and then a delivery that nobody can check gets 503, since it may be genuine", async () => {
    let secret = oldSecret;
    const deliver = receive(() => secret);
    await deliver(forged);
    expect(await deliver(forged)).toBe(503);
    secret = newSecret;
    expect(await deliver(newSecret)).toBe(503);
    expect(reasons).toEqual(["no-match", "not-checked", "not-checked"]);
    timing.advance(10_000);
    expect(await deliver(newSecret)).toBe(200);
  });
});

test("a delivery whose time is wrong makes no call for another secret", async () => {
  const deliver = receive(() => oldSecret);
  await deliver(oldSecret);
  for (let number = 0; number < 5; number++) await deliver(forged, 1);
  expect([calls, reasons]).toEqual([1, Array(5).fill("no-match")]);
});

test("a function that never returns fails after ten seconds, and is called again later", async () => {
  let fetchSecret: () => Promise<string> = () => new Promise(() => {});
  const deliver = receive(() => fetchSecret());
  const hanging = Promise.all([deliver(oldSecret), deliver(oldSecret)]);
  await expect.poll(() => timing.sleeping).toBeGreaterThan(0);
  timing.advance(10_000);
  expect(await hanging).toEqual([500, 500]);
  expect(calls).toBe(1);
  expect(String(errors[0])).toMatch(/did not return within 10000 ms/);
  fetchSecret = async () => oldSecret;
  expect(await deliver(oldSecret)).toBe(200);
});

test("what a function returns is checked like any secret", async () => {
  const deliver = receive(() => ` ${oldSecret}`);
  expect(await deliver(oldSecret)).toBe(500);
  expect(errors).toEqual([expect.any(ConfigurationError)]);
});
