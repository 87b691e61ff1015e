import { GenerationError, isObject, type JsonObject } from "../../document/document.ts";
import { message } from "../../document/message.ts";
import { admitsStrings, anyKey, bodiesOf, parentsOf, propertiesOf, shapesOf } from "./places.ts";
import { type Classified, fieldsOf, type PrivacyTable, pathsOf } from "./privacy-table.ts";
import { type Privacy, privacyPath } from "./read-privacy.ts";

/**
 * Classifies the properties, parameters and headers of the documents, and marks each with its `x-sensitive`. A property
 * that a correction has renamed has the class of the one that travels.
 *
 * @throws {GenerationError} for a string without a class, with the line to add.
 */
export function classify(documents: readonly JsonObject[], privacy: Privacy): PrivacyTable {
  const problems = [
    ...documents.slice(1).flatMap((other) => sharedPlaces(documents[0] ?? {}, other)),
    ...documents.flatMap(doubledPlaces),
  ];
  const all = documents.flatMap((document) => {
    const parents = parentsOf(document);
    for (const { place, schema } of bodiesOf(document)) {
      const isHarmless = privacy.get(place)?.get(anyKey) === "none";
      if (!isHarmless && admitsStrings(document, schema)) problems.push(nameless(place));
    }
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
  const reached = documents.map((document) => pathsOf(document, all));
  return {
    fields: fieldsOf(all),
    paths: reached.flatMap(({ paths }) => paths),
    notes: reached.flatMap(({ notes }) => notes),
    templates: documents.flatMap(({ paths }) => Object.keys(isObject(paths) ? paths : {})),
  };
}

/** One class can't be said of two places. */
function sharedPlaces(api: JsonObject, signIn: JsonObject): string[] {
  const places = new Set(shapesOf(api).map(({ place }) => place));
  const shared = shapesOf(signIn).filter(({ place }) => places.has(place));
  return shared.map(
    ({ place }) =>
      message`${place} stands in the API's document and in openapi/auth.yaml, and ${privacyPath} has one place for both. Give the API's another name in openapi/shapes.yaml.`,
  );
}

/** One class can't be said of two strings that have one place and aren't the same: they may be of different people. */
function doubledPlaces(document: JsonObject): string[] {
  const known = new Map<string, string>();
  const doubled = new Set<string>();
  for (const { place, schema } of shapesOf(document)) {
    for (const [name, property] of propertiesOf(schema)) {
      const [key, text] = [`${place}.${name}`, JSON.stringify(property)];
      if (admitsStrings(document, property) && (known.get(key) ?? text) !== text) doubled.add(key);
      known.set(key, text);
    }
  }
  return [...doubled].map(
    (key) =>
      message`${key} stands for more than one thing, and ${privacyPath} has one place for all of them. Give the objects that have it names of their own in openapi/shapes.yaml, or correct the difference in openapi/corrections.yaml.`,
  );
}

function unclassified(place: string, name: string): string {
  return message`${place}.${name} is a string that nobody has classified. Say what it tells about a person in ${privacyPath}, below schemas: \`${place}: { ${name}: person | contact | health | secret | none }\`.`;
}

function nameless(place: string): string {
  return message`${place} holds strings that stand in no field of their own, by which \`redact\` could know them. If they say nothing about a person, add to ${privacyPath}, below schemas: \`${place}: { "${anyKey}": none }\`. If they do, describe the fields in openapi/corrections.yaml.`;
}
