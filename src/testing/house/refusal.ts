/** Where a fault lies and what kind it is, as the document's `ValidationIssue`. */
export interface RefusedField {
  readonly loc: readonly (string | number)[];
  readonly type: "missing" | "invalid" | "type_error";
}

/** An answer that says no, in one of the shapes that the document has for it (JH-08). */
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

/** 422, with the places of what is wrong. */
export function unprocessable(...detail: readonly RefusedField[]): Refusal {
  return new Refusal(422, { detail });
}

/** 404. The document declares it for the webhook secret alone, but what is unknown has to be answered somehow. */
export function notFound(what: string): Refusal {
  return new Refusal(404, { detail: `${what} not found` });
}
