import { ConnectionError, InvalidRequestError, OutcomeUnknownError } from "juniper-fulfillment";
import { describe, expect, test } from "vitest";
import { inWords, reasonOf } from "../../src/cli/orders/reason.ts";
import { LedgerFailure } from "../../src/orders/bounded-store.ts";
import * as hints from "../../src/orders/hints.ts";

const call = { method: "POST", path: "/orders" };

describe("why an order has no outcome", () => {
  test.each([
    ["candidates", hints.candidates()],
    ["ofTheCustomer", hints.ofTheCustomer()],
    ["notFound", hints.notFound(false, 0)],
    ["incomplete", hints.incomplete("unread")],
    ["tooSlow", hints.tooSlow],
    ["changedFields", hints.changedFields(["state"])],
    ["anotherOrder", hints.anotherOrder(["state"])],
    ["noOrderYet", hints.noOrderYet()],
    ["ofAnotherReference", hints.ofAnotherReference("o-1")],
  ])("names commands, and no functions or options of the library, in %s", (_name, hint) => {
    const reason = reasonOf(new OutcomeUnknownError({ ...call, cause: undefined }, hint));
    expect(reason).toMatch(/^POST \/orders may or may not have been carried out\. ./);
    expect(reason).not.toMatch(/settleOrder|resend: true|maxPages|timeoutMs|deadlineMs|stateful|\bas:/);
    if (hint.includes("settleOrder")) expect(reason).toContain("with orders settle REFERENCE --order ID");
  });

  test("names options of the command where settling is refused", () => {
    const text =
      "Settle it with as: { orderId }, or set withoutLooking to true if you know that it is another one.";
    expect(String(inWords(new InvalidRequestError(text)))).toContain(
      "Settle it with --order ID, or pass --without-looking if you know",
    );
  });

  test("is the code alone of a ledger that fails", () => {
    const failure = new LedgerFailure(Object.assign(new Error("hidden"), { code: "EACCES" }));
    const error = new OutcomeUnknownError({ ...call, cause: failure }, hints.ledgerFailed);
    expect(reasonOf(error)).toBe("The ledger failed (EACCES).");
  });

  test("is the message of any other error of the client, and nothing of a stranger's", () => {
    const refused = new ConnectionError({ ...call, maybeSent: false });
    expect(reasonOf(refused)).toBe(refused.message);
    expect(reasonOf(new Error("hidden"))).toBe("An unknown error.");
  });
});
