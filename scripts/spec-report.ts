import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { parseArgs } from "node:util";
import { runScript } from "./run-script.ts";
import { lastArtifact, report, settle } from "./spec-report/tracker.ts";

// The workflow runs this where it may write, so it needs nothing that is installed: Node 24 and gh alone.

const usage = `Usage: node scripts/spec-report.ts --outcome OUTCOME --report FILE --taken DATE --run URL

Reports the result of a pull of the vendor's document to the maintainers, in an issue. Opens at most one issue about the
document and one about a host that is down, and closes each when it is resolved.

  --outcome OUTCOME  same, changed, refused or unreachable
  --report FILE      the verdict, or the output of the pull
  --taken DATE       the date of the document in this repository
  --run URL          the workflow run that has the document as a patch`;

const outcomes = ["same", "changed", "refused", "unreachable"];
/** How long the host may be down before somebody is told. */
const patienceWeeks = 4;
const weekMs = 7 * 24 * 3_600_000;

await runScript(usage, async () => {
  const text = { type: "string", default: "" } as const;
  const { values } = parseArgs({ options: { outcome: text, report: text, taken: text, run: text } });
  const { outcome, taken, run } = values;
  if (!outcomes.includes(outcome)) {
    console.error(`--outcome must be one of ${outcomes.join(", ")}.\n\n${usage}`);
    return 2;
  }
  if (outcome === "unreachable") {
    console.log(await reportHost(values.report, taken));
    return 0;
  }
  settle("host", "The host responds again.");
  if (outcome === "same") settle("document", "The document here is the vendor's.");
  if (outcome === "changed") console.log(reportChange(await readFile(values.report, "utf8"), run));
  if (outcome === "refused") console.log(reportRefusal(await readFile(values.report, "utf8")));
  return 0;
});

function reportChange(verdict: string, run: string): string {
  return report("document", {
    title: "The vendor's document has changed",
    body: `Take it on a branch of your own, and open a pull request:

\`\`\`sh
npm run spec:pull
\`\`\`

The same changes as a patch, made from \`main\`: the artifact \`document\` of [this run](${run}),
\`gh run download ${run.split("/").at(-1)} --name document && git apply document.patch\`.

${verdict}`,
    key: /sha256 `([0-9a-f]{64})`/.exec(verdict)?.[1] ?? digest(verdict),
    news: "The document is another one by now. The text above is about the latest.",
  });
}

function reportRefusal(output: string): string {
  return report("document", {
    title: "The vendor's document was refused",
    body: `The document was not taken, and nothing changed here. What \`npm run spec:pull\` said:\n\n${quote(output)}`,
    key: digest(output),
    news: "What is refused, or why, is something else by now. The text above is about the latest.",
  });
}

/** Tells of a host that has been down for weeks. A shorter time passes by itself. */
async function reportHost(file: string, taken: string): Promise<string> {
  const known = [lastArtifact("vendor-responded")?.getTime() ?? 0, Date.parse(taken)].filter(Number.isFinite);
  const last = new Date(Math.max(...known));
  const weeks = Math.floor((Date.now() - last.getTime()) / weekMs);
  const day = last.toISOString().slice(0, 10);
  if (weeks < patienceWeeks)
    return `The host did not respond. It last did on ${day}: after ${patienceWeeks} weeks an issue says so.`;
  return report("host", {
    title: "The vendor's document can't be downloaded",
    body: `The host has not responded since ${day}. It is tried again every week, and this issue is closed when it responds.

If the document has moved, \`npm run spec:pull -- --from URL\` takes it from there. Then put that address into
\`openapi/published/source.json\`. What the last attempt said:\n\n${quote(await readFile(file, "utf8"))}`,
    key: day,
    news: `The host had responded in between, until ${day}.`,
  });
}

/** In an indented block nothing is Markdown, and nobody is mentioned. */
function quote(text: string): string {
  return text.trim().replace(/^/gm, "    ").slice(0, 20_000);
}

function digest(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}
