import { InvalidRequestError } from "./errors.ts";
import { isRecord } from "./is-record.ts";

/**
 * @throws {InvalidRequestError} for what has no parameters by their names. A query that is written out, or in a `Map`,
 * would be left out.
 */
export function checkParams(params: unknown): void {
  if (isRecord(params) && hasNames(params.path) && hasNames(params.query)) return;
  throw new InvalidRequestError("params, and its path and query, must be plain objects. Nothing was sent.");
}

function hasNames(parameters: unknown): boolean {
  return parameters === undefined || (isRecord(parameters) && !(Symbol.iterator in parameters));
}
