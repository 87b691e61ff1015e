import { dereference, isObject, type Json, type JsonObject } from "../document/document.ts";
import { discrepanciesAt } from "./marked-document.ts";
import { vendorCode, vendorLine } from "./vendor-text.ts";

export interface FieldOptions {
  readonly isRequired?: boolean;
  /** Leaves out what a request may not hold. */
  readonly isRequest?: boolean;
}

/** The fields of a schema as a nested list, each with its type, its limits, what it means and what is peculiar to it. */
export function fieldList(document: JsonObject, schema: JsonObject, options: FieldOptions = {}): string {
  return fieldsOf(document, schema, options, 0, []).join("\n");
}

/** A parameter as an item of a list. */
export function parameterItem(document: JsonObject, parameter: JsonObject): string {
  const schema = isObject(parameter.schema) ? parameter.schema : {};
  const { description, example } = parameter;
  const described = {
    ...schema,
    ...(description === undefined ? {} : { description }),
    ...(example === undefined ? {} : { examples: [example] }),
  };
  return item(document, String(parameter.name), described, { isRequired: parameter.required === true }, 0);
}

function fieldsOf(
  document: JsonObject,
  schema: JsonObject,
  options: FieldOptions,
  depth: number,
  path: readonly JsonObject[],
): string[] {
  const target = innermost(document, schema);
  // A schema that holds itself would have no end.
  if (target === undefined || path.includes(target)) return [];
  const below = [...path, target];
  const lines: string[] = [];
  for (const keyword of ["allOf", "oneOf", "anyOf"] as const) {
    for (const [index, branch] of objects(target[keyword]).entries()) {
      if (keyword === "allOf") lines.push(...fieldsOf(document, branch, options, depth, below));
      else {
        lines.push(item(document, `${index === 0 ? "either" : "or"}`, branch, {}, depth));
        lines.push(...fieldsOf(document, branch, options, depth + 1, below));
      }
    }
  }
  const required = Array.isArray(target.required) ? target.required : [];
  for (const [name, value] of Object.entries(isObject(target.properties) ? target.properties : {})) {
    if (!isObject(value) || (options.isRequest && read(document, value).readOnly === true)) continue;
    lines.push(item(document, name, value, { isRequired: required.includes(name) }, depth));
    lines.push(...fieldsOf(document, value, options, depth + 1, below));
  }
  return lines;
}

/** The schema that has the fields: of a list, that of its items. */
function innermost(document: JsonObject, schema: JsonObject): JsonObject | undefined {
  const target = dereference(document, schema);
  if (!isObject(target)) return undefined;
  return isObject(target.items) ? innermost(document, target.items) : target;
}

/** A schema with what stands beside its reference. */
function read(document: JsonObject, schema: JsonObject): JsonObject {
  const target = dereference(document, schema);
  return isObject(target) && target !== schema ? { ...target, ...schema } : schema;
}

function item(
  document: JsonObject,
  name: string,
  schema: JsonObject,
  { isRequired }: FieldOptions,
  depth: number,
): string {
  const place = read(document, schema);
  const limits = [
    typeOf(document, place),
    ...limitsOf(place),
    ...(place.readOnly === true ? ["read only"] : []),
  ];
  const head = `${vendorCode(name)}: ${limits.join(", ")}${isRequired ? ", **required**" : ""}`;
  const words = typeof place.description === "string" ? vendorLine(place.description) : "";
  const sentences = [head, words, ...marksOf(document, place)].filter((sentence) => sentence !== "");
  const ended = sentences.map((sentence) => (/[.!?]$/.test(sentence) ? sentence : `${sentence}.`));
  return `${"  ".repeat(depth)}- ${ended.join(" ")}`;
}

function typeOf(document: JsonObject, place: JsonObject): string {
  const { type, format, items, enum: values, const: value } = place;
  if (value !== undefined) return vendorCode(value);
  if (Array.isArray(values))
    return values.length > 2
      ? `one of ${values.map(vendorCode).join(", ")}`
      : values.map(vendorCode).join(" or ");
  if (isObject(items)) {
    const inner = typeOf(document, read(document, items));
    return `list${inner === "any value" ? "" : inner === "object" ? " of objects" : ` of ${inner}`}`;
  }
  const name = (Array.isArray(type) ? type : [type]).filter((one) => typeof one === "string").join(" or ");
  const kind = format === undefined ? name : `${name} (${format})`;
  return kind === "" ? (isObject(place.properties) ? "object" : "any value") : vendorLine(kind);
}

function limitsOf(place: JsonObject): string[] {
  const { minimum, maximum, minLength, maxLength, minItems, maxItems, pattern, default: standard } = place;
  const between = (low: Json | undefined, high: Json | undefined, unit: string): string[] => {
    if (low === undefined && high === undefined) return [];
    if (high === undefined) return [`at least ${low}${unit}`];
    if (low === undefined) return [`at most ${high}${unit}`];
    return [low === high ? `exactly ${low}${unit}` : `${low} to ${high}${unit}`];
  };
  const sizes = [
    ...between(minimum, maximum, ""),
    ...between(minLength, maxLength, " characters"),
    ...between(minItems, maxItems, " items"),
  ];
  return [
    ...sizes.map(vendorLine),
    ...(pattern === undefined ? [] : [`pattern ${vendorCode(pattern)}`]),
    ...(standard === undefined ? [] : [`${vendorCode(standard)} by default`]),
  ];
}

/** An example, what the vendor does not say, and what the vendor says otherwise elsewhere. */
function marksOf(document: JsonObject, place: JsonObject): string[] {
  const example = Array.isArray(place.examples) ? place.examples[0] : place.example;
  const { "x-wire-name": wireName, "x-wire-values": wireValues } = place;
  const inner = isObject(place.items) ? read(document, place.items) : {};
  const ids = new Set([...discrepanciesAt(place), ...discrepanciesAt(inner)]);
  return [
    ...(example === undefined || Array.isArray(place.enum) ? [] : [`For example ${vendorCode(example)}`]),
    ...(typeof wireName === "string" ? [`It is sent and received as ${vendorCode(wireName)}`] : []),
    ...Object.entries(isObject(wireValues) ? wireValues : {}).map(
      ([value, wireValue]) => `${vendorCode(value)} is sent and received as ${vendorCode(wireValue)}`,
    ),
    ...(place["x-provenance"] === "inferred" ? [inferred] : []),
    ...(ids.size === 0 ? [] : [[...ids].map(discrepancyLink).join(", ")]),
  ];
}

/** How a place is marked that no page of the vendor's describes. */
export const inferred = "[Inferred](index.md#inferred)";

export function discrepancyLink(id: string): string {
  return `[${id}](../discrepancies.md#${id.toLowerCase()})`;
}

function objects(value: Json | undefined): JsonObject[] {
  return Array.isArray(value) ? value.filter(isObject) : [];
}
