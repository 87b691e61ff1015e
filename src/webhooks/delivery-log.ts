import { sha256 } from "../wrapper/digest.ts";
import type { Store } from "../wrapper/store.ts";
import type { Timing } from "../wrapper/timing.ts";
import { BoundedStore } from "./bounded-store.ts";
import { isOlder, type OrderPosition, parsePosition } from "./order-position.ts";
import { type Lease, OrderTurns } from "./order-turns.ts";
import type { WebhookEvent } from "./verify-webhook.ts";

const prefix = "juniper-fulfillment:webhook";
const done = "done";

/** How often to try again when another process changes an order's position at the same moment. */
const maxWrites = 5;

/** A delivery that is to be handled now. */
export interface Turn {
  /** False when another delivery of the order is still being handled, and has been for too long to wait for it. */
  readonly isAlone: boolean;
  /** The status of the newest event that has been handled, if this event is older. */
  readonly newerStatus: OrderPosition["status"] | undefined;
  /** Marks the delivery as handled, and records the order's position. */
  finish(): Promise<void>;
  /** Lets the order's next delivery proceed. */
  end(): Promise<void>;
}

/**
 * What the store knows of deliveries:
 *
 * - the hash of a body → handled. The time and the identifier of a delivery are not part of the key: the time is new
 *   when the vendor delivers again, and the identifier is not signed.
 * - the hash of an order's identifier → its position, which only moves forward, by compare-and-set.
 * - the hash of an order's identifier → whose turn it is.
 */
export class DeliveryLog {
  readonly #store: BoundedStore;
  readonly #turns: OrderTurns;
  readonly #retentionMs: number;

  constructor(
    store: Store,
    timing: Timing,
    limits: { readonly retentionMs: number; readonly leaseMs: number },
  ) {
    this.#store = new BoundedStore(store, timing);
    this.#turns = new OrderTurns(this.#store, timing, limits.leaseMs);
    this.#retentionMs = limits.retentionMs;
  }

  /**
   * Waits until no other delivery of the order is being handled, as long as that makes sense.
   *
   * @returns The turn; `done` when this body has been handled; `in-progress` while it is being handled.
   */
  async begin(body: Uint8Array<ArrayBuffer>, event: WebhookEvent): Promise<Turn | "done" | "in-progress"> {
    const [bodyHash, order] = await Promise.all([sha256(body), orderKeys(event.order.orderId)]);
    const delivery = `${prefix}:delivery:${bodyHash}`;
    const isDone = async (): Promise<boolean> => (await this.#store.get(delivery)) === done;
    const lease = await this.#turns.take(order.turn, bodyHash, isDone);
    if (lease === "done" || lease === "in-progress") return lease;
    const end = async (): Promise<void> => {
      if (lease !== "too-long") await this.#turns.end(lease);
    };
    try {
      if (!(await isDone())) return await this.#turn(delivery, order.position, event, lease, end);
    } catch (error) {
      await end().catch(() => {});
      throw error;
    }
    await end();
    return "done";
  }

  async #turn(
    delivery: string,
    order: string,
    event: WebhookEvent,
    lease: Lease | "too-long",
    end: () => Promise<void>,
  ): Promise<Turn> {
    const { status, updatedAt } = event.order;
    const position: OrderPosition = { status, updatedAt };
    const stored = await this.#store.get(order);
    const known = parsePosition(stored);
    const newerStatus = known !== undefined && isOlder(position, known) ? known.status : undefined;
    const isAlone = lease !== "too-long";
    const finish = async (): Promise<void> => {
      await Promise.all([
        isAlone && this.#store.set(delivery, done, this.#retentionMs),
        newerStatus === undefined && this.#advance(order, stored, position),
      ]);
    };
    return { isAlone, newerStatus, finish, end };
  }

  /** Records a position, unless a newer one is there. */
  async #advance(key: string, stored: string | undefined, position: OrderPosition): Promise<void> {
    const value = JSON.stringify(position);
    let expected = stored;
    for (let write = 0; write < maxWrites; write++) {
      const known = parsePosition(expected);
      if (known !== undefined && isOlder(position, known)) return;
      const isWritten =
        expected === undefined
          ? await this.#store.add(key, value, this.#retentionMs)
          : await this.#store.replace(key, expected, value, this.#retentionMs);
      if (isWritten) return;
      expected = await this.#store.get(key);
    }
  }
}

/** The position of an order that webhooks have been handled up to, if the store knows it. */
export async function handledPosition(
  store: Pick<Store, "get">,
  orderId: string,
): Promise<OrderPosition | undefined> {
  return parsePosition(await store.get((await orderKeys(orderId)).position));
}

async function orderKeys(orderId: string): Promise<{ readonly position: string; readonly turn: string }> {
  const hash = await sha256(orderId);
  return { position: `${prefix}:order:${hash}`, turn: `${prefix}:turn:${hash}` };
}
