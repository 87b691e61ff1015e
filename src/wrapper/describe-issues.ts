import type { Issue } from "./error-body.ts";
import { ApiError, InvalidRequestError } from "./errors.ts";
import { fieldOf } from "./issue-field.ts";

const words: Readonly<Record<string, string>> = {
  missing: "missing",
  invalid: "not accepted",
  type_error: "wrong type",
};

/**
 * Says what is wrong with a request, one sentence per issue, in your spelling (JH-08):
 * `lineItems[1].productId: not accepted`.
 *
 * Show the sentences to operators and support, and keep them out of logs: they hold the API's own words, which may
 * quote what was sent.
 *
 * @param error The error that a call threw.
 * @returns A sentence for each issue. Without issues, the API's own sentence, or the message of an error from before
 * anything was sent. For any other error, an empty array.
 * @example
 * ```ts
 * import { createFulfillmentClient, describeIssues, fromEnv, type OrderRequest, unwrap } from "juniper-fulfillment";
 *
 * const client = createFulfillmentClient(fromEnv());
 * declare const body: OrderRequest;
 * try {
 *   unwrap(await client.POST("/orders", { body }));
 * } catch (error) {
 *   for (const sentence of describeIssues(error)) console.error(sentence);
 * }
 * ```
 */
export function describeIssues(error: unknown): string[] {
  if (error instanceof InvalidRequestError) {
    const { issues, message } = error;
    return issues.length === 0 ? [message] : issues.map((issue) => sentence(noCall, issue));
  }
  if (!(error instanceof ApiError)) return [];
  const { issues, detail } = error;
  if (issues.length === 0) return detail === undefined ? [] : [detail];
  return issues.map((issue) => sentence(error, issue));
}

/** Issues that were found before the request was sent are in the user's spelling already. */
const noCall = { method: "", path: "" };

function sentence(call: { readonly method: string; readonly path: string }, issue: Issue): string {
  const what = Object.hasOwn(words, issue.type) ? words[issue.type] : issue.type;
  const said = issue.message === undefined ? what : `${what} (${issue.message})`;
  return `${fieldOf(call, issue) || "the request"}: ${said}`;
}
