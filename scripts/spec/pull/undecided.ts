import { GenerationError, type JsonObject } from "../../document/document.ts";
import { printable } from "../../document/message.ts";
import { type Discrepancy, missingEvidence } from "../../document/register.ts";
import { generateFiles } from "../../generate/generate-files.ts";
import { layoutNotes } from "../../generate/layout-notes.ts";
import { staleFiles } from "../../generate/write-files.ts";
import type { Lookalike } from "../lookalikes.ts";
import { type Judgement, noLongerSo } from "./judge-corrections.ts";
import { type SourceRecord, sourcePath } from "./source-record.ts";

/** What is left to decide of a document that was taken before. */
export interface Undecided {
  /** What stops the generation. */
  readonly problems: readonly string[];
  /** What somebody may want to do all the same. */
  readonly notes: readonly string[];
}

/** What the document that is here still leaves open, and what its source record has kept of earlier comparisons. */
export async function findUndecided(root: string, { toDecide = [] }: SourceRecord): Promise<Undecided> {
  try {
    const { files, laidOut, register, notes: limits } = await generateFiles(root);
    const stale = await staleFiles(root, files);
    const looks = (await missingLooks(register, laidOut.wire)).map((look) => `Look at ${look}`);
    const generate = stale.length > 0 ? [`Run \`npm run generate\`: ${stale.join(", ")} is stale.`] : [];
    const notes = [...looks, ...keptNotes(toDecide), ...layoutNotes(laidOut), ...limits, ...generate];
    return { problems: [], notes };
  } catch (error) {
    if (!(error instanceof GenerationError)) throw error;
    return { problems: error.problems, notes: keptNotes(toDecide) };
  }
}

/**
 * The findings of a comparison that no later one would repeat, since the two documents are one by then: they are kept
 * in the source record until somebody deletes them there.
 */
export async function toDecide(
  { toDecide: earlier = [] }: SourceRecord,
  judgements: readonly Judgement[],
  lookalikes: readonly Lookalike[],
  register: readonly Discrepancy[],
  wire: JsonObject,
): Promise<string[]> {
  const repeated = (await missingLooks(register, wire)).map(printable);
  const own = openFindings(judgements, lookalikes).filter((finding) => !repeated.includes(finding));
  return [...new Set([...earlier, ...own])];
}

/** What one comparison leaves for somebody to decide, a line for each finding. */
export function openFindings(judgements: readonly Judgement[], lookalikes: readonly Lookalike[]): string[] {
  const looks = judgements
    .filter(({ standing }) => standing === "look")
    .flatMap(({ id, reasons }) => reasons.map((reason) => `${id}: ${reason}`));
  return [...looks, ...lookalikes.map(({ id, text }) => `${id}? ${text}`)].map(printable);
}

function keptNotes(lines: readonly string[]): string[] {
  if (lines.length === 0) return [];
  const title = `Still to be decided. Delete each from "toDecide" in ${sourcePath} once it is:`;
  return [[title, ...lines.map((line) => `  ${printable(line)}`)].join("\n")];
}

/** The discrepancies whose evidence the document lacks. */
async function missingLooks(register: readonly Discrepancy[], wire: JsonObject): Promise<string[]> {
  const looks: string[] = [];
  for (const entry of register) {
    const missing = await missingEvidence(entry, wire);
    if (missing.length > 0) looks.push(`${entry.id}: ${noLongerSo(entry, missing)}`);
  }
  return looks;
}
