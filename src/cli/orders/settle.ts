import { parseArgs } from "node:util";
import { createFulfillmentClient, settleOrder } from "juniper-fulfillment";
import { type Command, exitCodes, UsageError } from "../command.ts";
import { connectionOptions, connectionUsage, readConnection } from "../connection.ts";
import { parseWhole } from "../options.ts";
import { shown } from "../shown.ts";
import { clockSkewOptions, clockSkewUsage, readClockSkew } from "./clock-skew.ts";
import { ledgerOptions, ledgerUsage, openExistingLedger } from "./open-ledger.ts";
import { inWords, ledgerFailureOf } from "./reason.ts";

const usage = `Usage: juniper-fulfillment orders settle REFERENCE --ledger WHERE (--order ID | --not-placed) [OPTIONS]

Records in the ledger whether an order of unknown outcome was placed. It reads that order, and writes nothing at the vendor.
With --not-placed it looks for the order first. Then the reference is free again: the next submission sends it.

${ledgerUsage}
  --order ID            it is this order; its customer, items and terms must be those that were submitted
  --even-if-different   with --order, record it even if they are not, or another reference has it
  --not-placed          no order was placed; refused while an order exists that could be it, or may not be listed yet
  --without-looking     with --not-placed, free the reference without looking, because you know more
${clockSkewUsage}
  --timeout MINUTES     how long it may take in all: all orders since the unknown one are read (default: 10)
  --json                print what was recorded as JSON
${connectionUsage}

Exits with 0 when it is recorded, 1 when it can't be (the reason is printed), and 2 when the command line or the
configuration is wrong.`;

export const settle: Command = {
  usage,
  async run(args, terminal) {
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        ...connectionOptions,
        ...ledgerOptions,
        ...clockSkewOptions,
        order: { type: "string" },
        "even-if-different": { type: "boolean", default: false },
        "not-placed": { type: "boolean", default: false },
        "without-looking": { type: "boolean", default: false },
        timeout: { type: "string", default: "10" },
        json: { type: "boolean", default: false },
      },
    });
    const [reference, ...rest] = positionals;
    if (reference === undefined || rest.length > 0) throw new UsageError("Name one reference.");
    const orderId = values.order;
    if ((orderId === undefined) !== values["not-placed"]) {
      throw new UsageError("Pass either --order ID or --not-placed.");
    }
    const clockSkewMs = readClockSkew(values);
    const deadlineMs = parseWhole("timeout", values.timeout, 1, 30_000) * 60_000;
    const { options } = readConnection(values, terminal.env);
    const { ledger, close } = await openExistingLedger(values, terminal);
    try {
      const settled = await settleOrder(createFulfillmentClient(options), {
        ...{ reference, ledger, clockSkewMs, deadlineMs },
        evenIfDifferent: values["even-if-different"],
        withoutLooking: values["without-looking"],
        as: orderId === undefined ? "not-placed" : { orderId },
      });
      const { outcome, order } = settled;
      if (values.json) terminal.print(JSON.stringify({ reference, outcome, orderId: order?.id }));
      else
        terminal.print(
          `${shown(reference)} ${order === undefined ? "was not placed" : `is order ${shown(order.id)}`}.`,
        );
      return exitCodes.ok;
    } catch (error) {
      throw ledgerFailureOf(error) ?? inWords(error);
    } finally {
      await close();
    }
  },
};
