import { inTransaction, queueOrder } from "./shop.mjs";

/**
 * Takes an order of a customer's: the shop's own row and the job, in one commit. What the shop does beside it, such as
 * a payment, goes into `alsoDo`. If that throws, there is neither an order nor a job.
 */
export async function checkOut(shop, reference, body, alsoDo = async () => {}) {
  await inTransaction(shop, async (connection) => {
    const row = [reference, JSON.stringify(body)];
    await connection.query("INSERT INTO shop_orders (reference, body) VALUES ($1, $2)", row);
    await queueOrder(shop, connection, reference);
    await alsoDo(connection);
  });
}
