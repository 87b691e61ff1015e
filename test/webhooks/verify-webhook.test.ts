import { createHmac } from "node:crypto";
import { runInNewContext } from "node:vm";
import fc from "fast-check";
import {
  ConfigurationError,
  FulfillmentError,
  signWebhook,
  type VerifyWebhookOptions,
  verifyWebhook,
  WebhookVerificationError,
} from "juniper-fulfillment";
import { beforeEach, describe, expect, test } from "vitest";
import { event, payload, secret } from "../../scripts/samples/deliveries.ts";
import { verifyWebhookWith } from "../../src/webhooks/verify-webhook.ts";
import { ManualTiming } from "../support/manual-timing.ts";

let timing: ManualTiming;
let nowSeconds: number;
beforeEach(() => {
  timing = new ManualTiming();
  nowSeconds = timing.wallMs() / 1000;
});

/** The guide's own recipe, in Node's crypto: nothing of the package takes part. */
function signatureByTheGuide(
  body: string | Uint8Array,
  key = secret,
  t: number | string = nowSeconds,
): string {
  return `t=${t},v1=${createHmac("sha256", key).update(`${t}.`).update(body).digest("hex")}`;
}

const verify = (options: Partial<VerifyWebhookOptions> = {}) =>
  verifyWebhookWith({ payload, signature: signatureByTheGuide(payload), secret, ...options }, timing);

const reasonOf = async (options: Partial<VerifyWebhookOptions>): Promise<string> => {
  const error = await verify(options).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (error instanceof WebhookVerificationError) return error.reason;
  throw error ?? new Error("it was accepted");
};

describe("verifyWebhook", () => {
  test("accepts the guide's own format and returns the event", async () => {
    expect(await verify()).toEqual(event);
  });

  test("accepts the body as bytes", async () => {
    expect(await verify({ payload: Buffer.from(payload) })).toEqual(event);
  });

  test("takes the secret's characters as the key, though they are hex", async () => {
    const key = Buffer.from(secret, "hex");
    expect(await reasonOf({ signature: signatureByTheGuide(payload, key as never) })).toBe("no-match");
  });

  test("accepts one good signature among several, as during a rotation", async () => {
    const [, good] = signatureByTheGuide(payload).split(",");
    expect(await verify({ signature: `t=${nowSeconds},v1=${"0".repeat(64)},${good}` })).toEqual(event);
  });

  test("passes over schemes that it does not know", async () => {
    expect(await verify({ signature: `${signatureByTheGuide(payload)},v2=abc` })).toEqual(event);
  });

  test("accepts a signature by any of several secrets", async () => {
    expect(await verify({ secret: ["new", secret] })).toEqual(event);
  });

  test.each([
    ["of no header", null],
    ["of an empty header", ""],
    ["without a time", `v1=${"0".repeat(64)}`],
    ["without a signature", "t=1767225600"],
    ["with two times", `t=1767225600,t=1767225600,v1=${"0".repeat(64)}`],
    ["with a time that is no number", `t=abc,v1=${"0".repeat(64)}`],
    ["with a fraction of a second", `t=1767225600.5,v1=${"0".repeat(64)}`],
    ["with a signature that is too short", "t=1767225600,v1=00"],
    ["with a signature in capitals", `t=1767225600,v1=${"A".repeat(64)}`],
    ["with blanks", `t=1767225600, v1=${"0".repeat(64)}`],
    ["with hundreds of signatures", `t=1767225600${`,v1=${"0".repeat(64)}`.repeat(40)}`],
    ["that is huge", `t=1767225600,v1=${"0".repeat(100_000)}`],
  ])("calls a signature %s malformed", async (_what, signature) => {
    expect(await reasonOf({ signature })).toBe("malformed-header");
  });

  test("says so when only other schemes were used", async () => {
    expect(await reasonOf({ signature: "t=1767225600,v2=abc" })).toBe("unknown-scheme");
  });

  test.each([
    [300, undefined],
    [301, "too-old"],
    [-300, undefined],
    [-301, "too-new"],
  ])("judges a delivery that was signed %s seconds ago: %s", async (ageSeconds, reason) => {
    const signature = signatureByTheGuide(payload, secret, nowSeconds - ageSeconds);
    if (reason === undefined) expect(await verify({ signature })).toEqual(event);
    else expect(await reasonOf({ signature })).toBe(reason);
  });

  test("tells nothing of the time of a delivery that isn't the vendor's", async () => {
    expect(await reasonOf({ signature: signatureByTheGuide(payload, "other", 1) })).toBe("no-match");
  });

  test("keeps to another tolerance", async () => {
    const signature = signatureByTheGuide(payload, secret, nowSeconds - 11);
    expect(await reasonOf({ signature, toleranceSeconds: 10 })).toBe("too-old");
  });

  test.each([
    ["text", "not-json"],
    ["", "not-json"],
    ["\uFEFF{}", "not-json"],
    ["null", "wrong-shape"],
    ["[]", "wrong-shape"],
    ["{}", "wrong-shape"],
    ['{"order":null}', "wrong-shape"],
    ['{"order":{"orderId":"o-1"}}', "wrong-shape"],
    ['{"order":{"orderId":7,"status":"SHIPPED","createdAt":"a","updatedAt":"b"}}', "wrong-shape"],
  ])("refuses the signed body %j: %s", async (body, reason) => {
    expect(await reasonOf({ payload: body, signature: signatureByTheGuide(body) })).toBe(reason);
  });

  test("refuses bytes that are no UTF-8", async () => {
    const bytes = Uint8Array.of(0x22, 0xff, 0x22);
    expect(await reasonOf({ payload: bytes, signature: signatureByTheGuide(bytes) })).toBe("not-json");
  });

  test("takes bytes of another realm, as test runners with their own have them", async () => {
    const bytes: Uint8Array = runInNewContext("Uint8Array.from(bytes)", { bytes: [...Buffer.from(payload)] });
    expect(await verify({ payload: bytes })).toEqual(event);
  });

  test("lets a status through that the document does not name", async () => {
    const body = payload.replace("SHIPPED", "RETURNED");
    const { order } = await verify({ payload: body, signature: signatureByTheGuide(body) });
    expect(order.status).toBe("RETURNED");
  });

  test("refuses an empty secret, however it comes", async () => {
    for (const empty of ["", [], [""], () => "", () => [], " ", `${secret}\n`] as const) {
      await expect(verify({ secret: empty as never })).rejects.toThrow(ConfigurationError);
    }
  });

  test("says what to do about a body that was parsed already", async () => {
    await expect(verify({ payload: event as never })).rejects.toThrow(/raw body/);
  });

  test("refuses a tolerance that would switch the check off", async () => {
    for (const toleranceSeconds of [0, -1, Number.NaN, Number.POSITIVE_INFINITY]) {
      await expect(verify({ toleranceSeconds })).rejects.toThrow(ConfigurationError);
    }
  });

  test("throws an error of the package's, with a code, that holds nothing of the delivery", async () => {
    const error = await verify({ signature: "t=1,v1=0" }).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(FulfillmentError);
    expect(error).toMatchObject({ name: "WebhookVerificationError", code: "WEBHOOK_VERIFICATION" });
  });
});

describe("a secret that a function fetches", () => {
  test("is asked for once, however many deliveries come", async () => {
    let asked = 0;
    const fetchSecret = async () => {
      asked++;
      return secret;
    };
    await Promise.all(Array.from({ length: 20 }, () => verify({ secret: fetchSecret })));
    await verify({ secret: fetchSecret });
    expect(asked).toBe(1);
  });

  test("is asked for again when none matches, so that a rotation needs no restart", async () => {
    let current = "the-old-one";
    const fetchSecret = () => current;
    await expect(verify({ secret: fetchSecret })).rejects.toThrow(WebhookVerificationError);
    timing.advance(10_000);
    current = secret;
    const deliveries = Array.from({ length: 5 }, () => verify({ secret: fetchSecret }));
    expect(await Promise.all(deliveries)).toEqual(Array(5).fill(event));
    expect(await verify({ secret: fetchSecret })).toEqual(event);
  });

  test("is not asked for by each of many forged deliveries", async () => {
    let asked = 0;
    const fetchSecret = () => {
      asked++;
      return secret;
    };
    const signature = signatureByTheGuide(payload, "forged");
    for (let number = 0; number < 50; number++)
      await verify({ secret: fetchSecret, signature }).catch(() => {});
    expect(asked).toBe(2);
    timing.advance(10_000);
    await verify({ secret: fetchSecret, signature }).catch(() => {});
    expect(asked).toBe(3);
  });

  test("is asked for again after it failed, whose error reaches the caller", async () => {
    let fails = true;
    const fetchSecret = async () => {
      if (fails) throw new Error("the vault is sealed");
      return secret;
    };
    await expect(verify({ secret: fetchSecret })).rejects.toThrow("the vault is sealed");
    fails = false;
    expect(await verify({ secret: fetchSecret })).toEqual(event);
  });
});

describe("nothing altered is ever accepted:", () => {
  const altered = (text: string) =>
    fc
      .tuple(
        fc.nat({ max: text.length - 1 }),
        fc.string({ unit: "binary-ascii", minLength: 0, maxLength: 2 }),
      )
      .map(([at, put]) => text.slice(0, at) + put + text.slice(at + 1))
      .filter((other) => other !== text);

  test("no byte of the body", async () => {
    const signature = signatureByTheGuide(payload);
    await fc.assert(
      fc.asyncProperty(altered(payload), async (body) => {
        expect(await reasonOf({ payload: body, signature })).toBe("no-match");
      }),
    );
  });

  test("no character of the header", async () => {
    await fc.assert(
      fc.asyncProperty(altered(signatureByTheGuide(payload)), async (signature) => {
        expect(["malformed-header", "unknown-scheme", "no-match"]).toContain(await reasonOf({ signature }));
      }),
    );
  });

  test("no other time, before or after", async () => {
    const [, mac] = signatureByTheGuide(payload).split(",");
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: -10_000, max: 10_000 }), async (shift) => {
        fc.pre(shift !== 0);
        expect(await reasonOf({ signature: `t=${nowSeconds + shift},${mac}` })).toBe("no-match");
      }),
    );
  });

  test("and whatever the guide's recipe signs, is", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.string({ unit: "grapheme" }),
        fc.integer({ min: -300, max: 300 }),
        async (note, shift) => {
          const body = JSON.stringify({ ...event, note });
          const signature = signatureByTheGuide(body, secret, nowSeconds + shift);
          expect(await verify({ payload: body, signature })).toEqual({ ...event, note });
        },
      ),
    );
  });
});

describe("signWebhook", () => {
  test("signs as the guide does", async () => {
    const signed = await signWebhook({ payload, secret, timestampSeconds: nowSeconds });
    expect(signed).toBe(signatureByTheGuide(payload));
  });

  test("signs for now, unless it is told a time", async () => {
    const signature = await signWebhook({ payload, secret });
    expect(await verifyWebhook({ payload, signature, secret })).toEqual(event);
  });

  test.each([
    [{ secret: "" }],
    [{ timestampSeconds: 1.5 }],
    [{ timestampSeconds: -1 }],
    [{ payload: event as never }],
  ])("refuses %j", async (bad) => {
    await expect(signWebhook({ payload, secret, ...bad })).rejects.toThrow(ConfigurationError);
  });
});
