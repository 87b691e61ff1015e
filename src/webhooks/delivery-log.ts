import { sha256 } from "../wrapper/digest.ts";
import type { Timing } from "../wrapper/timing.ts";
import { isBefore } from "./order-progress.ts";
import type { WebhookEvent } from "./verify-webhook.ts";
import type { WebhookStore } from "./webhook-store.ts";

const prefix = "juniper-fulfillment:webhook";

/** How far an order is known to have come. */
export interface Position {
  readonly status: WebhookEvent["order"]["status"];
  readonly updatedAt: string;
}

/**
 * What the store holds of deliveries:
 *
 * - the hash of a body → that it is being handled since some time, or that it has been. The time and identifier of a
 *   delivery are left out of the key: the one is new when the vendor delivers again, the other is not signed.
 * - the hash of an order's identifier → the furthest that it is known to have come.
 */
export class DeliveryLog {
  readonly #store: WebhookStore;
  readonly #timing: Pick<Timing, "wallMs">;
  readonly #retentionMs: number;
  readonly #leaseMs: number;

  constructor(
    store: WebhookStore,
    timing: Pick<Timing, "wallMs">,
    { retentionMs, leaseMs }: { retentionMs: number; leaseMs: number },
  ) {
    this.#store = store;
    this.#timing = timing;
    this.#retentionMs = retentionMs;
    this.#leaseMs = leaseMs;
  }

  static async keyOf(body: Uint8Array<ArrayBuffer>): Promise<string> {
    return `${prefix}:delivery:${await sha256(body)}`;
  }

  /** Takes a delivery on, unless it has been handled or is being handled. */
  async begin(key: string): Promise<"begun" | "under-way" | "done"> {
    const entry = `since ${this.#timing.wallMs()}`;
    if (await this.#store.add(key, entry, this.#leaseMs)) return "begun";
    const earlier = await this.#store.get(key);
    if (earlier === "done") return "done";
    const sinceMs = Number(earlier?.slice("since ".length) ?? Number.NEGATIVE_INFINITY);
    if (this.#timing.wallMs() < sinceMs + this.#leaseMs) return "under-way";
    // Whoever had taken it on is gone. A store without expiry keeps the entry for us to remove.
    await this.#store.delete(key);
    return (await this.#store.add(key, entry, this.#leaseMs)) ? "begun" : "under-way";
  }

  /** Marks a delivery as handled, and how far its event brought the order, where it did. */
  async finish(key: string, news: WebhookEvent | undefined): Promise<void> {
    await this.#store.set(key, "done", this.#retentionMs);
    if (news === undefined) return;
    const { status, updatedAt } = news.order;
    const position: Position = { status, updatedAt };
    await this.#store.set(await orderKey(news.order.orderId), JSON.stringify(position), this.#retentionMs);
  }

  async release(key: string): Promise<void> {
    await this.#store.delete(key);
  }

  /** The status that the order was known to have, if this event leads back from there. */
  async statusAhead(event: WebhookEvent): Promise<Position["status"] | undefined> {
    const known = await handledPosition(this.#store, event.order.orderId);
    return known !== undefined && leadsBack(known, event.order) ? known.status : undefined;
  }
}

function leadsBack(known: Position, next: Position): boolean {
  if (Date.parse(next.updatedAt) < Date.parse(known.updatedAt)) return true;
  return isBefore(next.status, known.status);
}

/** How far the webhook handler with this store is known to have brought an order; undefined where it has not. */
export async function handledPosition(
  store: Pick<WebhookStore, "get">,
  orderId: string,
): Promise<Position | undefined> {
  const text = await store.get(await orderKey(orderId));
  return text ? (JSON.parse(text) as Position) : undefined;
}

async function orderKey(orderId: string): Promise<string> {
  return `${prefix}:order:${await sha256(orderId)}`;
}
