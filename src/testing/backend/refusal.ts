/**
 * The location and kind of one fault, as the document's `ValidationIssue`.
 *
 * @example
 * ```ts
 * import type { RefusedField } from "juniper-fulfillment/testing";
 *
 * const field: RefusedField = { loc: ["body", "lineItems", 0, "productId"], type: "invalid" };
 * console.log(field.loc.join("."));
 * ```
 */
export interface RefusedField {
  /** Where it is, such as `["body", "customer", "address", "zip"]`. */
  readonly loc: readonly (string | number)[];
  /** What is wrong. */
  readonly type: "missing" | "invalid" | "type_error";
}

/** An error response, in one of the shapes that the document has for it (JH-08). */
export class Refusal extends Error {
  readonly status: number;
  readonly body: unknown;

  constructor(status: number, body: unknown) {
    super(`Refused with ${status}.`);
    this.status = status;
    this.body = body;
  }
}

/** 400, with a sentence. */
export function badRequest(detail: string): Refusal {
  return new Refusal(400, { detail });
}

/** 422, with the location of each fault. */
export function unprocessable(...detail: readonly RefusedField[]): Refusal {
  return new Refusal(422, { detail });
}

/** 404. The document declares it for the webhook secret alone, but unknown identifiers need some response. */
export function notFound(what: string): Refusal {
  return new Refusal(404, { detail: `${what} not found` });
}
