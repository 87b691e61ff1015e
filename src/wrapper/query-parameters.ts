import { InvalidRequestError } from "./errors.ts";
import { isRecord } from "./is-record.ts";

/**
 * Readies the query parameters for openapi-fetch, which encodes their values and puts their names into the URL as they
 * are: a name such as `limit=1&x` would be two parameters. Names are encoded here. What is null or undefined is
 * left out, in lists and objects too: openapi-fetch would write an empty pair in its place.
 *
 * @returns The same object when there is nothing to change.
 * @throws {InvalidRequestError} for a value that can't be written into a URL.
 */
export function prepareQuery(query: unknown): unknown {
  if (!isRecord(query)) return query;
  let isPlain = true;
  for (const name in query) {
    const problem = problemOf(query[name]) ?? problemOf(name);
    if (problem !== undefined) {
      throw new InvalidRequestError(
        `The query parameter ${JSON.stringify(name)} ${problem}. Nothing was sent.`,
        [{ loc: ["query", name], type: "invalid" }],
      );
    }
    isPlain &&= plainName.test(name) && isPlainValue(query[name]);
  }
  return isPlain ? query : encoded(query);
}

/** Most names are of these characters, which need no encoding. */
const plainName = /^[\w.-]+$/;

function isPlainValue(value: unknown): boolean {
  return Array.isArray(value) ? value.every(isThere) : isThere(value) && !isRecord(value);
}

function isThere(value: unknown): boolean {
  return value !== null && value !== undefined;
}

/** The same with the names encoded, and without what isn't there. */
function encoded(record: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(record)
      .map(([name, value]): [string, unknown] => [encodeURIComponent(name), encodedValue(value)])
      .filter(([, value]) => isThere(value)),
  );
}

/** Undefined for an object that holds nothing. */
function encodedValue(value: unknown): unknown {
  if (Array.isArray(value)) return value.filter(isThere);
  if (!isRecord(value)) return value;
  const members = encoded(value);
  return Object.keys(members).length === 0 ? undefined : members;
}

function problemOf(value: unknown): string | undefined {
  if (typeof value === "string") {
    return /[\ud800-\udfff]/u.test(value) ? "holds half of a surrogate pair" : undefined;
  }
  if (typeof value === "number" && !Number.isFinite(value)) return `is ${value}`;
  if (typeof value === "symbol" || typeof value === "function") return "is no value for a URL";
  if (typeof value !== "object" || value === null) return undefined;
  const isPlain = Array.isArray(value) || [Object.prototype, null].includes(Object.getPrototypeOf(value));
  if (!isPlain) return "must be a string, a number, a boolean, or a list or a plain object of those";
  for (const part of Object.values(value)) {
    const problem = typeof part === "object" && part !== null ? "is nested too deep" : problemOf(part);
    if (problem !== undefined) return problem;
  }
  return undefined;
}
