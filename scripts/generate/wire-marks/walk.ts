import {
  dereference,
  isObject,
  type Json,
  type JsonObject,
  jsonSchema,
  type Operation,
  visitObjects,
} from "../../document/document.ts";
import { message } from "../../document/message.ts";
import type { DraftNode, DraftOperation } from "./drafts.ts";

/** The keywords that the walk reads. */
const tellingKeywords = ["properties", "items", "prefixItems", "additionalProperties", "x-wire-values"];

/**
 * Notes where the marks stand in the bodies of operations.
 *
 * One place in a body is described by a set of schemas at once: a `$ref` and its target, the branches of
 * allOf, oneOf and anyOf. The walk therefore goes from set to set, each visited once, which also ends it
 * on schemas that contain themselves.
 */
export class Walk {
  readonly problems: string[] = [];
  readonly #document: JsonObject;
  readonly #pointers = new Map<JsonObject, string>();
  readonly #reachedMarks = new Set<JsonObject>();
  readonly #nodes = new Map<string, DraftNode>();
  readonly #identities = new Map<JsonObject, number>();

  constructor(document: JsonObject) {
    this.#document = document;
    visitObjects(document, (object, pointer) => this.#pointers.set(object, pointer));
  }

  operation({ key, operation, parameters }: Operation): DraftOperation {
    const draft: DraftOperation = { key, query: this.#query(parameters), responses: {} };
    const request = jsonSchema(this.#document, operation.requestBody);
    if (request !== undefined) draft.request = this.#node([request]);
    const responses = isObject(operation.responses) ? operation.responses : {};
    // A server may say 200 where 201 is documented. So the first success stands for those that aren't.
    const success = Object.keys(responses).find((status) => status.startsWith("2"));
    for (const [status, response] of Object.entries(responses)) {
      const schema = jsonSchema(this.#document, response);
      if (schema === undefined) continue;
      const isForAll = status === success && !("2XX" in responses);
      draft.responses[isForAll ? "2XX" : status] = this.#node([schema]);
    }
    return draft;
  }

  /** The query parameters as if they were the properties of one object. */
  #query(parameters: readonly JsonObject[]): DraftNode {
    const node: DraftNode = { renames: {}, properties: {} };
    for (const parameter of parameters.filter((candidate) => candidate.in === "query")) {
      const name = String(parameter.name);
      this.#rename(node, name, [parameter]);
      if (isObject(parameter.schema)) node.properties[name] = this.#node([parameter.schema]);
    }
    return node;
  }

  #node(roots: readonly JsonObject[]): DraftNode {
    const schemas = this.#closure(roots);
    const key = schemas
      .map((schema) => this.#identity(schema))
      .sort((a, b) => a - b)
      .join(" ");
    const known = this.#nodes.get(key);
    if (known !== undefined) return known;
    const node: DraftNode = { renames: {}, properties: {} };
    this.#nodes.set(key, node);
    this.#values(node, schemas);
    this.#properties(node, schemas);
    const items = schemas.flatMap((schema) => [schema.items, ...list(schema.prefixItems)]).filter(isObject);
    if (items.length > 0) node.items = this.#node(items);
    const additional = schemas.map((schema) => schema.additionalProperties).filter(isObject);
    if (additional.length > 0) node.additional = this.#node(additional);
    return node;
  }

  /** The schemas that describe the same place: through references and the branches of compositions. */
  #closure(roots: readonly JsonObject[]): JsonObject[] {
    const found = new Set<JsonObject>();
    const add = (schema: Json | undefined): void => {
      if (!isObject(schema) || found.has(schema)) return;
      found.add(schema);
      if (typeof schema.$ref === "string") add(dereference(this.#document, schema));
      for (const keyword of ["allOf", "oneOf", "anyOf"]) list(schema[keyword]).forEach(add);
    };
    roots.forEach(add);
    // A bare reference says nothing of its own. Without it, two references to one schema make one node.
    return [...found].filter((schema) => tellingKeywords.some((keyword) => schema[keyword] !== undefined));
  }

  #values(node: DraftNode, schemas: readonly JsonObject[]): void {
    for (const schema of schemas) {
      const wireValues = schema["x-wire-values"];
      if (wireValues === undefined) continue;
      const id = this.#mark(schema);
      if (!isObject(wireValues) || !Object.values(wireValues).every((value) => typeof value === "string")) {
        this.#problem(id, schema, "x-wire-values must map strings to strings");
        continue;
      }
      for (const value of Object.keys(wireValues)) {
        if (Array.isArray(schema.enum) && !schema.enum.includes(value)) {
          this.#problem(id, schema, `x-wire-values names "${value}", which the enum beside it does not have`);
        }
      }
      if (new Set(Object.values(wireValues)).size < Object.keys(wireValues).length) {
        this.#problem(
          id,
          schema,
          "x-wire-values gives two values the same spelling, which can't be read back",
        );
      }
      const values = { wireValues: wireValues as Record<string, string>, id };
      if (node.values !== undefined && JSON.stringify(node.values) !== JSON.stringify(values)) {
        this.#problem(id, schema, "another schema of the same place has other x-wire-values");
      }
      node.values = values;
    }
  }

  #properties(node: DraftNode, schemas: readonly JsonObject[]): void {
    const properties = new Map<string, JsonObject[]>();
    for (const schema of schemas) {
      for (const [name, property] of isObject(schema.properties) ? Object.entries(schema.properties) : []) {
        if (isObject(property)) properties.set(name, [...(properties.get(name) ?? []), property]);
      }
    }
    for (const [name, declarations] of properties) {
      this.#rename(node, name, declarations);
      node.properties[name] = this.#node(declarations);
    }
    for (const [name, { wireName, id }] of Object.entries(node.renames)) {
      const other = properties.get(wireName)?.[0];
      if (other !== undefined) {
        this.#problem(id, other, `"${wireName}" is both a property and the wire name of "${name}"`);
      }
    }
  }

  #rename(node: DraftNode, name: string, declarations: readonly JsonObject[]): void {
    const marked = declarations.filter((declaration) => declaration["x-wire-name"] !== undefined);
    for (const declaration of marked) {
      const wireName = declaration["x-wire-name"];
      const id = this.#mark(declaration);
      if (typeof wireName !== "string" || wireName === "" || wireName === name) {
        this.#problem(id, declaration, `x-wire-name of "${name}" must be another name`);
      } else if (marked.length < declarations.length || wireName !== marked[0]?.["x-wire-name"]) {
        this.#problem(
          id,
          declaration,
          `"${name}" is declared more than once here, with different wire names`,
        );
      } else {
        node.renames[name] = { wireName, id };
      }
    }
  }

  /** Notes that an operation reaches the mark, and returns the discrepancy that it belongs to. */
  #mark(schema: JsonObject): string {
    this.#reachedMarks.add(schema);
    const id = schema["x-discrepancy"];
    if (typeof id === "string") return id;
    this.#problem(
      "x-wire-*",
      schema,
      "the mark does not say which discrepancy it belongs to: add x-discrepancy",
    );
    return "";
  }

  /** Marks that no request and no response leads to, and which would therefore do nothing at run time. */
  unreached(): string[] {
    const problems: string[] = [];
    visitObjects(this.#document, (object, pointer) => {
      if (object["x-wire-name"] === undefined && object["x-wire-values"] === undefined) return;
      if (this.#reachedMarks.has(object)) return;
      const id = object["x-discrepancy"] ?? "x-wire-*";
      problems.push(
        `${id}: no operation's query, request or response reaches the mark at ${pointer}. Move it to a property ` +
          "(x-wire-name) or a schema (x-wire-values) that is in use, or delete it.",
      );
    });
    return problems;
  }

  #problem(id: string, schema: JsonObject, what: string): void {
    const problem = message`${id}: ${what} (at ${this.#pointers.get(schema) ?? "an unknown place"}).`;
    if (!this.problems.includes(problem)) this.problems.push(problem);
  }

  #identity(schema: JsonObject): number {
    const known = this.#identities.get(schema) ?? this.#identities.size;
    this.#identities.set(schema, known);
    return known;
  }
}

function list(value: Json | undefined): Json[] {
  return Array.isArray(value) ? value : [];
}
