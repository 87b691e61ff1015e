import {
  httpMethods,
  isObject,
  type Json,
  type JsonObject,
  resolvePointer,
} from "../../scripts/document/document.ts";

/**
 * What a document says of each operation with all references followed, in one form: `GET {base path}/orders/{}` →
 * parameters, request and responses. Written apart from the layout that it is to check.
 */
export function said(document: JsonObject): Record<string, Json> {
  const base = new Set(
    (Array.isArray(document.servers) ? document.servers : []).map((server) =>
      isObject(server) ? new URL(String(server.url), "https://x").pathname.replace(/\/$/, "") : "",
    ),
  );
  const operations: Record<string, Json> = {};
  for (const [path, reference] of Object.entries(document.paths as JsonObject)) {
    const item = follow(document, reference) as JsonObject;
    for (const method of httpMethods) {
      const operation = item[method];
      if (!isObject(operation)) continue;
      const names = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
      const parameters: Record<string, Json> = {};
      for (const entry of [...list(item.parameters), ...list(operation.parameters)]) {
        const parameter = follow(document, entry) as JsonObject;
        const name = parameter.in === "path" ? names.indexOf(String(parameter.name)) : parameter.name;
        parameters[`${parameter.in} ${name}`] = plain(document, { ...parameter, name: `${name}` });
      }
      const key = `${method} ${[...base].join()}${path.replace(/\{\w+\}/g, "{}")}`;
      operations[key] = sort({
        security: operation.security ?? document.security ?? null,
        parameters,
        request: operation.requestBody === undefined ? null : plain(document, operation.requestBody),
        responses: plain(document, operation.responses as Json),
        summary: operation.summary ?? null,
        description: operation.description ?? null,
      });
    }
  }
  return operations;
}

function follow(document: JsonObject, node: Json): Json {
  if (!isObject(node) || typeof node.$ref !== "string") return node;
  const { $ref: reference, ...beside } = node;
  const target = follow(document, resolvePointer(document, reference) ?? null);
  return isObject(target) ? { ...target, ...beside } : target;
}

/** With every reference followed, compositions of objects merged, and 3.0 in the words of 3.1. */
function plain(document: JsonObject, node: Json, open: readonly string[] = []): Json {
  if (Array.isArray(node)) return node.map((item) => plain(document, item, open));
  if (!isObject(node)) return node;
  if (typeof node.$ref === "string" && open.includes(node.$ref))
    return { again: open.indexOf(node.$ref) - open.length };
  const inside = typeof node.$ref === "string" ? [...open, node.$ref] : open;
  let { nullable, example, allOf, ...rest } = follow(document, node) as JsonObject;
  if (Array.isArray(allOf)) {
    for (const branch of allOf) {
      const part = plain(document, branch, inside) as JsonObject;
      rest = {
        ...part,
        ...rest,
        properties: { ...(part.properties as JsonObject), ...(rest.properties as JsonObject) },
      };
      if (isObject(rest.properties) && Object.keys(rest.properties).length === 0) delete rest.properties;
    }
  }
  if (example !== undefined && "type" in rest) rest.examples = [example];
  else if (example !== undefined) rest.example = example;
  if (nullable === true) rest.type = [rest.type as Json, "null"].flat() as Json[];
  for (const key of ["enum", "required"])
    if (Array.isArray(rest[key])) rest[key] = [...(rest[key] as Json[])].sort();
  const entries = Object.entries(rest).filter(([key]) => !/^x-/.test(key));
  return Object.fromEntries(
    entries.map(([key, child]) => [
      key,
      /^examples?$|^default$/.test(key) ? child : plain(document, child, inside),
    ]),
  );
}

function sort(node: Json): Json {
  if (Array.isArray(node)) return node.map(sort);
  if (!isObject(node)) return node;
  return Object.fromEntries(
    Object.entries(node)
      .sort(([one], [other]) => (one < other ? -1 : 1))
      .map(([key, child]) => [key, sort(child)]),
  );
}

function list(value: Json | undefined): Json[] {
  return Array.isArray(value) ? value : [];
}
