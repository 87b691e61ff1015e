/**
 * One process of a partner's webhook endpoint. It follows the README: it skips stale events, and writes the status of
 * the others to the partner's database, a hash in Redis, some time later.
 */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { Readable } from "node:stream";
import { setTimeout as delay } from "node:timers/promises";
import { Redis } from "ioredis";
import { webhookHandler } from "juniper-fulfillment";
import { redisStore } from "juniper-fulfillment/stores";

const [redisUrl = "", secret = ""] = process.argv.slice(2);
const redis = new Redis(redisUrl);
const handle = webhookHandler({
  secret,
  store: redisStore(redis),
  onEvent: async ({ order }, { overtakenBy }) => {
    await redis.hincrby("events", order.orderId, 1);
    if (overtakenBy !== undefined) return;
    // The older the status, the slower its handler: overlapping ones would end in the wrong order.
    await delay(Math.random() * (order.status === "SHIPPED" ? 5 : 60));
    if (Math.random() < 0.05) throw new Error("The database is busy.");
    await redis.hset("statuses", order.orderId, order.status);
  },
  onError: () => {},
});
const server = createServer(async (incoming, outgoing) => {
  const init: RequestInit & { duplex: "half" } = {
    method: "POST",
    headers: { "x-juniper-signature": String(incoming.headers["x-juniper-signature"]) },
    body: Readable.toWeb(incoming) as ReadableStream,
    duplex: "half",
  };
  const { status } = await handle(new Request("http://localhost/", init));
  outgoing.writeHead(status).end();
});
server.listen(0, "127.0.0.1", () => console.log((server.address() as AddressInfo).port));
process.stdin.on("end", () => process.exit()).resume();
