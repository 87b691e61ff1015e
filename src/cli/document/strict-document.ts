import { isObject, type JsonObject, visitObjects } from "./document.ts";

/** Keywords that build a schema of others. */
const compositions = ["allOf", "anyOf", "oneOf"] as const;

/**
 * The document with every object closed, so that a property that it doesn't describe is a fault. An object that the
 * document leaves open on purpose, or describes in no way, stays open.
 *
 * A schema that others are built of is closed where they are put together: by itself it would refuse what the rest adds.
 */
export function strictDocument(document: JsonObject): JsonObject {
  const strict = structuredClone(document);
  const parts = new Set<string>();
  visitObjects(strict, (schema, pointer) => {
    for (const keyword of compositions) {
      const members = schema[keyword];
      for (const [index, member] of (Array.isArray(members) ? members : []).entries()) {
        parts.add(`${pointer}/${keyword}/${index}`);
        if (isObject(member) && typeof member.$ref === "string") parts.add(member.$ref);
      }
    }
  });
  visitObjects(strict, (schema, pointer) => {
    const describes = isObject(schema.properties) || Array.isArray(schema.allOf);
    const isOpen = "additionalProperties" in schema || "unevaluatedProperties" in schema;
    if (describes && !isOpen && !parts.has(pointer)) schema.unevaluatedProperties = false;
  });
  return strict;
}
