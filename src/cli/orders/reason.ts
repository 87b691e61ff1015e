import { FulfillmentError, OutcomeUnknownError, ReferenceInUseError } from "juniper-fulfillment";
import { ledgerFailed } from "./open-ledger.ts";

/** What the hints of the library say of its functions and options, and how the same is done here. */
const words: readonly (readonly [RegExp, string])[] = [
  [/ From \S+ on, `resend: true` sends it again\./g, ""],
  [
    /record it with settleOrder\(.*?"not-placed"/g,
    "record it with orders settle REFERENCE --order ID, or with --not-placed",
  ],
  [/: give `deadlineMs` or `lookup\.timeoutMs` more, since/g, ", since"],
  [/\(lookup\.maxPages\)/g, "(--max-pages)"],
  [/settle it with settleOrder/g, "settle it with orders settle"],
  [/ \(listDelayMs\)/g, ""],
  [/as: \{ orderId \}/g, "--order ID"],
  [/set withoutLooking to true/g, "pass --without-looking"],
  [/set evenIfDifferent to true/g, "pass --even-if-different"],
  [/ A mock that responds with examples does that too: start it with `stateful: true`\./g, ""],
];

/** Why an order has no outcome, or another one than was wanted, in the words of the command line. */
export function reasonOf(error: unknown): string {
  if (!(error instanceof FulfillmentError)) return "An unknown error.";
  const text = words.reduce((message, [pattern, word]) => message.replace(pattern, word), error.message);
  if (error instanceof ReferenceInUseError) return text.replace("see orderId", `it is ${error.orderId}`);
  return ledgerFailureOf(error)?.message ?? text;
}

/** The same error, which says so. */
export function inWords(error: unknown): unknown {
  return error instanceof FulfillmentError ? Object.assign(error, { message: reasonOf(error) }) : error;
}

/** Why the ledger fails, where that is why nothing was sent. */
export function ledgerFailureOf(error: unknown): Error | undefined {
  if (!(error instanceof OutcomeUnknownError)) return undefined;
  return Object(error.cause).name === "LedgerFailure" ? ledgerFailed(error.cause) : undefined;
}
