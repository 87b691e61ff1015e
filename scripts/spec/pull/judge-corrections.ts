import { pointerOf, tokensOf } from "../../../src/cli/document/json-pointer.ts";
import { isObject, type JsonObject, resolvePointer } from "../../document/document.ts";
import { type AppliedAction, type OverlayAction, tryOverlay } from "../../document/overlay.ts";
import { type Discrepancy, missingEvidence } from "../../document/register.ts";
import { readersView } from "../../document/substance.ts";
import { nameOf } from "../describe-change.ts";
import { differingPointers, listsOfNames, overlap } from "../differing-pointers.ts";

/**
 * What has become of a discrepancy in a new document:
 *
 * - `holds`: it is there as before.
 * - `look`: the correction still applies, but the vendor changed the place, or the evidence is gone.
 * - `unnecessary`: the document now says what the correction wants. Delete the correction.
 * - `misfit`: the place is gone or only half corrected. Somebody has to decide.
 */
export type Standing = "holds" | "look" | "unnecessary" | "misfit";

export interface Judgement {
  readonly id: string;
  readonly standing: Standing;
  /** False for a discrepancy that is kept as documented, and of which there is only evidence. */
  readonly isCorrected: boolean;
  readonly reasons: readonly string[];
}

/** Judges each correction, and each discrepancy that is kept as documented, by the new document. */
export async function judgeCorrections(
  before: JsonObject,
  after: JsonObject,
  actions: readonly OverlayAction[],
  register: readonly Discrepancy[],
): Promise<Judgement[]> {
  const vendorChanged = differingPointers(readersView(before), readersView(after));
  const { applied } = await tryOverlay(after, actions);
  const judgements: Judgement[] = [];
  for (const id of new Set(actions.map((action) => action.id))) {
    const own = applied.filter((action) => action.id === id);
    const judged = await judgeGroup(own, after, vendorChanged);
    const reasons = [...judged.reasons];
    const entry = register.find((one) => one.id === id);
    if (judged.standing === "holds" || judged.standing === "look")
      reasons.push(...(await gone(entry, before, after)));
    const standing = judged.standing === "holds" && reasons.length > 0 ? "look" : judged.standing;
    judgements.push({ id, isCorrected: true, standing, reasons });
  }
  for (const entry of register.filter(({ isKept }) => isKept)) {
    const reasons = await gone(entry, before, after);
    judgements.push({
      id: entry.id,
      isCorrected: false,
      standing: reasons.length > 0 ? "look" : "holds",
      reasons,
    });
  }
  return judgements.sort((one, other) => one.id.localeCompare(other.id));
}

/** The evidence that has disappeared. */
async function gone(
  entry: Discrepancy | undefined,
  before: JsonObject,
  after: JsonObject,
): Promise<string[]> {
  if (entry === undefined || (await missingEvidence(entry, before)).length > 0) return [];
  const missing = await missingEvidence(entry, after);
  return missing.length === 0 ? [] : [noLongerSo(entry, missing)];
}

/** That a discrepancy is no longer there, and by which of its evidence. */
export function noLongerSo({ vendor }: Discrepancy, missing: readonly string[]): string {
  return `It is no longer so that ${vendor}: ${missing.join(", ")}.`;
}

async function judgeGroup(
  own: readonly AppliedAction[],
  after: JsonObject,
  vendorChanged: readonly string[],
): Promise<Pick<Judgement, "standing" | "reasons">> {
  const { corrected } = await tryOverlay(after, own);
  const changed = differingPointers(readersView(after), readersView(corrected));
  const idle = own.filter(({ effect }) => effect !== "changed");
  if (idle.length > 0) return judgeIdle(own, idle, after, changed);
  const reasons = vendorChanged
    .filter((pointer) => changed.some((other) => overlap(pointer, other)))
    .map((pointer) => `The vendor changed ${nameOf(pointer)}, which it corrects.`);
  return { standing: reasons.length > 0 ? "look" : "holds", reasons };
}

/**
 * A group with an idle action is unnecessary when all that it wants to be there is there. It may still overwrite
 * details, such as a description or a pattern, of things that the vendor now has.
 */
function judgeIdle(
  own: readonly AppliedAction[],
  idle: readonly AppliedAction[],
  after: JsonObject,
  changed: readonly string[],
): Pick<Judgement, "standing" | "reasons"> {
  const reasons = idle.map(({ target, effect }) => `\`${target}\` ${effect}.`);
  const updates = own.filter(({ action }) => action.remove !== true);
  const isPlaceGone = updates.some(({ effect }) => effect === "matches nothing");
  const wanted = changed.filter((pointer) => !isDetail(pointer, after));
  if (isPlaceGone || wanted.length > 0) {
    const rest = wanted.map((pointer) => `It would still change ${nameOf(pointer)}.`);
    return { standing: "misfit", reasons: [...reasons, ...rest] };
  }
  const details = changed.map((pointer) => `It would only overwrite ${nameOf(pointer)}.`);
  return { standing: "unnecessary", reasons: [...reasons, ...details] };
}

/** Whether a difference is within something that both documents have, and adds or removes no property or value. */
function isDetail(pointer: string, after: JsonObject): boolean {
  const tokens = tokensOf(pointer);
  const last = tokens.at(-1);
  if (listsOfNames.has(last) || listsOfNames.has(tokens.at(-2)) || tokens.at(-2) === "properties")
    return false;
  return isObject(resolvePointer(after, pointerOf(tokens.slice(0, -1))));
}
