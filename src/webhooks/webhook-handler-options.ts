import { ConfigurationError, type WebhookVerificationError } from "../wrapper/errors.ts";
import { maxTimerMs } from "../wrapper/max-timer.ts";
import { checkStore, memoryStore, type Store } from "../wrapper/store.ts";
import type { Timing } from "../wrapper/timing.ts";
import { OrderTurns } from "./order-turns.ts";
import type { WebhookSecret } from "./secrets.ts";
import type { WebhookEvent } from "./verify-webhook.ts";
import type { WebhookStore } from "./webhook-store.ts";

/**
 * What is known about a delivery besides its event.
 *
 * @example
 * ```ts
 * import { type WebhookDelivery, type WebhookEvent, webhookHandler } from "juniper-fulfillment";
 *
 * function onEvent({ order }: WebhookEvent, { overtakenBy }: WebhookDelivery): void {
 *   if (overtakenBy === undefined) console.log(order.orderId, order.status);
 * }
 * export const POST = webhookHandler({ secret: "the webhook secret", onEvent });
 * ```
 */
export interface WebhookDelivery {
  /** The `X-Juniper-Webhook-Id` header. It is not signed: use it for logs only. */
  readonly id: string | undefined;
  /**
   * Set for a stale event, older than the last one handled: the status of that newer one. Deliveries can arrive out of
   * order. Skip a stale event, or you overwrite the order's newer status.
   */
  readonly overtakenBy: WebhookEvent["order"]["status"] | undefined;
  /** Aborted after `leaseSeconds`, when the next delivery of the order may be handled. Stop writing then. */
  readonly signal: AbortSignal;
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
  /** The webhook secret, several of them during a rotation, or a function that fetches them. */
  secret: WebhookSecret;
  /**
   * Called for each event, one at a time per order unless one takes longer than 5 seconds, for which the next one does not
   * wait. When it throws or rejects, or takes longer than `leaseSeconds`, the response is 500, and the delivery can come
   * again.
   */
  onEvent: (event: WebhookEvent, delivery: WebhookDelivery) => unknown;
  /**
   * Where deliveries are remembered. Several processes need a shared store.
   * @default one in memory, for the last 10,000 deliveries
   */
  store?: WebhookStore | undefined;
  /**
   * Called with what `onEvent`, the store or the function for the secret threw.
   * @default console.error
   */
  onError?: ((error: unknown) => void) | undefined;
  /**
   * Called with the reason why a delivery was rejected, for your logs and metrics.
   * @default none
   */
  onRefused?: ((error: WebhookVerificationError) => void) | undefined;
  /**
   * How far the time of signing may be from now, in the past or the future, in seconds.
   * @default 300
   */
  toleranceSeconds?: number | undefined;
  /**
   * How long to remember a delivery and the status of its order, in seconds. It must be more than twice
   * `toleranceSeconds`, which is how long the same signature can be accepted.
   * @default 604800 (a week)
   */
  retentionSeconds?: number | undefined;
  /**
   * How long `onEvent` may take, in seconds. Until then another delivery of the order waits, for 5 seconds at most; if the
   * process crashes, the order's turn is free again after that time. The clocks of several processes must agree to within
   * a few seconds.
   * @default 60
   */
  leaseSeconds?: number | undefined;
  /**
   * The largest body to accept, in bytes.
   * @default 1048576 (1 MiB)
   */
  maxBodyBytes?: number | undefined;
}

/** The limits of a handler, with every default filled in. */
export interface HandlerLimits {
  readonly toleranceSeconds: number;
  readonly retentionMs: number;
  readonly leaseMs: number;
  readonly maxBodyBytes: number;
}

/** @throws {ConfigurationError} for a limit that can't work. */
export function checkHandlerLimits({
  toleranceSeconds = 300,
  retentionSeconds = 7 * 24 * 60 * 60,
  leaseSeconds = 60,
  maxBodyBytes = 1024 * 1024,
}: WebhookHandlerOptions): HandlerLimits {
  for (const [name, value] of Object.entries({
    toleranceSeconds,
    retentionSeconds,
    leaseSeconds,
    maxBodyBytes,
  })) {
    if (typeof value === "number" && value > 0 && Number.isFinite(value)) continue;
    throw new ConfigurationError(`${name} must be a number above 0.`);
  }
  if (leaseSeconds * 1000 > maxTimerMs) {
    throw new ConfigurationError(`leaseSeconds must be at most ${Math.floor(maxTimerMs / 1000)}.`);
  }
  // A delivery can be signed ahead of our clock by the tolerance, and come again until it is as old as that.
  if (retentionSeconds <= 2 * toleranceSeconds) {
    throw new ConfigurationError(
      "retentionSeconds must be more than twice toleranceSeconds, or a delivery could be replayed after it is forgotten.",
    );
  }
  return {
    toleranceSeconds,
    retentionMs: retentionSeconds * 1000,
    leaseMs: leaseSeconds * 1000,
    maxBodyBytes,
  };
}

const maxDeliveries = 10_000;
/** Room for the turns of deliveries that are being handled at the same time. */
const maxTurns = 1_000;

/**
 * The store, or one in this process's memory.
 *
 * @throws {ConfigurationError} for a store that lacks a method.
 */
export function storeOf(store: Store | undefined, timing: Pick<Timing, "wallMs">): Store {
  if (store === undefined) {
    // A delivery leaves two entries at most: its own, and its order's.
    const maxEntries = 2 * maxDeliveries + maxTurns;
    return memoryStore({ maxEntries, mayForget: OrderTurns.mayForget, wallMs: () => timing.wallMs() });
  }
  checkStore("store", store);
  return store;
}
