import type { Change, Changes } from "./changes.ts";
import type { Difference } from "./diff/compare-sources.ts";
import { markdown } from "./printable.ts";
import type { Judgement, Standing } from "./pull/judge-corrections.ts";
import { nextSteps } from "./pull/next-steps.ts";
import type { Verdict } from "./pull/verdict.ts";

const maxLines = 60;
/** A pull request's body holds 65,536. */
const maxCharacters = 60_000;

const standings: Readonly<Record<Standing, string>> = {
  holds: "holds",
  look: "**look at it**",
  unnecessary: "**unnecessary**",
  misfit: "**no longer fits**",
};

/** The verdict as Markdown that reads well in a terminal too: the only rendering that there is. */
export function renderVerdict(verdict: Verdict, source: { sha256: string; date: string }): string {
  const { vendor, users, release, corrections, types, lint } = verdict;
  const head = [
    `For the vendor: ${countOf(vendor)}. For our users, after the corrections: ${countOf(users)}.`,
    `The next release: **${release.bump}**. ${release.reasons.map(markdown).join(" ")}`.trim(),
    `Document of ${source.date}, sha256 \`${source.sha256}\`.`,
  ];
  return joined([
    "# The vendor's document changed",
    ...head,
    section("What to do", numbered(nextSteps(verdict).map(markdown))),
    section("What our users see", bullets(users.changes.map(changeLine))),
    section("What the vendor changed", bullets(vendor.changes.map(changeLine))),
    section("Discrepancies", bullets(corrections.map(correctionLine))),
    ...newsSections(verdict),
    section(
      "Public types",
      bullets([
        ...types.removed.map((name) => `gone: ${code(name)}`),
        ...types.added.map((name) => `added: ${code(name)}`),
        ...types.changed.map((name) => `changed: ${code(name)}`),
        ...(types.affected.length > 0 ? [`made of these: ${types.affected.map(code).join(", ")}`] : []),
      ]),
    ),
    section("Linter", bullets(lint.map(markdown))),
  ]);
}

/** What two documents differ in, as Markdown. */
export function renderDifference(difference: Difference, names: readonly [string, string]): string {
  return joined([
    `# ${names.map(code).join(" → ")}`,
    `${countOf(difference.changes)}.`,
    section("Changes", bullets(difference.changes.changes.map(changeLine))),
    ...newsSections(difference),
  ]);
}

function newsSections({ lookalikes, operations }: Pick<Verdict, "lookalikes" | "operations">): string[] {
  return [
    section(
      "New, and like a known discrepancy",
      bullets(lookalikes.map(({ id, text }) => `${id}? ${markdown(text)}`)),
    ),
    section(
      "Operations",
      bullets([
        ...operations.added.map((key) => `added: ${code(key)}`),
        ...operations.removed.map((key) => `gone: ${code(key)}`),
        ...operations.touched.map((key) => `touched: ${code(key)}`),
      ]),
    ),
  ];
}

function joined(parts: readonly string[]): string {
  const text = parts.filter((part) => part !== "").join("\n\n");
  if (text.length <= maxCharacters) return `${text}\n`;
  return `${text.slice(0, text.lastIndexOf("\n", maxCharacters))}\n\n… and more: run \`npm run spec:diff\`.\n`;
}

function countOf({ changes, impact }: Changes): string {
  if (impact === "none") return "no change";
  const counts = (["major", "minor", "patch"] as const)
    .map((one) => [changes.filter((change) => change.impact === one).length, one] as const)
    .filter(([count]) => count > 0);
  return counts.map(([count, one]) => `${count} ${one}`).join(", ");
}

function changeLine({ impact, text }: Change): string {
  return `${impact}: ${markdown(text)}`;
}

function correctionLine({ id, standing, isCorrected, reasons }: Judgement): string {
  const head = `${id}, ${isCorrected ? "corrected" : "kept as documented"}: ${standings[standing]}.`;
  return [head, ...reasons.map(markdown)].join(" ");
}

function section(title: string, body: string): string {
  return body === "" ? "" : `## ${title}\n\n${body}`;
}

function bullets(lines: readonly string[]): string {
  const shown = lines.slice(0, maxLines).map((line) => `- ${line}`);
  return [...shown, ...(lines.length > maxLines ? [`- … and ${lines.length - maxLines} more`] : [])].join(
    "\n",
  );
}

function numbered(lines: readonly string[]): string {
  return lines.map((line, index) => `${index + 1}. ${line}`).join("\n");
}

function code(text: string): string {
  return markdown(`\`${text.replaceAll("`", "'")}\``);
}
