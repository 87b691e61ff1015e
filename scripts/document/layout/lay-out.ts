import { pointerOf } from "../../../src/cli/document/json-pointer.ts";
import {
  GenerationError,
  httpMethods,
  isObject,
  type Json,
  type JsonObject,
  resolvePointer,
} from "../document.ts";
import { printable } from "../message.ts";
import { isOurMark, saysTheSame } from "./keywords.ts";
import { type Description, type Findings, NamedSchemas } from "./named-schemas.ts";
import { type PlacedOperation, placeOperations } from "./operation-places.ts";
import { ContainsItself, SchemaWriter } from "./schema-writer.ts";
import { type Section, type Shapes, sections } from "./shapes.ts";
import { unite } from "./unite.ts";

/** Two places of one shape that differ, where a request is sent by it. A correction of the place settles it. */
export interface Conflict {
  readonly pointer: string;
  readonly text: string;
}

export interface LaidOut {
  readonly wire: JsonObject;
  readonly conflicts: readonly Conflict[];
  /** What was read the safe way: responses that differ between the places of one shape. */
  readonly unions: readonly string[];
  /** What shapes.yaml doesn't name, as the lines to put into it. */
  readonly unnamed: readonly string[];
  /** Places of shapes.yaml where nothing stands. */
  readonly gone: readonly string[];
}

export interface LayoutOptions {
  readonly shapes: Shapes;
  /** Our webhooks, for a document that has none. */
  readonly webhooks?: JsonObject | undefined;
  /** Names that a shape of the vendor's must not take. */
  readonly reserved?: ReadonlySet<string> | undefined;
}

/**
 * The document in our layout: our names for operations and shapes, by the places where they stand, whatever the
 * vendor calls them and however the document is laid out.
 *
 * @throws {GenerationError} for what can't be laid out, with its place.
 */
export function layOut(document: JsonObject, options: LayoutOptions): LaidOut {
  const findings: Findings = { recursive: new Set(), shapesOf: new Map() };
  // A pass finds out which references contain themselves and which are shapes of ours; the last finds nothing more.
  for (;;) {
    const before = sizeOf(findings);
    try {
      const laidOut = new Layout(document, options, findings).run();
      if (sizeOf(findings) === before) return laidOut;
    } catch (error) {
      if (!(error instanceof ContainsItself)) throw error;
      findings.recursive.add(error.pointer);
    }
  }
}

function sizeOf({ recursive, shapesOf }: Findings): number {
  return [...shapesOf.values()].reduce((sum, { size }) => sum + size, recursive.size);
}

class Layout {
  readonly #document: JsonObject;
  readonly #options: LayoutOptions;
  readonly #problems: string[] = [];
  readonly #names: NamedSchemas;
  readonly #writer: SchemaWriter;
  readonly #components = new Map<Exclude<Section, "schemas">, Map<string, JsonObject>>();
  readonly #visited = new Set<string>();

  constructor(document: JsonObject, options: LayoutOptions, findings: Findings) {
    this.#document = document;
    this.#options = options;
    this.#names = new NamedSchemas(options.shapes, findings, options.reserved ?? new Set());
    this.#writer = new SchemaWriter(document, this.#names);
  }

  run(): LaidOut {
    const { shapes } = this.#options;
    const { operations, servers } = placeOperations(this.#document, shapes, this.#problems);
    const paths = this.#paths(operations);
    const webhooks = this.#webhooks();
    const described = this.#describeSchemas();
    if (this.#problems.length > 0) throw new GenerationError([...new Set(this.#problems)]);
    const { info, tags, externalDocs } = this.#document;
    // OpenAPI 3.0 has no summary of the whole.
    const { summary: _, ...rest } = isObject(info) ? info : { title: "", version: "" };
    const wire: JsonObject = { openapi: "3.1.0", info: rest, servers };
    if (tags !== undefined) wire.tags = tags;
    if (externalDocs !== undefined) wire.externalDocs = externalDocs;
    wire.paths = paths;
    if (Object.keys(webhooks).length > 0) wire.webhooks = webhooks;
    wire.components = this.#componentsOf(described.schemas);
    const { conflicts, unions } = described;
    return { wire, conflicts, unions, unnamed: this.#unnamed(operations), gone: this.#gone() };
  }

  #paths(operations: readonly PlacedOperation[]): JsonObject {
    const paths = new Map<string, JsonObject>();
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
      ...(parameters.length > 0 && { parameters }),
      ...(requestBody !== undefined && {
        requestBody: this.#component("requestBodies", `${id}.request`, requestBody),
      }),
      responses: Object.fromEntries(statuses),
      ...(callbacks !== undefined && { callbacks: this.#plain(callbacks, `${id}.callbacks`, 0) }),
      ...Object.fromEntries(rest),
    };
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
        const parameter = this.#follow(entry, id);
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
    const written = this.#plain(node, place, 0);
    const name = this.#options.shapes.places[section].get(place);
    if (name === undefined || !isObject(written)) return written;
    this.#visited.add(`${section} ${place}`);
    const components = this.#components.get(section) ?? new Map<string, JsonObject>();
    this.#components.set(section, components);
    const known = components.get(name);
    if (known === undefined) components.set(name, written);
    else if (!saysTheSame(known, written)) return written;
    return { $ref: pointerOf(["components", section, name]) };
  }

  /** Anything but a schema, with its references followed. */
  #plain(node: Json, place: string, depth: number): Json {
    if (Array.isArray(node)) return node.map((item) => this.#plain(item, place, depth + 1));
    if (!isObject(node)) return node;
    if (depth > 60) return this.#fail(`${place}: it contains itself, or is nested too deep`);
    const seen = this.#follow(node, place);
    if (!isObject(seen)) return seen ?? null;
    return Object.fromEntries(
      Object.entries(seen)
        .filter(([key]) => !isOurMark(key))
        .map(([key, value]) => {
          if (key === "schema") return [key, this.#schema(value, place)];
          if (key === "content" && isObject(value)) return [key, this.#content(value, place, depth)];
          if (key === "example" || key === "value" || key.startsWith("x-")) return [key, value];
          return [key, this.#plain(value, `${place}<${key}>`, depth + 1)];
        }),
    );
  }

  /** The first JSON of a place is the place itself; other media types are named. */
  #content(content: JsonObject, place: string, depth: number): JsonObject {
    const json = Object.keys(content).find((type) => /^application\/(.+\+)?json\s*(;|$)/i.test(type));
    const entries = Object.entries(content).map(([type, media]) => [
      type,
      this.#plain(media, type === json ? place : `${place}(${type})`, depth + 1),
    ]);
    return Object.fromEntries(entries);
  }

  #schema(schema: Json, place: string): Json {
    try {
      return this.#writer.write(schema, place);
    } catch (error) {
      if (error instanceof ContainsItself || !(error instanceof Error)) throw error;
      return this.#fail(error.message);
    }
  }

  /** Follows references to anything but schemas. What stands beside a reference wins. */
  #follow(node: Json, place: string): Json | undefined {
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
    this.#problems.push(printable(`${message}.`));
    return {};
  }

  /** The vendor's webhooks, and ours that the vendor's document doesn't have. */
  #webhooks(): JsonObject {
    const theirs = this.#document.webhooks ?? this.#document["x-webhooks"];
    const ours = this.#options.webhooks;
    const known = this.#options.shapes.webhooks;
    const webhooks: JsonObject = {};
    for (const [vendorName, node] of Object.entries(isObject(theirs) ? theirs : {})) {
      const name = known.find((one) => plain(one) === plain(vendorName)) ?? vendorName;
      webhooks[name] = this.#webhook(name, this.#follow(node, name));
    }
    if (ours !== undefined) {
      const own = new Layout(ours, this.#options, { recursive: new Set(), shapesOf: new Map() });
      for (const [name, node] of Object.entries(isObject(ours.webhooks) ? ours.webhooks : {})) {
        if (!(name in webhooks)) webhooks[name] = this.#borrow(own, (layout) => layout.#webhook(name, node));
      }
    }
    return webhooks;
  }

  /** Writes something of another document, whose shapes then stand among ours. */
  #borrow(other: Layout, write: (layout: Layout) => Json): Json {
    const written = write(other);
    this.#borrowed.push(other);
    return written;
  }
  readonly #borrowed: Layout[] = [];

  #webhook(name: string, item: Json | undefined): Json {
    if (!isObject(item)) return {};
    const operations = httpMethods.flatMap((method) => {
      const operation = item[method];
      if (!isObject(operation)) return [];
      const placed = { id: name, path: name, method, vendorPath: name, item, operation, isNamed: true };
      return [[method, this.#operation(placed, this.#parameters(placed, "path"))]];
    });
    return Object.fromEntries(operations);
  }

  /** Describes every shape, and unites those that are described in more than one way. */
  #describeSchemas(): { schemas: Map<string, Json>; conflicts: Conflict[]; unions: string[] } {
    const written: Written = new Map();
    const layouts = [this, ...this.#borrowed];
    for (const layout of layouts) layout.#write(written);
    this.#problems.push(...this.#borrowed.flatMap((layout) => layout.#problems));
    for (const name of this.#borrowed.flatMap((layout) => [...layout.#names.wireNames])) {
      if (!written.has(name))
        this.#problems.push(`openapi/webhooks.yaml refers to the shape ${name}, which is gone.`);
    }
    const requests = requestShapes(written, this.#options.shapes);
    const schemas = new Map<string, Json>();
    const conflicts: Conflict[] = [];
    const unions: string[] = [];
    for (const [name, descriptions] of written) {
      const [first, ...others] = descriptions;
      if (first === undefined) continue;
      let { schema } = first;
      for (const other of others) {
        const united = unite(schema, other.schema);
        schema = united.schema;
        for (const { path, text } of united.differences) {
          const where = `${name}${path.map((part) => (part === "items" ? "[]" : part === "properties" ? "." : part)).join("")}`;
          const sentence = printable(`\`${where}\` ${text}: ${placesOf(first)} against ${placesOf(other)}`);
          if (!requests.has(name)) unions.push(`${sentence}. Responses are read either way.`);
          else
            conflicts.push({ pointer: pointerOf(["components", "schemas", name, ...path]), text: sentence });
        }
      }
      schemas.set(name, schema);
    }
    return { schemas, conflicts, unions };
  }

  #write(written: Written): void {
    const done = new Map<JsonObject, Set<string>>();
    for (let size = -1; size !== count(this.#names.found); ) {
      size = count(this.#names.found);
      for (const [name, descriptions] of [...this.#names.found]) {
        for (const description of [...descriptions]) {
          const { schema, pointer } = description;
          const names = done.get(schema) ?? new Set();
          if (names.has(name)) continue;
          done.set(schema, names.add(name));
          const body = this.#describe(schema, name, pointer);
          const list = written.get(name) ?? [];
          written.set(name, list);
          const same = list.find((one) => saysTheSame(one.schema, body));
          if (same === undefined) list.push({ sources: [description], schema: body });
          else same.sources.push(description);
        }
      }
    }
  }

  #describe(schema: JsonObject, name: string, pointer: string | undefined): Json {
    try {
      return this.#writer.body(schema, name, 0, pointer);
    } catch (error) {
      if (error instanceof ContainsItself || !(error instanceof Error)) throw error;
      return this.#fail(error.message);
    }
  }

  #componentsOf(described: ReadonlyMap<string, Json>): JsonObject {
    const { names } = this.#options.shapes;
    const { components } = this.#document;
    const securitySchemes = isObject(components) ? components.securitySchemes : undefined;
    const result: JsonObject = {};
    if (securitySchemes !== undefined) {
      result.securitySchemes = this.#plain(securitySchemes, "securitySchemes", 0);
    }
    for (const section of [...sections].reverse()) {
      const found: ReadonlyMap<string, Json> =
        section === "schemas" ? described : (this.#components.get(section) ?? new Map());
      const order = [...names[section].filter((name) => found.has(name))];
      order.push(...[...found.keys()].filter((name) => !order.includes(name)));
      if (order.length > 0)
        result[section] = Object.fromEntries(order.map((name) => [name, found.get(name) as Json])); // It has them all.
    }
    return result;
  }

  #unnamed(operations: readonly PlacedOperation[]): string[] {
    const { shapes } = this.#options;
    const webhooks = Object.keys(isObject(this.#document.webhooks) ? this.#document.webhooks : {});
    const lines = [
      ...operations
        .filter(({ isNamed }) => !isNamed)
        .map(({ id, method, path }) => `operations: ${id}: ${method.toUpperCase()} ${path}`),
      ...webhooks
        .filter((name) => !shapes.webhooks.some((one) => plain(one) === plain(name)))
        .map((name) => `operations: ${name}: webhook ${name}`),
      ...[...this.#names.added].map((name) => {
        const places = (this.#names.found.get(name) ?? []).flatMap((description) => description.places);
        return `schemas: ${name}: [${places.map((place) => JSON.stringify(place)).join(", ")}]`;
      }),
    ];
    return lines.map(printable);
  }

  #gone(): string[] {
    const layouts = [this, ...this.#borrowed];
    const visited = new Set(layouts.flatMap((layout) => [...layout.#names.visited]));
    return [...this.#options.shapes.places.schemas]
      .filter(([place]) => !visited.has(place))
      .map(([place, name]) => `${name}: ${place}`);
  }
}

/** Name → what is written of it: one entry for each way in which it is described. */
type Written = Map<string, { readonly sources: Description[]; readonly schema: Json }[]>;

function placesOf({ sources }: { readonly sources: readonly Description[] }): string {
  return sources.flatMap(({ places }) => places).join(", ");
}

/** The shapes that a request is made of. */
function requestShapes(written: Written, { webhooks }: Shapes): Set<string> {
  const requests = new Set<string>();
  const isSent = (place: string): boolean => {
    const root = place.split(/[.[{|<(]/)[0] ?? "";
    if (requests.has(root)) return true;
    return (
      !written.has(root) &&
      !webhooks.includes(root) &&
      /^[^.]+\.(request|query|path|header|cookie)\b/.test(place)
    );
  };
  for (let size = -1; size !== requests.size; ) {
    size = requests.size;
    for (const [name, descriptions] of written) {
      const sources = descriptions.flatMap((description) => description.sources);
      if (sources.some(({ places }) => places.some(isSent))) requests.add(name);
    }
  }
  return requests;
}

function count(found: ReadonlyMap<string, readonly unknown[]>): number {
  return [...found.values()].reduce((sum, list) => sum + list.length, 0);
}

function plain(name: string): string {
  return name.toLowerCase().replace(/[^a-z0-9]/g, "");
}
