import { inBrackets } from "../../../src/wrapper/privacy/pino-key.ts";
import type { Json, JsonObject } from "../../document/document.ts";
import { message } from "../../document/message.ts";
import { anyKey, bodiesOf, objectsOf, propertiesOf } from "./places.ts";
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
  /** What the paths don't reach, each a sentence. */
  readonly notes: readonly string[];
}

/** A field that says nothing elsewhere is sensitive below the properties alone that it stands below here. */
export function fieldsOf(all: readonly Classified[]): PrivacyTable["fields"] {
  const harmless = new Set(all.filter(({ sensitivity }) => sensitivity === "none").flatMap(namesOf));
  const fields: Record<string, Exclude<PrivacyClass, "none">> = {};
  for (const classified of all) {
    const { sensitivity, parents } = classified;
    if (sensitivity === "none") continue;
    for (const name of namesOf(classified)) {
      const isClear = !harmless.has(name) || parents.size === 0 || parents.has(anyKey);
      for (const key of isClear
        ? [word(name)]
        : [...parents].map((parent) => `${word(parent)}.${word(name)}`))
        fields[key] = sensitivity;
    }
  }
  return Object.fromEntries(Object.entries(fields).sort(([a], [b]) => (a < b ? -1 : 1)));
}

const namesOf = ({ name, wireName }: Classified): string[] => [...new Set([name, wireName])];

/** A name as one word without a dot, where blanks separate fields and a dot a field from its parent. Neither counts in it. */
const word = (name: string): string => name.replace(/[\s.]+/g, "_");

/** How often a shape is followed into itself: pino has no path for any depth. */
const maxNesting = 2;

/** Where the sensitive fields stand in each body, as pino writes paths: `orders[*].customer.firstName`. */
export function pathsOf(
  document: JsonObject,
  all: readonly Classified[],
): { readonly paths: readonly string[]; readonly notes: readonly string[] } {
  const sensitive = new Map<JsonObject, string[]>();
  for (const each of all) {
    if (each.sensitivity === "none") continue;
    sensitive.set(each.schema, [...(sensitive.get(each.schema) ?? []), ...namesOf(each)]);
  }
  const paths = new Set<string>();
  const ends: { readonly path: string; readonly first: string }[] = [];
  const walk = (value: Json | undefined, start: string, above: readonly Place[]): void => {
    for (const { schema, path: way } of objectsOf(document, value)) {
      const path = (start + way).replace(/^\./, "");
      const known = above.filter((place) => place.schema === schema);
      if (known[0] !== undefined && known.length === maxNesting) {
        ends.push({ path, first: known[0].path });
        continue;
      }
      for (const name of sensitive.get(schema) ?? []) paths.add(joined(path, name));
      for (const [name, property] of propertiesOf(schema))
        walk(property, joined(path, name), [...above, { schema, path }]);
    }
  };
  for (const { schema } of bodiesOf(document)) walk(schema, "", []);
  const open = ends.filter(({ first }) => [...paths].some((path) => path.startsWith(first)));
  const notes = [...new Set(open.map(({ path }) => path))].map(
    (path) =>
      message`\`pinoPaths\` ends at ${path}, which contains itself: what is below isn't hidden from pino. \`redact\` and \`conceal\` go on.`,
  );
  return { paths: [...paths].sort(), notes };
}

/** Where a schema stands in a body. */
interface Place {
  readonly schema: JsonObject;
  readonly path: string;
}

function joined(path: string, name: string): string {
  if (!/^[A-Za-z_$][\w$]*$/.test(name)) return path + inBrackets(name);
  return path === "" ? name : `${path}.${name}`;
}

/** The text of `src/generated/privacy.ts`. */
export function privacySource(notice: string, { fields, paths, templates }: PrivacyTable): string {
  const named = Object.keys(fields);
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
