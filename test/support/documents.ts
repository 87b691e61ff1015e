import { readFileSync } from "node:fs";
import { Ajv2020 } from "ajv/dist/2020.js";
import formats from "ajv-formats";
import {
  type Json,
  type JsonObject,
  jsonSchemaReference,
  listOperations,
  type Operation,
  parseDocument,
} from "../../scripts/document/document.ts";

function read(path: string): JsonObject {
  return parseDocument(readFileSync(new URL(`../../openapi/${path}`, import.meta.url), "utf8"), path);
}

/** As the vendor lays it out, and as we do. */
export const published: JsonObject = read("published/index.yaml");
export const wire: JsonObject = read("wire.yaml");
export const corrected: JsonObject = read("corrected.yaml");
export const corrections: JsonObject = read("corrections.yaml");

export const operations: readonly Operation[] = listOperations(corrected);

const ajv = new Ajv2020({ strict: false, allErrors: true });
formats.default(ajv);
ajv.addSchema(corrected, "corrected");
ajv.addSchema(wire, "wire");

/** What is wrong with an answer as the user sees it, by the corrected document. Empty when nothing is. */
export function faultsOf({ path, method }: Operation, status: number, data: unknown): string[] {
  return faultsAt("corrected", corrected, ["paths", path, method, "responses", `${status}`], data);
}

/** What is wrong with an answer as it travels, by the wire document. */
export function wireFaultsOf({ path, method }: Operation, status: number, data: unknown): string[] {
  return faultsAt("wire", wire, ["paths", path, method, "responses", `${status}`], data);
}

/** What is wrong with the body of a webhook as it travels, by the wire document. */
export function webhookFaultsOf(data: unknown): string[] {
  return faultsAt("wire", wire, ["webhooks", "orderStatusUpdated", "post", "requestBody"], data);
}

function faultsAt(name: string, document: JsonObject, place: readonly string[], data: unknown): string[] {
  const validate = ajv.compile({ $ref: `${name}${jsonSchemaReference(document, place)}` });
  validate(data);
  return (validate.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message}`);
}

/** A document without the marks of our corrections and classes, as a vendor who says the same would publish it. */
export function withoutMarks(value: Json): Json {
  if (Array.isArray(value)) return value.map(withoutMarks);
  if (typeof value !== "object" || value === null) return value;
  const kept = Object.entries(value).filter(([key]) => !/^x-(wire-|discrepancy|sensitive)/.test(key));
  return Object.fromEntries(kept.map(([key, child]) => [key, withoutMarks(child)]));
}
