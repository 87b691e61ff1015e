/**
 * The desk for orders in doubt.
 *
 *   npm run desk                             lists them
 *   npm run desk look REFERENCE              looks for it once more, and sends nothing
 *   npm run desk settle REFERENCE ORDER_ID   it is this order
 *   npm run desk settle REFERENCE not-placed it was not placed: the queue places it now
 */
import { createFulfillmentClient, listUnsettledOrders, settleOrder } from "juniper-fulfillment";
import { clientOptions, inTransaction, openShop, queueOrder } from "./shop.mjs";

const [command = "list", reference, decision] = process.argv.slice(2);
const shop = await openShop();
try {
  if (command === "list") await list();
  else if (command === "look" && reference) await requeue();
  else if (command === "settle" && reference && decision) await settle();
  else throw new Error("Usage: npm run desk [look REFERENCE | settle REFERENCE ORDER_ID|not-placed]");
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
} finally {
  await shop.close();
}

async function list() {
  for await (const { reference, sinceMs, sends, seen } of listUnsettledOrders(shop.ledger)) {
    const candidates = seen?.orderIds.join(" ") || "no order seen that looks like it";
    console.log(`${reference}  since ${new Date(sinceMs).toISOString()}  sent ${sends}×  ${candidates}`);
  }
}

/** The ledger first: it refuses what is too early or belongs to another reference. Killed in between, repeat it. */
async function settle() {
  const as = decision === "not-placed" ? decision : { orderId: decision };
  const client = createFulfillmentClient(clientOptions());
  const { order } = await settleOrder(client, { reference, ledger: shop.ledger, as });
  if (order === undefined) return requeue();
  await shop.pool.query(
    "UPDATE shop_orders SET state = 'placed', juniper_order_id = $2, reason = NULL WHERE reference = $1",
    [reference, order.id],
  );
}

async function requeue() {
  await inTransaction(shop, async (connection) => {
    const { rowCount } = await connection.query(
      "UPDATE shop_orders SET state = 'new', reason = NULL WHERE reference = $1 AND state = 'in doubt'",
      [reference],
    );
    if (rowCount === 0) throw new Error("No order of this reference is in doubt.");
    await queueOrder(shop, connection, reference);
  });
}
