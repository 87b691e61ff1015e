import { dereference, isObject, type Json, type JsonObject } from "../../document/document.ts";

/** Every schema that has properties, with the place that names it: its component, and the way into that. */
export function shapesOf(document: JsonObject): { place: string; schema: JsonObject }[] {
  const shapes: { place: string; schema: JsonObject }[] = [];
  const walk = (value: Json | undefined, place: string): void => {
    if (Array.isArray(value)) for (const [index, each] of value.entries()) walk(each, `${place}|${index}`);
    if (!isObject(value)) return;
    if (isObject(value.properties)) {
      shapes.push({ place, schema: value });
      for (const [name, property] of propertiesOf(value)) walk(property, `${place}.${name}`);
    }
    for (const key of ["items", "additionalProperties"]) walk(value[key], place);
    for (const key of ["allOf", "anyOf", "oneOf", "prefixItems"]) walk(value[key], place);
  };
  const components = isObject(document.components) ? document.components : {};
  for (const [name, schema] of Object.entries(isObject(components.schemas) ? components.schemas : {}))
    walk(schema, name);
  for (const { place, schema } of bodiesOf(document)) walk(schema, place);
  return shapes;
}

/** The schema of every body that an operation or a webhook sends or returns, by a name for its place. */
export function bodiesOf(document: JsonObject): { place: string; schema: Json | undefined }[] {
  const bodies: { place: string; schema: Json | undefined }[] = [];
  const add = (holder: Json | undefined, place: string): void => {
    const body = dereference(document, holder);
    const content = isObject(body) && isObject(body.content) ? body.content : {};
    for (const media of Object.values(content))
      if (isObject(media)) bodies.push({ place, schema: media.schema });
  };
  for (const section of [document.paths, document.webhooks]) {
    for (const [path, item] of Object.entries(isObject(section) ? section : {})) {
      for (const [method, operation] of Object.entries(isObject(item) ? item : {})) {
        if (!isObject(operation)) continue;
        const name = String(operation.operationId ?? `${method} ${path}`);
        add(operation.requestBody, `${name}.request`);
        for (const [status, response] of Object.entries(
          isObject(operation.responses) ? operation.responses : {},
        ))
          add(response, `${name}.${status}`);
      }
    }
  }
  return bodies;
}

export function propertiesOf(schema: JsonObject): [string, JsonObject][] {
  const properties = isObject(schema.properties) ? schema.properties : {};
  return Object.entries(properties).filter((entry): entry is [string, JsonObject] => isObject(entry[1]));
}

/** Whether a property can hold strings of its own: also in a list, in a map, or where it says nothing of its type. */
export function admitsStrings(document: JsonObject, value: Json | undefined, depth = 0): boolean {
  const schema = dereference(document, value);
  if (!isObject(schema) || isObject(schema.properties) || depth > 20) return false;
  const types = [schema.type ?? []].flat();
  if (types.includes("string")) return true;
  const parts = ["allOf", "anyOf", "oneOf", "prefixItems"].flatMap((key) => [schema[key] ?? []].flat());
  const inside = [schema.items, schema.additionalProperties, ...parts].filter((part) => part !== undefined);
  if (inside.some((part) => admitsStrings(document, part, depth + 1))) return true;
  return types.length === 0 && inside.length === 0 && schema.const === undefined && schema.enum === undefined;
}

/** Schema with properties → the properties below which it stands, in a list too. */
export function parentsOf(document: JsonObject): ReadonlyMap<JsonObject, ReadonlySet<string>> {
  const parents = new Map<JsonObject, Set<string>>();
  for (const { schema } of shapesOf(document)) {
    for (const [name, property] of propertiesOf(schema)) {
      for (const child of objectsOf(document, property)) {
        const names = parents.get(child) ?? new Set();
        parents.set(child, names.add(name).add(String(property["x-wire-name"] ?? name)));
      }
    }
  }
  return parents;
}

/** The schemas with properties that a value of this schema is, or is a list of. */
export function objectsOf(document: JsonObject, value: Json | undefined, depth = 0): JsonObject[] {
  const schema = dereference(document, value);
  if (!isObject(schema) || depth > 20) return [];
  const parts = ["allOf", "anyOf", "oneOf", "prefixItems"].flatMap((key) => [schema[key] ?? []].flat());
  const inside = [schema.items, schema.additionalProperties, ...parts].flatMap((part) =>
    objectsOf(document, part, depth + 1),
  );
  return isObject(schema.properties) ? [schema, ...inside] : inside;
}
