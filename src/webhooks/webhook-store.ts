import type { Store } from "../wrapper/store.ts";

/**
 * Remembers deliveries, so that duplicates are dropped and stale events are recognized. Several processes need a shared
 * one. It holds hashes, times and statuses, and nothing about a customer.
 *
 * `replace` and `remove` matter when an `onEvent` outlasts its lease or a process is paused: without them, such a late
 * handler can overwrite the order's newest status, and end the turn of the process that took over.
 *
 * @example
 * ```ts
 * import { type WebhookStore, webhookHandler } from "juniper-fulfillment";
 *
 * declare const store: WebhookStore; // Such as redisStore(client), of juniper-fulfillment/stores.
 * export const POST = webhookHandler({ secret: "the webhook secret", store, onEvent: () => {} });
 * ```
 */
export interface WebhookStore extends Store {}
