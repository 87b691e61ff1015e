import type { Readable } from "node:stream";
import { isObject } from "../document/document.ts";
import { linesOf } from "../lines-of.ts";
import type { Problem, SubmissionLine } from "./submission-line.ts";

const members = new Set(["reference", "order"]);

/** Reads `{ "reference": …, "order": { … } }` from each line. Empty lines are left out. */
export async function* readJsonLines(input: Readable): AsyncGenerator<SubmissionLine> {
  let line = 0;
  for await (const text of linesOf(input)) {
    line++;
    const json = line === 1 ? text.replace(/^\ufeff/, "") : text;
    if (json.trim() !== "") yield { line, ...readLine(json) };
  }
}

function readLine(text: string): Omit<SubmissionLine, "line"> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return { reference: undefined, order: undefined, problems: [{ field: "", problem: "is not JSON" }] };
  }
  if (!isObject(value)) {
    const problem = 'is not an object with "reference" and "order"';
    return { reference: undefined, order: undefined, problems: [{ field: "", problem }] };
  }
  const problems: Problem[] = Object.keys(value)
    .filter((name) => !members.has(name))
    .map(() => ({ field: "", problem: 'has members other than "reference" and "order"' }));
  if (value.order === undefined) problems.push({ field: "order", problem: "is missing" });
  return { reference: value.reference, order: value.order, problems: problems.slice(0, 1) };
}
