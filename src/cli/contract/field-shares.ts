import {
  dereference,
  isObject,
  type Json,
  type JsonObject,
  jsonSchema,
  type Operation,
} from "../document/document.ts";

/** How many of the objects at a place have a field that the document doesn't require. */
export interface FieldShare {
  /** The operation and the place, such as `GET /orders orders[].note`. */
  readonly field: string;
  readonly present: number;
  readonly objects: number;
}

/** Counts how often the optional fields of the document are there: that one is gone from everywhere breaks no schema. */
export class FieldShares {
  readonly #document: JsonObject;
  readonly #counts = new Map<string, { present: number; objects: number }>();

  constructor(document: JsonObject) {
    this.#document = document;
  }

  /** Counts what a response has. */
  listen({ key, operation }: Operation, status: number, data: unknown): void {
    const responses = isObject(operation.responses) ? operation.responses : {};
    const schema = jsonSchema(this.#document, responses[status]);
    if (schema !== undefined) this.#walk(schema, data as Json, `${key} `, new Set());
  }

  /** Every optional field of an object that was seen, by its place. */
  list(): readonly FieldShare[] {
    return [...this.#counts].map(([field, count]) => ({ field, ...count }));
  }

  /** `required` is what the schemas around this one require of the same object. */
  #walk(schema: Json, value: Json | undefined, place: string, required: ReadonlySet<string>): void {
    const target = dereference(this.#document, schema);
    if (!isObject(target) || value === undefined) return;
    if (Array.isArray(value)) {
      for (const item of value) this.#walk(target.items ?? null, item, `${place}[]`, new Set());
    }
    if (!isObject(value)) return;
    const names = Array.isArray(target.required) ? target.required.map(String) : [];
    const needed = new Set([...required, ...names]);
    for (const part of Array.isArray(target.allOf) ? target.allOf : []) {
      this.#walk(part, value, place, needed);
    }
    for (const [name, child] of Object.entries(isObject(target.properties) ? target.properties : {})) {
      const field = place.endsWith(" ") ? `${place}${name}` : `${place}.${name}`;
      const isThere = Object.hasOwn(value, name);
      if (!needed.has(name)) this.#count(field, isThere);
      if (isThere) this.#walk(child, value[name], field, new Set());
    }
  }

  #count(field: string, isThere: boolean): void {
    const { present, objects } = this.#counts.get(field) ?? { present: 0, objects: 0 };
    this.#counts.set(field, { present: present + (isThere ? 1 : 0), objects: objects + 1 });
  }
}
