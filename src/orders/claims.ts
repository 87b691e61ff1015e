import type { Order } from "../generated/schema.ts";
import type { Store } from "../wrapper/store.ts";
import { boundedStore } from "./bounded-store.ts";
import type { Deadline } from "./deadline.ts";
import { keyPrefix, ReferenceLedger } from "./reference-ledger.ts";

/**
 * Which reference has which order of one server. Each order has one claim, made before its reference is settled to it. It
 * lapses when that reference is settled otherwise, as after a crash in between.
 */
export class Claims {
  readonly #ledger: Store;
  readonly #store: Store;
  readonly #server: string;
  readonly #referenceHash: string;
  readonly #deadline: Deadline;

  /** @param server Where the orders are. Two servers may give the same identifier to two orders. */
  constructor(ledger: Store, server: string | undefined, referenceHash: string, deadline: Deadline) {
    this.#ledger = ledger;
    this.#store = boundedStore(ledger, deadline);
    this.#server = server ?? "";
    this.#referenceHash = referenceHash;
    this.#deadline = deadline;
  }

  /**
   * Whether this reference is the one that takes the order.
   *
   * @param ttlMs How long that is remembered, as long as the entry of the reference.
   */
  async take(orderId: string, ttlMs: number | undefined): Promise<boolean> {
    const key = this.#keyOf(orderId);
    const { add, get, replace } = this.#store;
    if (await add(key, this.#referenceHash, ttlMs)) return true;
    const holder = await get(key);
    if (holder === this.#referenceHash) return true;
    if (holder === null || holder === undefined || replace === undefined) return false;
    return !(await this.#holds(holder, orderId)) && (await replace(key, holder, this.#referenceHash, ttlMs));
  }

  /** Takes the order from whoever has it, on somebody's word. */
  async takeAnyway(orderId: string, ttlMs: number | undefined): Promise<void> {
    await this.#store.set(this.#keyOf(orderId), this.#referenceHash, ttlMs);
  }

  /** Those of the orders that no other reference has. */
  async notTaken(orders: readonly Order[]): Promise<readonly Order[]> {
    const left: Order[] = [];
    for (const order of orders) if (!(await this.#isTaken(order.id))) left.push(order);
    return left;
  }

  /** Whether other references have all of the orders. */
  async areTaken(orders: readonly Order[]): Promise<boolean> {
    for (const order of orders) if (!(await this.#isTaken(order.id))) return false;
    return true;
  }

  async #isTaken(orderId: string): Promise<boolean> {
    const holder = await this.#store.get(this.#keyOf(orderId));
    if (holder === null || holder === undefined || holder === this.#referenceHash) return false;
    return this.#holds(holder, orderId);
  }

  /** Whether the claim of a reference still counts. It does where nothing certain is known of the reference. */
  async #holds(referenceHash: string, orderId: string): Promise<boolean> {
    const entry = await new ReferenceLedger(this.#ledger, referenceHash, this.#deadline).readSettled();
    return entry === undefined || (entry.state === "done" && entry.orderId === orderId);
  }

  #keyOf(orderId: string): string {
    return `${keyPrefix}:claim:${this.#server}:${orderId}`;
  }
}
