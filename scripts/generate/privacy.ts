import { dereference, GenerationError, isObject, type Json, type JsonObject } from "../document/document.ts";
import { message } from "../document/message.ts";

export const privacyPath = "openapi/privacy.yaml";

const classes = ["person", "contact", "health", "secret", "none"] as const;
type PrivacyClass = (typeof classes)[number];

/** What openapi/privacy.yaml says: shape → property, in either spelling → class. */
export type Privacy = ReadonlyMap<string, ReadonlyMap<string, PrivacyClass>>;

/** One classified property of the document. */
interface Classified {
  readonly schema: JsonObject;
  readonly name: string;
  readonly wireName: string;
  readonly sensitivity: PrivacyClass;
  /** The property below which its shape stands, if there is one: `customer` for `firstName`. */
  readonly parents: ReadonlySet<string>;
}

/** Reads privacy.yaml. */
export function readPrivacy(document: JsonObject): Privacy {
  const problems: string[] = [];
  const privacy = new Map<string, Map<string, PrivacyClass>>();
  for (const [shape, properties] of Object.entries(isObject(document.schemas) ? document.schemas : {})) {
    const known = new Map<string, PrivacyClass>();
    for (const [name, value] of Object.entries(isObject(properties) ? properties : {})) {
      const sensitivity = classes.find((each) => each === value);
      if (sensitivity !== undefined) known.set(name, sensitivity);
      else
        problems.push(
          message`${privacyPath}: the class of ${shape}.${name} is none of ${classes.join(", ")}.`,
        );
    }
    privacy.set(shape, known);
  }
  if (problems.length > 0) throw new GenerationError(problems);
  return privacy;
}

/** What follows from the classes of a document's properties. */
export interface PrivacyTable {
  /** Field → class. `parent.field` where the field alone may as well be one that says nothing. */
  readonly fields: Readonly<Record<string, Exclude<PrivacyClass, "none">>>;
  /** The same as paths into what the operations send and return. */
  readonly paths: readonly string[];
  /** The paths of the operations, with names in place of identifiers. */
  readonly templates: readonly string[];
}

/**
 * Classifies the properties of the documents, and marks each with its `x-sensitive`. A property that a correction has
 * renamed has the class of the one that travels.
 *
 * @throws {GenerationError} for a string property without a class, with the line to add.
 */
export function classify(documents: readonly JsonObject[], privacy: Privacy): PrivacyTable {
  const problems: string[] = [];
  const all = documents.flatMap((document) => {
    const parents = parentsOf(document);
    return shapesOf(document).flatMap(({ place, schema }) =>
      propertiesOf(schema).flatMap(([name, property]): Classified[] => {
        const wireName = String(property["x-wire-name"] ?? name);
        const known = privacy.get(place);
        const sensitivity = known?.get(name) ?? known?.get(wireName);
        if (sensitivity === undefined) {
          if (admitsStrings(document, property)) problems.push(unclassified(place, wireName));
          return [];
        }
        property["x-sensitive"] = sensitivity;
        return [{ schema, name, wireName, sensitivity, parents: parents.get(schema) ?? new Set() }];
      }),
    );
  });
  if (problems.length > 0) throw new GenerationError(problems);
  return {
    fields: fieldsOf(all),
    paths: documents.flatMap((document) => pathsOf(document, all)),
    templates: documents.flatMap(({ paths }) => Object.keys(isObject(paths) ? paths : {})),
  };
}

function unclassified(place: string, name: string): string {
  return message`${place}.${name} is a string that nobody has classified. Say what it tells about a person in ${privacyPath}, below schemas: \`${place}: { ${name}: person | contact | health | secret | none }\`.`;
}

/** Every schema that has properties, with the place that names it: its component, and the way into that. */
function shapesOf(document: JsonObject): { place: string; schema: JsonObject }[] {
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
function bodiesOf(document: JsonObject): { place: string; schema: Json | undefined }[] {
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

function propertiesOf(schema: JsonObject): [string, JsonObject][] {
  const properties = isObject(schema.properties) ? schema.properties : {};
  return Object.entries(properties).filter((entry): entry is [string, JsonObject] => isObject(entry[1]));
}

/** Whether a property can hold strings of its own: also in a list, in a map, or where it says nothing of its type. */
function admitsStrings(document: JsonObject, value: Json | undefined, depth = 0): boolean {
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
function parentsOf(document: JsonObject): ReadonlyMap<JsonObject, ReadonlySet<string>> {
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
function objectsOf(document: JsonObject, value: Json | undefined, depth = 0): JsonObject[] {
  const schema = dereference(document, value);
  if (!isObject(schema) || depth > 20) return [];
  const parts = ["allOf", "anyOf", "oneOf", "prefixItems"].flatMap((key) => [schema[key] ?? []].flat());
  const inside = [schema.items, schema.additionalProperties, ...parts].flatMap((part) =>
    objectsOf(document, part, depth + 1),
  );
  return isObject(schema.properties) ? [schema, ...inside] : inside;
}

/** A field that says nothing elsewhere is sensitive below the properties alone that it stands below here. */
function fieldsOf(all: readonly Classified[]): PrivacyTable["fields"] {
  const harmless = new Set(all.filter(({ sensitivity }) => sensitivity === "none").flatMap(namesOf));
  const fields: Record<string, Exclude<PrivacyClass, "none">> = {};
  for (const classified of all) {
    const { sensitivity, parents } = classified;
    if (sensitivity === "none") continue;
    for (const name of namesOf(classified)) {
      const isClear = !harmless.has(name) || parents.size === 0;
      for (const key of isClear ? [name] : [...parents].map((parent) => `${parent}.${name}`))
        fields[key] = sensitivity;
    }
  }
  return Object.fromEntries(Object.entries(fields).sort(([a], [b]) => (a < b ? -1 : 1)));
}

const namesOf = ({ name, wireName }: Classified): string[] => [...new Set([name, wireName])];

/** Where the sensitive fields stand in each body, as pino writes paths: `orders[*].customer.firstName`. */
function pathsOf(document: JsonObject, all: readonly Classified[]): string[] {
  const paths = new Set<string>();
  const walk = (value: Json | undefined, path: string, above: readonly JsonObject[]): void => {
    for (const schema of objectsOf(document, value).filter((each) => !above.includes(each))) {
      const sensitive = all.filter((each) => each.schema === schema && each.sensitivity !== "none");
      for (const name of sensitive.flatMap(namesOf)) paths.add(joined(path, name));
      for (const [name, property] of propertiesOf(schema))
        walk(property, joined(path, name) + listOf(document, property), [...above, schema]);
    }
  };
  for (const { schema } of bodiesOf(document)) walk(schema, listOf(document, schema), []);
  return [...paths].sort();
}

function joined(path: string, name: string): string {
  if (!/^[A-Za-z_$][\w$]*$/.test(name)) return `${path}[${JSON.stringify(name)}]`;
  return path === "" ? name : `${path}.${name}`;
}

/** `[*]` for each list that a value of this schema is. */
function listOf(document: JsonObject, value: Json | undefined): string {
  const schema = dereference(document, value);
  return isObject(schema) && schema.items !== undefined ? `[*]${listOf(document, schema.items)}` : "";
}

/** The text of `src/generated/privacy.ts`. */
export function privacySource(notice: string, { fields, paths, templates }: PrivacyTable): string {
  // A list of words separates them by blanks.
  const named = Object.keys(fields).filter((name) => !/\s/.test(name));
  const lines = classes
    .filter((each) => each !== "none")
    .map((each) => `  ${each}: ${JSON.stringify(named.filter((name) => fields[name] === each).join(" "))},`);
  return `/** ${notice} */

/** What a field says about a person. */
export type SensitiveClass = "person" | "contact" | "health" | "secret";

/** The fields of each class. One is \`parent.field\` where the field alone may as well be one that says nothing. */
export const sensitiveFields: Readonly<Record<SensitiveClass, string>> = {
${lines.join("\n")}
};

/** The paths of all operations: what may be shown of the path of a request. */
export const pathTemplates: string = ${JSON.stringify(templates.filter((path) => !/\s/.test(path)).join(" "))};

/** Where these fields stand in what the operations send and return. */
export const bodyPaths: readonly string[] = ${JSON.stringify(paths, null, 2)};
`;
}
