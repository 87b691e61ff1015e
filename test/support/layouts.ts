import { stringify } from "yaml";
import { isObject, type Json, type JsonObject, resolvePointer } from "../../scripts/document/document.ts";
import { published } from "./documents.ts";

/** The published document laid out in another way: the same API, word for word. */
export interface LayoutOfDocument {
  readonly name: string;
  readonly document: JsonObject;
  /** As the vendor might write it. */
  readonly text: string;
}

type Change = (document: JsonObject) => JsonObject;

/** Single ways of laying the document out. Each takes any document and says the same. */
export const ways: Readonly<Record<string, Change>> = {
  "only three components, everything else inline": (document) =>
    inlined(document, (name) => ["Address", "Administration", "Customer"].includes(name)),
  "everything inline": (document) => inlined(document, () => false),
  "a component for each place": perPlace,
  "renamed components": (document) => renamed(document, (name) => `${name}Model`),
  "components in snake case": (document) =>
    renamed(document, (name) => name.replace(/(?<=[a-z])(?=[A-Z])/g, "_").toLowerCase()),
  "the version in the paths": versionInPaths,
  "no operation ids": (document) => mapOperations(document, ({ operationId: _, ...rest }) => rest),
  "other operation ids": (document) =>
    mapOperations(document, (operation) => ({ ...operation, operationId: `v1_${operation.operationId}` })),
  "other names of path parameters": otherParameters,
  "parameters at each operation": parametersAtOperations,
  "OpenAPI 3.0": lowered,
  "allOf around every reference": wrapped,
  "sorted keys": (document) => sorted(document) as JsonObject,
  "compositions flattened": flattened,
};

const mixtures: readonly (readonly string[])[] = [
  ["only three components, everything else inline", "no operation ids", "the version in the paths"],
  ["a component for each place", "OpenAPI 3.0", "other names of path parameters"],
  ["renamed components", "allOf around every reference", "OpenAPI 3.0", "sorted keys"],
  ["everything inline", "OpenAPI 3.0", "parameters at each operation", "other operation ids"],
  ["compositions flattened", "a component for each place", "the version in the paths", "sorted keys"],
];

export const layouts: readonly LayoutOfDocument[] = [
  ...Object.entries(ways).map(([name, way]) => laidOut(name, way(copy(published)))),
  ...mixtures.map((names) =>
    laidOut(
      names.join(" + "),
      names.reduce((document, name) => ways[name]?.(document) ?? document, copy(published)),
    ),
  ),
  { ...laidOut("JSON", published), text: JSON.stringify(published) },
  { ...laidOut("YAML anchors", published), text: stringify(withSharedObjects(published)) },
];

function laidOut(name: string, document: JsonObject): LayoutOfDocument {
  return { name, document, text: stringify(document, { aliasDuplicateObjects: false }) };
}

function copy(document: JsonObject): JsonObject {
  return structuredClone(document);
}

/** Every node, from the leaves up, with the key that it stands under. */
function map(node: Json, change: (node: JsonObject, key: string) => Json, key = ""): Json {
  if (Array.isArray(node)) return node.map((item) => map(item, change, key));
  if (!isObject(node)) return node;
  const entries = Object.entries(node).map(([name, child]) => [name, map(child, change, name)]);
  return change(Object.fromEntries(entries), key);
}

function mapOperations(document: JsonObject, change: (operation: JsonObject) => JsonObject): JsonObject {
  return map(document, (node) =>
    isObject(node.responses) && !("schemas" in node) ? change(node) : node,
  ) as JsonObject;
}

function schemasOf(document: JsonObject): JsonObject {
  const { components } = document as { components: { schemas: JsonObject } };
  return components.schemas;
}

function nameIn(reference: Json | undefined): string | undefined {
  return typeof reference === "string" ? /^#\/components\/schemas\/([^/]+)$/.exec(reference)?.[1] : undefined;
}

function inlined(document: JsonObject, isKept: (name: string) => boolean): JsonObject {
  const inline = (node: Json): Json =>
    map(node, (object) => {
      if (typeof object.$ref !== "string") return object;
      const name = nameIn(object.$ref);
      if (name !== undefined && isKept(name)) return object;
      const { $ref: reference, ...beside } = object;
      const target = inline(resolvePointer(document, String(reference)) ?? {});
      return isObject(target) ? { ...target, ...beside } : target;
    });
  const { components, paths, ...rest } = document as { components: JsonObject; paths: JsonObject };
  const kept = Object.entries(schemasOf(document)).filter(([name]) => isKept(name));
  return {
    ...rest,
    paths: inline(paths),
    components: {
      ...(components.securitySchemes ? { securitySchemes: components.securitySchemes } : {}),
      schemas: Object.fromEntries(kept.map(([name, schema]) => [name, inline(schema)])),
    },
  };
}

/** A component of its own for each object that an operation reaches, as frameworks generate them. */
function perPlace(document: JsonObject): JsonObject {
  const schemas: JsonObject = {};
  const write = (node: Json, prefix: string): Json => {
    if (Array.isArray(node)) return node.map((item) => write(item, prefix));
    if (!isObject(node)) return node;
    if (typeof node.$ref === "string") {
      const { $ref: reference, ...beside } = node;
      const target = resolvePointer(document, reference) ?? {};
      const name = nameIn(reference);
      const isObjectSchema =
        isObject(target) && (target.properties !== undefined || target.allOf !== undefined);
      if (name === undefined || !isObjectSchema) {
        const inline = write(target, prefix);
        return isObject(inline) ? { ...inline, ...beside } : inline;
      }
      const own = `${prefix}${name}Dto`;
      schemas[own] ??= {};
      schemas[own] = write(target, prefix);
      return { $ref: `#/components/schemas/${own}`, ...beside };
    }
    const id = typeof node.operationId === "string" ? node.operationId : undefined;
    return Object.fromEntries(
      Object.entries(node).map(([key, child]) => {
        if (id === undefined) return [key, write(child, prefix)];
        const kind = key === "responses" ? "Response" : key === "requestBody" ? "Request" : "";
        return [key, write(child, `${id}${kind}`)];
      }),
    );
  };
  const paths = write(document.paths as Json, "");
  const { securitySchemes } = document.components as JsonObject;
  return { ...document, paths, components: { ...(securitySchemes ? { securitySchemes } : {}), schemas } };
}

function renamed(document: JsonObject, rename: (name: string) => string): JsonObject {
  const result = map(document, (node) => {
    const name = nameIn(node.$ref);
    return name === undefined ? node : { ...node, $ref: `#/components/schemas/${rename(name)}` };
  }) as JsonObject;
  const schemas = Object.entries(schemasOf(result)).map(([name, schema]) => [rename(name), schema]);
  return {
    ...result,
    components: { ...(result.components as JsonObject), schemas: Object.fromEntries(schemas) },
  };
}

function versionInPaths(document: JsonObject): JsonObject {
  const { servers, paths } = document as { servers: JsonObject[]; paths: JsonObject };
  return {
    ...document,
    servers: servers.map((server) => ({ ...server, url: String(server.url).replace(/\/v1$/, "") })),
    paths: Object.fromEntries(Object.entries(paths).map(([path, item]) => [`/v1${path}`, item])),
  };
}

function otherParameters(document: JsonObject): JsonObject {
  const paths = Object.entries(document.paths as JsonObject).map(([path, item]) => [
    path.replace(/\w+Id\}/g, "id}"),
    item,
  ]);
  const result = map(document, (node) => (node.in === "path" ? { ...node, name: "id" } : node)) as JsonObject;
  const items = Object.fromEntries(
    paths.map(([path, item]) => [
      path,
      map(item as Json, (node) => (node.in === "path" ? { ...node, name: "id" } : node)),
    ]),
  );
  return { ...result, paths: items };
}

function parametersAtOperations(document: JsonObject): JsonObject {
  const paths = Object.entries(document.paths as Record<string, JsonObject>).map(
    ([path, { parameters, ...item }]) => [
      path,
      Object.fromEntries(
        Object.entries(item).map(([method, operation]) => {
          const own = (operation as JsonObject).parameters ?? [];
          const all = [...((parameters as Json[] | undefined) ?? []), ...(own as Json[])];
          return [method, { ...(operation as JsonObject), ...(all.length > 0 ? { parameters: all } : {}) }];
        }),
      ),
    ],
  );
  return { ...document, paths: Object.fromEntries(paths) };
}

/** In the words of OpenAPI 3.0, which has one example for a schema and no `summary` for the whole. */
function lowered(document: JsonObject): JsonObject {
  const result = map(document, (node) => {
    const { examples, ...rest } = node;
    return Array.isArray(examples) ? { ...rest, example: examples[0] as Json } : node;
  }) as JsonObject;
  const { summary: _, ...info } = result.info as JsonObject;
  return { ...result, openapi: "3.0.3", info };
}

function wrapped(document: JsonObject): JsonObject {
  const wrap = (node: Json): Json =>
    map(node, (object) => {
      if (nameIn(object.$ref) === undefined) return object;
      const { $ref: reference, ...beside } = object;
      return { allOf: [{ $ref: reference as Json }], ...beside };
    });
  return { ...document, paths: wrap(document.paths as Json), components: wrap(document.components as Json) };
}

function flattened(document: JsonObject): JsonObject {
  return map(document, (node) => {
    const branches = Array.isArray(node.allOf) ? node.allOf : [];
    if (branches.length < 2) return node;
    const parts = branches.map((branch) =>
      isObject(branch) && typeof branch.$ref === "string" ? resolvePointer(document, branch.$ref) : branch,
    ) as JsonObject[];
    const properties = Object.assign({}, ...parts.map((part) => part.properties ?? {}));
    return { type: "object", properties };
  }) as JsonObject;
}

function sorted(node: Json): Json {
  if (Array.isArray(node)) return node.map(sorted);
  if (!isObject(node)) return node;
  const entries = Object.entries(node).sort(([one], [other]) => (one < other ? -1 : 1));
  return Object.fromEntries(entries.map(([key, child]) => [key, sorted(child)]));
}

/** Equal schemas as one object, which the writer of YAML turns into anchors and aliases. */
function withSharedObjects(document: JsonObject): JsonObject {
  const known = new Map<string, JsonObject>();
  return map(document, (node) => {
    const text = JSON.stringify(node);
    const same = known.get(text) ?? node;
    known.set(text, same);
    return same;
  }) as JsonObject;
}
