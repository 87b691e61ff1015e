import { FulfillmentError, OutcomeUnknownError, type submitOrder } from "juniper-fulfillment";
import type { settleOrderWith } from "../../src/orders/settle-order.ts";
import type { Told } from "./verdict.ts";

/** What the caller of submitOrder was told. */
export async function toldBy(submission: ReturnType<typeof submitOrder>): Promise<Told> {
  try {
    const { order, outcome } = await submission;
    return { said: "placed", orderId: order.id, isByThisCall: outcome === "created" };
  } catch (error) {
    if (!(error instanceof FulfillmentError)) throw error;
    // The hints say so where a call did not come to sending: what other calls have placed is unknown.
    const hasPlacedNothing =
      !(error instanceof OutcomeUnknownError) || error.message.includes("This call has placed nothing");
    return { said: hasPlacedNothing ? "not placed" : "unknown" };
  }
}

/** What an operator was told. */
export async function toldBySettling(settling: ReturnType<typeof settleOrderWith>): Promise<Told> {
  try {
    const { order } = await settling;
    return order === undefined
      ? { said: "unknown" }
      : { said: "placed", orderId: order.id, isByThisCall: false };
  } catch (error) {
    if (error instanceof FulfillmentError) return { said: "unknown" };
    throw error;
  }
}
