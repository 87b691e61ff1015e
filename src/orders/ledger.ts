import { memoryStore, type Store } from "../wrapper/store.ts";

/**
 * Remembers which orders have been sent, so that neither another process nor a restart sends one again. The ledger of a
 * fleet must be shared, and must survive a crash. It holds references, hashes, times and the ids of orders, and nothing
 * about a customer.
 *
 * A ledger without `replace` works, but promises less: an entry is read and then overwritten, so a process that was
 * paused in between can undo what another one has stored, and identical orders can't be told apart. Without `list`,
 * unsettled orders can't be listed.
 *
 * @example
 * ```ts
 * import type { Ledger } from "juniper-fulfillment";
 *
 * // A key-value server; `nx` stores only if the key has no value yet.
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
 * Creates a ledger in this process's memory. It is lost with the process: use a shared one for a fleet, and wherever a
 * crash must not lead to a second order. It holds about 100,000 references, and then forgets the ones placed first.
 * References of unknown outcome are never forgotten: when it is full of them, it rejects new ones.
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
