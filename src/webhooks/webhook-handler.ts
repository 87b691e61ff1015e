import { checkNames } from "../wrapper/check-names.ts";
import { ConfigurationError, WebhookVerificationError } from "../wrapper/errors.ts";
import { notify } from "../wrapper/hooks.ts";
import { systemTiming, type Timing } from "../wrapper/timing.ts";
import { DeliveryLog, type Turn } from "./delivery-log.ts";
import { readBody } from "./read-body.ts";
import { secretsOf } from "./secrets.ts";
import { verifyWebhookWith, type WebhookEvent } from "./verify-webhook.ts";
import { checkHandlerLimits, storeOf, type WebhookHandlerOptions } from "./webhook-handler-options.ts";
import { within } from "./within.ts";

/**
 * Creates a fetch-style handler of webhook deliveries. Next.js, Hono, Workers, Deno and Bun take it as it is; Express,
 * Fastify and `node:http` need a few lines around it.
 *
 * - A delivery that can't be trusted gets 400 and never reaches `onEvent`. While it can't be checked, because the
 *   function for the secret fails or was called too often, it gets 500 or 503.
 * - A duplicate gets 200 and is dropped, even if it was signed anew. While the first is being handled it gets 409, so
 *   that it comes again if the first fails.
 * - Deliveries of one order are handled one at a time, in all processes that share the store, and stale ones are
 *   marked. A delivery waits up to 5 seconds for its turn. Then it is handled anyway, and gets 409 so that it comes
 *   again: the other handling may end later and write an older status.
 * - When `onEvent` fails, or the store fails or takes longer than 5 seconds before `onEvent` is called, the response is
 *   500, and the delivery can come again. When the store fails after `onEvent` has succeeded, `onError` is called, and
 *   the response is 200: the event has been handled.
 * - Events are handled at least once. An event may be handled twice after a crash in `onEvent`, or when the store could
 *   not remember it and it is delivered again.
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
  checkNames<WebhookHandlerOptions>("webhookHandler", options, {
    secret: true,
    onEvent: true,
    store: true,
    onError: true,
    onRefused: true,
    toleranceSeconds: true,
    retentionSeconds: true,
    leaseSeconds: true,
    maxBodyBytes: true,
  });
  return webhookHandlerWith(options, systemTiming);
}

/** {@link webhookHandler} with a clock of the caller's. */
export function webhookHandlerWith(
  options: WebhookHandlerOptions,
  timing: Timing,
): (request: Request) => Promise<Response> {
  const { secret, onEvent, onRefused, onError = console.error } = options;
  const limits = checkHandlerLimits(options);
  if (typeof onEvent !== "function") throw new ConfigurationError("onEvent must be a function.");
  secretsOf(secret, timing);
  const log = new DeliveryLog(storeOf(options.store, timing), timing, limits);
  const handle = eventHandler(onEvent, onError, limits.leaseMs, timing);
  const { toleranceSeconds, maxBodyBytes } = limits;

  return async (request) => {
    try {
      if (typeof Object(request).headers?.get !== "function") {
        throw new ConfigurationError(
          "webhookHandler handles a Request of the web. docs/webhooks.md says how to make one in Express, Fastify and node:http.",
        );
      }
      if (request.method !== "POST") return respond(405, { allow: "POST" });
      const payload = await readBody(request, maxBodyBytes, timing);
      // The rest of the body is not read: whatever came after it on that connection would be lost.
      if (typeof payload === "number") return respond(payload, { connection: "close" });
      const signature = request.headers.get("x-juniper-signature");
      const event = await verifyWebhookWith({ payload, signature, secret, toleranceSeconds }, timing);
      const id = request.headers.get("x-juniper-webhook-id") ?? undefined;
      const turn = await log.begin(payload, event);
      if (turn === "done") return respond(200);
      if (turn === "in-progress") return comeAgain(409);
      await handle(event, id, turn);
      return turn.isAlone ? respond(200) : comeAgain(409);
    } catch (error) {
      if (!(error instanceof WebhookVerificationError)) {
        notify(onError, error);
        return respond(500);
      }
      notify(onRefused, error);
      return error.reason === "not-checked" ? comeAgain(503) : respond(400);
    }
  };
}

/** Passes an event to `onEvent`, and records that it did. */
function eventHandler(
  onEvent: WebhookHandlerOptions["onEvent"],
  onError: (error: unknown) => void,
  leaseMs: number,
  timing: Timing,
): (event: WebhookEvent, id: string | undefined, turn: Turn) => Promise<void> {
  const report = (error: unknown): void => notify(onError, error);
  return async (event, id, { newerStatus, finish, end }) => {
    const lease = new AbortController();
    const late = (): Error => {
      const error = new Error(`onEvent took longer than leaseSeconds, which is ${leaseMs / 1000} s.`);
      lease.abort(error);
      return error;
    };
    try {
      const handled = onEvent(event, { id, overtakenBy: newerStatus, signal: lease.signal });
      await within(handled, leaseMs, timing, late);
      // The event has been handled. A store that fails now must not bring it back.
      await finish().catch(report);
    } finally {
      await end().catch(report);
    }
  };
}

function respond(status: number, headers: Record<string, string> = {}): Response {
  return new Response(null, { status, headers });
}

function comeAgain(status: 409 | 503): Response {
  return respond(status, { "retry-after": "30" });
}
