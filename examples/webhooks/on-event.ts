import type { WebhookHandlerOptions } from "juniper-fulfillment";

/** What each of the recipes does with an event. */
export const onEvent: WebhookHandlerOptions["onEvent"] = ({ order }, { overtakenBy }) => {
  const note = overtakenBy === undefined ? "" : ` (old news: it was ${overtakenBy} already)`;
  console.log(`order ${order.orderId} is ${order.status}${note}`);
};
