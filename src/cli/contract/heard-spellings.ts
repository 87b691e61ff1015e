import { Ajv2020, type ValidateFunction } from "ajv/dist/2020.js";
import {
  dereference,
  isObject,
  type Json,
  type JsonObject,
  jsonSchema,
  type Operation,
  visitObjects,
} from "../document/document.ts";
import type { LiveDiscrepancy } from "./live-register.ts";

/** How the live API speaks where the document contradicts itself. Names and constants alone, no values of customers. */
export class Spellings {
  readonly #document: JsonObject;
  readonly #register: readonly LiveDiscrepancy[];
  readonly #signs: readonly Sign[];
  readonly #heard = new Map<string, Set<string>>();

  /** `register` says what can be heard of each discrepancy; `document` says where the shapes stand. */
  constructor(document: JsonObject, register: readonly LiveDiscrepancy[]) {
    this.#document = document;
    this.#register = register;
    const ajv = new Ajv2020({ strict: false });
    this.#signs = register.flatMap(({ id, live }) => {
      if (live === undefined || typeof live === "string") return [];
      return Object.entries(live.says).map(([spelling, schema]) => ({
        ...{ id, spelling, shapes: live.in },
        fits: ajv.compile(schema),
      }));
    });
  }

  /** Notes what the client reports of what it corrects. */
  hear(id: string, spelling: string): void {
    this.#heard.set(id, (this.#heard.get(id) ?? new Set()).add(spelling));
  }

  /** Listens to a response for what the client doesn't report: it corrects nothing there. */
  listen({ operation }: Operation, status: number, data: unknown): void {
    this.#listenTo("responses", data);
    const responses = isObject(operation.responses) ? operation.responses : {};
    const schema = jsonSchema(this.#document, responses[status]);
    if (schema !== undefined) this.#walk(schema, data as Json);
  }

  /** Listens to how an error is told. */
  listenToError(error: unknown): void {
    this.#listenTo("errors", error);
  }

  /** Each discrepancy, and what was heard of it. */
  list(): readonly (readonly [id: string, heard: string])[] {
    return this.#register.map(({ id, live }) => {
      if (typeof live === "string") return [id, live];
      const heard = [...(this.#heard.get(id) ?? [])].sort();
      return [id, heard.length > 0 ? heard.join(" and ") : "not seen in these responses"];
    });
  }

  /** Discrepancies of which the vendor's spelling is never heard any more, and the corrected one is. */
  listRetirable(): readonly (readonly [id: string, heard: string])[] {
    const vendors = new Map<string, Set<string>>();
    visitObjects(this.#document, (schema) => {
      const { "x-discrepancy": id, "x-wire-name": name, "x-wire-values": values } = schema;
      const spellings = [name, ...Object.values(isObject(values) ? values : {})].filter(
        (spelling) => typeof spelling === "string",
      );
      if (typeof id !== "string" || spellings.length === 0) return;
      vendors.set(id, new Set([...(vendors.get(id) ?? []), ...spellings]));
    });
    return this.list().filter(([id]) => {
      const [heard, vendor] = [[...(this.#heard.get(id) ?? [])], vendors.get(id)];
      return heard.length > 0 && vendor !== undefined && !heard.some((spelling) => vendor.has(spelling));
    });
  }

  #listenTo(shape: string, value: unknown): void {
    for (const { id, spelling, shapes, fits } of this.#signs) {
      if (shapes.includes(shape) && fits(value)) this.hear(id, spelling);
    }
  }

  /** Goes through a value and its schema side by side, and listens to each shape that has a name. */
  #walk(schema: Json, value: Json | undefined): void {
    if (!isObject(schema) || value === undefined) return;
    const name = typeof schema.$ref === "string" ? schema.$ref.split("/").at(-1) : undefined;
    if (name !== undefined) this.#listenTo(name, value);
    const target = dereference(this.#document, schema);
    if (!isObject(target)) return;
    if (Array.isArray(value)) for (const item of value) this.#walk(target.items ?? null, item);
    if (!isObject(value)) return;
    for (const [property, child] of Object.entries(isObject(target.properties) ? target.properties : {})) {
      if (Object.hasOwn(value, property)) this.#walk(child, value[property]);
    }
  }
}

/** Something that a value of a shape tells about a discrepancy if it fits. */
interface Sign {
  readonly id: string;
  readonly spelling: string;
  readonly shapes: readonly string[];
  readonly fits: ValidateFunction;
}
