import type { Comparison } from "./compare-wires.ts";
import type { Difference } from "./diff/compare-sources.ts";
import { code, markdown } from "./printable.ts";
import type { Judgement, Standing } from "./pull/judge-corrections.ts";
import { nextSteps } from "./pull/next-steps.ts";
import type { SourceRecord } from "./pull/source-record.ts";
import { openFindings } from "./pull/undecided.ts";
import type { Verdict } from "./pull/verdict.ts";
import type { Release } from "./release.ts";

const maxLines = 60;
/** An issue's body holds 65,536, and has a few words more. */
const maxCharacters = 60_000;

const standings: Readonly<Record<Standing, string>> = {
  holds: "holds",
  look: "**look at it**",
  unnecessary: "**unnecessary**",
  misfit: "**no longer fits**",
};

/** The verdict as Markdown that reads well in a terminal too: the only rendering that there is. */
export function renderVerdict(
  verdict: Verdict,
  source: Pick<SourceRecord, "sha256" | "date" | "toDecide">,
): string {
  const { users, hidden, release, corrections, lint } = verdict;
  const own = new Set(openFindings(corrections, users.lookalikes));
  const earlier = (source.toDecide ?? []).filter((line) => !own.has(line));
  return joined([
    "# The vendor's document changed",
    summary(verdict),
    `Document of ${source.date}, sha256 \`${source.sha256}\`.`,
    section("What to do", numbered(nextSteps(verdict).map(markdown))),
    section("What our users see", bullets(users.changes.map(({ text }) => markdown(text)))),
    section("What the corrections hide from them", bullets(hidden.map(markdown))),
    section("Why this release", release.reasons.length > 1 ? bullets(release.reasons.map(markdown)) : ""),
    section("Discrepancies", bullets(corrections.map(correctionLine))),
    ...newsSections(users),
    section("Still to be decided of earlier documents", bullets(earlier.map(markdown))),
    section("Linter", bullets(lint.map(markdown))),
  ]);
}

/** What two documents differ in, as Markdown. */
export function renderDifference(
  { comparison, release }: Difference,
  names: readonly [string, string],
): string {
  return joined([
    `# ${names.map(code).join(" → ")}`,
    comparison.isSame ? "They describe the same API, in the same words." : releaseLine(release),
    section("Changes", bullets(comparison.changes.map(({ text }) => markdown(text)))),
    ...newsSections(comparison),
  ]);
}

/** Whether anything changed but the layout, in one sentence. */
function summary({ users, hidden, release }: Verdict): string {
  const isSame = users.isSame && hidden.length === 0 && release.bump === "none";
  return isSame
    ? "The API is the same; only the layout of its document changed. No release."
    : releaseLine(release);
}

function releaseLine({ bump, reasons }: Release): string {
  const [first = ""] = reasons;
  return `The next release: **${bump}**. ${markdown(first)}`.trim();
}

function newsSections({ lookalikes, operations, types }: Comparison): string[] {
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
    section(
      "Public types",
      bullets([
        ...types.removed.map((name) => `gone: ${code(name)}`),
        ...types.added.map((name) => `added: ${code(name)}`),
        ...types.changed.map((name) => `changed: ${code(name)}`),
        ...(types.affected.length > 0 ? [`made of these: ${types.affected.map(code).join(", ")}`] : []),
      ]),
    ),
  ];
}

function joined(parts: readonly string[]): string {
  const text = parts.filter((part) => part !== "").join("\n\n");
  if (text.length <= maxCharacters) return `${text}\n`;
  return `${text.slice(0, text.lastIndexOf("\n", maxCharacters))}\n\n… and more: run \`npm run spec:diff\`.\n`;
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
  const more = lines.length > maxLines ? [`- … and ${lines.length - maxLines} more`] : [];
  return [...shown, ...more].join("\n");
}

function numbered(lines: readonly string[]): string {
  return lines.map((line, index) => `${index + 1}. ${line}`).join("\n");
}
