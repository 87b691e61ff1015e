import { dereference, isObject, type Json, type JsonObject, visitObjects } from "../document/document.ts";

/**
 * The corrected document with its examples in the user's spelling, as the types have it: an overlay renames a property
 * and leaves the examples of what holds it as the vendor wrote them.
 */
export function translateExamples(corrected: JsonObject): JsonObject {
  const document = structuredClone(corrected);
  visitObjects(document, (object) => {
    // A media type, a parameter or a header has its examples beside its schema; a schema has them in itself.
    const schema = isObject(object.schema) ? object.schema : object;
    const translated = (value: Json): Json => translate(document, schema, value);
    for (const key of ["example", "default"]) {
      if (object[key] !== undefined) object[key] = translated(object[key]);
    }
    if (Array.isArray(object.examples)) object.examples = object.examples.map(translated);
    for (const example of isObject(object.examples) ? Object.values(object.examples) : []) {
      if (isObject(example) && example.value !== undefined) example.value = translated(example.value);
    }
  });
  return document;
}

/** A value as the user spells it. It gets shorter with each step down, so a schema that contains itself ends too. */
function translate(document: JsonObject, schema: Json, value: Json): Json {
  const schemas = schemasOf(document, schema);
  if (Array.isArray(value)) {
    return value.map((item) =>
      schemas.reduce((done, { items = {} }) => translate(document, items, done), item),
    );
  }
  if (!isObject(value)) return schemas.reduce(userValue, value);
  const names = new Map<string, string>();
  const properties = schemas.flatMap((one) =>
    isObject(one.properties) ? Object.entries(one.properties) : [],
  );
  for (const [name, property] of properties) {
    const wireName = isObject(property) ? property["x-wire-name"] : undefined;
    if (typeof wireName === "string" && !Object.hasOwn(value, name)) names.set(wireName, name);
  }
  const entries = Object.entries(value).map(([wireName, child]): [string, Json] => {
    const name = names.get(wireName) ?? wireName;
    const declared = properties.filter(([other]) => other === name).map(([, property]) => property);
    const others = schemas.map(({ additionalProperties = {} }) => additionalProperties);
    const places = declared.length > 0 ? declared : others;
    return [name, places.reduce((done, place) => translate(document, place, done), child)];
  });
  return Object.fromEntries(entries);
}

/** Every schema that describes the same value: through references and the branches of compositions. */
function schemasOf(document: JsonObject, root: Json): JsonObject[] {
  const found = new Set<JsonObject>();
  const add = (schema: Json | undefined): void => {
    if (!isObject(schema) || found.has(schema)) return;
    found.add(schema);
    if (typeof schema.$ref === "string") add(dereference(document, schema));
    for (const keyword of ["allOf", "oneOf", "anyOf"]) {
      if (Array.isArray(schema[keyword])) schema[keyword].forEach(add);
    }
  };
  add(root);
  return [...found];
}

function userValue(value: Json, { "x-wire-values": wireValues }: JsonObject): Json {
  const entries = isObject(wireValues) ? Object.entries(wireValues) : [];
  return entries.find(([, wireValue]) => wireValue === value)?.[0] ?? value;
}
