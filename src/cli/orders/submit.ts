import { parseArgs } from "node:util";
import {
  createFulfillmentClient,
  FulfillmentError,
  type Ledger,
  type LookupOptions,
  type OrderSubmission,
  ReferenceInUseError,
  type SubmitOrdersOutcome,
  type SubmitOrdersProgress,
  submitOrders,
} from "juniper-fulfillment";
import { type Command, exitCodes, type Terminal, UsageError } from "../command.ts";
import { confirmProduction, productionOptions, productionUsage } from "../confirm-production.ts";
import { connectionOptions, connectionUsage, readConnection } from "../connection.ts";
import { readOpenApi } from "../document/read-openapi.ts";
import { inTime } from "../in-time.ts";
import { parseWhole } from "../options.ts";
import { shown } from "../shown.ts";
import { Catalogue } from "./catalogue.ts";
import { printProblems, summaryLine } from "./check.ts";
import { checkFile } from "./check-file.ts";
import { type ClockSkewValues, clockSkewOptions, clockSkewUsage, readClockSkew } from "./clock-skew.ts";
import { fileUsage, type InputFile, inputOptions, inputUsage, openInput } from "./input-file.ts";
import { ledgerFailed, ledgerOptions, ledgerUsage, openLedger } from "./open-ledger.ts";
import { listOrderFields } from "./order-fields.ts";
import { OrderSchema } from "./order-schema.ts";
import { outcomeTable } from "./outcome-table.ts";
import { reasonOf } from "./reason.ts";

const usage = `Usage: juniper-fulfillment orders submit FILE --ledger WHERE [--json] [OPTIONS]

Checks a file of orders and, if nothing is wrong, places them, each at most once. You can stop or kill it, and run it again
with the same file and ledger: what was placed is not sent again, and what may have been sent is looked for. It stops when
the file is changed meanwhile: only what was checked is sent.

${fileUsage}

${ledgerUsage}
  --max-pages N         how many pages of orders to read where one of unknown outcome is looked for (default: 50)
${clockSkewUsage}
  --concurrency N       how many orders are in flight at a time (default: 8); the rate adapts to the API
  --json                print each outcome as a line of JSON, and then the totals
${inputUsage}
${connectionUsage}
${productionUsage}

Exits with 0 when every order is placed, 1 when some are not, 3 when some may or may not exist, and 2 when the command line
or the configuration is wrong. After 1 and after Ctrl+C, submit the file again.`;

export const submit: Command = {
  usage,
  async run(args, terminal) {
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        ...connectionOptions,
        ...inputOptions,
        ...ledgerOptions,
        ...productionOptions,
        ...lookupOptions,
        concurrency: { type: "string", default: "8" },
        json: { type: "boolean", default: false },
      },
    });
    const concurrency = parseWhole("concurrency", values.concurrency, 1, 1_000);
    const lookup = readLookup(values);
    const document = await readOpenApi("corrected.yaml");
    const input = await openInput(positionals, values, listOrderFields(document));
    if (!input.isFile) {
      throw new UsageError("Name a file, and no pipe: it is read twice, so that nothing is sent unchecked.");
    }
    const connection = readConnection(values, terminal.env);
    const opened = await openLedger(values, terminal);
    try {
      await checkLedger(opened.ledger, terminal.signal);
      if (opened.isEmpty) {
        terminal.note("A new ledger is begun. It knows no order that was submitted with another one.");
      }
      const client = createFulfillmentClient(connection.options);
      await confirmProduction(client, connection, "places orders", values.yes, terminal);
      const summary = await checkFile(input, {
        ...{ schema: new OrderSchema(document), terminal },
        catalogue: new Catalogue(client, terminal.signal),
        onProblems: (line) => printProblems(line, terminal, values.json),
      });
      terminal.note(summaryLine(summary));
      if (summary.lines === 0 || summary.refused > 0) {
        terminal.note("Nothing was sent.");
        return exitCodes.failed;
      }
      if (await input.hasChanged()) throw new UsageError("The file has changed meanwhile. Nothing was sent.");
      const parts = { client, ledger: opened.ledger, concurrency, lookup, total: summary.lines };
      return await submitFile(input, parts, terminal, values.json);
    } finally {
      await opened.close();
    }
  },
};

const lookupOptions = { ...clockSkewOptions, "max-pages": { type: "string" } } as const;

function readLookup(values: ClockSkewValues & { readonly "max-pages"?: string | undefined }): LookupOptions {
  const pages = values["max-pages"];
  return {
    clockSkewMs: readClockSkew(values),
    maxPages: pages === undefined ? undefined : parseWhole("max-pages", pages, 1, 1_000_000),
  };
}

/** One that fails is told of once and before anything is read, and not by each order. */
async function checkLedger(ledger: Ledger, signal: AbortSignal): Promise<void> {
  try {
    await inTime(async () => ledger.get("juniper-fulfillment:submit"), signal);
  } catch (error) {
    throw error instanceof FulfillmentError ? error : ledgerFailed(error);
  }
}

interface SubmitParts {
  readonly client: Parameters<typeof submitOrders>[0];
  readonly ledger: Ledger;
  readonly concurrency: number;
  readonly lookup: LookupOptions;
  readonly total: number;
}

async function submitFile(
  input: InputFile,
  { client, ledger, concurrency, lookup, total }: SubmitParts,
  terminal: Terminal,
  isJson: boolean,
): Promise<number> {
  let counts: SubmitOrdersProgress = {
    ...{ done: 0, created: 0, found: 0, alreadySubmitted: 0, refused: 0, unknown: 0, failed: 0, inFlight: 0 },
  };
  /** Whether an earlier order of a reference may exist, for which this one was refused. */
  let isInDoubt = false;
  // Whoever ends the process from here on leaves it unknown whether some orders exist.
  process.exitCode = exitCodes.unknown;
  /** The orders that are under way. */
  const open = new Set<string>();
  const tellSums = (): void => {
    process.off("exit", tellSums);
    const { inFlight: _, ...sums } = counts;
    if (isJson) terminal.print(JSON.stringify(sums));
    else if (counts.done > 0) terminal.print(outcomeTable(counts, terminal));
    for (const reference of open)
      terminal.note(`${shown(reference)} was under way: it may or may not exist.`);
    if (counts.done < total) {
      terminal.note(
        `${total - counts.done} of ${total} orders are not done. Submit the file again to continue.`,
      );
    }
  };
  // Whoever stops it may not wait for those that hang.
  process.once("exit", tellSums);
  // Ctrl+C ends the input, and not the orders that are under way: those would be left unknown.
  const outcomes = submitOrders(client, submissionsOf(input, terminal, open), {
    ...{ ledger, concurrency, lookup },
    onProgress: (progress) => {
      counts = progress;
      terminal.progress(`${progress.done} of ${total} orders, ${progress.inFlight} in flight`);
    },
    onRateLimit: ({ perSecond }) =>
      terminal.progress(`The API limits the rate: ${perSecond.toFixed(1)} orders a second`),
  });
  try {
    for await (const outcome of outcomes) {
      const { error, reference } = outcome;
      open.delete(reference);
      isInDoubt ||= error instanceof ReferenceInUseError && error.outcome === "unknown";
      printOutcome(outcome, terminal, isJson);
    }
  } finally {
    tellSums();
  }
  if (counts.unknown > 0 || isInDoubt) return exitCodes.unknown;
  return counts.refused + counts.failed === 0 && counts.done === total ? exitCodes.ok : exitCodes.failed;
}

/** Notes in `open` which of them it has given out. */
async function* submissionsOf(
  input: InputFile,
  { signal, note }: Terminal,
  open: Set<string>,
): AsyncGenerator<OrderSubmission> {
  for await (const { reference, order } of input.read()) {
    if (signal.aborted) return;
    // Asked after each line was read: what is sent is what was checked.
    if (await input.hasChanged()) {
      note("The file has changed meanwhile. The rest of it was not checked, and is not sent.");
      return;
    }
    // The check has found all of them to be orders.
    open.add(reference as string);
    yield { reference, order } as OrderSubmission;
  }
}

/** Of orders that are placed people want to know how many there are, and programs which. */
function printOutcome(
  { reference, outcome, order, error }: SubmitOrdersOutcome,
  { print, paint }: Terminal,
  isJson: boolean,
): void {
  const reason = error === undefined ? undefined : reasonOf(error);
  const candidates = candidatesOf(error);
  if (isJson) print(JSON.stringify({ reference, outcome, orderId: order?.id, reason, candidates }));
  else if (order === undefined) {
    print(
      `${shown(reference)}  ${paint(outcome === "failed" ? "yellow" : "red", outcome)}  ${shown(reason ?? "")}`,
    );
    if (candidates !== undefined) print(`  It may be ${shown(candidates.join(", "))}.`);
  }
}

/** Identifiers of the orders that one of unknown outcome may be. */
function candidatesOf(error: unknown): readonly string[] | undefined {
  const { candidates } = Object(error) as { readonly candidates?: readonly { readonly id: string }[] };
  return candidates === undefined || candidates.length === 0 ? undefined : candidates.map(({ id }) => id);
}
