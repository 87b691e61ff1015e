import { setTimeout } from "node:timers/promises";
import {
  cancelOrder,
  type FulfillmentClient,
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

/** The id of an order whose response is lost, by what its pack is called. Undefined where it isn't found. */
export async function findOrder(client: FulfillmentClient, pack: string): Promise<string | undefined> {
  for (const delayMs of lookDelaysMs) {
    await setTimeout(delayMs);
    try {
      for await (const { id, lineItems } of paginate(client, "/orders", {
        params: { query: { limit: 100, status: "CREATED" } },
      })) {
        if (lineItems?.some(({ packDescription }) => packDescription === pack)) return id;
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
