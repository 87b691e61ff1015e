import { isRecord } from "./is-record.ts";

/**
 * One issue with a request, found by the API or by a check before the request was sent.
 *
 * @example
 * ```ts
 * import type { Issue } from "juniper-fulfillment";
 *
 * const describe = ({ loc, type }: Issue): string => `${loc.join(".")}: ${type}`;
 * console.log(describe({ loc: ["body", "customer", "email"], type: "invalid" }));
 * ```
 */
export interface Issue {
  /** Where it is, such as `["body", "customer", "address", "zip"]`. */
  readonly loc: readonly (string | number)[];
  /** What is wrong: `missing`, `invalid`, `type_error`, or what a later version of the API says. */
  readonly type: string;
  /** The API's own words about it, if it has any. They may quote what was sent. */
  readonly message?: string;
}

/** A response's body: its parsed JSON, or the string itself when it isn't JSON. Undefined when it is empty. */
export function parseBody(body: string): unknown {
  if (body === "") return undefined;
  try {
    return JSON.parse(body);
  } catch {
    return body;
  }
}

/**
 * Reads the four documented shapes of an error body (JH-08): `{detail: string}`, `{detail: [{loc, type}]}`,
 * `{error: string}` and a bare `{loc, type}`; and the `message` of a gateway that responds in the API's place.
 */
export function readErrorBody(body: unknown): {
  detail: string | undefined;
  issues: readonly Issue[];
} {
  if (!isRecord(body)) return { detail: undefined, issues: [] };
  const sentences = [body.detail, body.error_description, body.error, body.message];
  const detail = sentences.find(
    (sentence): sentence is string => typeof sentence === "string" && sentence !== "",
  );
  const items = Array.isArray(body.detail) ? body.detail : [body];
  return { detail, issues: items.flatMap(readIssue) };
}

function readIssue(item: unknown): Issue[] {
  if (!isRecord(item) || !Array.isArray(item.loc) || typeof item.type !== "string") return [];
  const loc = item.loc.filter((part) => typeof part === "string" || typeof part === "number");
  const message = item.msg ?? item.message;
  return [{ loc, type: item.type, ...(typeof message === "string" && message !== "" && { message }) }];
}
