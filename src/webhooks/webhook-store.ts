import { memoryStore, type Store } from "../wrapper/store.ts";
import type { Timing } from "../wrapper/timing.ts";

/**
 * Remembers deliveries, so that none is handled twice. Give a shared one to a fleet. It is given hashes, times and
 * statuses, and nothing about a customer.
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

/** More than this many are not kept in memory: the oldest go first. */
const maxEntries = 10_000;

/** The default: this process's memory. */
export function memoryWebhookStore(timing: Pick<Timing, "wallMs">): WebhookStore {
  return memoryStore({ maxEntries, wallMs: () => timing.wallMs() });
}
