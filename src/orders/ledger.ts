import { memoryStore, type Store } from "../wrapper/store.ts";

/**
 * Remembers which orders have been sent, so that no second process and no restart sends one again. A ledger for a
 * fleet must be shared, and must survive a crash. It is given references, hashes, times and the identifiers of
 * orders, and nothing about a customer.
 *
 * A ledger without `replace` works, and promises less: what a call stores is read before it is written over, so a
 * process that was stopped in between can undo what another one has stored, and identical orders are never told
 * apart. A ledger without `list` can't tell which orders are unsettled.
 *
 * @example
 * ```ts
 * import type { Ledger } from "juniper-fulfillment";
 *
 * // What a key-value server offers, with `nx` for "only if there is none yet".
 * declare const server: {
 *   set(key: string, value: string, options?: { nx: boolean }): Promise<"OK" | null>;
 *   get(key: string): Promise<string | null>;
 *   del(key: string): Promise<number>;
 * };
 * const ledger: Ledger = {
 *   add: async (key, value) => (await server.set(key, value, { nx: true })) === "OK",
 *   get: (key) => server.get(key),
 *   set: (key, value) => server.set(key, value),
 *   delete: (key) => server.del(key),
 * };
 * ```
 */
export interface Ledger extends Store {}

/**
 * Makes a ledger in this process's memory. It is gone with the process: use a shared one for a fleet, and wherever a
 * crash must not be followed by a second order. It holds some 100,000 references, and then forgets those that were
 * placed first. Those of unknown outcome are never forgotten: full of them, it refuses new ones.
 *
 * @returns A ledger for {@link submitOrder}.
 * @example
 * ```ts
 * import { createFulfillmentClient, fromEnv, memoryLedger, type OrderRequest, submitOrder } from "juniper-fulfillment";
 *
 * const client = createFulfillmentClient(fromEnv());
 * const ledger = memoryLedger();
 * declare const order: OrderRequest;
 * console.log(await submitOrder(client, order, { reference: "2026-000123", ledger }));
 * ```
 */
export function memoryLedger(): Ledger {
  return memoryStore({ maxEntries: maxEntriesInMemory, mayForget });
}

/** So many entries take some 100 MB. */
const maxEntriesInMemory = 250_000;

/**
 * The oldest of these go when the memory is full: references that are settled, and what tells orders apart that look the
 * same. Without the latter a lookup says that the outcome is unknown, and nothing wrong.
 */
function mayForget(value: string, key: string): boolean {
  return /^{"state":"(done|void)"/.test(value) || /:order:(alike|claim):/.test(key);
}
