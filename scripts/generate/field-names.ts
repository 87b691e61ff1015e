import { dereference, isObject, type Json, type JsonObject, listOperations } from "../document/document.ts";

/** The name of every parameter, and of every field of a request body, in the user's and the wire's spelling. */
export function collectFieldNames(corrected: JsonObject): string[] {
  const names = new Set<string>();
  const seen = new Set<Json>();
  const walk = (value: Json | undefined): void => {
    const schema = dereference(corrected, value);
    if (Array.isArray(schema)) for (const each of schema) walk(each);
    if (!isObject(schema) || seen.has(schema)) return;
    seen.add(schema);
    for (const [name, property] of Object.entries(isObject(schema.properties) ? schema.properties : {})) {
      names.add(name);
      if (isObject(property) && typeof property["x-wire-name"] === "string")
        names.add(property["x-wire-name"]);
      walk(property);
    }
    for (const key of ["items", "prefixItems", "additionalProperties", "allOf", "anyOf", "oneOf"])
      walk(schema[key]);
  };
  for (const { operation, parameters } of listOperations(corrected)) {
    for (const { name, schema } of parameters) {
      names.add(String(name));
      walk(schema);
    }
    const body = dereference(corrected, operation.requestBody);
    for (const media of Object.values(isObject(body) && isObject(body.content) ? body.content : {}))
      if (isObject(media)) walk(media.schema);
  }
  // A list of words separates them by blanks.
  return [...names].filter((name) => /^\S+$/.test(name)).sort();
}
