import { isObject, type Json, type JsonObject } from "../document.ts";
import { bare, isAnnotation, saysTheSame } from "./keywords.ts";

/** Where two schemas of one name differ, as a path into the shape, and how. */
export interface SchemaDifference {
  readonly path: readonly string[];
  readonly text: string;
  /** The keyword that differs, unless it is the whole. */
  readonly keyword?: string;
  /** The values that one of two enums has. */
  readonly values?: readonly Json[];
}

export interface United {
  readonly schema: Json;
  readonly differences: readonly SchemaDifference[];
}

/**
 * Two schemas as one that takes what either describes, for reading: properties and enums are united, a property is
 * required only where both require it, and a limit that only one has is dropped.
 */
export function unite(one: Json, other: Json, path: readonly string[] = []): United {
  if (saysTheSame(one, other)) return { schema: one, differences: [] };
  if (!isObject(one) || !isObject(other) || one.$ref !== other.$ref || isComposed(one) || isComposed(other)) {
    return { schema: { anyOf: [one, other] }, differences: [{ path, text: "is described in two ways" }] };
  }
  const differences: SchemaDifference[] = [];
  const schema: JsonObject = {};
  for (const key of new Set([...Object.keys(one), ...Object.keys(other)])) {
    const value = uniteKeyword(key, one, other, path, differences);
    if (value !== undefined) schema[key] = value;
  }
  return { schema, differences };
}

function isComposed(schema: JsonObject): boolean {
  return ["allOf", "oneOf", "anyOf", "not", "if"].some((keyword) => keyword in schema);
}

function uniteKeyword(
  key: string,
  one: JsonObject,
  other: JsonObject,
  path: readonly string[],
  differences: SchemaDifference[],
): Json | undefined {
  const [mine, theirs] = [one[key], other[key]];
  const differ = (text: string, values: readonly Json[] = []): void =>
    void differences.push({ path, text, keyword: key, values });
  if (isAnnotation(key)) return mine ?? theirs;
  if (key === "properties") return uniteProperties(one, other, path, differences);
  if (key === "items" && mine !== undefined && theirs !== undefined) {
    return within(mine, theirs, [...path, "items"], differences);
  }
  const [all, others] = [list(mine), list(theirs)];
  if (key === "required") {
    for (const name of [...all, ...others].filter((item) => !all.includes(item) || !others.includes(item))) {
      differences.push({
        path: [...path, "properties", String(name)],
        text: "is required in one place only",
      });
    }
    return all.filter((item) => others.includes(item));
  }
  if (JSON.stringify(bare({ [key]: mine ?? null })) === JSON.stringify(bare({ [key]: theirs ?? null }))) {
    return mine;
  }
  if (key === "enum" && mine !== undefined && theirs !== undefined) {
    const only = [...all, ...others].filter((item) => !all.includes(item) || !others.includes(item));
    differ(`has ${only.map((value) => JSON.stringify(value)).join(", ")} in one place only`, only);
    return [...new Set([...all, ...others])];
  }
  if (key === "type" && mine !== undefined && theirs !== undefined) {
    differ(`is ${[mine].flat().join(" or ")} in one place and ${[theirs].flat().join(" or ")} in another`);
    return [...new Set([mine, theirs].flat())] as Json[]; // A type is a string or a list of strings.
  }
  differ(`\`${key}\` differs`);
  return undefined;
}

function uniteProperties(
  one: JsonObject,
  other: JsonObject,
  path: readonly string[],
  differences: SchemaDifference[],
): JsonObject {
  const [mine, theirs] = [properties(one), properties(other)];
  const names = new Set([...Object.keys(mine), ...Object.keys(theirs)]);
  const entries = [...names].map((name): [string, Json] => {
    const place = [...path, "properties", name];
    const [a, b] = [own(mine, name), own(theirs, name)];
    if (a !== undefined && b !== undefined) return [name, within(a, b, place, differences)];
    differences.push({ path: place, text: "is there in one place only" });
    return [name, (a ?? b) as Json]; // One of them has the name.
  });
  return Object.fromEntries(entries);
}

function within(one: Json, other: Json, path: readonly string[], differences: SchemaDifference[]): Json {
  const united = unite(one, other, path);
  differences.push(...united.differences);
  return united.schema;
}

function properties(schema: JsonObject): JsonObject {
  return isObject(schema.properties) ? schema.properties : {};
}

function own(object: JsonObject, name: string): Json | undefined {
  return Object.hasOwn(object, name) ? object[name] : undefined;
}

function list(value: Json | undefined): Json[] {
  return Array.isArray(value) ? value : [];
}
