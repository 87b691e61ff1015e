import { styleText } from "node:util";
import type { Change, Impact } from "./changes.ts";
import type { Difference } from "./difference.ts";
import type { Judgement } from "./judge-corrections.ts";
import { nextSteps } from "./next-steps.ts";
import { printable } from "./printable.ts";
import type { Verdict } from "./verdict.ts";
import { countOf } from "./verdict-markdown.ts";

/** How many lines of one kind are printed. All of them are in the report. */
const maxLines = 12;

const colours = { major: "red", minor: "yellow", patch: "gray" } as const satisfies Record<Impact, string>;

/** The verdict in short, for a terminal. */
export function verdictText(verdict: Verdict): string {
  const { vendor, users, corrections, types, tests, release } = verdict;
  return joined([
    part(`The vendor's changes: ${countOf(vendor)}`, changeLines(vendor.changes)),
    part(`What our users see: ${countOf(users)}`, changeLines(users.changes)),
    optionalPart("Discrepancies", judgementLines(corrections)),
    ...newsParts(verdict),
    optionalPart("Public types", [
      ...list("gone    ", types.removed),
      ...list("added   ", types.added),
      ...list("changed ", types.changed),
      ...list("made of these ", types.affected),
    ]),
    optionalPart("Contract tests to look at", tests),
    part(`The next release: ${release.bump}`, release.reasons),
    part(
      "What to do",
      nextSteps(verdict).map((step, index) => `${index + 1}. ${step.replaceAll("`", "")}`),
    ),
  ]);
}

/** What two documents differ in, in short, for a terminal. */
export function differenceText(difference: Difference): string {
  return joined([
    part(`Changes: ${countOf(difference.changes)}`, changeLines(difference.changes.changes)),
    ...newsParts(difference),
  ]);
}

function newsParts({ lookalikes, operations }: Pick<Verdict, "lookalikes" | "operations">): string[] {
  return [
    optionalPart(
      "New, and like a known discrepancy",
      lookalikes.map(({ id, text }) => `${id}?  ${printable(text).replaceAll("`", "")}`),
    ),
    optionalPart("Operations", [
      ...operations.added.map((key) => `added    ${printable(key)}`),
      ...operations.removed.map((key) => `gone     ${printable(key)}`),
      ...operations.touched.map((key) => `touched  ${printable(key)}`),
    ]),
  ];
}

function joined(parts: readonly string[]): string {
  return parts.filter((text) => text !== "").join("\n\n");
}

function changeLines(changes: readonly Change[]): string[] {
  const shown = changes
    .slice(0, maxLines)
    .map(
      ({ impact, text }) => `${styleText(colours[impact], impact)}  ${printable(text).replaceAll("`", "")}`,
    );
  return changes.length > maxLines ? [...shown, `… and ${changes.length - maxLines} more`] : shown;
}

function judgementLines(corrections: readonly Judgement[]): string[] {
  const held = corrections.filter(({ standing }) => standing === "holds").map(({ id }) => id);
  const names = { look: "look at it", unnecessary: "unnecessary", misfit: "no longer fits", holds: "holds" };
  return [
    ...corrections
      .filter(({ standing }) => standing !== "holds")
      .flatMap(({ id, standing, reasons }) => [
        `${id}  ${styleText("yellow", names[standing])}`,
        ...reasons.map((reason) => `       ${printable(reason).replaceAll("`", "")}`),
      ]),
    ...(held.length > 0 ? [`hold: ${held.join(", ")}`] : []),
  ];
}

function part(title: string, lines: readonly string[]): string {
  const shown =
    lines.length > 2 * maxLines
      ? [...lines.slice(0, maxLines), `… and ${lines.length - maxLines} more`]
      : lines;
  return [styleText("bold", title), ...shown.map((line) => `  ${line}`)].join("\n");
}

function optionalPart(title: string, lines: readonly string[]): string {
  return lines.length === 0 ? "" : part(title, lines);
}

function list(title: string, names: readonly string[]): string[] {
  const more = names.length > maxLines ? `, and ${names.length - maxLines} more` : "";
  return names.length === 0 ? [] : [`${title} ${printable(names.slice(0, maxLines).join(", "))}${more}`];
}
