import { tokensOf } from "../../../src/cli/document/json-pointer.ts";
import { isObject, type JsonObject, resolvePointer, visitObjects } from "../../document/document.ts";

/** A property that our users will write otherwise, while it travels as before: a correction came or went. */
export interface SpellingChange {
  /** The schema that has it, and the way into it: `["OrderAddress"]`, `["Order", "lineItems", "price"]`. */
  readonly place: readonly string[];
  readonly from: string;
  readonly to: string;
}

/** What is spelled otherwise for our users in the second of two corrected documents of one layout. */
export function spellingChanges(before: JsonObject, after: JsonObject): SpellingChange[] {
  const changes: SpellingChange[] = [];
  visitObjects(before, (schema, pointer) => {
    const [components, section, ...way] = tokensOf(pointer);
    if (components !== "components" || section !== "schemas" || !isObject(schema.properties)) return;
    const now = resolvePointer(after, pointer);
    const names = isObject(now) && isObject(now.properties) ? userNames(now.properties) : new Map();
    for (const [wireName, from] of userNames(schema.properties)) {
      const to = names.get(wireName);
      if (to !== undefined && to !== from) changes.push({ place: placeOf(way), from, to });
    }
  });
  return changes;
}

/** Name on the wire → name that our users write. */
function userNames(properties: JsonObject): Map<string, string> {
  return new Map(
    Object.entries(properties).map(([name, property]) => {
      const wireName = isObject(property) ? property["x-wire-name"] : undefined;
      return [typeof wireName === "string" ? wireName : name, name];
    }),
  );
}

/** `Order/properties/lineItems/items` as `Order, lineItems`: an array has no name of its own. */
function placeOf([shape = "", ...way]: readonly string[]): string[] {
  return [shape, ...way.filter((_, index) => way[index - 1] === "properties")];
}
