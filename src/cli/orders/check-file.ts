import { isReference } from "../../orders/reference.ts";
import type { Money } from "../../testing/backend/money.ts";
import type { Terminal } from "../command.ts";
import type { Catalogue } from "./catalogue.ts";
import { catalogueProblems, estimate, orderProblems, referenceProblems } from "./check-order.ts";
import type { InputFile } from "./input-file.ts";
import type { OrderSchema } from "./order-schema.ts";
import type { Problem, SubmissionLine } from "./submission-line.ts";

/** What a check has found of a line. */
export interface CheckedLine {
  readonly line: number;
  /** Undefined where the line has none that could be one. */
  readonly reference: string | undefined;
  readonly problems: readonly Problem[];
}

/** What a check has found of a file. */
export interface FileSummary {
  readonly lines: number;
  readonly refused: number;
  /** What all orders without a problem may come to. Undefined without a catalogue, or where a price is not known. */
  readonly estimate: Money | undefined;
}

export interface CheckParts {
  readonly schema: OrderSchema;
  /** Undefined when nothing is to be asked of the API. */
  readonly catalogue: Catalogue | undefined;
  readonly terminal: Terminal;
  /** Told of each line with a problem, as soon as it is read: none is kept. */
  readonly onProblems: (line: CheckedLine) => void;
}

/** Reads a file of orders to its end, and holds each against all that is known before anything is sent. */
export async function checkFile(
  input: InputFile,
  { schema, catalogue, terminal, onProblems }: CheckParts,
): Promise<FileSummary> {
  /** The first line of each reference, however it is spelled there. */
  const references = new Map<string, { readonly line: number; readonly reference: string }>();
  let [lines, refused] = [0, 0];
  let total: Money | undefined = catalogue && 0n;
  for await (const each of input.read()) {
    terminal.signal.throwIfAborted();
    lines++;
    const problems = await problemsOf(each, schema, catalogue);
    const { line, reference } = each;
    const known = isReference(reference) ? reference : undefined;
    const plain = known === undefined ? undefined : plainOf(known);
    const earlier = plain === undefined ? undefined : references.get(plain);
    if (earlier !== undefined) {
      const how = earlier.reference === known ? "the same as" : "the same but for blanks or accents as";
      problems.push({ field: "reference", problem: `is ${how} in line ${earlier.line}` });
    } else if (known !== undefined && plain !== undefined) references.set(plain, { line, reference: known });
    if (problems.length > 0) {
      refused++;
      onProblems({ line, reference: known, problems });
    } else if (catalogue !== undefined && total !== undefined) {
      const amount = await estimate(each.order, catalogue);
      total = amount === undefined ? undefined : total + amount;
    }
    terminal.progress(`${lines} lines checked, ${refused} with problems`);
  }
  return { lines, refused, estimate: total };
}

/** What two references have in common that look the same: blanks, and the two ways to write an é. */
function plainOf(reference: string): string {
  return reference.normalize("NFC").trim().replace(/\s+/g, " ");
}

async function problemsOf(
  { reference, order, problems }: SubmissionLine,
  schema: OrderSchema,
  catalogue: Catalogue | undefined,
): Promise<Problem[]> {
  // What could not be read as it was meant has nothing to be said of its fields.
  if (problems.length > 0) return [...problems];
  const found = [...referenceProblems(reference), ...ownProblems(order, schema)];
  if (catalogue !== undefined) found.push(...(await catalogueProblems(order, catalogue)));
  return found;
}

function ownProblems(order: unknown, schema: OrderSchema): Problem[] {
  try {
    return [...orderProblems(order, schema)];
  } catch (error) {
    // What the stack can't hold is no order.
    if (!(error instanceof RangeError)) throw error;
    return [{ field: "order", problem: "is nested too deeply" }];
  }
}
