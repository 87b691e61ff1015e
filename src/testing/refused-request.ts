import type { RefusedField } from "./backend/refusal.ts";

/** One violation of the document in a request, as a JSON Schema validator reports it. */
export interface RequestViolation {
  /** Where it is, such as `["body", "lineItems", "0", "quantity"]`; empty when the whole body is missing. */
  readonly path: readonly string[];
  /** The keyword that failed, such as `required` or `pattern`. */
  readonly keyword: string;
  readonly message: string;
}

/**
 * The body of the response to a request that the document does not allow. It names what is wrong, in the vendor's
 * shapes: a sentence with 400, and a list of fields with 422. Operations that declare neither get 422: inferred.
 */
export function refusalBody(status: number, violations: readonly RequestViolation[]): unknown {
  if (status === 400) {
    const names = [...new Set(violations.map(({ path }) => path[1] ?? "body"))].join(", ");
    return { detail: `Invalid request parameters: ${names}` };
  }
  const fields = new Map<string, RefusedField>();
  for (const violation of violations) {
    const field = fieldOf(violation);
    const key = JSON.stringify(field.loc);
    // A value of another type often breaks an enum as well: the first is what is wrong with it.
    if (!fields.has(key)) fields.set(key, field);
  }
  return { detail: [...fields.values()] };
}

function fieldOf({ path, keyword, message }: RequestViolation): RefusedField {
  const loc = (path.length === 0 ? ["body"] : path).map((part) => (/^\d+$/.test(part) ? Number(part) : part));
  if (keyword !== "required") return { loc, type: keyword === "type" ? "type_error" : "invalid" };
  const name = /required property '(.+)'/.exec(message)?.[1];
  return { loc: name === undefined ? loc : [...loc, name], type: "missing" };
}
