import { isObject, type Json, type JsonObject, listOperations, resolvePointer } from "./document.ts";

/** Whether programs only send a schema, only read it, or do both. */
export type SchemaRole = "request" | "response" | "both";

/** Schema → what programs do with it. */
export function schemaRoles(document: JsonObject): Map<string, SchemaRole> {
  const sent = new Set<string>();
  const read = new Set<string>();
  for (const { operation, parameters } of listOperations(document)) {
    reach(document, [...parameters, operation.requestBody ?? null], sent);
    reach(document, operation.responses ?? null, read);
  }
  reach(document, document.webhooks ?? null, read);
  const roleOf = (name: string): SchemaRole =>
    !read.has(name) ? "request" : sent.has(name) ? "both" : "response";
  return new Map([...sent, ...read].map((name) => [name, roleOf(name)]));
}

function reach(document: JsonObject, start: Json, names: Set<string>): void {
  const open: Json[] = [start];
  const passed = new Set<string>();
  for (let value = open.pop(); value !== undefined; value = open.pop()) {
    if (Array.isArray(value)) open.push(...value);
    if (!isObject(value)) continue;
    open.push(...Object.values(value));
    const { $ref: reference } = value;
    if (typeof reference !== "string" || passed.has(reference)) continue;
    passed.add(reference);
    const name = /^#\/components\/schemas\/([^/]+)$/.exec(reference)?.[1];
    if (name !== undefined) names.add(name);
    open.push(resolvePointer(document, reference) ?? null);
  }
}
