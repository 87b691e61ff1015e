import {
  dereference,
  isObject,
  type Json,
  type JsonObject,
  jsonSchema,
  listOperations,
} from "../document/document.ts";

/**
 * Which list operation yields which array: a GET with a `cursor` in its query, whose response has a `cursor`
 * and exactly one array beside it.
 */
export function collectPagination(document: JsonObject): Record<string, string> {
  const table: Record<string, string> = {};
  for (const { path, method, operation, parameters } of listOperations(document)) {
    const takesCursor = parameters.some(
      (parameter) => parameter.in === "query" && parameter.name === "cursor",
    );
    if (method !== "get" || !takesCursor || !isObject(operation.responses)) continue;
    const schema = dereference(document, jsonSchema(document, operation.responses["200"]));
    const properties = isObject(schema) && isObject(schema.properties) ? schema.properties : {};
    if (!Object.hasOwn(properties, "cursor")) continue;
    const arrays = Object.keys(properties).filter((name) => isArray(dereference(document, properties[name])));
    if (arrays.length === 1 && arrays[0] !== undefined) table[path] = arrays[0];
  }
  return table;
}

/** The most that `paginate` asks of a page. */
const maxPageSize = 100;

/** The largest page that every paginated list may be asked for: a larger `limit` would be refused. */
export function collectPageSize(document: JsonObject): number {
  const paginated = collectPagination(document);
  const limits = listOperations(document)
    .filter(({ path, method }) => method === "get" && Object.hasOwn(paginated, path))
    .flatMap(({ parameters }) =>
      parameters.filter(({ in: kind, name }) => kind === "query" && name === "limit"),
    )
    .map(({ schema }) => dereference(document, schema))
    .map((schema) => (isObject(schema) && typeof schema.maximum === "number" ? schema.maximum : maxPageSize));
  return Math.min(maxPageSize, ...limits);
}

function isArray(schema: Json | undefined): boolean {
  return isObject(schema) && schema.type === "array";
}
