/** `app/api/orders/route.ts` of a Next.js shop: `POST {"checkoutId": "…"}` places the order of a checkout. */
import {
  createFulfillmentClient,
  FulfillmentError,
  fromEnv,
  InvalidRequestError,
  memoryLedger,
  OutcomeUnknownError,
  submitOrder,
  ValidationError,
} from "juniper-fulfillment";
import { orderOf } from "./checkouts.ts";

// One client for all requests: they share its connections and its access token.
const client = createFulfillmentClient(fromEnv());

// Good for one process. Several of them, or functions that come and go, need a ledger that they share.
const ledger = memoryLedger();

export async function POST(request: Request): Promise<Response> {
  const { checkoutId } = await request.json();
  // What is ordered comes from the shop. A browser says for which checkout, and no more.
  const order = orderOf(checkoutId);
  if (order === undefined) return Response.json({ problem: "There is no such checkout." }, { status: 404 });
  try {
    // A checkout is one order: a second click, or a browser that asks again, gets the order of the first.
    const result = await submitOrder(client, order, {
      reference: checkoutId,
      ledger,
      signal: request.signal,
    });
    const status = result.outcome === "created" ? 201 : 200;
    return Response.json({ orderId: result.order.id, outcome: result.outcome }, { status });
  } catch (error) {
    return answerTo(error);
  }
}

/** What the browser is told. It learns nothing of the API but what it can act on. */
function answerTo(error: unknown): Response {
  if (error instanceof OutcomeUnknownError) {
    // Asking again later, with the same checkout, finds out. It never orders twice.
    return Response.json({ problem: "We are checking on your order." }, { status: 202 });
  }
  if (error instanceof ValidationError || error instanceof InvalidRequestError) {
    return Response.json({ problem: "The order was refused.", issues: error.issues }, { status: 422 });
  }
  if (error instanceof FulfillmentError) {
    console.error(error);
    return Response.json({ problem: "Please try again." }, { status: 503, headers: { "retry-after": "10" } });
  }
  throw error;
}
