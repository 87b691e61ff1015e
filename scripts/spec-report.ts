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
    body: `Pull it on a branch, and open a pull request:

\`\`\`sh
npm run spec:pull
\`\`\`

The artifact \`document\` of [this run](${run}) has the same changes as a patch to \`main\`:
\`gh run download ${run.split("/").at(-1)} --name document && git apply document.patch\`.

${verdict}`,
    key: /sha256 `([0-9a-f]{64})`/.exec(verdict)?.[1] ?? digest(verdict),
    news: "The document has changed again. The text above is about the latest version.",
  });
}

function reportRefusal(output: string): string {
  return report("document", {
    title: "The vendor's document was refused",
    body: `The document was refused, and nothing changed here. The output of \`npm run spec:pull\`:\n\n${quote(output)}`,
    key: digest(output),
    news: "The document or the reason has changed. The text above is about the latest refusal.",
  });
}

/** Reports a host that has been down for weeks. A shorter outage is not worth an issue. */
async function reportHost(file: string, taken: string): Promise<string> {
  const known = [lastArtifact("vendor-responded")?.getTime() ?? 0, Date.parse(taken)].filter(Number.isFinite);
  const last = new Date(Math.max(...known));
  const weeks = Math.floor((Date.now() - last.getTime()) / weekMs);
  const day = last.toISOString().slice(0, 10);
  if (weeks < patienceWeeks)
    return `The host did not respond. It last did on ${day}. After ${patienceWeeks} weeks an issue is opened.`;
  return report("host", {
    title: "The vendor's document can't be downloaded",
    body: `The host has not responded since ${day}. It is tried again every week, and this issue is closed when it responds.

If the document has moved, run \`npm run spec:pull -- --from URL\`, and put its new address into
\`openapi/published/source.json\`. The output of the last attempt:\n\n${quote(await readFile(file, "utf8"))}`,
    key: day,
    news: `The host responded again, until ${day}.`,
  });
}

/** In an indented block nothing is Markdown, and nobody is mentioned. */
function quote(text: string): string {
  return text.trim().replace(/^/gm, "    ").slice(0, 20_000);
}

function digest(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}
