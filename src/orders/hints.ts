/**
 * What to do now, for the messages of OutcomeUnknownError. They hold no order's and no customer's data. Those that are put
 * together are functions: a bundler keeps what is put together at once, also for a page that submits nothing.
 */
import type { Gap } from "./recent-orders.ts";

export const ledgerFailed =
  "The ledger failed, so whether the reference has been placed before is not known. This call has placed nothing. Submit it again with the same reference when the ledger works.";

/** @param problem Where the ledger holds something else. */
export function unreadable(problem: string): string {
  return `${problem} Whether the reference has been placed before is not known. This call has placed nothing.`;
}

/** @param fields What the order in a 201 has that was not sent. */
export function anotherOrder(fields: readonly string[]): string {
  return `The response was about another order, which is in \`candidates\`: it differs in ${fields.join(", ")}. A mock that responds with examples does that too: start it with \`stateful: true\`.`;
}

export function olderOrder(): string {
  return `The response was about an order in \`candidates\` that was created before this one was sent, by its own account: something on the way may take an identical order for a double. Find out, and ${settle}.`;
}

/** @param orderId The order in the response. */
export function ofAnotherReference(orderId: string): string {
  return `The response was about an order that another reference has, ${orderId}: something on the way may take an identical order for a double, or a mock may give each order the same identifier.`;
}

export const contradiction =
  "The ledger says now this and now that, as a copy does that lags behind. This call has placed nothing. Submit it again with the same reference.";

export const answeredByMiddleware =
  "A middleware has responded in place of the API, so the order was not placed. Nothing was sent.";

export const madeUpByMiddleware = "The API did not say that it was: a middleware has responded in its place.";

export const notLookedFor =
  "It could not be looked for. Submit it again with the same reference: that looks, and sends nothing.";

export const tooSlow =
  "Looking for it took too long: give `deadlineMs` or `lookup.timeoutMs` more, since a list of many orders takes its time. Submit it again with the same reference: that looks, and sends nothing.";

export const foundAfterAbort =
  "The submission was aborted. The order in `candidates` was found, and is recorded: submit it again with the same reference to get it.";

const settle =
  'record it with settleOrder(client, { reference, ledger, as: { orderId } }), or with as: "not-placed"';

export function candidates(): string {
  return `The orders in \`candidates\` look like it. Decide which of them it is, and ${settle}.`;
}

export function ofTheCustomer(): string {
  return `No such order was found, but the orders in \`candidates\` are of its customer and of no other reference: it may be one of them in another form. So \`resend\` is refused. Find out, and ${settle}.`;
}

/** Why not finding an order proves nothing. */
export function whyNot(gap: Gap): string {
  switch (gap) {
    case "unread":
      return "not all orders could be read that could be it (lookup.maxPages)";
    case "unproven":
      return "the list doesn't show an order that was created with this ledger, or in another form than it had, or than the API shows it in by itself";
    case "brief":
      return "an order in the list says too little of its customer, items or terms to be told apart";
  }
}

export function incomplete(gap: Gap): string {
  return `It was not found, which proves nothing: ${whyNot(gap)}. Submit it again with the same reference: that looks, and sends nothing.`;
}

/** @param isWanted Whether `resend` was asked for. */
export function notFound(isWanted: boolean, notBeforeMs: number): string {
  const time = new Date(notBeforeMs).toISOString();
  if (isWanted)
    return `No such order was found, and it is too early to send it again: \`resend\` may from ${time} on.`;
  return `No such order was found. Submit it again with the same reference to look again. From ${time} on, \`resend: true\` sends it again. If you know better, ${settle}.`;
}

export function changedFields(fields: readonly string[]): string {
  return `No such order was found, which proves nothing: the API returns ${fields.join(", ")} in another form than expected. So \`resend\` is refused. Find out, and ${settle}.`;
}

/** @param problem Where the ledger holds something else. */
export function unreadableForm(problem: string): string {
  return `${problem} So the form in which the API returns orders isn't known, and not finding one proves nothing. Restore that entry, or delete it and place another order.`;
}

export function noOrderYet(): string {
  return `No such order was found, which proves nothing yet: no order has been created with this ledger in the last month, so the form in which the API returns orders isn't known. So \`resend\` is refused. Place another order first, or find out, and ${settle}.`;
}

export const overtaken =
  "Another call has taken the reference over. Submit it again with the same reference to see how that ended.";

/** What was sent again was certainly not stored. That says nothing about the first time. */
export const resendFailed =
  "Sending it again failed, and what became of the first time is not known. Submit it again with the same reference.";
