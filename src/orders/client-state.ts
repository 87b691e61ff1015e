import { checkStore } from "../wrapper/store.ts";
import { type Ledger, memoryLedger } from "./ledger.ts";
import type { OrderClient } from "./order-client.ts";
import { RecentOrders } from "./recent-orders.ts";

/** What the submissions of one client share, gone with the client. */
interface ClientState {
  readonly ledger: Ledger;
  readonly recent: RecentOrders;
}

const states = new WeakMap<OrderClient, ClientState>();

export function stateOf(client: OrderClient): ClientState {
  const state = states.get(client) ?? { ledger: memoryLedger(), recent: new RecentOrders(client) };
  states.set(client, state);
  return state;
}

/**
 * The ledger that the user has passed, or the one in memory that belongs to the client.
 *
 * @throws {ConfigurationError} for one that can't be a ledger.
 */
export function ledgerOf(client: OrderClient, ledger: Ledger | undefined): Ledger {
  if (ledger === undefined) return stateOf(client).ledger;
  checkStore("ledger", ledger);
  return ledger;
}
