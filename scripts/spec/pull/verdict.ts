import { GenerationError, type JsonObject, parseDocument } from "../../document/document.ts";
import type { LaidOut } from "../../document/layout/lay-out.ts";
import { type OverlayAction, readOverlay, tryOverlay } from "../../document/overlay.ts";
import { readRegister } from "../../document/register.ts";
import {
  correctionsPath,
  type Generated,
  generateFrom,
  type Layout,
  wirePath,
} from "../../generate/generate-files.ts";
import { collectPagination } from "../../generate/pagination.ts";
import { wireSource } from "../../generate/sources.ts";
import { translateExamples } from "../../generate/translate-examples.ts";
import { collectCorrections } from "../../generate/wire-marks/collect-corrections.ts";
import { type Comparison, compareWires } from "../compare-wires.ts";
import { decideRelease, type Release } from "../release.ts";
import type { Judgement } from "./judge-corrections.ts";

/** All that a new document means. */
export interface Verdict {
  /** Between the two as corrected, without the corrections that have become unnecessary. */
  readonly users: Comparison;
  /** What the vendor changed and our users don't see, because a correction hides it. */
  readonly hidden: readonly string[];
  readonly corrections: readonly Judgement[];
  /** What the linter finds in the new document beyond what is refused. */
  readonly lint: readonly string[];
  readonly release: Release;
  readonly laidOut: LaidOut;
  readonly generation: Generation;
}

/** What can be generated, and what stops the rest. */
export interface Generation {
  readonly files: ReadonlyMap<string, string>;
  readonly problems: readonly string[];
  /** Where nothing stops it. */
  readonly whole?: Generated;
}

export interface VerdictInput {
  /** The two documents in our layout, and the text of the new one as it was published. */
  readonly before: LaidOut;
  readonly after: LaidOut;
  readonly published: string;
  readonly layout: Layout;
  /** The text of the corrections, and that without the ones that are retired with this document. */
  readonly corrections: string;
  readonly remaining: string;
  readonly judgements: readonly Judgement[];
  readonly version: string;
  readonly lint: readonly string[];
}

export async function judgeDocument(input: VerdictInput): Promise<Verdict> {
  const { before, after, judgements } = input;
  const overlay = parseDocument(input.corrections, correctionsPath);
  const actions = readOverlay(overlay, correctionsPath);
  const unnecessary = judgements.filter(({ standing }) => standing === "unnecessary").map(({ id }) => id);
  const remaining = without(actions, unnecessary);
  // A correction that is retired after its document was taken has changed nothing since.
  const isSame = before.wire === after.wire;
  const shownBefore = await showToUsers(before.wire, isSame ? remaining : actions);
  const shownAfter = await showToUsers(after.wire, remaining);
  const users = await compareWires(shownBefore, shownAfter, readRegister(overlay, correctionsPath));
  const vendor = isSame ? [] : (await compareWires(before.wire, after.wire)).changes;
  const seen = new Set(users.changes.map(({ text }) => text));
  return {
    users,
    hidden: vendor.map(({ text }) => text).filter((text) => !seen.has(text)),
    corrections: judgements,
    lint: input.lint,
    release: decideRelease({
      causes: users.causes,
      isReadOtherwise: !users.isSame,
      retired: unnecessary,
      paginated: [collectPagination(shownBefore).paths, collectPagination(shownAfter).paths],
      travelsOtherwise: wireTable(shownBefore) !== wireTable(shownAfter),
      version: input.version,
    }),
    laidOut: after,
    generation: await generate(input),
  };
}

/** The document as our users read it, examples included. */
async function showToUsers(wire: JsonObject, actions: readonly OverlayAction[]): Promise<JsonObject> {
  return translateExamples((await tryOverlay(wire, actions)).corrected);
}

/** What the client does to requests and responses on their way, as text. */
function wireTable(document: JsonObject): string {
  return JSON.stringify(collectCorrections(document));
}

function without(actions: readonly OverlayAction[], ids: readonly string[]): OverlayAction[] {
  return actions.filter(({ id }) => !ids.includes(id));
}

/** Where the corrections stop the generation, the wire document is written all the same. */
async function generate({ published, remaining, layout, after }: VerdictInput): Promise<Generation> {
  try {
    const whole = await generateFrom(published, remaining, layout);
    return { files: whole.files, problems: [], whole };
  } catch (error) {
    if (!(error instanceof GenerationError)) throw error;
    return { files: new Map([[wirePath, wireSource(after.wire)]]), problems: error.problems };
  }
}
