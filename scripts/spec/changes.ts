import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { message } from "../document/message.ts";
import { describeChange } from "./describe-change.ts";
import { runRedocly } from "./redocly.ts";
import { SpecError } from "./spec-error.ts";

export const impacts = ["major", "minor", "patch"] as const;
export type Impact = (typeof impacts)[number];

/** One change between two documents, as `redocly diff` words it. */
export interface Change {
  /** What it means over HTTP. What it means for programs, the types say. */
  readonly impact: Impact;
  readonly text: string;
  /** Where it stands in either document: JSON pointers, `#/…`. */
  readonly pointers: readonly string[];
}

/** A change in the report of `redocly diff --format=json`, as far as it is read here. */
export interface ReportedChange {
  readonly path: string;
  readonly kind: "added" | "removed" | "modified";
  readonly impact: Impact;
  readonly property?: string;
  readonly verdicts: readonly { readonly message: string }[];
  readonly base?: { readonly pointer: string; readonly value?: unknown };
  readonly revision?: { readonly pointer: string; readonly value?: unknown };
}

/** Compares two documents by `redocly diff`, the only place that knows its report. The gravest changes come first. */
export async function compareDocuments(before: string, after: string): Promise<Change[]> {
  const folder = await mkdtemp(join(tmpdir(), "diff-"));
  try {
    const files = ["before.yaml", "after.yaml", "report.json"].map((name) => join(folder, name));
    const [base = "", revision = "", report = ""] = files;
    await writeFile(base, before);
    await writeFile(revision, after);
    const run = await runRedocly("diff", [base, revision, "--format=json", "--fail-on=none", "-o", report]);
    const text = await readFile(report, "utf8").catch(() => undefined);
    if (text === undefined) throw new SpecError(message`The documents can't be compared: ${run.output}`);
    return readReport(text);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function readReport(text: string): Change[] {
  const report: { reportVersion?: string; changes?: ReportedChange[] } = JSON.parse(text);
  if (report.reportVersion !== "1" || !Array.isArray(report.changes)) {
    throw new SpecError(
      `redocly diff writes its report in version ${report.reportVersion}, and scripts/spec/changes.ts reads version 1.`,
    );
  }
  const changes = report.changes.map(
    (change): Change => ({
      impact: change.impact,
      text: describeChange(change),
      pointers: [change.base?.pointer, change.revision?.pointer].filter((pointer) => pointer !== undefined),
    }),
  );
  return changes.sort((one, other) => impacts.indexOf(one.impact) - impacts.indexOf(other.impact));
}
