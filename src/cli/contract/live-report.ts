import type { Terminal } from "../command.ts";
import type { FieldShares } from "./field-shares.ts";
import type { Finding } from "./findings.ts";
import type { Spellings } from "./heard-spellings.ts";
import { type Latency, latencyOf } from "./latency.ts";
import type { TrialResult } from "./try-operations.ts";

/** All that a report is made of. */
export interface LiveRun {
  /** What to call the API. */
  readonly where: string;
  readonly date: Date;
  readonly results: readonly TrialResult[];
  readonly spellings: Spellings;
  readonly fields: FieldShares;
  /** How long each response took, in milliseconds. */
  readonly durationsMs: readonly number[];
  /** How long they took in an earlier run. */
  readonly baseline: Latency | undefined;
  /** Whether it was stopped before its end. */
  readonly wasStopped: boolean;
}

export const stoppedSentence = "The run was stopped: the remaining operations were not tried.";

type Outcome = TrialResult["outcome"];

const colours = { holds: "green", drifts: "red", failed: "red", "not tried": "dim" } as const;

/** One result for the terminal. */
export function trialLines(
  { operation, outcome, findings, reason }: TrialResult,
  { paint }: Terminal,
): string {
  const key = operation.key.padEnd(52);
  const head = `${paint(colours[outcome], outcome.padEnd(10))}${key}`;
  const lines = reason === undefined ? findings.map(findingLine) : [reason];
  if (lines.length === 0) return head.trimEnd();
  if (lines.length === 1 && outcome !== "drifts") return `${head}${paint("dim", lines[0] ?? "")}`;
  return [head.trimEnd(), ...lines.map((line) => `            ${line}`)].join("\n");
}

/** One result as a line of JSON. */
export function trialJson({ operation, outcome, findings, reason, durationMs }: TrialResult): string {
  return JSON.stringify({
    ...{ operation: operation.key, outcome, findings, reason },
    durationMs: Math.round(durationMs),
  });
}

/** What is printed after the results: how the API spells what the document contradicts itself in, and the sum. */
export function runLines(run: LiveRun, { paint }: Terminal, isJson: boolean): string {
  const { where, results, spellings, fields, durationsMs, baseline, wasStopped } = run;
  const counts = countOutcomes(results);
  if (isJson) {
    const latencyMs = latencyOf(durationsMs);
    const retirable = spellings.listRetirable().map(([id]) => id);
    const heard = Object.fromEntries(spellings.list());
    return JSON.stringify({
      ...{ against: where, ...counts, wasStopped },
      ...{ spellings: heard, retirable, fields: fields.list(), latencyMs, baselineMs: baseline },
    });
  }
  const sum = Object.entries(counts).map(([outcome, count]) => `${count} ${outcome}`);
  return [
    "",
    paint("bold", "Which spelling it uses"),
    "",
    ...spellings.list().map(([id, heard]) => `${id}  ${heard}`),
    ...hintsToRetire(spellings),
    ...neverThere(fields),
    "",
    ...latencyLines(run),
    `${sum.join(", ")}, against ${where}`,
  ].join("\n");
}

function hintsToRetire(spellings: Spellings): string[] {
  return spellings
    .listRetirable()
    .map(
      ([id, heard]) =>
        `${id} looks fixed: the API sends ${heard} now. Once it accepts that too, switch the correction off: corrections: { "${id}": false }`,
    );
}

/** Of a few objects it says nothing that a field is in none: those are in the other reports alone. */
const enoughObjects = 5;

function neverThere(fields: FieldShares): string[] {
  const gone = fields.list().filter(({ present, objects }) => present === 0 && objects >= enoughObjects);
  if (gone.length === 0) return [];
  return [
    "",
    "Optional fields that were never present:",
    ...gone.map(({ field, objects }) => `  ${field}  (0 of ${objects})`),
  ];
}

function latencyLines({ durationsMs, baseline }: LiveRun): string[] {
  const latency = latencyOf(durationsMs);
  if (latency === undefined) return [];
  const before = (what: "p50" | "p95") => (baseline === undefined ? "" : ` (before: ${baseline[what]} ms)`);
  const times = (["p50", "p95"] as const).map((what) => `${what} ${latency[what]} ms${before(what)}`);
  return [`${latency.responses} responses: ${times.join(", ")}`];
}

/** How many operations came to each outcome. */
export function countOutcomes(results: readonly TrialResult[]): Readonly<Record<Outcome, number>> {
  const counts = { holds: 0, drifts: 0, failed: 0, "not tried": 0 };
  for (const { outcome } of results) counts[outcome] += 1;
  return counts;
}

/** The whole run as Markdown, of shapes alone. */
export function markdownReport(run: LiveRun): string {
  const { where, date, results, spellings, fields, wasStopped } = run;
  const rows = results.map(({ operation, outcome, findings, reason }) => {
    const notes =
      reason === undefined ? findings.map(findingLine).map(escapeCell).join("<br>") : escapeCell(reason);
    return `| \`${operation.key}\` | ${outcome} | ${notes} |`;
  });
  const heard = spellings.list().map(([id, words]) => `| ${id} | ${escapeCell(words)} |`);
  return [
    "# The live API against the document",
    "",
    `Against ${where}, ${date.toISOString().slice(0, 10)}. Shapes only: no value of a response is in this report.`,
    "",
    ...(wasStopped ? [stoppedSentence, ""] : []),
    "| operation | verdict | what |",
    "|---|---|---|",
    ...rows,
    "",
    "## Which spelling it uses",
    "",
    "| discrepancy | spelling |",
    "|---|---|",
    ...heard,
    "",
    ...hintsToRetire(spellings).flatMap((hint) => [hint, ""]),
    "## Which optional fields are present",
    "",
    "| field | objects that have it |",
    "|---|---|",
    ...fields.list().map(({ field, present, objects }) => `| \`${field}\` | ${present} of ${objects} |`),
    "",
    ...latencyLines(run),
    "",
  ].join("\n");
}

/** One finding in a line. */
export function findingLine({ place, what, status }: Finding): string {
  const where = place === "" ? what : `${place}: ${what}`;
  return status === undefined ? where : `the body of the ${status}: ${where}`;
}

function escapeCell(text: string): string {
  return text.replaceAll("|", "\\|");
}
