import { parseArgs } from "node:util";
import { alone, staleFiles, writeFiles } from "./generate/write-files.ts";
import { runScript } from "./run-script.ts";
import { orPrintRefusal } from "./spec/print-refusal.ts";
import { pullDocument } from "./spec/pull/pull-document.ts";
import { renderVerdict } from "./spec/render-verdict.ts";
import { UnreachableError } from "./spec/spec-error.ts";
import { writeReport } from "./spec/write-report.ts";

const usage = `Usage: npm run spec:pull [-- --from FILE|URL] [--report FILE] [--retire] [--force]

Downloads the vendor's document to openapi/published/, says what changed, what it means for the corrections, for our
users, for the types and tests and for the next version, and generates everything again.

  --from FILE|URL  where to get it instead of the "url" in openapi/published/source.json
  --report FILE    write the verdict to FILE, as Markdown
  --retire         delete the corrections that the document has made unnecessary
  --force          accept it even if it has few of the known operations, or breaks rules of OpenAPI
  --root DIR       the project's folder (default: this one)

Exit codes: 0 nothing new, or everything is generated; 1 refused, nothing written; 2 the command line is wrong; 3 the
document was accepted, now or earlier, and the generation needs a decision; 4 the host is down or busy, nothing written.`;

await runScript(usage, async () => {
  const { values } = parseArgs({
    options: {
      from: { type: "string" },
      report: { type: "string" },
      retire: { type: "boolean", default: false },
      force: { type: "boolean", default: false },
      root: { type: "string", default: "." },
    },
  });
  return (await orPrintRefusal(() => alone(values.root, () => pull(values)))) ?? 1;
});

interface Flags {
  readonly root: string;
  readonly from?: string | undefined;
  readonly report?: string | undefined;
  readonly retire: boolean;
  readonly force: boolean;
}

/** Pulls and writes what follows. Returns the exit code. */
async function pull({ root, from, report, retire, force }: Flags): Promise<number> {
  const onStep = (step: string): void => console.log(`${step} …`);
  const options = { root, retire, force, onStep, ...(from === undefined ? {} : { from }) };
  let isReached = true;
  const pulled = await orPrintRefusal(
    () => pullDocument(options),
    (error) => {
      isReached = !(error instanceof UnreachableError);
    },
  );
  if (pulled === undefined) return isReached ? 1 : 4;
  const { source } = pulled;
  if (pulled.status === "unchanged") {
    console.log(
      `Nothing new since ${source.date} (sha256 ${source.sha256.slice(0, 12)}…). Nothing was written.`,
    );
    const { problems, notes } = pulled.undecided;
    for (const note of notes) console.log(`\n${note}`);
    if (problems.length === 0) return 0;
    console.error("\nStill to be decided:");
    for (const problem of problems) console.error(`error: ${problem}`);
    return 3;
  }
  const { verdict, files } = pulled;
  const stale = await staleFiles(root, files);
  const rendered = renderVerdict(verdict, source);
  // First, since the verdict can't be had again once the document is here.
  if (report !== undefined && !(await writeReport(report, rendered))) return 1;
  await writeFiles(root, new Map([...files].filter(([path]) => stale.includes(path))));
  console.log(`\n${rendered}`);
  for (const path of files.keys()) console.log(`${stale.includes(path) ? "written  " : "unchanged"} ${path}`);
  if (verdict.generation.problems.length === 0) return 0;
  console.error("\nNothing was generated from the corrected document:");
  for (const problem of verdict.generation.problems) console.error(`error: ${problem}`);
  return 3;
}
