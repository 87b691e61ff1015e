import { GenerationError, isObject, type JsonObject } from "../../document/document.ts";
import { message } from "../../document/message.ts";
import { admitsStrings, anyKey, bodiesOf, isOneText, parentsOf, propertiesOf, shapesOf } from "./places.ts";
import { type Classified, fieldsOf, type PrivacyTable, pathsOf } from "./privacy-table.ts";
import { classes, type Privacy, privacyPath } from "./read-privacy.ts";

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
      const sensitivity = privacy.get(place)?.get(anyKey);
      if (sensitivity === "none" || !admitsStrings(document, schema)) continue;
      if (!isOneText(document, schema)) problems.push(nameless(place, privacy));
      else if (sensitivity === undefined) problems.push(unclassifiedText(place, privacy));
    }
    const missing = new Map<string, Set<string>>();
    const found = shapesOf(document).flatMap(({ place, schema }) =>
      propertiesOf(schema).flatMap(([name, property]): Classified[] => {
        const wireName = String(property["x-wire-name"] ?? name);
        const known = privacy.get(place);
        const sensitivity = known?.get(name) ?? known?.get(wireName);
        if (sensitivity === undefined) {
          if (admitsStrings(document, property))
            missing.set(place, (missing.get(place) ?? new Set()).add(wireName));
          return [];
        }
        property["x-sensitive"] = sensitivity;
        return [{ schema, name, wireName, sensitivity, parents: parents.get(schema) ?? new Set() }];
      }),
    );
    for (const [place, names] of missing) problems.push(...unclassified(place, [...names], privacy));
    return found;
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

const anyClass = classes.join(" | ");

/** A sentence for each string of a shape that has classes already, and one with all the lines for a shape that has none. */
function unclassified(place: string, names: readonly string[], privacy: Privacy): string[] {
  const groups = privacy.has(place) ? names.map((name) => [name]) : [names];
  return groups.map((group) => {
    const fields = group.map((name) => message`${place}.${name}`).join(", ");
    const [verb, tell] = group.length === 1 ? ["is a string", "it tells"] : ["are strings", "they tell"];
    return `${fields} ${verb} that nobody has classified. Say what ${tell} about a person ${lineToAdd(place, group, anyClass, privacy)}`;
  });
}

function unclassifiedText(place: string, privacy: Privacy): string {
  return message`${place} is text that nobody has classified. Say what it tells about a person ${lineToAdd(place, [anyKey], anyClass, privacy)}`;
}

function nameless(place: string, privacy: Privacy): string {
  const line = lineToAdd(place, [anyKey], "none", privacy);
  return message`${place} holds strings that stand in no field of their own, by which \`redact\` could know them. If they say nothing about a person, say so ${line} If they do, describe the fields in openapi/corrections.yaml.`;
}

/** Where to add which line to privacy.yaml: to the classes of a shape, or with its name where it has none. */
function lineToAdd(place: string, names: readonly string[], sensitivity: string, privacy: Privacy): string {
  const pairs = names.map((name) => `${asKey(name)}: ${sensitivity}`).join(", ");
  if (privacy.has(place)) return `in ${privacyPath}, in ${asKey(place)} below schemas: \`${pairs}\`.`;
  return `in ${privacyPath}, below schemas: \`${asKey(place)}: { ${pairs} }\`.`;
}

/** A name as a key of YAML: in quotes, unless it is a word that can mean nothing else, and in one line as messages are. */
function asKey(name: string): string {
  if (/^(?!(null|true|false)$)[a-z_][\w.-]*$/i.test(name)) return name;
  return JSON.stringify(name).replace(
    /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]| (?= )/gu,
    (character) => `\\U${(character.codePointAt(0) ?? 0).toString(16).padStart(8, "0")}`,
  );
}
