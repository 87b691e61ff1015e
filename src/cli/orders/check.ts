import { parseArgs } from "node:util";
import { createFulfillmentClient } from "juniper-fulfillment";
import { type Command, exitCodes, type Terminal } from "../command.ts";
import { connectionOptions, connectionUsage, readConnection } from "../connection.ts";
import { readOpenApi } from "../document/read-openapi.ts";
import { shown } from "../shown.ts";
import { Catalogue } from "./catalogue.ts";
import { type CheckedLine, checkFile, type FileSummary } from "./check-file.ts";
import { inDollars } from "./check-order.ts";
import { fileUsage, inputOptions, inputUsage, openInput } from "./input-file.ts";
import { listOrderFields } from "./order-fields.ts";
import { OrderSchema } from "./order-schema.ts";

const usage = `Usage: juniper-fulfillment orders check FILE [--offline] [--json] [OPTIONS]

Checks a file of orders before anything is sent, and says what is wrong in which line: unknown and missing fields, types,
doses, addresses, products that are unknown or not ACTIVE, shipping methods, control characters, text that is not UTF-8, and
references that are repeated, differ by blanks alone, or have blanks around them or characters that can't be seen. It reads
the catalogue once, and nothing else. It prints no value of the file except references.

${fileUsage}

  --offline             check without the catalogue, which needs no credentials
  --json                print each line with problems as a line of JSON, and then the totals
${inputUsage}
${connectionUsage}

Exits with 0 when every order can be sent, 1 when one can't, and 2 when the file can't be read.`;

export const check: Command = {
  usage,
  async run(args, terminal) {
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        ...connectionOptions,
        ...inputOptions,
        offline: { type: "boolean", default: false },
        json: { type: "boolean", default: false },
      },
    });
    const document = await readOpenApi("corrected.yaml");
    const input = await openInput(positionals, values, listOrderFields(document));
    const client = values.offline
      ? undefined
      : createFulfillmentClient(readConnection(values, terminal.env).options);
    const summary = await checkFile(input, {
      ...{ schema: new OrderSchema(document), terminal },
      catalogue: client && new Catalogue(client, terminal.signal),
      onProblems: (line) => printProblems(line, terminal, values.json),
    });
    if (values.json) terminal.print(JSON.stringify({ ...summary, estimate: amountOf(summary) }));
    else terminal.print(summaryLine(summary));
    return summary.refused === 0 && summary.lines > 0 ? exitCodes.ok : exitCodes.failed;
  },
};

/** Prints what is wrong with a line of the file. */
export function printProblems(line: CheckedLine, { print, paint }: Terminal, isJson: boolean): void {
  if (isJson) {
    print(JSON.stringify(line));
    return;
  }
  const reference = line.reference === undefined ? "" : `  ${shown(line.reference)}`;
  print(`${paint("red", `line ${line.line}`)}${reference}`);
  for (const { field, problem } of line.problems)
    print(`  ${field === "" ? "" : `${field} `}${shown(problem)}`);
}

/** What is printed of a file that was checked. */
export function summaryLine(summary: FileSummary): string {
  const { lines, refused } = summary;
  if (lines === 0) return "The file has no orders.";
  const orders = lines === 1 ? "1 order" : `${lines} orders`;
  const verdict = refused === 0 ? `${orders}, no problems.` : `${orders}, ${refused} with problems.`;
  const amount = amountOf(summary);
  if (amount === undefined || refused === lines) return verdict;
  return `${verdict} Estimated total${refused === 0 ? "" : " of the others"}: ${amount}, before discounts and fees.`;
}

function amountOf({ estimate }: FileSummary): string | undefined {
  return estimate === undefined ? undefined : inDollars(estimate);
}
