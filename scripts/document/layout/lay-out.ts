import { GenerationError, isObject, type Json, type JsonObject } from "../document.ts";
import { printable } from "../message.ts";
import { type DescribedShapes, describeShapes } from "./described-shapes.ts";
import { type Findings, NamedSchemas } from "./named-schemas.ts";
import { type PlacedOperation, placeOperations } from "./operation-places.ts";
import { OperationWriter } from "./operation-writer.ts";
import { ContainsItself } from "./schema-writer.ts";
import { type Shapes, sections } from "./shapes.ts";

export interface LaidOut extends Pick<DescribedShapes, "conflicts" | "unions"> {
  readonly wire: JsonObject;
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
  readonly #writer: OperationWriter;
  /** Writes our own webhooks, whose shapes then stand among the vendor's. */
  readonly #ours: OperationWriter;

  constructor(document: JsonObject, options: LayoutOptions, findings: Findings) {
    const { shapes, webhooks = {}, reserved = new Set() } = options;
    this.#document = document;
    this.#options = options;
    this.#writer = new OperationWriter(document, shapes, new NamedSchemas(shapes, findings, reserved));
    const nothing: Findings = { recursive: new Set(), shapesOf: new Map() };
    this.#ours = new OperationWriter(webhooks, shapes, new NamedSchemas(shapes, nothing, reserved));
  }

  run(): LaidOut {
    const { shapes } = this.#options;
    const { problems } = this.#writer;
    const { operations, servers } = placeOperations(this.#document, shapes, problems);
    const paths = this.#writer.paths(operations);
    const webhooks = this.#webhooks();
    const { schemas, conflicts, unions } = describeShapes([this.#writer, this.#ours], shapes);
    problems.push(...this.#ours.problems);
    for (const name of this.#ours.names.wireNames) {
      if (!schemas.has(name))
        problems.push(`openapi/webhooks.yaml refers to the shape ${name}, which is gone.`);
    }
    if (problems.length > 0) throw new GenerationError([...new Set(problems)]);
    const { info, tags, externalDocs } = this.#document;
    // OpenAPI 3.0 has no summary of the whole.
    const { summary: _, ...rest } = isObject(info) ? info : { title: "", version: "" };
    const wire: JsonObject = { openapi: "3.1.0", info: rest, servers };
    if (tags !== undefined) wire.tags = tags;
    if (externalDocs !== undefined) wire.externalDocs = externalDocs;
    wire.paths = paths;
    if (Object.keys(webhooks).length > 0) wire.webhooks = webhooks;
    wire.components = this.#componentsOf(schemas);
    return { wire, conflicts, unions, unnamed: this.#unnamed(operations), gone: this.#gone() };
  }

  /** The vendor's webhooks, and ours that the vendor's document doesn't have. */
  #webhooks(): JsonObject {
    const theirs = this.#document.webhooks ?? this.#document["x-webhooks"];
    const ours = this.#options.webhooks?.webhooks;
    const known = this.#options.shapes.webhooks;
    const webhooks: JsonObject = {};
    for (const [vendorName, node] of Object.entries(isObject(theirs) ? theirs : {})) {
      const name = known.find((one) => plain(one) === plain(vendorName)) ?? vendorName;
      webhooks[name] = this.#writer.webhook(name, this.#writer.follow(node, name));
    }
    for (const [name, node] of Object.entries(isObject(ours) ? ours : {})) {
      if (!(name in webhooks)) webhooks[name] = this.#ours.webhook(name, node);
    }
    return webhooks;
  }

  #componentsOf(described: ReadonlyMap<string, Json>): JsonObject {
    const { names } = this.#options.shapes;
    const { components } = this.#document;
    const securitySchemes = isObject(components) ? components.securitySchemes : undefined;
    const result: JsonObject = {};
    if (securitySchemes !== undefined) {
      result.securitySchemes = this.#writer.plain(securitySchemes, "securitySchemes", 0);
    }
    for (const section of [...sections].reverse()) {
      const found: ReadonlyMap<string, Json> =
        section === "schemas" ? described : (this.#writer.components.get(section) ?? new Map());
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
      ...[...this.#writer.names.added].map((name) => {
        const places = (this.#writer.names.found.get(name) ?? []).flatMap(
          (description) => description.places,
        );
        return `schemas: ${name}: [${places.map((place) => JSON.stringify(place)).join(", ")}]`;
      }),
    ];
    return lines.map(printable);
  }

  #gone(): string[] {
    const visited = new Set([...this.#writer.names.visited, ...this.#ours.names.visited]);
    return [...this.#options.shapes.places.schemas]
      .filter(([place]) => !visited.has(place))
      .map(([place, name]) => `${name}: ${place}`);
  }
}

function plain(name: string): string {
  return name.toLowerCase().replace(/[^a-z0-9]/g, "");
}
