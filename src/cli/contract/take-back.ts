import { setTimeout } from "node:timers/promises";
import {
  cancelOrder,
  type FulfillmentClient,
  type Order,
  OutcomeUnknownError,
  paginate,
  type Result,
} from "juniper-fulfillment";
import { mayHaveActed } from "../../wrapper/may-have-acted.ts";

/** Whether there may be something now that has to be taken back. */
export async function mayHaveCreated(sending: Promise<Result<unknown>>): Promise<boolean> {
  return sending.then(
    ({ response }) => mayHaveActed(response.status),
    (error: unknown) => error instanceof OutcomeUnknownError,
  );
}

/** How long is waited before each look: a slow server may store an order late. In milliseconds. */
const lookDelaysMs = [0, 1_000, 4_000];

/** Whether it is the order whose pack is called so. The response may be of any shape. */
export function hasPack(order: Order | undefined, pack: string): boolean {
  const { lineItems } = Object(order) as { readonly lineItems?: unknown };
  return Array.isArray(lineItems) && lineItems.some((item) => Object(item).packDescription === pack);
}

/**
 * The id of an order whose response is lost, by what its pack is called. Undefined where it isn't among the first of the
 * list, of which each look reads so many.
 */
export async function findOrder(
  client: FulfillmentClient,
  pack: string,
  mostItems: number,
): Promise<string | undefined> {
  for (const delayMs of lookDelaysMs) {
    await setTimeout(delayMs);
    try {
      let items = 0;
      for await (const order of paginate(client, "/orders", {
        params: { query: { limit: 100, status: "CREATED" } },
      })) {
        if (hasPack(order, pack)) return order.id;
        items += 1;
        if (items >= mostItems) break;
      }
    } catch {
      // The next look may succeed.
    }
  }
  return undefined;
}

/** Cancels an order. Whether it is cancelled is up to what the API says of it, and not to the status of a response. */
export async function isCancelled(client: FulfillmentClient, orderId: string): Promise<boolean> {
  const { outcome } = await cancelOrder(client, orderId).catch(() => ({ outcome: "unknown" }));
  return outcome === "cancelled";
}
