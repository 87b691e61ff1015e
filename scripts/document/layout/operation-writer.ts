import { pointerOf } from "../../../src/cli/document/json-pointer.ts";
import { httpMethods, isObject, type Json, type JsonObject, resolvePointer } from "../document.ts";
import { printable } from "../message.ts";
import { isOurMark, saysTheSame } from "./keywords.ts";
import type { Description, NamedSchemas } from "./named-schemas.ts";
import type { PlacedOperation } from "./operation-places.ts";
import { ContainsItself, SchemaWriter } from "./schema-writer.ts";
import type { Section, Shapes } from "./shapes.ts";

/** Keywords that hold parts by names. */
const namedParts = new Set(["headers", "examples", "links", "callbacks", "encoding"]);

/** Writes the operations of one document in our layout, and collects the shapes and components that they need. */
export class OperationWriter {
  readonly names: NamedSchemas;
  readonly problems: string[] = [];
  readonly components = new Map<Exclude<Section, "schemas">, Map<string, JsonObject>>();
  readonly #document: JsonObject;
  readonly #shapes: Shapes;
  readonly #schemas: SchemaWriter;
  /** The vendor's id of an operation → ours, for the links that lead to it. */
  readonly #ids = new Map<string, string>();

  constructor(document: JsonObject, shapes: Shapes, names: NamedSchemas) {
    this.names = names;
    this.#document = document;
    this.#shapes = shapes;
    this.#schemas = new SchemaWriter(document, names);
  }

  paths(operations: readonly PlacedOperation[]): JsonObject {
    const paths = new Map<string, JsonObject>();
    for (const { operation, id } of operations) this.#ids.set(`${operation.operationId}`, id);
    for (const placed of operations) {
      const item = paths.get(placed.path) ?? {};
      paths.set(placed.path, item);
      const shared = this.#parameters(placed, "path");
      const known = item.parameters;
      if (known === undefined && shared.length > 0) item.parameters = shared;
      const isShared = known === undefined || saysTheSame(known, shared);
      item[placed.method] = this.#operation(placed, isShared ? [] : shared);
    }
    return Object.fromEntries(
      [...paths].map(([path, { parameters, ...methods }]) => [
        path,
        { ...(parameters && { parameters }), ...methods },
      ]),
    );
  }

  #operation(placed: PlacedOperation, own: readonly Json[]): JsonObject {
    const { operation, id } = placed;
    const parameters = [...own, ...this.#parameters(placed, "query", "header", "cookie")];
    const { tags, summary, description, deprecated, requestBody, responses, callbacks } = operation;
    const security = operation.security ?? this.#document.security;
    const servers = this.#ownServers(placed);
    const rest = Object.entries(operation).filter(([key]) => key.startsWith("x-") && !isOurMark(key));
    const statuses = Object.entries(isObject(responses) ? responses : {}).map(([status, response]) => [
      status,
      this.#component("responses", `${id}.${status}`, response),
    ]);
    return {
      ...(tags && { tags }),
      operationId: id,
      ...(summary !== undefined && { summary }),
      ...(description !== undefined && { description }),
      ...(deprecated !== undefined && { deprecated }),
      ...(security !== undefined && { security }),
      ...(servers !== undefined && { servers }),
      ...(parameters.length > 0 && { parameters }),
      ...(requestBody !== undefined && {
        requestBody: this.#component("requestBodies", `${id}.request`, requestBody),
      }),
      responses: Object.fromEntries(statuses),
      ...(isObject(callbacks) && { callbacks: this.#named(callbacks, `${id}.callbacks`, 0) }),
      ...Object.fromEntries(rest),
    };
  }

  /** The servers of the operation or of its path, where they are others than the document's. */
  #ownServers({ item, operation }: PlacedOperation): Json | undefined {
    const servers = operation.servers ?? item.servers;
    if (!Array.isArray(servers) || servers.length === 0) return undefined;
    return saysTheSame(servers, this.#document.servers ?? []) ? undefined : servers;
  }

  /** The path item's parameters and the operation's own, which win, of some kinds. Those of the path get our names. */
  #parameters(
    { id, path, vendorPath, item, operation }: PlacedOperation,
    ...kinds: readonly string[]
  ): Json[] {
    const ours = [...path.matchAll(/\{([^{}]*)\}/g)].map(([, name = ""]) => name);
    const theirs = [...vendorPath.matchAll(/\{([^{}]*)\}/g)].map(([, name = ""]) => name);
    const found = new Map<string, Json>();
    for (const list of [item.parameters, operation.parameters]) {
      for (const entry of Array.isArray(list) ? list : []) {
        const parameter = this.follow(entry, id);
        if (!isObject(parameter) || !kinds.includes(String(parameter.in))) continue;
        const vendorName = String(parameter.name);
        const name = parameter.in === "path" ? (ours[theirs.indexOf(vendorName)] ?? vendorName) : vendorName;
        found.set(`${parameter.in}.${name}`, { ...parameter, name });
      }
    }
    return [...found].map(([key, parameter]) => this.#component("parameters", `${id}.${key}`, parameter));
  }

  /** A response, a parameter or a request body: as a component where shapes.yaml names it, and inline elsewhere. */
  #component(section: Exclude<Section, "schemas">, place: string, node: Json): Json {
    const written = this.plain(node, place, 0);
    const name = this.#shapes.places[section].get(place);
    if (name === undefined || !isObject(written)) return written;
    const components = this.components.get(section) ?? new Map<string, JsonObject>();
    this.components.set(section, components);
    const known = components.get(name);
    if (known === undefined) components.set(name, written);
    else if (!saysTheSame(known, written)) return written;
    return { $ref: pointerOf(["components", section, name]) };
  }

  /** Anything but a schema, with its references followed. */
  plain(node: Json, place: string, depth: number): Json {
    if (Array.isArray(node)) return node.map((item) => this.plain(item, place, depth + 1));
    if (!isObject(node)) return node;
    if (depth > 60) return this.#fail(`${place}: it contains itself, or is nested too deep`);
    const seen = this.follow(node, place);
    if (!isObject(seen)) return seen ?? null;
    return Object.fromEntries(
      Object.entries(seen)
        .filter(([key]) => !isOurMark(key))
        .map(([key, value]) => {
          if (key === "schema") return [key, this.#schema(value, place)];
          if (key === "content" && isObject(value)) return [key, this.#content(value, place, depth)];
          if (namedParts.has(key) && isObject(value))
            return [key, this.#named(value, `${place}<${key}>`, depth)];
          if (key === "operationId") return [key, this.#ids.get(`${value}`) ?? value];
          if (key === "example" || key === "value" || key.startsWith("x-")) return [key, value];
          return [key, this.plain(value, `${place}<${key}>`, depth + 1)];
        }),
    );
  }

  /** Parts by names, which are no keywords, whatever they are. */
  #named(parts: JsonObject, place: string, depth: number): JsonObject {
    const entries = Object.entries(parts).map(([name, part]) => [name, this.plain(part, place, depth + 1)]);
    return Object.fromEntries(entries);
  }

  /** The first JSON of a place is the place itself; other media types are named. */
  #content(content: JsonObject, place: string, depth: number): JsonObject {
    const json = Object.keys(content).find((type) => /^application\/(.+\+)?json\s*(;|$)/i.test(type));
    const entries = Object.entries(content).map(([type, media]) => [
      type,
      this.plain(media, type === json ? place : `${place}(${type})`, depth + 1),
    ]);
    return Object.fromEntries(entries);
  }

  #schema(schema: Json, place: string): Json {
    return this.#attempt(() => this.#schemas.write(schema, place));
  }

  /** What one description of a shape says, with the names of others in it. */
  shape({ schema, pointer }: Description, name: string): Json {
    return this.#attempt(() => this.#schemas.body(schema, name, 0, pointer));
  }

  #attempt(write: () => Json): Json {
    try {
      return write();
    } catch (error) {
      if (error instanceof ContainsItself || !(error instanceof Error)) throw error;
      return this.#fail(error.message);
    }
  }

  /** Follows references to anything but schemas. What stands beside a reference wins. */
  follow(node: Json, place: string): Json | undefined {
    let seen: Json | undefined = node;
    let beside: JsonObject = {};
    for (let hops = 0; isObject(seen) && typeof seen.$ref === "string"; hops++) {
      const { $ref: reference, ...rest }: JsonObject = seen;
      const target: Json | undefined =
        hops > 100 ? undefined : resolvePointer(this.#document, `${reference}`);
      if (target === undefined) return this.#fail(`${place}: ${reference} points at nothing, or at itself`);
      beside = { ...rest, ...beside };
      seen = target;
    }
    return isObject(seen) ? { ...seen, ...beside } : seen;
  }

  #fail(message: string): Json {
    this.problems.push(printable(`${message}.`));
    return {};
  }

  webhook(name: string, item: Json | undefined): Json {
    if (!isObject(item)) return {};
    const operations = httpMethods.flatMap((method) => {
      const operation = item[method];
      if (!isObject(operation)) return [];
      const placed = { id: name, path: name, method, vendorPath: name, item, operation, isNamed: true };
      return [[method, this.#operation(placed, this.#parameters(placed, "path"))]];
    });
    return Object.fromEntries(operations);
  }
}
