/** Heap after garbage collection, while one client makes very many calls in a row: `node --expose-gc memory.mjs ORIGIN CALLS`. */
import { createFulfillmentClient } from "juniper-fulfillment";
import { orderRequest } from "./orders.mjs";

const [origin, calls] = process.argv.slice(2);
const urls = { baseUrl: `${origin}/v1`, tokenUrl: `${origin}/oauth2/token` };
const client = createFulfillmentClient({ clientId: "partner", clientSecret: "secret", ...urls });
const params = { path: { orderId: "2vSGym0bH8qVEwCIGlyFoRgJq1" } };
const total = Number(calls);
const heap = [];
for (let number = 1; number <= total; number++) {
  await (number % 2 === 0
    ? client.GET("/orders/{orderId}", { params })
    : client.POST("/orders", { body: orderRequest }));
  if (number % (total / 10) !== 0) continue;
  globalThis.gc();
  heap.push(process.memoryUsage().heapUsed);
  console.error(`memory: ${number} of ${total} calls`);
}
console.log(JSON.stringify(heap));
process.exit(0);
