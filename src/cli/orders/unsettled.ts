import { parseArgs } from "node:util";
import { FulfillmentError, listUnsettledOrders } from "juniper-fulfillment";
import { type Command, exitCodes } from "../command.ts";
import { parseWhole } from "../options.ts";
import { shown } from "../shown.ts";
import { ledgerFailed, ledgerOptions, ledgerUsage, openExistingLedger } from "./open-ledger.ts";

const usage = `Usage: juniper-fulfillment orders unsettled --ledger WHERE [--older-than MINUTES] [--json]

Lists the orders in a ledger that may or may not exist. Submit them again with the same reference, which looks for them, or
record what you know with orders settle.

${ledgerUsage}
  --older-than MINUTES  the minimum time since they were first sent (default: 10); 0 lists those too that are just being sent
  --json                print each as a line of JSON

Exits with 0 when there are none, 3 when there are some, and 2 when there is no such folder or table: it never creates
one. Of a ledger without any order, it says so.`;

export const unsettled: Command = {
  usage,
  async run(args, terminal) {
    const { values } = parseArgs({
      args: [...args],
      options: {
        ...ledgerOptions,
        "older-than": { type: "string", default: "10" },
        json: { type: "boolean", default: false },
      },
    });
    const olderThanMs = parseWhole("older-than", values["older-than"], 0, 1_000_000) * 60_000;
    const { ledger, close } = await openExistingLedger(values, terminal);
    let [count, younger] = [0, 0];
    try {
      const listed = listUnsettledOrders(ledger, { olderThanMs: 0 });
      for await (const { reference, sinceMs, overAtMs, sends, seen } of listed) {
        if (Date.now() - sinceMs < olderThanMs) {
          younger++;
          continue;
        }
        count++;
        const since = new Date(sinceMs).toISOString();
        const over = new Date(overAtMs).toISOString();
        // Null where nobody has looked yet, which is not the same as nothing found.
        const candidates = seen?.orderIds ?? null;
        if (values.json) terminal.print(JSON.stringify({ reference, since, over, sends, candidates }));
        else {
          const which =
            candidates === null
              ? "not looked for yet"
              : candidates.length === 0
                ? "no match found"
                : `may be ${shown(candidates.join(", "))}`;
          const times = sends === 1 ? "sent at most once" : `sent at most ${sends} times`;
          terminal.print(`${shown(reference)}  since ${since}, ${times}, over by ${over}: ${which}`);
        }
        if (terminal.signal.aborted) break;
      }
    } catch (error) {
      throw error instanceof FulfillmentError ? error : ledgerFailed(error);
    } finally {
      await close();
    }
    if (!values.json) {
      const rest = younger === 0 ? "" : ` ${younger} younger: --older-than 0 lists them too.`;
      terminal.note((count === 0 ? "No unsettled orders." : `${count} unsettled.`) + rest);
    }
    return count === 0 ? exitCodes.ok : exitCodes.unknown;
  },
};
