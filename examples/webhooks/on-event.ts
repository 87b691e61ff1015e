import type { WebhookHandlerOptions } from "juniper-fulfillment";

/** What every recipe does with an event. */
export const onEvent: WebhookHandlerOptions["onEvent"] = ({ order }, { overtakenBy }) => {
  const note = overtakenBy === undefined ? "" : ` (stale: ${overtakenBy} has been handled)`;
  console.log(`order ${order.orderId} is ${order.status}${note}`);
};
