import { serve } from "@hono/node-server";
import { Hono } from "hono";
import { webhookHandler } from "juniper-fulfillment";
import { onEvent } from "./on-event.ts";

const handle = webhookHandler({ secret: process.env.JUNIPER_WEBHOOK_SECRET ?? "", onEvent });

const app = new Hono();
app.post("/webhooks", (context) => handle(context.req.raw));

serve({ fetch: app.fetch, port: Number(process.env.PORT ?? 3000) });
