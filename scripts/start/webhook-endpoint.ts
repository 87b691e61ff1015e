import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { type WebhookEvent, webhookHandler } from "juniper-fulfillment";

/** A server on this machine that takes webhooks as a partner's would. */
export interface WebhookEndpoint {
  readonly url: string;
  /** The next event that arrived and was verified. */
  nextEvent(): Promise<WebhookEvent>;
  close(): Promise<void>;
}

/** Starts it on any free port. `secret` is asked for the webhook secret when the first delivery comes. */
export async function startWebhookEndpoint(secret: () => Promise<string>): Promise<WebhookEndpoint> {
  const events: WebhookEvent[] = [];
  const waiting: ((event: WebhookEvent) => void)[] = [];
  const handle = webhookHandler({
    secret,
    onEvent(event) {
      const next = waiting.shift();
      if (next === undefined) events.push(event);
      else next(event);
    },
  });
  const server = createServer(async (incoming, outgoing) => {
    const chunks: Buffer[] = [];
    for await (const chunk of incoming) chunks.push(chunk);
    const headers = Object.entries(incoming.headers).map(([name, value]): [string, string] => [
      name,
      String(value),
    ]);
    const { method = "GET" } = incoming;
    const body = method === "POST" ? { body: Buffer.concat(chunks) } : {};
    const response = await handle(new Request("http://localhost/webhooks", { method, headers, ...body }));
    outgoing.writeHead(response.status).end();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/webhooks`,
    async nextEvent() {
      return events.shift() ?? new Promise((resolve) => waiting.push(resolve));
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
