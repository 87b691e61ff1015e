import { createServer } from "node:http";
import { Readable } from "node:stream";
import { webhookHandler } from "juniper-fulfillment";
import { onEvent } from "./on-event.ts";

const handle = webhookHandler({ secret: process.env.JUNIPER_WEBHOOK_SECRET ?? "", onEvent });

const server = createServer(async (incoming, outgoing) => {
  if (incoming.method !== "POST" || incoming.url !== "/webhooks") {
    outgoing.writeHead(404).end();
    return;
  }
  // The raw body as a stream, which the handler reads up to its limit. TypeScript's DOM types have no `duplex` yet.
  const init: RequestInit & { duplex: "half" } = {
    method: "POST",
    headers: { "x-juniper-signature": String(incoming.headers["x-juniper-signature"]) },
    body: Readable.toWeb(incoming) as ReadableStream,
    duplex: "half",
  };
  const { status, headers } = await handle(new Request(`http://localhost${incoming.url}`, init));
  // They say when it should come again, and that the connection ends after a body that is too large.
  outgoing.writeHead(status, Object.fromEntries(headers)).end();
});
server.listen(Number(process.env.PORT ?? 3000));
