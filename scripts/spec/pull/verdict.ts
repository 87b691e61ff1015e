import { GenerationError, type JsonObject, listOperations, parseDocument } from "../../document/document.ts";
import { type OverlayAction, readOverlay, tryOverlay } from "../../document/overlay.ts";
import { readersView } from "../../document/substance.ts";
import { correctionsPath, generateFrom } from "../../generate/generate-files.ts";
import { correctedSource, schemaSource } from "../../generate/sources.ts";
import { collectCorrections } from "../../generate/wire-marks.ts";
import { type Changes, compareDocuments } from "../changes.ts";
import { findLookalikes, type Lookalike } from "../lookalikes.ts";
import { operationsThatReach } from "../reach.ts";
import { type Judgement, judgeCorrections } from "./judge-corrections.ts";
import { decideRelease, type Release } from "./release.ts";
import { compareTypes, type TouchedTypes } from "./touched-types.ts";

/** All that a new document means. */
export interface Verdict {
  /** Between the two documents as the vendor published them. */
  readonly vendor: Changes;
  /** Between the two as corrected, without the corrections that have become unnecessary. */
  readonly users: Changes;
  readonly corrections: readonly Judgement[];
  readonly lookalikes: readonly Lookalike[];
  readonly operations: {
    readonly added: readonly string[];
    readonly removed: readonly string[];
    /** The operations of the new document whose requests or answers changed for our users. */
    readonly touched: readonly string[];
  };
  readonly types: TouchedTypes;
  /** What the linter finds in the new document beyond what is refused. */
  readonly lint: readonly string[];
  readonly release: Release;
  /** The generated files, or what stops the generation. */
  readonly generation:
    | { readonly files: ReadonlyMap<string, string> }
    | { readonly problems: readonly string[] };
}

export interface VerdictInput {
  readonly before: string;
  readonly after: string;
  /** The text of the corrections, and that without the ones that are retired with this document. */
  readonly corrections: string;
  readonly remaining: string;
  readonly judgements: readonly Judgement[];
  readonly version: string;
  readonly lint: readonly string[];
}

export async function judgeDocument(input: VerdictInput): Promise<Verdict> {
  const before = parseDocument(input.before, "the document before");
  const after = parseDocument(input.after, "the new document");
  const actions = readOverlay(parseDocument(input.corrections, correctionsPath), correctionsPath);
  const unnecessary = input.judgements
    .filter(({ standing }) => standing === "unnecessary")
    .map(({ id }) => id);
  const remaining = without(actions, unnecessary);
  // A correction that is retired after its document was taken has changed nothing since.
  const isSame = input.before === input.after;
  const { corrected: shownBefore } = await tryOverlay(before, isSame ? remaining : actions);
  const { corrected: shownAfter } = await tryOverlay(after, remaining);
  const [textBefore, textAfter] = [textOf(shownBefore), textOf(shownAfter)];
  const [vendor, users] = await Promise.all([
    compareDocuments(input.before, input.after),
    compareDocuments(textBefore, textAfter),
  ]);
  const types = compareTypes(await schemaSource(textBefore), await schemaSource(textAfter));
  const operations = compareOperations(shownBefore, shownAfter, users);
  return {
    vendor,
    users,
    corrections: input.judgements,
    lookalikes: findLookalikes(before, after),
    operations,
    types,
    lint: input.lint,
    release: decideRelease({
      users,
      types,
      retired: unnecessary,
      travelsOtherwise: wireTable(shownBefore) !== wireTable(shownAfter),
      version: input.version,
    }),
    generation: await generate(input.after, input.remaining),
  };
}

/** Judges the corrections alone, from the texts of the documents. */
export function judge(before: string, after: string, corrections: string): Promise<Judgement[]> {
  const actions = readOverlay(parseDocument(corrections, correctionsPath), correctionsPath);
  return judgeCorrections(
    parseDocument(before, "the document before"),
    parseDocument(after, "the new document"),
    actions,
  );
}

export function compareOperations(
  before: JsonObject,
  after: JsonObject,
  { changes }: Changes,
): Verdict["operations"] {
  const old = listOperations(before).map(({ key }) => key);
  const now = listOperations(after).map(({ key }) => key);
  const pointers = changes.flatMap((change) => change.pointers);
  const reached = [...operationsThatReach(before, pointers), ...operationsThatReach(after, pointers)];
  return {
    added: now.filter((key) => !old.includes(key)),
    removed: old.filter((key) => !now.includes(key)),
    touched: now.filter((key) => old.includes(key) && reached.includes(key)),
  };
}

function textOf(document: JsonObject): string {
  return correctedSource(readersView(document));
}

/** What the client does to requests and answers on their way, as text. */
function wireTable(document: JsonObject): string {
  return JSON.stringify(collectCorrections(document));
}

function without(actions: readonly OverlayAction[], ids: readonly string[]): OverlayAction[] {
  return actions.filter(({ id }) => !ids.includes(id));
}

async function generate(published: string, corrections: string): Promise<Verdict["generation"]> {
  try {
    return { files: await generateFrom(published, corrections) };
  } catch (error) {
    if (!(error instanceof GenerationError)) throw error;
    return { problems: error.problems };
  }
}
