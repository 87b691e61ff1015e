import { readFileSync } from "node:fs";
import { Ajv2020 } from "ajv/dist/2020.js";
import formats from "ajv-formats";
import {
  type JsonObject,
  listOperations,
  type Operation,
  parseDocument,
} from "../../scripts/generation/document.ts";

function read(path: string): JsonObject {
  return parseDocument(readFileSync(new URL(`../../openapi/${path}`, import.meta.url), "utf8"), path);
}

export const published: JsonObject = read("published/index.yaml");
export const corrected: JsonObject = read("corrected.yaml");
export const corrections: JsonObject = read("corrections.yaml");

export const operations: readonly Operation[] = listOperations(corrected);

const ajv = new Ajv2020({ strict: false, allErrors: true });
formats.default(ajv);
ajv.addSchema(corrected, "corrected");

/** What is wrong with an answer as the user sees it, by the corrected document. Empty when nothing is. */
export function faultsOf(operation: Operation, status: number, data: unknown): string[] {
  const escaped = operation.path.replaceAll("~", "~0").replaceAll("/", "~1");
  const pointer = `corrected#/paths/${encodeURIComponent(escaped)}/${operation.method}/responses/${status}`;
  const validate = ajv.compile({ $ref: `${pointer}/content/application~1json/schema` });
  validate(data);
  return (validate.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message}`);
}
