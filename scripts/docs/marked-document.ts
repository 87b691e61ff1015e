import { isObject, type Json, type JsonObject, resolvePointer } from "../document/document.ts";
import { tryOverlay } from "../document/overlay.ts";

/**
 * The corrected document with a mark, `x-kept`, on each place where a discrepancy is kept as documented. Those that are
 * corrected have theirs, `x-discrepancy`, from the overlay.
 */
export async function markedDocument(corrected: JsonObject, overlay: JsonObject): Promise<JsonObject> {
  const actions = (Array.isArray(overlay.actions) ? overlay.actions : []).flatMap((action) => {
    const entry = isObject(action) ? action["x-discrepancy"] : undefined;
    if (!isObject(action) || !isObject(entry) || entry.kept !== true) return [];
    // Of a list of names, the schema that holds it is marked.
    const target = String(action.target).replace(/\.required$/, "");
    if (target === "$.servers") return [];
    const id = String(entry.id);
    return [{ target, id, action: { target, update: { "x-kept": id } } }];
  });
  return (await tryOverlay(corrected, actions)).corrected;
}

/** The discrepancies at a place: corrected ones, and those that are kept. */
export function discrepanciesAt(place: JsonObject): string[] {
  return [place["x-discrepancy"], place["x-kept"]].filter((id) => typeof id === "string");
}

/** The discrepancies in all that an operation sends and gets back, its references followed. */
export function discrepanciesOf(document: JsonObject, operation: Json): string[] {
  const ids = new Set<string>();
  const visited = new Set<string>();
  const visit = (value: Json | undefined): void => {
    if (Array.isArray(value)) value.forEach(visit);
    if (!isObject(value)) return;
    for (const id of discrepanciesAt(value)) ids.add(id);
    if (typeof value.$ref === "string" && !visited.has(value.$ref)) {
      visited.add(value.$ref);
      visit(resolvePointer(document, value.$ref));
    }
    Object.values(value).forEach(visit);
  };
  visit(operation);
  return [...ids].sort();
}
