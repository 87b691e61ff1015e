import { randomUUID } from "node:crypto";
import { parseArgs } from "node:util";
import type { WebhookEvent } from "juniper-fulfillment";
import { type Command, exitCodes, UsageError } from "../command.ts";
import { parseUrl, parseWhole } from "../options.ts";
import { deliver, describeDelivery, isAccepted, secretFrom } from "./deliver.ts";

const statuses = ["CREATED", "PROCESSING", "FULFILLED", "AWAITING_SHIPMENT", "SHIPPED", "CANCELLED"];

const usage = `Usage: juniper-fulfillment trigger STATUS --to URL [--order ID] [--secret SECRET] [--duplicates N] [--age SECONDS] [--json]

Sends a signed sample delivery to a webhook receiver, as the vendor would when an order reaches STATUS. STATUS is
${statuses.join(", ")}, or one that the vendor may add.
Exits with 1 unless the receiver responds with a 2xx.

  --to URL         the receiver, such as http://localhost:3000/webhooks
  --order ID       the order's id in the event (default: sample-order)
  --secret SECRET  the webhook secret (default: JUNIPER_WEBHOOK_SECRET, which other users of this machine can't see)
  --duplicates N   how many more times to deliver it (default: 0)
  --age SECONDS    the age of the signature; a receiver must reject more than 300 (default: 0)
  --json           print each delivery as a line of JSON`;

const options = {
  to: { type: "string" },
  order: { type: "string", default: "sample-order" },
  secret: { type: "string" },
  duplicates: { type: "string", default: "0" },
  age: { type: "string", default: "0" },
  json: { type: "boolean", default: false },
} as const;

export const trigger: Command = {
  usage,
  async run(args, { env, print, signal }) {
    const { values, positionals } = parseArgs({ args: [...args], options, allowPositionals: true });
    const [status, ...rest] = positionals;
    if (status === undefined || rest.length > 0 || !/^\w+$/.test(status)) {
      throw new UsageError("Name one status, such as SHIPPED.");
    }
    const url = parseUrl("to", values.to);
    const secret = secretFrom(values.secret, env);
    const ageSeconds = parseWhole("age", values.age, 0, 10 * 365 * 24 * 60 * 60);
    const times = 1 + parseWhole("duplicates", values.duplicates, 0, 1_000);
    const payload = JSON.stringify(sampleEvent(values.order, status.toUpperCase()));
    let accepted = 0;
    for (let count = 0; count < times && !signal.aborted; count++) {
      const delivered = await deliver(url, payload, { secret, webhookId: randomUUID(), ageSeconds, signal });
      if (isAccepted(delivered.status)) accepted++;
      print(values.json ? JSON.stringify(delivered) : describeDelivery(delivered));
    }
    return accepted === times ? exitCodes.ok : exitCodes.failed;
  },
};

/** An event in the shape of the vendor's guide. `fulfillmentInfo` is there once the order has shipped. */
function sampleEvent(orderId: string, status: string): WebhookEvent {
  const now = new Date();
  const createdAt = new Date(now.getTime() - 24 * 60 * 60_000).toISOString();
  const updatedAt = now.toISOString();
  const trackingNumber = "1Z999AA10123456784";
  const fulfillmentInfo = {
    carrier: "UPS",
    trackingNumber,
    trackingStatus: "InTransit",
    trackingUrl: `https://www.example.com/track/${trackingNumber}`,
    checkpoints: [
      { checkpointTime: updatedAt, location: "Oakland, CA", message: "Picked up", tag: "InTransit" },
    ],
  };
  // Any word may be a status: a receiver has to cope with one that the vendor adds.
  const order = { orderId, status: status as WebhookEvent["order"]["status"], createdAt, updatedAt };
  return { order: status === "SHIPPED" ? { ...order, fulfillmentInfo } : order };
}
