import { pointerOf } from "../../../src/cli/document/json-pointer.ts";
import { isObject, type Json, type JsonObject, resolvePointer } from "../document.ts";
import { flatten, maxDepth } from "./flatten.ts";
import {
  dissolved,
  isOurMark,
  movesReferences,
  oneSchema,
  saysTheSame,
  schemaLists,
  schemaMaps,
  suffixOf,
} from "./keywords.ts";
import type { NamedSchemas } from "./named-schemas.ts";
import { seeThrough } from "./see-through.ts";

/** The most schemas that a document may grow to when its references are followed. */
const maxSchemas = 500_000;

/**
 * Writes the schema at a place: named shapes become references, everything else stands inline, in the words of
 * OpenAPI 3.1.
 */
export class SchemaWriter {
  readonly #document: JsonObject;
  readonly #names: NamedSchemas;
  /** References that are being written inline right now. One that comes again contains itself. */
  readonly #open = new Set<string>();
  #written = 0;

  constructor(document: JsonObject, names: NamedSchemas) {
    this.#document = document;
    this.#names = names;
  }

  /** @throws {Error} that begins with the place, for what can't be laid out. */
  write(node: Json, place: string, depth = 0): Json {
    if (!isObject(node)) return node;
    if (depth > maxDepth) throw new Error(`${place}: it is nested deeper than ${maxDepth} levels`);
    if (++this.#written > maxSchemas)
      throw new Error(`${place}: the document grows beyond ${maxSchemas} schemas`);
    const wireName = this.#names.ofWireReference(node);
    if (wireName !== undefined) return { $ref: pointerOf(["components", "schemas", wireName]) };
    const { schema, pointer, remarks, isNullable } = located(place, () => seeThrough(this.#document, node));
    if (!isObject(schema)) return schema;
    const name = this.#names.at(place, schema, pointer);
    if (name !== undefined) {
      const reference = { $ref: pointerOf(["components", "schemas", name]), ...this.#news(remarks, schema) };
      return isNullable ? { anyOf: [reference, { type: "null" }] } : reference;
    }
    if (pointer !== undefined && this.#open.has(pointer)) throw new ContainsItself(pointer);
    if (pointer !== undefined) this.#open.add(pointer);
    const body = { ...this.body(schema, place, depth, pointer), ...this.#annotations(remarks) };
    if (pointer !== undefined) this.#open.delete(pointer);
    return isNullable ? withNull(body) : body;
  }

  /** The schema itself, without looking whether its place has a name. */
  body(schema: JsonObject, place: string, depth: number, pointer?: string): JsonObject {
    const flat = located(place, () => flatten(this.#document, schema));
    const entries = Object.entries(flat).flatMap(([key, value]): [string, Json][] => {
      if (movesReferences.has(key)) throw new Error(`${place}: \`${key}\` moves what references mean`);
      if (dissolved.has(key) || isOurMark(key)) return [];
      if (oneSchema.has(key)) return [[key, this.write(value, place + suffixOf(key), depth + 1)]];
      if (schemaLists.has(key) && Array.isArray(value)) {
        return [[key, value.map((item, index) => this.write(item, `${place}|${index}`, depth + 1))]];
      }
      if (schemaMaps.has(key) && isObject(value)) return [[key, this.#map(key, value, place, depth)]];
      if (key === "type" && Array.isArray(value) && value.length === 1) return [[key, value[0] as Json]];
      return [this.#lifted(key, value, flat)].filter((entry) => entry !== undefined);
    });
    const discriminator = this.#discriminator(flat, place, pointer);
    const { example, examples } = flat;
    return Object.fromEntries([
      ...entries,
      ...(example !== undefined && examples === undefined ? [["examples", [example]]] : []),
      ...(discriminator === undefined ? [] : [["discriminator", discriminator]]),
    ]);
  }

  #map(key: string, schemas: JsonObject, place: string, depth: number): JsonObject {
    const entries = Object.entries(schemas).map(([name, child]) => {
      // An assignment to it sets an object's prototype, in more than one of the tools.
      if (name === "__proto__") throw new Error(`${place}: a property can't be called __proto__`);
      const suffix = key === "properties" ? `.${name}` : `{${name}}`;
      return [name, this.write(child, place + suffix, depth + 1)];
    });
    return Object.fromEntries(entries);
  }

  /** OpenAPI 3.0 says with `true` that a limit is itself left out. */
  #lifted(key: string, value: Json, schema: JsonObject): [string, Json] | undefined {
    const exclusive = { minimum: "exclusiveMinimum", maximum: "exclusiveMaximum" }[key];
    if (exclusive !== undefined && schema[exclusive] === true) return [exclusive, value];
    return typeof value === "boolean" && /^exclusiveM/.test(key) ? undefined : [key, value];
  }

  /** The mapping in full: a value that stands for a schema's name in the vendor's document has another with us. */
  #discriminator(schema: JsonObject, place: string, pointer: string | undefined): Json | undefined {
    const { discriminator } = schema;
    if (!isObject(discriminator)) return undefined;
    const targets = new Map<string, string>();
    const branches = [schema.oneOf, schema.anyOf].flatMap((list) => (Array.isArray(list) ? list : []));
    const children = branches.length > 0 ? branches.map(referenceOf) : this.#childrenOf(pointer);
    for (const child of children) if (child !== undefined) targets.set(child.split("/").at(-1) ?? "", child);
    for (const [value, target] of Object.entries(
      isObject(discriminator.mapping) ? discriminator.mapping : {},
    )) {
      const reference = String(target).startsWith("#")
        ? String(target)
        : pointerOf(["components", "schemas", String(target)]);
      for (const [implicit, other] of targets) if (other === reference) targets.delete(implicit);
      targets.set(value, reference);
    }
    const mapping = [...targets].map(([value, reference]) => {
      const target = resolvePointer(this.#document, reference);
      if (!isObject(target)) throw new Error(`${place}: the discriminator's ${value} points at nothing`);
      return [value, pointerOf(["components", "schemas", this.#names.ofComponent(target, reference)])];
    });
    return { ...discriminator, ...(mapping.length > 0 ? { mapping: Object.fromEntries(mapping) } : {}) };
  }

  /** The components that are put together of another. */
  #childrenOf(pointer: string | undefined): string[] {
    const { components } = this.#document;
    const schemas = isObject(components) && isObject(components.schemas) ? components.schemas : {};
    return Object.entries(schemas).flatMap(([name, schema]) => {
      const branches = isObject(schema) && Array.isArray(schema.allOf) ? schema.allOf : [];
      const isChild = pointer !== undefined && branches.some((branch) => referenceOf(branch) === pointer);
      return isChild ? [pointerOf(["components", "schemas", name])] : [];
    });
  }

  /** What is said beside a reference, and not by what it leads to. */
  #news(remarks: JsonObject, schema: JsonObject): JsonObject {
    const news = Object.entries(remarks).filter(([key, value]) => !saysTheSame(value, schema[key] ?? null));
    return this.#annotations(Object.fromEntries(news));
  }

  #annotations(remarks: JsonObject): JsonObject {
    const { example, ...rest } = remarks;
    const kept = Object.entries(rest).filter(([key]) => !isOurMark(key));
    return { ...Object.fromEntries(kept), ...(example === undefined ? {} : { examples: [example] }) };
  }
}

/** A reference leads back to the place where it stands: it needs a name of its own. */
export class ContainsItself extends Error {
  readonly pointer: string;

  constructor(pointer: string) {
    super(`${pointer} contains itself`);
    this.pointer = pointer;
  }
}

/** What is done at a place, whose errors begin with it. */
function located<Value>(place: string, work: () => Value): Value {
  try {
    return work();
  } catch (error) {
    throw new Error(`${place}: ${error instanceof Error ? error.message : error}`);
  }
}

function referenceOf(schema: Json): string | undefined {
  return isObject(schema) && typeof schema.$ref === "string" ? schema.$ref : undefined;
}

function withNull(schema: JsonObject): JsonObject {
  const { type, enum: values } = schema;
  if (typeof type !== "string" && !Array.isArray(type)) return { anyOf: [schema, { type: "null" }] };
  return {
    ...schema,
    type: [...[type].flat(), "null"],
    ...(Array.isArray(values) ? { enum: [...values, null] } : {}),
  };
}
