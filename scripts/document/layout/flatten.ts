import { isObject, type Json, type JsonObject } from "../document.ts";
import { isAnnotation, saysTheSame } from "./keywords.ts";
import { seeThrough } from "./see-through.ts";

/** The deepest that schemas are looked into. A document that goes deeper describes nothing that anybody sends. */
export const maxDepth = 100;

/**
 * A schema that is put together of plain objects, as the one object that it describes; any other as it is. A branch
 * that says more than properties, or says something else about the same property, keeps its composition.
 */
export function flatten(document: JsonObject, schema: JsonObject, depth = 0): JsonObject {
  const { allOf, ...own } = schema;
  if (!Array.isArray(allOf) || !isPlain(own) || depth > maxDepth) return schema;
  const properties = new Map<string, Json>();
  const required = new Set<Json>();
  const add = (part: JsonObject): boolean => {
    for (const [name, property] of Object.entries(isObject(part.properties) ? part.properties : {})) {
      const known = properties.get(name);
      if (known !== undefined && !saysTheSame(known, property)) return false;
      properties.set(name, known ?? property);
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
