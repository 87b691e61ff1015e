import { isObject, type Json, type JsonObject } from "../document.ts";
import { isAnnotation, saysTheSame } from "./keywords.ts";
import { seeThrough } from "./see-through.ts";

/** The deepest that schemas are looked into. A document that goes deeper describes nothing that anybody sends. */
export const maxDepth = 100;

/** What schemas were flattened to before. A branch may stand in as many places as a document has branches. */
const known = new WeakMap<JsonObject, JsonObject>();

/**
 * A schema that is put together of plain objects, as the one object that it describes; any other as it is. A branch
 * that says more than properties, or says something else about the same property, keeps its composition.
 *
 * @throws {Error} for one that is put together of itself.
 */
export function flatten(document: JsonObject, schema: JsonObject, depth = 0): JsonObject {
  if (depth > maxDepth)
    throw new Error(`its \`allOf\` contains itself, or goes deeper than ${maxDepth} levels`);
  const flat = known.get(schema) ?? flattened(document, schema, depth);
  known.set(schema, flat);
  return flat;
}

function flattened(document: JsonObject, schema: JsonObject, depth: number): JsonObject {
  const { allOf, ...own } = schema;
  if (!Array.isArray(allOf) || !isPlain(own)) return schema;
  const properties = new Map<string, Json>();
  const required = new Set<Json>();
  const add = (part: JsonObject): boolean => {
    for (const [name, property] of Object.entries(isObject(part.properties) ? part.properties : {})) {
      const other = properties.get(name);
      if (other !== undefined && !saysTheSame(other, property)) return false;
      properties.set(name, other ?? property);
    }
    for (const name of Array.isArray(part.required) ? part.required : []) required.add(name);
    return true;
  };
  for (const branch of [...allOf, own]) {
    const { schema: seen, isNullable } = seeThrough(document, branch);
    if (!isObject(seen) || isNullable) return schema;
    const flat = flatten(document, seen, depth + 1);
    if (!isPlain(flat) || !add(flat)) return schema;
  }
  const { properties: _, required: __, ...rest } = own;
  return {
    type: "object",
    ...rest,
    ...(required.size > 0 ? { required: [...required] } : {}),
    properties: Object.fromEntries(properties),
  };
}

function isPlain(schema: JsonObject): boolean {
  return Object.entries(schema).every(
    ([key, value]) =>
      isAnnotation(key) ||
      key === "properties" ||
      key === "required" ||
      (key === "type" && value === "object"),
  );
}
