import { access, constants, stat, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { parseArgs } from "node:util";
import { createFulfillmentClient } from "juniper-fulfillment";
import { type Command, CommandError, exitCodes, type Terminal, UsageError } from "../command.ts";
import { confirmProduction, productionOptions, productionUsage } from "../confirm-production.ts";
import { connectionOptions, connectionUsage } from "../connection.ts";
import { listOperations } from "../document/document.ts";
import { readOpenApi } from "../document/read-openapi.ts";
import { codeOf } from "../error-code.ts";
import { parseWhole } from "../options.ts";
import { FieldShares } from "./field-shares.ts";
import { ResponseJudge } from "./findings.ts";
import { Spellings } from "./heard-spellings.ts";
import { junitReport } from "./junit-report.ts";
import { readBaseline } from "./latency.ts";
import { readLiveRegister } from "./live-register.ts";
import {
  countOutcomes,
  type LiveRun,
  markdownReport,
  runLines,
  stoppedSentence,
  trialJson,
  trialLines,
} from "./live-report.ts";
import { mostItems } from "./paging.ts";
import { readTarget } from "./target.ts";
import { type TrialResult, tryOperations } from "./try-operations.ts";
import { tryRefusals } from "./try-refusals.ts";

const usage = `Usage: juniper-fulfillment contract [--against API] [--allow-writes] [--junit FILE] [--report FILE] [--json] [OPTIONS]

Checks an API against the document: calls its operations, compares the shape of each response, checks that lists end, and
how the API rejects an invalid request. It reports which spelling the API uses where the document contradicts itself, which
optional fields are present, and how long responses take. Responses stay in memory; no value from them is printed or written.

  --against API         mock (in this process, without credentials), sandbox, or a URL (with --token-url); instead of
                        --environment and --base-url
  --allow-writes        also create, change, cancel and delete: a test order, which is cancelled at once; a protocol, which
                        is deleted; and the website in the settings, which is set to its current value. Always on for the
                        mock
  --junit FILE          write the results as JUnit XML, for CI
  --report FILE         write the results as Markdown
  --json                print each operation as a line of JSON, and then the totals
  --baseline FILE       the --json output of an earlier run: its latency is printed next to this run's. It does not affect
                        the exit code. A missing file is ignored
  --most-items N        how many items a list may have before it counts as endless (default: ${mostItems})
${connectionUsage}
${productionUsage}

Credentials come from JUNIPER_CLIENT_ID and JUNIPER_CLIENT_SECRET. Exits with 0 when every operation that was tried holds, 1
when one drifts or fails or the run is stopped, and 2 when the command line or the configuration is wrong. After Ctrl+C, or
when its terminal is closed, it still removes what it has created. Whatever ends it before, or keeps it from that: it says
what may be left.`;

export const contract: Command = {
  usage,
  async run(args, terminal) {
    const { values } = parseArgs({
      args: [...args],
      options: {
        ...connectionOptions,
        ...productionOptions,
        against: { type: "string" },
        "allow-writes": { type: "boolean", default: false },
        junit: { type: "string" },
        report: { type: "string" },
        json: { type: "boolean", default: false },
        baseline: { type: "string" },
        "most-items": { type: "string", default: String(mostItems) },
      },
    });
    const most = parseWhole("most-items", values["most-items"], 1, 10_000_000);
    const baseline = values.baseline === undefined ? undefined : await readBaseline(values.baseline);
    await checkFolder("report", values.report);
    await checkFolder("junit", values.junit);
    const target = await readTarget(values.against, values, terminal.env);
    const allowWrites = values["allow-writes"] || target.isMock;
    const document = await readOpenApi("corrected.yaml");
    const spellings = new Spellings(document, readLiveRegister(await readOpenApi("corrections.yaml")));
    const fields = new FieldShares(document);
    const durationsMs: number[] = [];
    const client = createFulfillmentClient({
      ...target.options,
      onDiscrepancy: (id, spelling) => spellings.hear(id, spelling),
      onResponse: ({ durationMs }) => durationsMs.push(durationMs),
    });
    if (allowWrites) {
      const what = "places an order and cancels it, and creates, changes and deletes a protocol";
      await confirmProduction(client, target, what, values.yes, terminal);
    }

    const results: TrialResult[] = [];
    const date = new Date();
    const left = new Set<string>();
    const operations = listOperations(document);
    const trial = {
      judge: new ResponseJudge(document),
      spellings,
      fields,
      ...{ allowWrites, mostItems: most, left, signal: terminal.signal },
    };
    const tell = (result: TrialResult): void => {
      results.push(result);
      terminal.print(values.json ? trialJson(result) : trialLines(result, terminal));
    };
    // Whoever stops it may not wait until all is taken back.
    const tellLeft = (): void => {
      for (const line of left) terminal.note(line);
    };
    process.once("exit", tellLeft);
    try {
      for await (const result of tryOperations(client, operations, trial)) {
        tell(result);
        terminal.progress(`${results.length} of ${operations.length} operations`);
      }
      for await (const result of tryRefusals(client, target.options, operations, trial)) tell(result);
    } finally {
      process.off("exit", tellLeft);
      // The results may have no reader any more.
      tellLeft();
    }
    const run: LiveRun = {
      ...{ where: target.where, date, results, spellings, fields, durationsMs, baseline },
      wasStopped: terminal.signal.aborted,
    };
    terminal.print(runLines(run, terminal, values.json));
    try {
      if (values.report !== undefined) await write("report", values.report, markdownReport(run));
    } finally {
      if (values.junit !== undefined) await write("junit", values.junit, junitReport(run));
    }
    return exitCodeOf(run, terminal);
  },
};

/** Looks before anything is sent whether a report can be written: at the end its findings would be lost. */
async function checkFolder(option: string, path: string | undefined): Promise<void> {
  if (path === undefined) return;
  await access(dirname(path), constants.W_OK).catch((error: unknown) => {
    throw new UsageError(`The file of --${option} can't be written${codeOf(error)}.`);
  });
  const isFolder = await stat(path).then(
    (stats) => stats.isDirectory(),
    () => false,
  );
  if (isFolder) throw new UsageError(`The file of --${option} can't be written: it is a folder.`);
}

async function write(option: string, path: string, text: string): Promise<void> {
  await writeFile(path, text).catch((error: unknown) => {
    throw new CommandError(`The file of --${option} can't be written${codeOf(error)}.`);
  });
}

function exitCodeOf({ results, wasStopped }: LiveRun, { note }: Terminal): number {
  if (wasStopped) note(stoppedSentence);
  const { drifts, failed } = countOutcomes(results);
  return drifts + failed === 0 && !wasStopped ? exitCodes.ok : exitCodes.failed;
}
