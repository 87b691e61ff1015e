import { dereference, isObject, type Json, type JsonObject } from "../../document/document.ts";
import { bodiesOf, objectsOf, propertiesOf } from "./places.ts";
import { classes, type PrivacyClass } from "./read-privacy.ts";

/** One classified property of the document. */
export interface Classified {
  readonly schema: JsonObject;
  readonly name: string;
  readonly wireName: string;
  readonly sensitivity: PrivacyClass;
  /** The property below which its shape stands, if there is one: `customer` for `firstName`. */
  readonly parents: ReadonlySet<string>;
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

/** A field that says nothing elsewhere is sensitive below the properties alone that it stands below here. */
export function fieldsOf(all: readonly Classified[]): PrivacyTable["fields"] {
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
export function pathsOf(document: JsonObject, all: readonly Classified[]): string[] {
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
