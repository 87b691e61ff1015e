/**
 * Places the orders of a file: `place-orders.ts orders.json`. Each is placed once, however often this is run and
 * wherever it stops. Ends with 1 when an order needs to be looked at.
 */
import { readFile } from "node:fs/promises";
import {
  createFulfillmentClient,
  FulfillmentError,
  fromEnv,
  type OrderRequest,
  OutcomeUnknownError,
  submitOrder,
} from "juniper-fulfillment";
import { fileLedger } from "juniper-fulfillment/stores";

const [, , file = "orders.json"] = process.argv;
const { LEDGER_FOLDER = "ledger" } = process.env;

const client = createFulfillmentClient(fromEnv());
const ledger = fileLedger(LEDGER_FOLDER);
const orders: { reference: string; order: OrderRequest }[] = JSON.parse(await readFile(file, "utf8"));

for (const { reference, order } of orders) {
  try {
    const result = await submitOrder(client, order, { reference, ledger });
    console.log(`${reference}: ${result.outcome}`);
  } catch (error) {
    if (!(error instanceof FulfillmentError)) throw error;
    // The next order has a chance of its own. This one is either corrected and sent by the next run, or its outcome is
    // unknown, and the next run finds out.
    process.exitCode = 1;
    const what = error instanceof OutcomeUnknownError ? "not known yet" : "not placed";
    console.log(`${reference}: ${what}. ${error.message}`);
  }
}
