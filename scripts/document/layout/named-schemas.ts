import { tokensOf } from "../../../src/cli/document/json-pointer.ts";
import { isObject, type Json, type JsonObject } from "../document.ts";
import { pascal } from "./operation-places.ts";
import type { Shapes } from "./shapes.ts";

/** What one pass over the document finds out for the next. */
export interface Findings {
  /** References that contain themselves, and need a name although they aren't objects. */
  readonly recursive: Set<string>;
  /** Reference → the shapes that it is the schema of, at places that shapes.yaml names. */
  readonly shapesOf: Map<string, Set<string>>;
}

/** One description of a shape, and the places where it stands. */
export interface Description {
  readonly schema: JsonObject;
  readonly pointer: string | undefined;
  readonly places: string[];
}

/** A reference of ours, in openapi/webhooks.yaml, to a shape of the wire document. */
const wireReference = /^wire\.yaml#\/components\/schemas\/([A-Za-z]\w*)$/;

/** Knows which schemas have names, and collects what each name describes. */
export class NamedSchemas {
  /** Name → its descriptions, in the order in which they are met. */
  readonly found = new Map<string, Description[]>();
  /** The vendor's names that were taken over, or ours for what has none: shapes that shapes.yaml doesn't have. */
  readonly added = new Set<string>();
  readonly visited = new Set<string>();
  readonly wireNames = new Set<string>();
  readonly #shapes: Shapes;
  readonly #findings: Findings;
  readonly #reserved: ReadonlySet<string>;
  readonly #own = new Map<string, string>();

  constructor(shapes: Shapes, findings: Findings, reserved: ReadonlySet<string>) {
    this.#shapes = shapes;
    this.#findings = findings;
    this.#reserved = reserved;
  }

  /** The name of the schema at a place, if it has one. It is then to be described. */
  at(place: string, schema: JsonObject, pointer: string | undefined): string | undefined {
    const shape = this.#shapes.places.schemas.get(place);
    if (shape !== undefined) {
      this.visited.add(place);
      if (pointer !== undefined) {
        const known = this.#findings.shapesOf.get(pointer) ?? new Set();
        this.#findings.shapesOf.set(pointer, known.add(shape));
      }
      return this.#describe(shape, place, schema, pointer);
    }
    if (pointer === undefined) return undefined;
    if (!isShape(schema) && !this.#findings.recursive.has(pointer)) return undefined;
    return this.#describe(this.#nameOf(pointer, place), place, schema, pointer);
  }

  /** The name of a component that something refers to by its name, whatever it is. */
  ofComponent(schema: JsonObject, pointer: string): string {
    return this.#describe(this.#nameOf(pointer, ""), `(${pointer})`, schema, pointer);
  }

  ofWireReference(node: JsonObject): string | undefined {
    const name = typeof node.$ref === "string" ? wireReference.exec(node.$ref)?.[1] : undefined;
    if (name !== undefined) this.wireNames.add(name);
    return name;
  }

  #describe(name: string, place: string, schema: JsonObject, pointer: string | undefined): string {
    const descriptions = this.found.get(name) ?? [];
    this.found.set(name, descriptions);
    const same = descriptions.find((description) => description.schema === schema);
    if (same === undefined) descriptions.push({ schema, pointer, places: [place] });
    else if (!same.places.includes(place)) same.places.push(place);
    return name;
  }

  /** Our name for what the reference leads to elsewhere, or the vendor's, or the vendor's made free. */
  #nameOf(pointer: string, place: string): string {
    const [shape] = this.#findings.shapesOf.get(pointer) ?? [];
    if (shape !== undefined) return shape;
    const known = this.#own.get(pointer);
    if (known !== undefined) return known;
    const last = pascal(tokensOf(pointer).at(-1) ?? "").replace(/^(?=\d)/, "Shape") || "Shape";
    const derived = pascal(place.split(/[.[{|]/)[0] ?? "") + last;
    const taken = (name: string): boolean =>
      this.#reserved.has(name) || this.#shapes.names.schemas.includes(name) || this.added.has(name);
    let name = [last, derived].find((candidate) => !taken(candidate));
    for (let number = 2; name === undefined; number++) {
      if (!taken(derived + number)) name = derived + number;
    }
    this.added.add(name);
    this.#own.set(pointer, name);
    return name;
  }
}

/** Whether it is an object that somebody may want to name. Values and lists of the vendor's stand inline. */
function isShape(schema: JsonObject): boolean {
  const isComposed = ["allOf", "oneOf", "anyOf"].some((keyword) => holdsObjects(schema[keyword]));
  return isComposed || (isObject(schema.properties) && Object.keys(schema.properties).length > 0);
}

function holdsObjects(branches: Json | undefined): boolean {
  return (
    Array.isArray(branches) &&
    branches.some((branch) => isObject(branch) && (typeof branch.$ref === "string" || isShape(branch)))
  );
}
