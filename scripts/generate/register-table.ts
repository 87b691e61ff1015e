import { GenerationError } from "../document/document.ts";
import type { Discrepancy } from "../document/register.ts";

export const readmePath = "README.md";

const begin = /^<!-- corrections\b[^\n]*-->$/m;
const end = "<!-- /corrections -->";

/** The README with the table of the discrepancies between its two comments. */
export function withRegister(readme: string, register: readonly Discrepancy[]): string {
  const text = readme.replaceAll("\r\n", "\n");
  const found = begin.exec(text);
  const stop = found === null ? -1 : text.indexOf(end, found.index);
  if (found === null || stop < 0) {
    throw new GenerationError([
      `${readmePath} has no place for the table of corrections: put \`<!-- corrections -->\` and \`${end}\` there, each on a line.`,
    ]);
  }
  const rows = register.map(({ id, vendor, users }) => `| ${[id, vendor, users].map(cell).join(" | ")} |`);
  const table = ["| id | what the vendor says | what you see |", "|---|---|---|", ...rows].join("\n");
  return `${text.slice(0, found.index + found[0].length)}\n${table}\n${text.slice(stop)}`;
}

function cell(text: string): string {
  return text.replaceAll("|", "\\|");
}
