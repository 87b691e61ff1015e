import express from "express";
import { webhookHandler } from "juniper-fulfillment";
import { onEvent } from "./on-event.ts";

const handle = webhookHandler({ secret: process.env.JUNIPER_WEBHOOK_SECRET ?? "", onEvent });

const app = express();
// The raw body: this line must come before any express.json(), which would parse it.
app.post("/webhooks", express.raw({ type: () => true, limit: "1mb" }), async (incoming, outgoing) => {
  const request = new Request("http://localhost/webhooks", {
    method: "POST",
    headers: { "x-juniper-signature": String(incoming.get("x-juniper-signature")) },
    body: incoming.body,
  });
  const { status, headers } = await handle(request);
  outgoing.set(Object.fromEntries(headers)).sendStatus(status);
});
app.use(express.json());
app.listen(Number(process.env.PORT ?? 3000));
