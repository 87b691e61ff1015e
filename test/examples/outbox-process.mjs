/** A shop that takes orders and places them until it is killed. Which ones it takes is on the command line. */
import { checkOut } from "../../examples/outbox/checkout.mjs";
import { sampleOrder } from "../../examples/outbox/sample-order.mjs";
import { openShop } from "../../examples/outbox/shop.mjs";
import { startWorker } from "../../examples/outbox/worker.mjs";

const [first = 0, last = 0] = process.argv.slice(2).map(Number);
const shop = await openShop();
await startWorker(shop);
for (let number = first; number < last; number++) {
  const rollBack = async () => {
    throw new Error("rolled back");
  };
  await checkOut(shop, `order-${number}`, sampleOrder(number), number % 4 === 3 ? rollBack : undefined).catch(
    () => {},
  );
}
