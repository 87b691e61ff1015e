import { isObject, type Json, type JsonObject, resolvePointer } from "../document.ts";
import { isAnnotation } from "./keywords.ts";

/** The schema that stands at a place once everything around it that holds nothing is taken off. */
export interface Seen {
  readonly schema: Json;
  /** The reference that led to it, if one did. */
  readonly pointer: string | undefined;
  /** What the references and wrappers say of it: the outermost wins. */
  readonly remarks: JsonObject;
  readonly isNullable: boolean;
}

/**
 * Follows references, and sees through `allOf`, `oneOf` and `anyOf` around one schema and through the ways of saying
 * that a value may be null: `nullable`, `type: [T, "null"]`, and a branch of its own.
 *
 * @throws {Error} for a reference that leads to itself or nowhere.
 */
export function seeThrough(document: JsonObject, start: Json): Seen {
  let schema = start;
  let pointer: string | undefined;
  let remarks: JsonObject = {};
  let isNullable = false;
  const passed = new Set<string>();
  for (;;) {
    if (!isObject(schema)) return { schema, pointer, remarks, isNullable };
    const { $ref: reference } = schema;
    if (typeof reference === "string") {
      if (passed.has(reference)) throw new Error(`${reference} leads back to itself`);
      passed.add(reference);
      const beside = Object.fromEntries(
        Object.entries(schema).filter(([key]) => key !== "$ref" && key !== "nullable"),
      );
      if (!Object.keys(beside).every(isAnnotation) && isVersion31(document)) {
        schema = { allOf: [{ $ref: reference }, beside] };
        return { schema, pointer, remarks, isNullable };
      }
      remarks = { ...annotationsOf(beside), ...remarks };
      isNullable ||= schema.nullable === true;
      const target = resolvePointer(document, reference);
      if (target === undefined) throw new Error(`${reference} points at nothing`);
      [schema, pointer] = [target, reference];
      continue;
    }
    const inner = wrapped(schema);
    if (inner !== undefined) {
      remarks = { ...annotationsOf(schema), ...remarks };
      isNullable ||= inner.isNullable || schema.nullable === true;
      [schema, pointer] = [inner.schema, undefined];
      continue;
    }
    const isOwnNull =
      schema.nullable === true || (Array.isArray(schema.type) && schema.type.includes("null"));
    return {
      schema: isOwnNull ? withoutNull(schema) : schema,
      pointer,
      remarks,
      isNullable: isNullable || isOwnNull,
    };
  }
}

/** The one schema that a composition is around, if it says nothing else that holds. */
function wrapped(schema: JsonObject): { schema: Json; isNullable: boolean } | undefined {
  for (const keyword of ["allOf", "oneOf", "anyOf"]) {
    const branches = schema[keyword];
    if (!Array.isArray(branches)) continue;
    const others = Object.keys(schema).filter((key) => key !== keyword && key !== "nullable");
    if (!others.every(isAnnotation)) return undefined;
    const rest = keyword === "allOf" ? branches : branches.filter((branch) => !isNull(branch));
    const [only] = rest;
    if (rest.length !== 1 || only === undefined) return undefined;
    return { schema: only, isNullable: rest.length < branches.length };
  }
  return undefined;
}

function isNull(schema: Json): boolean {
  return isObject(schema) && schema.type === "null" && Object.keys(schema).length === 1;
}

function withoutNull(schema: JsonObject): JsonObject {
  const types = [schema.type ?? []].flat().filter((type) => type !== "null");
  const { nullable: _, ...rest } = schema;
  return {
    ...rest,
    ...(schema.type === undefined
      ? {}
      : { type: types.length === 1 ? (types[0] as Json) : (types as Json[]) }),
    ...(Array.isArray(schema.enum) ? { enum: schema.enum.filter((value) => value !== null) } : {}),
  };
}

function annotationsOf(schema: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(schema).filter(([key]) => isAnnotation(key)));
}

/** In OpenAPI 3.0 what stands beside a reference holds nothing. */
function isVersion31(document: JsonObject): boolean {
  return !/^3\.0\./.test(String(document.openapi));
}
