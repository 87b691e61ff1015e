import fastify from "fastify";
import { webhookHandler } from "juniper-fulfillment";
import { onEvent } from "./on-event.ts";

const handle = webhookHandler({ secret: process.env.JUNIPER_WEBHOOK_SECRET ?? "", onEvent });

const app = fastify();
// A plugin has its own parsers: the rest of the app still parses JSON.
app.register(async (webhooks) => {
  webhooks.removeAllContentTypeParsers();
  webhooks.addContentTypeParser("*", { parseAs: "buffer" }, async (_request: unknown, body: unknown) => body);
  webhooks.post<{ Body: Buffer<ArrayBuffer> }>("/webhooks", async ({ headers, body }, reply) => {
    const request = new Request("http://localhost/webhooks", {
      method: "POST",
      headers: { "x-juniper-signature": String(headers["x-juniper-signature"]) },
      body,
    });
    const { status, headers: answered } = await handle(request);
    return reply.code(status).headers(Object.fromEntries(answered)).send();
  });
});
await app.listen({ port: Number(process.env.PORT ?? 3000) });
