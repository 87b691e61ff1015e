import { isObject, type Json } from "../document.ts";

/** Keywords that say something about a value and hold it to nothing. */
const annotations = new Set([
  "title",
  "description",
  "summary",
  "deprecated",
  "default",
  "example",
  "examples",
  "externalDocs",
  "readOnly",
  "writeOnly",
  "xml",
  "$comment",
]);

export function isAnnotation(keyword: string): boolean {
  return annotations.has(keyword) || keyword.startsWith("x-");
}

/** Keywords that hold one schema, a list of schemas, or schemas by name. */
export const oneSchema = new Set([
  "items",
  "additionalProperties",
  "not",
  "if",
  "then",
  "else",
  "contains",
  "propertyNames",
  "unevaluatedItems",
  "unevaluatedProperties",
  "contentSchema",
]);
export const schemaLists = new Set(["allOf", "oneOf", "anyOf", "prefixItems"]);
export const schemaMaps = new Set(["properties", "patternProperties", "dependentSchemas"]);

/** How the place of the schema below a keyword that holds one follows from the place around it. */
export function suffixOf(keyword: string): string {
  if (keyword === "items") return "[]";
  return keyword === "additionalProperties" ? "{}" : `<${keyword}>`;
}

/** Keywords that move what a reference means. A document that uses them is refused. */
export const movesReferences = new Set(["$id", "$anchor", "$dynamicRef", "$dynamicAnchor", "$recursiveRef"]);

/** Keywords that are followed or turned into others, and do not stand in the wire document themselves. */
export const dissolved = new Set(["$defs", "definitions", "nullable", "$schema", "example", "discriminator"]);

/** Our own marks: in a vendor's document they would steer the client. */
export function isOurMark(keyword: string): boolean {
  return /^x-(discrepancy|wire-)/.test(keyword);
}

/** What a schema holds values to, all the way down: without its annotations, sets in one order. */
export function bare(value: Json, isNames = false): Json {
  if (Array.isArray(value)) return value.map((item) => bare(item));
  if (!isObject(value)) return value;
  const kept = Object.entries(value).filter(([key]) => isNames || !isAnnotation(key));
  return Object.fromEntries(
    kept
      .map(([key, child]): [string, Json] => {
        if (!isNames && (key === "enum" || key === "required") && Array.isArray(child)) {
          return [key, [...new Set(child.map((item) => JSON.stringify(item)))].sort()];
        }
        if (!isNames && (key === "const" || key === "mapping")) return [key, child];
        return [key, bare(child, !isNames && schemaMaps.has(key))];
      })
      .filter(([key, child]) => isNames || key !== "required" || (child as Json[]).length > 0)
      .sort(([one], [other]) => (one < other ? -1 : 1)),
  );
}

/** Whether two schemas hold values to the same, whatever they say about them. */
export function saysTheSame(one: Json, other: Json): boolean {
  return JSON.stringify(bare(one)) === JSON.stringify(bare(other));
}
