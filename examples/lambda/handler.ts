/** An AWS Lambda behind API Gateway: `GET /orders/{orderId}` tells how far an order is. */
import { createFulfillmentClient, fromEnv, NotFoundError, unwrap } from "juniper-fulfillment";

const client = createFulfillmentClient(fromEnv());

// Runs once, while Lambda starts the function: the first request then finds the transport loaded, a connection open and
// a token there. When it fails, the first request does the same again and reports what is wrong.
await client.warmup().catch(() => {});

/** The part of API Gateway's event that is read here. `@types/aws-lambda` has all of it. */
export interface OrderStatusEvent {
  readonly pathParameters?: { readonly orderId?: string };
}

export interface HttpResult {
  readonly statusCode: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export async function handler({ pathParameters }: OrderStatusEvent): Promise<HttpResult> {
  const { orderId } = pathParameters ?? {};
  if (orderId === undefined) return httpResult(400, { problem: "Which order?" });
  try {
    const params = { path: { orderId } };
    const { status, fulfillmentInfo } = unwrap(
      await client.GET("/orders/{orderId}", { params, deadlineMs: 5_000 }),
    );
    return httpResult(200, { status, trackingNumber: fulfillmentInfo?.trackingNumber });
  } catch (error) {
    if (error instanceof NotFoundError) return httpResult(404, { problem: "There is no such order." });
    // Lambda logs it and responds with a 500. Nothing about a customer is in it.
    throw error;
  }
}

function httpResult(statusCode: number, body: object): HttpResult {
  return { statusCode, headers: { "content-type": "application/json" }, body: JSON.stringify(body) };
}
