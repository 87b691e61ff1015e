import { styleText } from "node:util";
import type { Finding } from "./findings.ts";
import type { Spellings } from "./heard-spellings.ts";
import type { TrialResult } from "./try-operations.ts";

const colours = { holds: "green", drifts: "red", failed: "red", "not tried": "dim" } as const;

/** One verdict for the terminal. */
export function trialLines({ operation, outcome, findings, reason }: TrialResult): string {
  const key = operation.key.padEnd(52);
  const head = `${styleText(colours[outcome], outcome.padEnd(10))}${key}`;
  const lines = reason === undefined ? findings.map(lineOf) : [reason];
  if (lines.length === 0) return head.trimEnd();
  if (lines.length === 1 && outcome !== "drifts") return `${head}${styleText("dim", lines[0] ?? "")}`;
  return [head.trimEnd(), ...lines.map((line) => `            ${line}`)].join("\n");
}

/** What was heard of each discrepancy, for the terminal. */
export function spellingLines(spellings: Spellings): string {
  return spellings
    .list()
    .map(([id, heard]) => `${id}  ${heard}`)
    .join("\n");
}

/** The whole run as Markdown, of shapes alone. */
export function markdownReport(
  where: string,
  date: string,
  verdicts: readonly TrialResult[],
  spellings: Spellings,
): string {
  const rows = verdicts.map(({ operation, outcome, findings, reason }) => {
    const notes =
      reason === undefined ? findings.map(lineOf).map(escapeCell).join("<br>") : escapeCell(reason);
    return `| \`${operation.key}\` | ${outcome} | ${notes} |`;
  });
  const heard = spellings.list().map(([id, words]) => `| ${id} | ${escapeCell(words)} |`);
  return [
    "# The live API against the document",
    "",
    `${where}, ${date}. Shapes alone: no value of a response is in this report.`,
    "",
    "| operation | verdict | what |",
    "|---|---|---|",
    ...rows,
    "",
    "## Which spelling it speaks",
    "",
    "| discrepancy | spelling |",
    "|---|---|",
    ...heard,
    "",
  ].join("\n");
}

function lineOf({ place, what }: Finding): string {
  return place === "" ? what : `${place}: ${what}`;
}

function escapeCell(text: string): string {
  return text.replaceAll("|", "\\|");
}
