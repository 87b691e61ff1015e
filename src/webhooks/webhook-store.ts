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
export interface WebhookStore {
  /**
   * Stores the value if the key has none, and says whether it did. This must be atomic. `ttlMs` is how long to keep
   * it, in milliseconds; a store may keep it for longer.
   */
  add(key: string, value: string, ttlMs: number): boolean | Promise<boolean>;
  /** The value, or null or undefined where there is none. */
  get(key: string): string | null | undefined | Promise<string | null | undefined>;
  /** Stores the value, whatever was there. */
  set(key: string, value: string, ttlMs: number): unknown;
  /** Forgets the key. */
  delete(key: string): unknown;
}

/** More than this many are not kept in memory: the oldest go first. */
const maxEntries = 10_000;

/** The default: this process's memory. */
export function memoryWebhookStore(timing: Pick<Timing, "wallMs">): WebhookStore {
  const entries = new Map<string, { readonly value: string; readonly expiresAtMs: number }>();
  const get = (key: string): string | undefined => {
    const entry = entries.get(key);
    return entry !== undefined && entry.expiresAtMs > timing.wallMs() ? entry.value : undefined;
  };
  const set = (key: string, value: string, ttlMs: number): void => {
    // A Map is in the order of insertion, so that what was set last goes last.
    entries.delete(key);
    entries.set(key, { value, expiresAtMs: timing.wallMs() + ttlMs });
    if (entries.size > maxEntries) entries.delete(entries.keys().next().value as string);
  };
  return {
    add(key, value, ttlMs) {
      if (get(key) !== undefined) return false;
      set(key, value, ttlMs);
      return true;
    },
    get,
    set,
    delete: (key) => entries.delete(key),
  };
}
