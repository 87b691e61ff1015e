/**
 * The desk for orders in doubt.
 *
 *   npm run desk                              lists them
 *   npm run desk settle REFERENCE ORDER_ID    it is this order
 *   npm run desk settle REFERENCE not-placed  it was not placed: the next run places it
 */
import { Queue } from "bullmq";
import { Redis } from "ioredis";
import { createFulfillmentClient, listUnsettledOrders, settleOrder } from "juniper-fulfillment";
import { redisStore } from "juniper-fulfillment/stores";
import { clientOptions, deadlineMs, jobIdOf, listDelayMs, queueName, redisUrl } from "./settings.mjs";

const [command = "list", reference, decision] = process.argv.slice(2);
const connection = new Redis(redisUrl);
const ledger = redisStore(connection, { prefix: `${queueName}:` });
try {
  if (command === "list") await list();
  else if (command === "settle" && reference && decision) await settle();
  else throw new Error("Usage: npm run desk [settle REFERENCE ORDER_ID|not-placed]");
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
} finally {
  connection.disconnect();
}

async function list() {
  for await (const { reference, sinceMs, sends, seen } of listUnsettledOrders(ledger, {
    olderThanMs: deadlineMs,
  })) {
    const candidates = seen?.orderIds.join(" ") || "no order seen that looks like it";
    console.log(`${reference}  since ${new Date(sinceMs).toISOString()}  sent ${sends}×  ${candidates}`);
  }
}

/** The ledger first: it refuses what is too early or belongs to another reference. Killed in between, repeat it. */
async function settle() {
  const as = decision === "not-placed" ? decision : { orderId: decision };
  await settleOrder(createFulfillmentClient(clientOptions()), { reference, ledger, as, listDelayMs });
  // Its parked job. A run with the same file queues it again, and the ledger says what has been decided.
  const queue = new Queue(queueName, { connection });
  await queue.remove(jobIdOf(reference));
  await queue.close();
}
