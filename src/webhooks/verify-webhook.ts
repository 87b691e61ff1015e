import type { webhooks } from "../generated/schema.ts";
import { ConfigurationError, WebhookVerificationError } from "../wrapper/errors.ts";
import { systemTiming, type Timing } from "../wrapper/timing.ts";
import { secretsOf, type WebhookSecret } from "./secrets.ts";
import { bytesOf, matches, parseSignature } from "./signature.ts";

/**
 * What the vendor delivers, from the document's `webhooks`. Its `order.orderId` is the API's `id` (JH-05).
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
  /** The body as it came, before anything parsed it. */
  payload: string | Uint8Array;
  /** The value of the `X-Juniper-Signature` header. */
  signature: string | null | undefined;
  /** The webhook secret; several during a rotation; or a function that fetches it. */
  secret: WebhookSecret;
  /**
   * How far the time of signing may lie from now, before or after, in seconds.
   * @default 300
   */
  toleranceSeconds?: number | undefined;
  /** The clock, for tests. */
  timing?: Pick<Timing, "wallMs" | "monotonicMs"> | undefined;
}

/**
 * Checks that a delivery is the vendor's, unaltered and recent, and returns its event.
 *
 * @param options The raw body, its signature, and the secret.
 * @returns The event, as the document's `webhooks` describe it.
 * @throws {WebhookVerificationError} when it can't be trusted or used; `reason` says why. Answer it with a 400.
 * @throws {ConfigurationError} when the payload is not raw, or the secret is empty.
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
  const { payload, signature, secret, toleranceSeconds = 300, timing = systemTiming } = options;
  if (!(toleranceSeconds > 0 && Number.isFinite(toleranceSeconds))) {
    throw new ConfigurationError("toleranceSeconds must be a number of seconds above 0.");
  }
  const body = bytesOf(payload);
  const secrets = secretsOf(secret, timing);
  const parsed = parseSignature(signature);
  const known = await secrets.get();
  let isGenuine = await matches(parsed, body, known);
  const renewed = isGenuine ? undefined : await secrets.renew(known);
  if (renewed !== undefined) isGenuine = await matches(parsed, body, renewed);
  if (!isGenuine) throw new WebhookVerificationError("no-match");
  const ageSeconds = timing.wallMs() / 1000 - Number(parsed.timestamp);
  if (ageSeconds > toleranceSeconds) throw new WebhookVerificationError("too-old");
  if (ageSeconds < -toleranceSeconds) throw new WebhookVerificationError("too-new");
  return readEvent(body);
}

function readEvent(body: Uint8Array): WebhookEvent {
  let event: unknown;
  try {
    event = JSON.parse(new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(body));
  } catch {
    // The cause is left out: it quotes the body.
    throw new WebhookVerificationError("not-json");
  }
  if (!isEvent(event)) throw new WebhookVerificationError("wrong-shape");
  return event;
}

/** What the document requires of an event. A status that it doesn't name is let through: the vendor may add one. */
function isEvent(event: unknown): event is WebhookEvent {
  const order = (event as { order?: unknown } | null)?.order;
  if (typeof order !== "object" || order === null) return false;
  const { orderId, status, createdAt, updatedAt, fulfillmentInfo = {} } = order as Record<string, unknown>;
  const isText = [orderId, status, createdAt, updatedAt].every(
    (value) => typeof value === "string" && value !== "",
  );
  return isText && typeof fulfillmentInfo === "object";
}
