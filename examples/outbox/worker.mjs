/**
 * A worker: places the orders of the queue. Start as many as you like.
 *
 * - A job is done when the order's row says what became of it: placed, refused, or in doubt. What failed for a passing
 *   reason is tried again by the queue.
 * - An order in doubt is parked: its job is done, it is listed by desk.mjs, and nothing sends it again by itself.
 * - A worker that is killed leaves its jobs behind. They are tried again when their time is over, and the ledger says
 *   which of their orders may have been sent.
 */
import { pathToFileURL } from "node:url";
import {
  ApiError,
  createFulfillmentClient,
  InvalidRequestError,
  OutcomeUnknownError,
  submitOrder,
} from "juniper-fulfillment";
import { clientOptions, deadlineMs, openShop, queue } from "./shop.mjs";

export async function startWorker(shop) {
  const { boss, pool, ledger } = shop;
  const client = createFulfillmentClient(clientOptions());
  const place = async ({ data: { reference } }) => {
    const { rows } = await pool.query("SELECT body, state FROM shop_orders WHERE reference = $1", [
      reference,
    ]);
    if (rows[0]?.state !== "new") return;
    try {
      const lookup = { timeoutMs: Math.min(15_000, deadlineMs / 4) };
      const { order } = await submitOrder(client, rows[0].body, { reference, ledger, deadlineMs, lookup });
      await note(pool, reference, "placed", order.id);
    } catch (error) {
      if (error instanceof OutcomeUnknownError) await note(pool, reference, "in doubt", null, error.message);
      else if (isRefusal(error)) await note(pool, reference, "refused", null, error.message);
      else throw error;
    }
  };
  const options = { batchSize: 8, pollingIntervalSeconds: 0.5 };
  // A batch ends as one: an order that fails would be tried again with all others, which have their end in their rows.
  await boss.work(queue, options, async (jobs) => {
    const ends = await Promise.allSettled(jobs.map(place));
    const failure = ends.find(({ status }) => status === "rejected");
    if (failure !== undefined) throw failure.reason;
  });
}

/** Never over what another one has found out. */
async function note(pool, reference, state, orderId, reason = null) {
  await pool.query(
    "UPDATE shop_orders SET state = $2, juniper_order_id = $3, reason = $4 WHERE reference = $1 AND state = 'new'",
    [reference, state, orderId, reason],
  );
}

/** Whether the order as it is will never be accepted. */
function isRefusal(error) {
  if (error instanceof InvalidRequestError) return true;
  return error instanceof ApiError && error.status < 500 && ![401, 403, 408, 429].includes(error.status);
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  const shop = await openShop();
  await startWorker(shop);
  for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => shop.close());
}
