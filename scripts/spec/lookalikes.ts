import { isObject, type JsonObject } from "../document/document.ts";
import type { Discrepancy } from "../document/register.ts";
import { nameOf } from "./describe-change.ts";
import { enumValues, errorShapes, type Property, properties, sumSentences } from "./document-parts.ts";

/** Something new that looks like a discrepancy that we know. */
export interface Lookalike {
  readonly id: string;
  readonly text: string;
}

interface Comparison {
  readonly before: JsonObject;
  readonly after: JsonObject;
  /** The properties that only the new document has. */
  readonly added: readonly Property[];
  readonly known: readonly Property[];
}

/** Words for one thing that no comparison of letters would find. */
const postalCodes = /^(zip|zip_?code|postal_?code|post_?code|postal)$/i;

/** A rule for each kind of discrepancy that can come again in another place. The register says which are of the kind. */
const rules: readonly (readonly [kind: string, find: (comparison: Comparison) => string[]])[] = [
  ["postal code", anotherPostalCode],
  ["spelling", anotherSpelling],
  ["value", anotherEnumSpelling],
  ["identifier", anotherIdentifier],
  ["values", otherValues],
  ["error", anotherErrorBody],
  ["sum", sumInProse],
  ["description", sameDescription],
  ["id", optionalId],
];

/** What is new in a document and looks like one of the known discrepancies. */
export function findLookalikes(
  before: JsonObject,
  after: JsonObject,
  register: readonly Discrepancy[],
): Lookalike[] {
  const known = properties(before);
  const places = new Set(known.map(({ pointer }) => pointer));
  const added = properties(after).filter(({ pointer }) => !places.has(pointer));
  const comparison = { before, after, added, known };
  return rules.flatMap(([kind, find]) => {
    const id = register.find(({ alike }) => alike.includes(kind))?.id;
    return id === undefined ? [] : [...new Set(find(comparison))].map((text) => ({ id, text }));
  });
}

function anotherPostalCode({ added }: Comparison): string[] {
  return added
    .filter(({ name }) => postalCodes.test(name) && name !== "zipCode")
    .map(({ pointer }) => `${nameOf(pointer)} is a postal code under another name than \`zipCode\`.`);
}

function anotherSpelling({ added, known }: Comparison): string[] {
  const names = new Set(known.map(({ name }) => name));
  const spellings = new Map([...names].map((name) => [plain(name), name]));
  return added.flatMap(({ name, pointer }) => {
    const other = spellings.get(plain(name));
    if (other === undefined || names.has(name)) return [];
    return [`${nameOf(pointer)} is spelled \`${other}\` elsewhere.`];
  });
}

/** `ONE-TIME` beside `ONE_TIME`: a value new to its place that is spelled otherwise in another. */
function anotherEnumSpelling({ before, after }: Comparison): string[] {
  const old = enumValues(before);
  const spellings = new Map<string, Set<string>>();
  for (const { values } of enumValues(after)) {
    for (const value of values) {
      spellings.set(plain(value), (spellings.get(plain(value)) ?? new Set()).add(value));
    }
  }
  return enumValues(after).flatMap(({ pointer, values }) => {
    const known = old.find((one) => one.pointer === pointer)?.values ?? [];
    return values
      .filter((value) => !known.includes(value))
      .flatMap((value) => {
        const others = [...(spellings.get(plain(value)) ?? [])].filter((other) => other !== value);
        if (others.length === 0) return [];
        return [`${nameOf(pointer)} takes \`${value}\`, which is \`${others.join("` or `")}\` elsewhere.`];
      });
  });
}

/** `orderId` in something that is itself an order, whose other responses say `id`. */
function anotherIdentifier({ added }: Comparison): string[] {
  return added
    .filter(({ pointer, name, siblings }) => {
      const schema = /^#\/components\/schemas\/([^/]+)\/properties\/[^/]+$/.exec(pointer)?.[1]?.toLowerCase();
      const thing = /^(.+)Id$/.exec(name)?.[1]?.toLowerCase();
      return thing !== undefined && schema?.includes(thing) === true && siblings.id === undefined;
    })
    .map(({ pointer, name }) => `${nameOf(pointer)} may be what is \`id\` elsewhere, and not \`${name}\`.`);
}

/** A property that is held to some values in one place and not in another, as `daysSupply` is. */
function otherValues({ added, known }: Comparison): string[] {
  return added.flatMap(({ name, pointer, schema }) => {
    const other = known.find((one) => one.name === name && Array.isArray(one.schema.enum));
    if (other === undefined || schema.type !== other.schema.type || Array.isArray(schema.enum)) return [];
    return [`${nameOf(pointer)} takes any ${schema.type}, and ${nameOf(other.pointer)} only some.`];
  });
}

function anotherErrorBody({ before, after }: Comparison): string[] {
  const known = new Set(errorShapes(before).map(({ shape }) => shape));
  return errorShapes(after)
    .filter(({ shape }) => shape !== "" && !known.has(shape))
    .map(({ key, status, shape }) => `The ${status} of \`${key}\` has a body of a new shape: ${shape}.`);
}

function sumInProse({ before, after }: Comparison): string[] {
  const known = new Set(sumSentences(before).map(({ text }) => text));
  return sumSentences(after)
    .filter(({ text }) => !known.has(text))
    .map(({ pointer }) => `${nameOf(pointer)} states a sum in prose, which no schema can check.`);
}

function sameDescription({ added }: Comparison): string[] {
  return added.flatMap(({ name, pointer, schema, siblings }) => {
    const twin = Object.entries(siblings).find(
      ([other, value]) =>
        other !== name &&
        isObject(value) &&
        value.description !== undefined &&
        value.description === schema.description,
    );
    return twin === undefined ? [] : [`${nameOf(pointer)} has the description of \`${twin[0]}\`.`];
  });
}

function optionalId({ after, added }: Comparison): string[] {
  return added
    .filter(
      ({ name, pointer }) => name === "id" && /^#\/components\/schemas\/[^/]+\/properties\/id$/.test(pointer),
    )
    .filter(({ pointer }) => {
      const schemas = isObject(after.components) ? after.components.schemas : undefined;
      const schema = isObject(schemas) ? schemas[pointer.split("/")[3] ?? ""] : undefined;
      return isObject(schema) && !(Array.isArray(schema.required) && schema.required.includes("id"));
    })
    .map(({ pointer }) => `${nameOf(pointer)} is not marked as required.`);
}

function plain(name: string): string {
  return name.toLowerCase().replace(/[^a-z0-9]/g, "");
}
