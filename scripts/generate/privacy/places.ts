import { dereference, isObject, type Json, type JsonObject } from "../../document/document.ts";
import { schemaLists, schemaMaps, suffixOf } from "../../document/layout/keywords.ts";

/** Every schema that has properties, with the place that names it: its component, and the way into that. */
export function shapesOf(document: JsonObject): { place: string; schema: JsonObject }[] {
  const shapes: { place: string; schema: JsonObject }[] = [];
  const walk = (value: Json | undefined, place: string): void => {
    if (!isObject(value)) return;
    if (isObject(value.properties)) {
      shapes.push({ place, schema: value });
      for (const [name, property] of propertiesOf(value)) walk(property, `${place}.${name}`);
    }
    for (const { part, suffix } of partsOf(value)) walk(part, place + suffix);
  };
  const components = isObject(document.components) ? document.components : {};
  for (const [name, schema] of Object.entries(isObject(components.schemas) ? components.schemas : {}))
    walk(schema, name);
  for (const { place, schema } of [...bodiesOf(document), ...headsOf(document)]) walk(schema, place);
  return shapes;
}

/** The schema of every body that an operation, a webhook or a callback sends or returns, by a name for its place. */
export function bodiesOf(document: JsonObject): { place: string; schema: Json | undefined }[] {
  return placedOperationsOf(document).flatMap(({ name, operation }) =>
    holdersOf(operation, name).flatMap(({ holder, place }) => {
      const body = dereference(document, holder);
      const content = isObject(body) && isObject(body.content) ? body.content : {};
      return Object.entries(content).flatMap(([type, media]) =>
        isObject(media) ? [{ place, schema: media.schema ?? undescribed(type) }] : [],
      );
    }),
  );
}

/** What a body without a schema is: whatever its media type can hold, and text or bytes in any that isn't known. */
function undescribed(type: string): JsonObject {
  return /json|form/i.test(type) ? {} : { type: "string" };
}

/**
 * What travels beside the bodies, as one schema for the parameters of each kind, and for the headers of each response and
 * of each part of a body.
 */
function headsOf(document: JsonObject): { place: string; schema: JsonObject }[] {
  const heads: { place: string; schema: JsonObject }[] = [];
  const add = (place: string, fields: readonly (readonly [name: string, field: JsonObject])[]): void => {
    if (fields.length === 0) return;
    const properties = Object.fromEntries(fields.map(([name, field]) => [name, schemaOfField(field)]));
    heads.push({ place, schema: { properties } });
  };
  const addHeaders = (place: string, holder: JsonObject): void => {
    const headers = Object.entries(isObject(holder.headers) ? holder.headers : {});
    const found = headers.map(([header, value]) => [header, dereference(document, value)] as const);
    add(
      `${place}.headers`,
      found.filter((entry): entry is [string, JsonObject] => isObject(entry[1])),
    );
  };
  for (const { name, item, operation } of placedOperationsOf(document)) {
    const parameters = [item.parameters, operation.parameters]
      .flatMap((list) => (Array.isArray(list) ? list : []))
      .map((parameter) => dereference(document, parameter))
      .filter(isObject);
    for (const kind of new Set(parameters.map((parameter) => String(parameter.in)))) {
      const own = parameters.filter((parameter) => parameter.in === kind);
      add(
        `${name}.${kind}`,
        own.map((parameter) => [String(parameter.name), parameter]),
      );
    }
    for (const { holder, place } of holdersOf(operation, name)) {
      const body = dereference(document, holder);
      if (!isObject(body)) continue;
      addHeaders(place, body);
      for (const media of Object.values(isObject(body.content) ? body.content : {})) {
        const parts = isObject(media) && isObject(media.encoding) ? Object.entries(media.encoding) : [];
        for (const [part, encoding] of parts)
          if (isObject(encoding)) addHeaders(`${place}<encoding>{${part}}`, encoding);
      }
    }
  }
  return heads;
}

/** A parameter or a header says what it holds by its schema, or by that of its one media type. */
function schemaOfField({ schema, content }: JsonObject): Json {
  const [media] = Object.values(isObject(content) ? content : {});
  return schema ?? (isObject(media) ? media.schema : undefined) ?? {};
}

function holdersOf(
  { requestBody, responses }: JsonObject,
  name: string,
): { holder: Json | undefined; place: string }[] {
  const statuses = Object.entries(isObject(responses) ? responses : {});
  return [
    { holder: requestBody, place: `${name}.request` },
    ...statuses.map(([status, holder]) => ({ holder, place: `${name}.${status}` })),
  ];
}

interface PlacedOperation {
  readonly name: string;
  readonly item: JsonObject;
  readonly operation: JsonObject;
}

/** Every operation, webhook and callback, with a name for its place. */
function placedOperationsOf(document: JsonObject): PlacedOperation[] {
  const found: PlacedOperation[] = [];
  const add = (items: Json | undefined): void => {
    for (const [path, reference] of Object.entries(isObject(items) ? items : {})) {
      const item = dereference(document, reference);
      for (const [method, operation] of Object.entries(isObject(item) ? item : {})) {
        if (!isObject(item) || !isObject(operation)) continue;
        found.push({ name: String(operation.operationId ?? `${method} ${path}`), item, operation });
        const callbacks = isObject(operation.callbacks) ? Object.values(operation.callbacks) : [];
        for (const callback of callbacks) add(dereference(document, callback));
      }
    }
  };
  add(document.paths);
  add(document.webhooks);
  return found;
}

/** A schema's properties. One that is `true` says nothing, and one that is `false` is never there. */
export function propertiesOf(schema: JsonObject): [string, JsonObject][] {
  const properties = isObject(schema.properties) ? Object.entries(schema.properties) : [];
  return properties
    .filter(([, property]) => property !== false)
    .map(([name, property]) => [name, isObject(property) ? property : {}]);
}

/** How pino's paths lead from a value into what it is made of: it is the value itself, an item, or a value by any key. */
type Step = "" | "[*]" | ".*";

const steps: ReadonlyMap<string, Step> = new Map([
  ...["allOf", "anyOf", "oneOf", "if", "then", "else", "dependentSchemas"].map((key) => [key, ""] as const),
  ...["items", "prefixItems", "contains", "unevaluatedItems"].map((key) => [key, "[*]"] as const),
  ...["additionalProperties", "patternProperties", "propertyNames", "unevaluatedProperties"].map(
    (key) => [key, ".*"] as const,
  ),
]);

/** The schemas that a schema is made of beside its properties. Each has its place in that of the schema. */
function partsOf(schema: JsonObject): { part: Json; step: Step; suffix: string }[] {
  return [...steps].flatMap(([key, step]) => {
    const value = schema[key];
    if (value === undefined) return [];
    if (schemaLists.has(key))
      return [value].flat().map((part, index) => ({ part, step, suffix: `|${index}` }));
    if (!schemaMaps.has(key)) return [{ part: value, step, suffix: suffixOf(key) }];
    const parts = Object.entries(isObject(value) ? value : {});
    return parts.map(([name, part]) => ({ part, step, suffix: `{${name}}` }));
  });
}

/** The types of values that can hold strings. */
const holders = ["string", "object", "array"];

/** Which of them a schema lets a value be: by its own type, and by all of its compositions at once. */
function holdersIn(document: JsonObject, value: Json | undefined, depth = 0): readonly string[] {
  const schema = dereference(document, value);
  if (!isObject(schema) || depth > 20) return schema === false ? [] : holders;
  const { type, allOf, anyOf, oneOf } = schema;
  const values = valuesOf(schema);
  const inside = (branch: Json): readonly string[] => holdersIn(document, branch, depth + 1);
  const limits = [
    ...(type === undefined ? [] : [[type].flat()]),
    ...(values === undefined ? [] : [values.map((each) => (Array.isArray(each) ? "array" : typeof each))]),
    ...(Array.isArray(allOf) ? allOf.map(inside) : []),
    ...[anyOf, oneOf].filter(Array.isArray).map((branches) => branches.flatMap(inside)),
  ];
  return holders.filter((each) => limits.every((limit) => limit.includes(each)));
}

/**
 * Whether a value can hold strings of its own, that are in none of its named properties: in a list, in a map, as a key of
 * one, or where the document says nothing of what it holds.
 */
export function admitsStrings(document: JsonObject, start: Json | undefined): boolean {
  // A schema may be seen again under a composition that leaves it more.
  const seen = new Map<JsonObject, Set<string>>();
  const admits = (value: Json | undefined, isDescribed: boolean, around: readonly string[]): boolean => {
    const schema = dereference(document, value);
    if (typeof schema === "boolean") return schema && !isDescribed;
    if (!isObject(schema)) return false;
    const types = holdersIn(document, schema).filter((type) => around.includes(type));
    const context = [isDescribed, ...types].join();
    const contexts = seen.get(schema) ?? new Set();
    if (contexts.has(context)) return false;
    seen.set(schema, contexts.add(context));
    const values = valuesOf(schema);
    if (values !== undefined) return values.some(isText);
    if (types.includes("string") && [schema.type].flat().includes("string")) return true;
    if (types.length === 0) return false;
    const parts = partsOf(schema);
    const isOpen = propertiesOf(schema).length === 0 && parts.every(({ step }) => step === "");
    if (isOpen && parts.length === 0) return !isDescribed;
    return parts.some(({ part, step }) =>
      step === ""
        ? admits(part, isDescribed || !isOpen, types)
        : (step === ".*" && part !== false) || admits(part, false, holders),
    );
  };
  return admits(start, false, holders);
}

/** Whether a value is at most one string, which is in no list and in no object. */
export function isOneText(document: JsonObject, schema: Json | undefined): boolean {
  return holdersIn(document, schema).every((type) => type === "string");
}

/** The values that a schema lists, if it does. */
function valuesOf({ const: only, enum: values }: JsonObject): readonly Json[] | undefined {
  if (only !== undefined) return [only];
  return Array.isArray(values) ? values : undefined;
}

/** Whether a value is a string, or holds one. */
function isText(value: Json): boolean {
  return JSON.stringify(value).includes('"');
}

/** Stands for the keys of a map, among the properties below which a schema stands. */
export const anyKey = "*";

/** Schema with properties → the properties below which it stands, in a list too, be they the keys of a body that is a map. */
export function parentsOf(document: JsonObject): ReadonlyMap<JsonObject, ReadonlySet<string>> {
  const parents = new Map<JsonObject, Set<string>>();
  for (const { schema } of shapesOf(document)) {
    for (const [name, property] of propertiesOf(schema)) {
      for (const { schema: child, path } of objectsOf(document, property)) {
        const names = parents.get(child) ?? new Set();
        parents.set(child, names.add(name).add(String(property["x-wire-name"] ?? name)));
        if (path.includes(".*")) names.add(anyKey);
      }
    }
  }
  for (const { schema } of bodiesOf(document)) {
    for (const { schema: child, path } of objectsOf(document, schema))
      if (path.includes(".*")) parents.set(child, (parents.get(child) ?? new Set()).add(anyKey));
  }
  return parents;
}

/** A schema with properties, and the path that leads to it from the value that holds it: `[*]` for a list of it. */
export interface ReachedObject {
  readonly schema: JsonObject;
  readonly path: string;
}

/** The schemas with properties that a value of this schema is, or is a list or a map of. */
export function objectsOf(
  document: JsonObject,
  value: Json | undefined,
  path = "",
  depth = 0,
): ReachedObject[] {
  const schema = dereference(document, value);
  if (!isObject(schema) || depth > 20) return [];
  const inside = partsOf(schema).flatMap(({ part, step }) =>
    objectsOf(document, part, path + step, depth + 1),
  );
  return isObject(schema.properties) ? [{ schema, path }, ...inside] : inside;
}
