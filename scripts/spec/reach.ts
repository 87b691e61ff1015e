import {
  isObject,
  type Json,
  type JsonObject,
  listOperations,
  resolvePointer,
} from "../document/document.ts";
import { pointerOf } from "../document/json-pointer.ts";
import { overlap } from "./differing-pointers.ts";

/** The operations of a document that lead to one of the places: their keys, such as `GET /orders`. */
export function operationsThatReach(document: JsonObject, pointers: readonly string[]): string[] {
  return listOperations(document)
    .filter(({ path, method }) => {
      const item = pointerOf(["paths", path]);
      const places = closure(document, `${item}/${method}`);
      for (const place of closure(document, `${item}/parameters`)) places.add(place);
      return pointers.some(
        (pointer) => pointer === item || [...places].some((place) => overlap(pointer, place)),
      );
    })
    .map(({ key }) => key);
}

/** A place and every place that references lead to from it. */
function closure(document: JsonObject, start: string): Set<string> {
  const places = new Set<string>();
  const visit = (value: Json | undefined): void => {
    if (Array.isArray(value)) value.forEach(visit);
    if (!isObject(value)) return;
    if (typeof value.$ref === "string" && !places.has(value.$ref)) {
      places.add(value.$ref);
      visit(resolvePointer(document, value.$ref));
    }
    for (const child of Object.values(value)) visit(child);
  };
  const value = resolvePointer(document, start);
  if (value !== undefined) places.add(start);
  visit(value);
  return places;
}
