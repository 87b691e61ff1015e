/**
 * Remembers which orders have been sent, so that no second process and no restart sends one again. A ledger for a
 * fleet must be shared and must survive a crash. It holds hashes, times and the identifiers of orders, and nothing
 * about a customer.
 */
export interface Ledger {
  /**
   * Stores the value if the key has none yet, and says whether it did. This must be atomic: of two calls with the
   * same key at the same time, from any process, exactly one is told `true`.
   */
  add(key: string, value: string): boolean | Promise<boolean>;
  /** The value, or null or undefined where there is none. */
  get(key: string): string | null | undefined | Promise<string | null | undefined>;
  /** Stores the value, whatever was there. */
  set(key: string, value: string): unknown;
  /** Forgets the key. */
  delete(key: string): unknown;
}

/**
 * Makes a ledger in this process's memory. It is gone with the process: use a shared one for a fleet, or wherever a
 * crash must not be followed by a second order.
 *
 * @example
 * ```ts
 * import { createFulfillmentClient, fromEnv, memoryLedger, type OrderRequest, submitOrder } from "juniper-fulfillment";
 *
 * const client = createFulfillmentClient(fromEnv());
 * const ledger = memoryLedger();
 * declare const order: OrderRequest;
 * const { outcome } = await submitOrder(client, order, { reference: "2026-000123", ledger });
 * console.log(outcome);
 * ```
 */
export function memoryLedger(): Ledger {
  const entries = new Map<string, string>();
  return {
    add(key, value) {
      if (entries.has(key)) return false;
      entries.set(key, value);
      return true;
    },
    get: (key) => entries.get(key),
    set: (key, value) => entries.set(key, value),
    delete: (key) => entries.delete(key),
  };
}
