import { ConfigurationError, WebhookVerificationError } from "../wrapper/errors.ts";
import { notify } from "../wrapper/hooks.ts";
import { systemTiming, type Timing } from "../wrapper/timing.ts";
import { DeliveryLog } from "./delivery-log.ts";
import { secretsOf, type WebhookSecret } from "./secrets.ts";
import { verifyWebhook, type WebhookEvent } from "./verify-webhook.ts";
import { memoryWebhookStore, type WebhookStore } from "./webhook-store.ts";

/**
 * What is known of a delivery beside its event.
 */
export interface WebhookDelivery {
  /** The `X-Juniper-Webhook-Id` header. It is not signed: for your logs alone. */
  readonly id: string | undefined;
  /**
   * Set when the order was known to be further on already: the status that it had then. Deliveries can come out of
   * order, and this event is then old news.
   */
  readonly overtakenBy: WebhookEvent["order"]["status"] | undefined;
}

/**
 * The options of {@link webhookHandler}.
 *
 * @example
 * ```ts
 * import { type WebhookHandlerOptions, webhookHandler } from "juniper-fulfillment";
 *
 * const options: WebhookHandlerOptions = {
 *   secret: "the webhook secret",
 *   onEvent: ({ order }) => console.log(order.status),
 *   onRefused: ({ reason }) => console.warn(reason),
 * };
 * export const POST = webhookHandler(options);
 * ```
 */
export interface WebhookHandlerOptions {
  /** The webhook secret; several during a rotation; or a function that fetches it. */
  secret: WebhookSecret;
  /**
   * Called once for each event, with what else is known of its delivery. When it throws or rejects, the delivery is
   * answered with a 500 and can come again.
   */
  onEvent: (event: WebhookEvent, delivery: WebhookDelivery) => unknown;
  /**
   * Where deliveries are remembered. Give a shared one to a fleet.
   * @default one in memory, of the last 10,000
   */
  store?: WebhookStore | undefined;
  /**
   * Told what `onEvent` or the store threw.
   * @default console.error
   */
  onError?: ((error: unknown) => void) | undefined;
  /** Told why a delivery was refused, for your logs and metrics. */
  onRefused?: ((error: WebhookVerificationError) => void) | undefined;
  /**
   * How far the time of signing may lie from now, before or after, in seconds.
   * @default 300
   */
  toleranceSeconds?: number | undefined;
  /**
   * How long a delivery and the status of an order are remembered, in seconds.
   * @default 604800 (a week)
   */
  retentionSeconds?: number | undefined;
  /**
   * How long `onEvent` may take, in seconds, before the process that runs it is thought dead, and the delivery handled anew
   * when it comes again.
   * @default 60
   */
  leaseSeconds?: number | undefined;
  /**
   * How large a body may be, in bytes.
   * @default 1048576 (1 MiB)
   */
  maxBodyBytes?: number | undefined;
  /** The clock, for tests. */
  timing?: Pick<Timing, "wallMs" | "monotonicMs"> | undefined;
}

/**
 * Makes a fetch-style handler of webhook deliveries: for Next.js, Hono, Workers, Deno and Bun as it is, and for
 * Express, Fastify and `node:http` with a few lines.
 *
 * - A delivery that can't be trusted is answered with 400 and never reaches `onEvent`.
 * - One that came before is answered with 200 and dropped, also when it was signed anew. One that is being handled at the
 *   moment is answered with 409, so that it comes again if that fails.
 * - When `onEvent` or the store fails, the answer is 500, and the delivery can come again. Handling is so at least once:
 *   after a crash in the middle of `onEvent`, the same event may be handled twice.
 *
 * @param options The secret, and what to do with events.
 * @returns The handler. It does not reject.
 * @throws {ConfigurationError} when an option is missing or can't work.
 * @example
 * ```ts
 * import { webhookHandler } from "juniper-fulfillment";
 *
 * export const POST = webhookHandler({
 *   secret: process.env.JUNIPER_WEBHOOK_SECRET ?? "",
 *   onEvent: async ({ order }, { overtakenBy }) => {
 *     if (overtakenBy === undefined) console.log(order.orderId, order.status, order.fulfillmentInfo?.trackingUrl);
 *   },
 * });
 * ```
 */
export function webhookHandler(options: WebhookHandlerOptions): (request: Request) => Promise<Response> {
  const { timing = systemTiming, toleranceSeconds = 300, maxBodyBytes = 1024 * 1024 } = options;
  const { retentionSeconds = 7 * 24 * 60 * 60, leaseSeconds = 60 } = options;
  if (typeof options.onEvent !== "function") throw new ConfigurationError("onEvent must be a function.");
  secretsOf(options.secret, timing);
  for (const [name, value] of Object.entries({
    toleranceSeconds,
    maxBodyBytes,
    retentionSeconds,
    leaseSeconds,
  })) {
    if (!(value > 0 && Number.isFinite(value)))
      throw new ConfigurationError(`${name} must be a number above 0.`);
  }
  const store = options.store ?? memoryWebhookStore(timing);
  for (const method of ["add", "get", "set", "delete"] as const) {
    if (typeof store[method] !== "function")
      throw new ConfigurationError(`store must have the method ${method}.`);
  }
  const log = new DeliveryLog(store, timing, {
    retentionMs: retentionSeconds * 1000,
    leaseMs: leaseSeconds * 1000,
  });
  const verification = { secret: options.secret, toleranceSeconds, timing };
  const { onError = console.error, onRefused } = options;

  return async (request) => {
    if (request.method !== "POST") return answer(405, { allow: "POST" });
    try {
      const payload = await readBody(request, maxBodyBytes);
      if (payload === undefined) return answer(413);
      const signature = request.headers.get("x-juniper-signature");
      const event = await verifyWebhook({ ...verification, payload, signature });
      const id = request.headers.get("x-juniper-webhook-id") ?? undefined;
      return await deliver(log, payload, event, id, { onEvent: options.onEvent, onError });
    } catch (error) {
      if (!(error instanceof WebhookVerificationError)) {
        notify(onError, error);
        return answer(500);
      }
      notify(onRefused, error);
      return answer(400);
    }
  };
}

/** Hands an event on, once. */
async function deliver(
  log: DeliveryLog,
  payload: Uint8Array<ArrayBuffer>,
  event: WebhookEvent,
  id: string | undefined,
  { onEvent, onError }: { onEvent: WebhookHandlerOptions["onEvent"]; onError: (error: unknown) => void },
): Promise<Response> {
  const key = await DeliveryLog.keyOf(payload);
  const state = await log.begin(key);
  if (state === "done") return answer(200);
  if (state === "under-way") return answer(409, { "retry-after": "30" });
  let ahead: WebhookDelivery["overtakenBy"];
  try {
    ahead = await log.statusAhead(event);
    await onEvent(event, { id, overtakenBy: ahead });
  } catch (error) {
    await log.release(key).catch((failure: unknown) => notify(onError, failure));
    throw error;
  }
  // It has been handled. A store that fails now must not bring it back.
  await log
    .finish(key, ahead === undefined ? event : undefined)
    .catch((error: unknown) => notify(onError, error));
  return answer(200);
}

function answer(status: number, headers: Record<string, string> = {}): Response {
  return new Response(null, { status, headers });
}

/** The body, or undefined when it is larger than it may be. */
async function readBody(request: Request, maxBytes: number): Promise<Uint8Array<ArrayBuffer> | undefined> {
  if (request.bodyUsed) {
    throw new ConfigurationError(
      "The body has been read. Give webhookHandler the request before anything reads it.",
    );
  }
  const chunks: Uint8Array[] = [];
  let length = 0;
  const reader = request.body?.getReader();
  for (;;) {
    const { done, value } = (await reader?.read()) ?? { done: true, value: undefined };
    if (done || value === undefined) break;
    length += value.length;
    if (length > maxBytes) {
      await reader?.cancel();
      return undefined;
    }
    chunks.push(value);
  }
  const body = new Uint8Array(length);
  let offset = 0;
  for (const chunk of chunks) {
    body.set(chunk, offset);
    offset += chunk.length;
  }
  return body;
}
