import { isDeepStrictEqual } from "node:util";
import { openapiOverlay } from "openapi-format";
import { GenerationError, isObject, type JsonObject } from "./document.ts";
import { substance } from "./substance.ts";

export interface OverlayAction {
  readonly target: string;
  /** The discrepancy that the action belongs to, such as `JH-01`. */
  readonly id: string;
  readonly action: JsonObject;
}

/** Reads the actions of an Overlay 1.0.0 document that change something, each of which must name its discrepancy. */
export function readOverlay(overlay: JsonObject, name: string): OverlayAction[] {
  if (typeof overlay.overlay !== "string" || !/^1\.0\.\d+$/.test(overlay.overlay)) {
    throw new GenerationError([`${name} is not an OpenAPI Overlay 1.0: it has overlay: ${overlay.overlay}.`]);
  }
  const problems: string[] = [];
  const actions: OverlayAction[] = [];
  const entries = new Set<string>();
  const list = overlay.actions ?? [];
  for (const [index, action] of (Array.isArray(list) ? list : []).entries()) {
    const place = `${name}: action ${index + 1}`;
    if (!isObject(action)) {
      problems.push(`${place} is not an object.`);
      continue;
    }
    const { target, "x-discrepancy": mark } = action;
    const entry = isObject(mark) ? mark : undefined;
    const id = entry === undefined ? mark : entry.id;
    if (typeof id !== "string" || !/^[A-Z]{2,}-\d+$/.test(id)) {
      problems.push(`${place} does not name its discrepancy. Add x-discrepancy: JH-… to it.`);
    } else if (entry === undefined && !entries.has(id)) {
      problems.push(
        `${place} is the first of ${id}. Put the entry of the register there: x-discrepancy: { id: ${id}, … }.`,
      );
    } else if (entry !== undefined && entries.has(id)) {
      problems.push(
        `${place} has a second entry of ${id}. One entry stands on the first action of its group.`,
      );
    } else if (typeof target !== "string" || !target.startsWith("$")) {
      problems.push(`${place} (${id}) has no target. Give it a JSONPath that starts with $.`);
    } else if (entry?.kept === true) {
      entries.add(id);
    } else if (action.remove !== true && action.update === undefined) {
      problems.push(`${place} (${id}) does nothing. Give it an update, or remove: true.`);
    } else {
      entries.add(id);
      actions.push({ target, id, action });
    }
  }
  if (problems.length > 0) throw new GenerationError(problems);
  return actions;
}

/** What an action did to the document: an idle one has nothing left to correct. */
export type Effect = "changed" | "changes nothing" | "matches nothing";

export interface AppliedAction extends OverlayAction {
  readonly effect: Effect;
}

/**
 * The document with every action applied. Overlay tools pass over an action in silence when its target
 * matches nothing, or when the document already says what it wants. Here that is an error: the vendor
 * has fixed the document, and the correction must go.
 */
export async function applyOverlay(
  document: JsonObject,
  actions: readonly OverlayAction[],
): Promise<JsonObject> {
  const { corrected, applied } = await tryOverlay(document, actions);
  const idle = new Map<string, string[]>();
  for (const { target, id, effect } of applied) {
    if (effect !== "changed") idle.set(id, [...(idle.get(id) ?? []), `  ${target} ${effect}`]);
  }
  if (idle.size > 0) {
    throw new GenerationError(
      [...idle].map(([id, reasons]) =>
        [
          `${id} no longer applies: delete it. The published document has changed where it reaches:`,
          ...reasons,
          `  If the vendor fixed the discrepancy, delete the actions of ${id} from openapi/corrections.yaml and run`,
          "  `npm run generate` again. If the place has only moved, correct the targets.",
        ].join("\n"),
      ),
    );
  }
  return corrected;
}

/** Applies every action that can be applied, and says what each of them did. */
export async function tryOverlay(
  document: JsonObject,
  actions: readonly OverlayAction[],
): Promise<{ corrected: JsonObject; applied: AppliedAction[] }> {
  let corrected = structuredClone(document);
  const applied: AppliedAction[] = [];
  for (const action of actions) {
    const before = structuredClone(corrected);
    const result = await applyOne(corrected, action.action);
    corrected = result.document;
    const hasChanged = result.matched && !isDeepStrictEqual(substance(before), substance(corrected));
    const effect = hasChanged ? "changed" : result.matched ? "changes nothing" : "matches nothing";
    applied.push({ ...action, effect });
  }
  return { corrected, applied };
}

/** Whether a JSONPath matches anything in a document. */
export async function matches(document: JsonObject, target: string): Promise<boolean> {
  return (await applyOne(structuredClone(document), { target, remove: true })).matched;
}

async function applyOne(
  document: JsonObject,
  action: JsonObject,
): Promise<{ document: JsonObject; matched: boolean }> {
  // readOverlay has checked the target.
  const overlaySet = { overlay: "1.0.0", actions: [action as JsonObject & { target: string }] };
  const { data, resultData } = await openapiOverlay(document, { overlaySet });
  return { document: data as JsonObject, matched: resultData.totalUnusedActions === 0 };
}
