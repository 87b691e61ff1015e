import { parseArgs } from "node:util";
import { runScript } from "./run-script.ts";
import { impacts } from "./spec/changes.ts";
import { compareSources } from "./spec/diff/compare-sources.ts";
import { orPrintRefusal } from "./spec/print-refusal.ts";
import { renderDifference } from "./spec/render-verdict.ts";
import { writeReport } from "./spec/write-report.ts";

const usage = `Usage: npm run spec:diff -- OLD NEW [--report FILE] [--fail-on major|minor|patch]

Compares two OpenAPI 3 documents, each a file or a URL, in our layout, so that their own layout makes no difference. Rates
each change by its effect on programs compiled against the types of the first. Changes nothing in the project.

  --report FILE    write everything to FILE, as Markdown
  --fail-on LEVEL  exit with 1 if the changes rate at least this high`;

await runScript(usage, async () => {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { report: { type: "string" }, "fail-on": { type: "string" } },
  });
  const [before, after, ...others] = positionals;
  const level = impacts.find((impact) => impact === values["fail-on"]);
  if (before === undefined || after === undefined || others.length > 0) {
    console.error(`Two documents are needed, and ${positionals.length} given.\n\n${usage}`);
    return 2;
  }
  if (values["fail-on"] !== undefined && level === undefined) {
    console.error(`--fail-on must be major, minor or patch.\n\n${usage}`);
    return 2;
  }
  const difference = await orPrintRefusal(() => compareSources(before, after));
  if (difference === undefined) return 1;
  const rendered = renderDifference(difference, [before, after]);
  if (values.report !== undefined && !(await writeReport(values.report, rendered))) return 1;
  console.log(rendered);
  const { impact } = difference.release;
  if (level === undefined || impact === "none") return 0;
  return impacts.indexOf(impact) <= impacts.indexOf(level) ? 1 : 0;
});
