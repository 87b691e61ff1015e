import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { message, printable } from "../../document/message.ts";
import { nameOf } from "../describe-change.ts";
import { runRedocly } from "../redocly.ts";
import { SpecError } from "../spec-error.ts";

interface Problem {
  readonly ruleId: string;
  readonly message: string;
  readonly location: readonly { readonly pointer?: string }[];
}

/** Rules that a document breaks only if it is no OpenAPI document any more, or half of one. */
const structure = new Set(["struct", "no-unresolved-refs", "spec", "bundler"]);

/** Refuses a document whose structure is wrong, unless told not to, and returns what else the linter finds. */
export async function lintDocument(text: string, force: boolean, timeoutMs?: number): Promise<string[]> {
  const folder = await mkdtemp(join(tmpdir(), "lint-"));
  try {
    const file = join(folder, "index.yaml");
    await writeFile(file, text);
    const { stdout, output } = await runRedocly(
      "lint",
      [file, "--format=json", "--max-problems=1000"],
      timeoutMs,
    );
    const problems = readProblems(stdout, output);
    const faults = problems.filter(({ ruleId }) => structure.has(ruleId)).map(describe);
    if (faults.length > 0 && !force) {
      const more = faults.length > 10 ? [`… and ${faults.length - 10} more.`] : [];
      throw new SpecError(
        [
          "The document breaks the rules of OpenAPI:",
          ...[...faults.slice(0, 10), ...more].map((line) => `  ${line}`),
          "To take it all the same, run it again with `--force`.",
        ].join("\n"),
      );
    }
    return problems.map(describe);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function readProblems(stdout: string, output: string): readonly Problem[] {
  try {
    const report: { problems: Problem[] } = JSON.parse(stdout.slice(stdout.indexOf("{")));
    return report.problems;
  } catch {
    throw new SpecError(message`The document can't be linted: ${output}`);
  }
}

function describe({ ruleId, message: text, location }: Problem): string {
  const pointer = location[0]?.pointer;
  return printable(`${pointer === undefined ? "" : `${nameOf(pointer)}: `}${text} (${ruleId})`);
}
