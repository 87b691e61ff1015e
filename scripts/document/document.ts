import { parse } from "yaml";
import { isObject, type JsonObject } from "../../src/cli/document/document.ts";
import { findForeignValue } from "./json-values.ts";
import { message } from "./message.ts";

export * from "../../src/cli/document/document.ts";

/** Something in the documents that has to be put right by hand before anything can be generated. */
export class GenerationError extends Error {
  override readonly name = "GenerationError";
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(problems.join("\n"));
    this.problems = problems;
  }
}

/** Parses YAML (or JSON, which is a part of it) that must hold an object. `name` is what messages call it. */
export function parseDocument(text: string, name: string): JsonObject {
  let document: unknown;
  try {
    document = parseJson(text) ?? parse(text, { maxAliasCount: 1000, merge: true, logLevel: "error" });
  } catch (error) {
    throw new GenerationError([
      message`${name} is not valid YAML: ${error instanceof Error ? error.message : error}`,
    ]);
  }
  if (!isObject(document)) throw new GenerationError([`${name} does not hold an object.`]);
  const foreign = findForeignValue(document);
  if (foreign !== undefined) {
    throw new GenerationError([
      message`${name}: ${foreign} has a value that JSON can't hold, or contains itself.`,
    ]);
  }
  // YAML aliases make two places share one object. Each place gets its own, so that a correction of one
  // does not change the other.
  return JSON.parse(JSON.stringify(document)) as JsonObject;
}

/** JSON is read by its own parser, which takes a fraction of the time that YAML's does. Undefined if the text isn't JSON. */
function parseJson(text: string): unknown {
  if (!text.startsWith("{")) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
