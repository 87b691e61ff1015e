import type { webhooks } from "../generated/schema.ts";
import { checkNames } from "../wrapper/check-names.ts";
import { ConfigurationError, WebhookVerificationError } from "../wrapper/errors.ts";
import { isRecord } from "../wrapper/is-record.ts";
import { systemTiming, type Timing } from "../wrapper/timing.ts";
import { type Secrets, secretsOf, type WebhookSecret } from "./secrets.ts";
import { bytesOf, matches, parseSignature, type Signature } from "./signature.ts";

/**
 * The event that the vendor delivers, from the document's `webhooks`. Its `order.orderId` is the API's `id` (JH-05).
 *
 * @example
 * ```ts
 * import type { WebhookEvent } from "juniper-fulfillment";
 *
 * const describe = ({ order }: WebhookEvent): string => `${order.orderId} is ${order.status}`;
 * ```
 */
export type WebhookEvent = {
  [Name in keyof webhooks]: webhooks[Name]["post"]["requestBody"]["content"]["application/json"];
}[keyof webhooks];

/**
 * The options of {@link verifyWebhook}.
 *
 * @example
 * ```ts
 * import { type VerifyWebhookOptions, verifyWebhook } from "juniper-fulfillment";
 *
 * declare const delivery: Pick<VerifyWebhookOptions, "payload" | "signature">;
 * console.log(await verifyWebhook({ ...delivery, secret: ["the new secret", "the old one"] }));
 * ```
 */
export interface VerifyWebhookOptions {
  /** The raw body, before anything parsed it. */
  payload: string | Uint8Array;
  /** The value of the `X-Juniper-Signature` header. */
  signature: string | null | undefined;
  /** The webhook secret, several of them during a rotation, or a function that fetches them. */
  secret: WebhookSecret;
  /**
   * How far the time of signing may be from now, in the past or the future, in seconds.
   * @default 300
   */
  toleranceSeconds?: number | undefined;
}

/**
 * Verifies that a delivery is the vendor's, unaltered and recent, and returns its event.
 *
 * @param options The raw body, its signature, and the secret.
 * @returns The event, as the document's `webhooks` describe it.
 * @throws {WebhookVerificationError} when it can't be trusted or used; `reason` says why. Respond with 400, and with
 * 503 when the reason is `not-checked`.
 * @throws {ConfigurationError} when the payload is not a string or bytes, the secret is empty, or `toleranceSeconds` is
 * not above 0.
 * @throws {Error} when the function for the secret throws, or takes longer than 10 seconds. Respond with 500.
 * @example
 * ```ts
 * import { verifyWebhook } from "juniper-fulfillment";
 *
 * export async function POST(request: Request): Promise<Response> {
 *   const event = await verifyWebhook({
 *     payload: await request.text(),
 *     signature: request.headers.get("x-juniper-signature"),
 *     secret: process.env.JUNIPER_WEBHOOK_SECRET ?? "",
 *   });
 *   console.log(event.order.orderId, event.order.status);
 *   return new Response();
 * }
 * ```
 */
export async function verifyWebhook(options: VerifyWebhookOptions): Promise<WebhookEvent> {
  checkNames<VerifyWebhookOptions>("verifyWebhook", options, {
    payload: true,
    signature: true,
    secret: true,
    toleranceSeconds: true,
  });
  return verifyWebhookWith(options, systemTiming);
}

/** {@link verifyWebhook} with a clock of the caller's. */
export async function verifyWebhookWith(
  { payload, signature, secret, toleranceSeconds = 300 }: VerifyWebhookOptions,
  timing: Timing,
): Promise<WebhookEvent> {
  if (!(toleranceSeconds > 0 && Number.isFinite(toleranceSeconds))) {
    throw new ConfigurationError("toleranceSeconds must be a number of seconds above 0.");
  }
  // A copy: what is verified now is read later, and the caller may reuse the buffer in between.
  const body = new Uint8Array(bytesOf(payload));
  const secrets = secretsOf(secret, timing);
  const parsed = parseSignature(signature);
  const ageSeconds = timing.wallMs() / 1000 - Number(parsed.timestamp);
  const isTimely = Math.abs(ageSeconds) <= toleranceSeconds;
  // No other secret can make it acceptable when its time is wrong.
  if (!(await isGenuine(parsed, body, secrets, isTimely))) throw new WebhookVerificationError("no-match");
  secrets.confirm();
  if (!isTimely) throw new WebhookVerificationError(ageSeconds > 0 ? "too-old" : "too-new");
  return readEvent(body);
}

async function isGenuine(
  signature: Signature,
  body: Uint8Array,
  secrets: Secrets,
  mayRenew: boolean,
): Promise<boolean> {
  const known = await secrets.get();
  if (await matches(signature, body, known)) return true;
  const renewed = mayRenew ? await secrets.renew(known) : undefined;
  return renewed !== undefined && matches(signature, body, renewed);
}

function readEvent(body: Uint8Array): WebhookEvent {
  let event: unknown;
  try {
    event = JSON.parse(new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(body));
  } catch {
    // Without the cause, which quotes the body.
    throw new WebhookVerificationError("not-json");
  }
  if (!isEvent(event)) throw new WebhookVerificationError("wrong-shape");
  return event;
}

/** Checks what the document requires of an event. An unknown status is accepted: the vendor may add one. */
function isEvent(event: unknown): event is WebhookEvent {
  const order = isRecord(event) ? event.order : undefined;
  if (!isRecord(order)) return false;
  const { orderId, status, createdAt, updatedAt, fulfillmentInfo = {} } = order;
  const areStrings = [orderId, status, createdAt, updatedAt].every(
    (value) => typeof value === "string" && value !== "",
  );
  return areStrings && (fulfillmentInfo === null || isRecord(fulfillmentInfo));
}
