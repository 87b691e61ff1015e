import { ConfigurationError } from "../wrapper/errors.ts";
import { bytesOf, checkSecret, sign } from "./signature.ts";

/**
 * The options of {@link signWebhook}.
 *
 * @example
 * ```ts
 * import { type SignWebhookOptions, signWebhook } from "juniper-fulfillment";
 *
 * const old: SignWebhookOptions = { payload: "{}", secret: "the webhook secret", timestampSeconds: 1_700_000_000 };
 * console.log(await signWebhook(old));
 * ```
 */
export interface SignWebhookOptions {
  /** The raw body. */
  payload: string | Uint8Array;
  /** The webhook secret. */
  secret: string;
  /**
   * The time of signing, in seconds since 1970.
   * @default now
   */
  timestampSeconds?: number | undefined;
}

/**
 * Signs a body as the vendor does, to test your webhook endpoint.
 *
 * @param options The body, the secret and the time.
 * @returns The value of the `X-Juniper-Signature` header.
 * @throws {ConfigurationError} when the payload is not a string or bytes, the secret is empty, or the time is not a
 * whole number.
 * @example
 * ```ts
 * import { signWebhook } from "juniper-fulfillment";
 *
 * const payload = '{"order":{"orderId":"o-1","status":"SHIPPED","createdAt":"…","updatedAt":"…"}}';
 * const signature = await signWebhook({ payload, secret: "the webhook secret" });
 * await fetch("http://localhost:3000/webhooks", {
 *   method: "POST",
 *   headers: { "content-type": "application/json", "x-juniper-signature": signature, "x-juniper-webhook-id": "1" },
 *   body: payload,
 * });
 * ```
 */
export async function signWebhook({
  payload,
  secret,
  timestampSeconds = Math.floor(Date.now() / 1000),
}: SignWebhookOptions): Promise<string> {
  if (!Number.isInteger(timestampSeconds) || timestampSeconds < 0 || timestampSeconds >= 1e12) {
    throw new ConfigurationError("timestampSeconds must be a whole number of seconds since 1970.");
  }
  return sign(String(timestampSeconds), bytesOf(payload), checkSecret(secret));
}
