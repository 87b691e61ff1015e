import { pointerOf, referenceOf, tokensOf } from "./json-pointer.ts";
import { dataKeywords, nameMaps } from "./keywords.ts";

/** A node of a parsed YAML or JSON document. */
export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };
export type JsonObject = { [key: string]: Json };

/** The methods that a path item can hold, in OpenAPI 3.1's own order. */
export const httpMethods = ["get", "put", "post", "delete", "options", "head", "patch", "trace"] as const;

export function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** What a local reference such as `#/components/schemas/Order` points at, or undefined. */
export function resolvePointer(document: JsonObject, reference: string): Json | undefined {
  if (reference === "#") return document;
  if (!reference.startsWith("#/")) return undefined;
  let value: Json | undefined = document;
  for (const key of tokensOf(reference)) {
    if (Array.isArray(value)) value = value[Number(key)];
    else if (isObject(value) && Object.hasOwn(value, key)) value = value[key];
    else return undefined;
  }
  return value;
}

/** Follows `$ref` until something that isn't one. Siblings of a `$ref` are the caller's business. */
export function dereference(document: JsonObject, value: Json | undefined): Json | undefined {
  const seen = new Set<Json>();
  while (isObject(value) && typeof value.$ref === "string") {
    if (seen.has(value)) return undefined;
    seen.add(value);
    value = resolvePointer(document, value.$ref);
  }
  return value;
}

/** Visits every object of the document that isn't data, with its JSON pointer. */
export function visitObjects(root: JsonObject, visit: (object: JsonObject, pointer: string) => void): void {
  const walk = (value: Json, pointer: string, isNameMap: boolean): void => {
    if (Array.isArray(value)) {
      value.forEach((item, index) => {
        walk(item, `${pointer}/${index}`, false);
      });
      return;
    }
    if (!isObject(value)) return;
    if (!isNameMap) visit(value, pointer);
    for (const [key, child] of Object.entries(value)) {
      if (!isNameMap && dataKeywords.has(key)) continue;
      walk(child, pointerOf([key], pointer), !isNameMap && nameMaps.has(key));
    }
  };
  walk(root, "#", false);
}

export interface Operation {
  /** Upper-case method and templated path, such as `GET /orders/{orderId}`. */
  readonly key: string;
  readonly path: string;
  readonly method: (typeof httpMethods)[number];
  readonly operation: JsonObject;
  /** The path item's parameters, overridden by the operation's own, all references followed. */
  readonly parameters: readonly JsonObject[];
}

/** Every operation under `paths`, in the document's order. */
export function listOperations(document: JsonObject): Operation[] {
  const operations: Operation[] = [];
  const paths = isObject(document.paths) ? document.paths : {};
  for (const [path, reference] of Object.entries(paths)) {
    const item = dereference(document, reference);
    if (!isObject(item)) continue;
    for (const method of httpMethods) {
      const operation = item[method];
      if (!isObject(operation)) continue;
      const parameters = new Map<string, JsonObject>();
      for (const list of [item.parameters, operation.parameters]) {
        for (const entry of Array.isArray(list) ? list : []) {
          const parameter = dereference(document, entry);
          if (isObject(parameter)) parameters.set(`${parameter.in} ${parameter.name}`, parameter);
        }
      }
      const key = `${method.toUpperCase()} ${path}`;
      operations.push({ key, path, method, operation, parameters: [...parameters.values()] });
    }
  }
  return operations;
}

/** The schema of a request body's or a response's JSON content, or undefined. */
export function jsonSchema(document: JsonObject, holder: Json | undefined): JsonObject | undefined {
  return jsonMedia(dereference(document, holder))?.schema;
}

function jsonMedia(
  holder: Json | undefined,
): { readonly type: string; readonly schema: JsonObject } | undefined {
  const content = isObject(holder) ? holder.content : undefined;
  if (!isObject(content)) return undefined;
  for (const [type, media] of Object.entries(content)) {
    if (!/^application\/(.+\+)?json\s*(;|$)/i.test(type)) continue;
    if (isObject(media) && isObject(media.schema)) return { type, schema: media.schema };
  }
  return undefined;
}

/**
 * A reference to the JSON schema of the body or response at a place such as `["paths", "/orders", "get", "responses", "200"]`,
 * for a validator that knows the document; undefined where nothing stands. What stands there may be a reference itself.
 */
export function jsonSchemaReference(document: JsonObject, place: readonly string[]): string | undefined {
  let pointer = referenceOf(pointerOf(place));
  let holder = resolvePointer(document, pointer);
  while (isObject(holder) && typeof holder.$ref === "string") {
    pointer = holder.$ref;
    holder = resolvePointer(document, pointer);
  }
  const media = jsonMedia(holder);
  return media && `${pointer}${referenceOf(pointerOf(["content", media.type, "schema"], ""))}`;
}
