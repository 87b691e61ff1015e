import { once } from "node:events";
import { Worker } from "node:worker_threads";
import { createFulfillmentClient, OutcomeUnknownError } from "juniper-fulfillment";
import { orderRequest } from "../samples/requests.ts";

/** A server on a thread of its own, that closes a connection 10 ms after its last response and gives no hint of it. */
const serverSource = `
  const { createServer } = require("node:http");
  const { parentPort } = require("node:worker_threads");
  const server = createServer((request, response) => {
    request.resume().on("end", () => {
      response.writeHead(201, { "content-type": "application/json", "content-length": 10 });
      response.end('{"id":"o"}', () => setTimeout(() => request.socket.destroy(), 10));
    });
  });
  server.keepAliveTimeout = 0;
  server.listen(0, "127.0.0.1", () => parentPort.postMessage(server.address().port));
`;

export interface KeepAliveTally {
  readonly posts: number;
  /** POSTs that ended in doubt over the client's own transport, and over Node's own fetch. */
  readonly ours: number;
  readonly platform: number;
}

/** Orders that a busy process sends over a socket which the server has just closed. */
export async function runKeepAlive(posts: number): Promise<KeepAliveTally> {
  const worker = new Worker(serverSource, { eval: true });
  const [port] = (await once(worker, "message")) as [number];
  const baseUrl = `http://127.0.0.1:${port}`;
  const ours = await countDoubts(posts, { accessToken: "token", baseUrl });
  const platform = await countDoubts(posts, {
    accessToken: "token",
    baseUrl,
    fetch: (request) => fetch(request),
  });
  await worker.terminate();
  return { posts, ours, platform };
}

async function countDoubts(
  posts: number,
  options: Parameters<typeof createFulfillmentClient>[0],
): Promise<number> {
  const client = createFulfillmentClient(options);
  let doubts = 0;
  for (let number = 0; number < posts; number++) {
    // The socket is left open, and closed by the server while this process computes.
    await client.GET("/orders").catch(() => {});
    const untilMs = performance.now() + 25;
    while (performance.now() < untilMs);
    await client.POST("/orders", { body: orderRequest }).catch((error: unknown) => {
      if (!(error instanceof OutcomeUnknownError)) throw error;
      doubts++;
    });
  }
  return doubts;
}
