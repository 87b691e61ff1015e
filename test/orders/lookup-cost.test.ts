import { createFulfillmentClient, memoryLedger, submitOrders } from "juniper-fulfillment";
import { afterEach, expect, test } from "vitest";
import { orderRequest } from "../../scripts/samples/requests.ts";
import { type ScriptedServer, startScriptedServer } from "../../scripts/samples/scripted-server.ts";

/** `LOOKUP_ORDERS=6000` submits as many as a large partner has in a day. */
const many = Number(process.env.LOOKUP_ORDERS ?? 600);
/** One response in so many is lost, after the order was stored. */
const lostOneIn = 20;
const pageSize = 100;

let server: ScriptedServer | undefined;
afterEach(() => server?.close());

test("lost responses cost few list calls, however many orders are placed meanwhile", async () => {
  const stored: object[] = [];
  const count = { lists: 0, lost: 0, bytes: 0 };
  server = await startScriptedServer(({ method, path, body }, response) => {
    if (method === "POST") {
      const order = { ...JSON.parse(body), id: `o-${stored.length}`, createdAt: new Date().toISOString() };
      stored.unshift(order);
      if (stored.length % lostOneIn !== 0) return { status: 201, json: order };
      count.lost++;
      response.destroy();
      return undefined;
    }
    const start = Number(new URLSearchParams(path.split("?")[1]).get("cursor") ?? 0);
    // Newest first. The cursor counts from the oldest, so that new orders shift nothing.
    const end = start === 0 ? stored.length : start;
    const orders = stored.slice(stored.length - end, stored.length - end + pageSize);
    const next = end - orders.length;
    const text = JSON.stringify({ orders, cursor: next > 0 ? String(next) : null });
    count.lists++;
    count.bytes += text.length;
    return { headers: { "content-type": "application/json" }, text };
  });
  const client = createFulfillmentClient({ accessToken: "t", baseUrl: server.origin, maxRetries: 0 });
  const submissions = Array.from({ length: many }, (_, index) => ({
    reference: `r-${index}`,
    order: { ...orderRequest, customer: { ...orderRequest.customer, sourceId: `customer-${index}` } },
  }));
  const outcomes: Record<string, number> = {};
  const options = { concurrency: 32, ledger: memoryLedger() };
  for await (const { outcome } of submitOrders(client, submissions, options))
    outcomes[outcome] = (outcomes[outcome] ?? 0) + 1;
  console.log(
    `${many} orders, ${count.lost} responses lost: ${count.lists} list calls, ${(count.bytes / 1e6).toFixed(1)} MB`,
  );
  expect(outcomes).toEqual({ created: many - count.lost, found: count.lost });
  expect(stored).toHaveLength(many);
  expect(count.lists).toBeLessThanOrEqual(8 * count.lost);
});
