/** Twelve orders against the package's mock of the API: one is rolled back, and the response to another is lost. */
import { randomUUID } from "node:crypto";
import { startMockServer } from "juniper-fulfillment/testing";
import { checkOut } from "./checkout.mjs";
import { sampleOrder } from "./sample-order.mjs";
import { openShop } from "./shop.mjs";
import { startWorker } from "./worker.mjs";

const mock = await startMockServer({ stateful: true });
const { clientId, clientSecret, baseUrl, tokenUrl } = mock.clientOptions;
Object.assign(process.env, {
  ...{ JUNIPER_CLIENT_ID: clientId, JUNIPER_CLIENT_SECRET: clientSecret },
  ...{ JUNIPER_BASE_URL: baseUrl, JUNIPER_TOKEN_URL: tokenUrl },
});
mock.fault("POST /orders", { commitThenDrop: true, times: 1 });
const shop = await openShop();
const run = randomUUID().slice(0, 8);
for (let number = 1; number <= 12; number++) {
  const declined = () => Promise.reject(new Error("The card was declined."));
  await checkOut(shop, `${run}-${number}`, sampleOrder(number), number === 5 ? declined : undefined).catch(
    ({ message }) => console.log(`${run}-${number} was rolled back: ${message}`),
  );
}
await startWorker(shop);
const mine = `FROM shop_orders WHERE reference LIKE '${run}-%'`;
while ((await shop.pool.query(`SELECT 1 ${mine} AND state = 'new'`)).rowCount > 0) {
  await new Promise((resolve) => setTimeout(resolve, 200));
}
const { rows } = await shop.pool.query(`SELECT state, count(*)::int ${mine} GROUP BY state`);
for (const { state, count } of rows) console.log(`${count} ${state}`);
console.log(`The mock holds ${mock.orders.length} orders.`);
await shop.close();
await mock.close();
