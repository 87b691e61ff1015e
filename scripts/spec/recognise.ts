import { isObject, type JsonObject, listOperations, parseDocument } from "../document/document.ts";
import { message } from "../document/message.ts";
import { SpecError } from "./spec-error.ts";

/** The share of the known operations that a document must have to pass for the same API. */
const knownShare = 0.5;

/**
 * Parses what was fetched, or says what it is instead of an OpenAPI 3 document. Of a document that is not yet put
 * together, nobody knows yet whether it has operations.
 */
export function parseOpenApi(text: string, name: string, isWhole = true): JsonObject {
  if (text.trim() === "") throw new SpecError(`${name} is empty.`);
  if (/^\s*(<!doctype|<html|<\?xml|<)/i.test(text)) {
    throw new SpecError(`${name} is a page of HTML or XML, and not a document. Is it the right address?`);
  }
  const document = parse(text, name);
  if (typeof document.swagger === "string") {
    throw new SpecError(
      message`${name} is a Swagger ${document.swagger} document, and OpenAPI 3 is needed. Convert it first, and give the result to \`--from\`.`,
    );
  }
  if (typeof document.openapi !== "string" || !/^3\.\d+\.\d+$/.test(document.openapi)) {
    const found =
      document.openapi === undefined ? "it has no `openapi`" : `it has \`openapi: ${document.openapi}\``;
    throw new SpecError(message`${name} is not an OpenAPI 3 document: ${found}.`);
  }
  if (!isObject(document.paths) || (isWhole && listOperations(document).length === 0)) {
    throw new SpecError(`${name} is an OpenAPI document without a single operation.`);
  }
  return document;
}

function parse(text: string, name: string): JsonObject {
  try {
    return parseDocument(text, name);
  } catch (error) {
    // YAML takes almost any text for a string: only the first line of its complaint says anything.
    const [reason = ""] = String(error instanceof Error ? error.message : error).split("\n");
    throw new SpecError(message`${name} is not a document in YAML or JSON: ${reason}`);
  }
}

/**
 * Refuses the document of another API. A title can change, and another API can have the same; so what counts is
 * how many of the operations that we know are in it, whatever base path and names of parameters they have.
 */
export function refuseAnotherApi(document: JsonObject, known: JsonObject, name: string): void {
  const knownKeys = operationKeys(known);
  const keys = operationKeys(document);
  const found = [...knownKeys].filter((key) => keys.has(key)).length;
  if (found >= knownKeys.size * knownShare) return;
  const title = isObject(document.info) ? String(document.info.title) : "no title";
  throw new SpecError(
    message`${name} describes another API, "${title}": it has ${found} of the ${knownKeys.size} operations that we know. If it is the right one all the same, run it again with \`--force\`.`,
  );
}

/** Methods and paths, without a version in front and without the names of parameters. */
function operationKeys(document: JsonObject): Set<string> {
  return new Set(
    listOperations(document).map(
      ({ method, path }) => `${method} ${path.replace(/^\/v\d+(?=\/)/, "").replace(/\{[^{}]*\}/g, "{}")}`,
    ),
  );
}
