import { InvalidRequestError } from "../errors.ts";

const timesOfDay = ["morning", "afternoon", "evening", "sleep"] as const;

/**
 * Refuses a body whose line items' doses do not add up to their quantity. The vendor states the rule in prose
 * only (JH-09), so that no schema and no type can hold it.
 *
 * @throws {InvalidRequestError} with the first such line item's index and both numbers.
 */
export function checkDosage(body: unknown): void {
  if (!isRecord(body) || !Array.isArray(body.lineItems)) return;
  for (const [index, item] of body.lineItems.entries()) {
    if (!isRecord(item) || !isRecord(item.administration)) continue;
    const { administration, quantity } = item;
    const doses = timesOfDay.map((time) => administration[time]);
    // Missing fields and wrong types are for the API to name.
    if (typeof quantity !== "number" || !doses.every((dose) => typeof dose === "number")) continue;
    const sum = doses.reduce((total, dose) => total + dose, 0);
    if (sum === quantity) continue;
    throw new InvalidRequestError(
      `lineItems[${index}]: the doses of its administration add up to ${sum}, but its quantity is ${quantity}. ` +
        "Make them equal, or set preflight: false to send it all the same (JH-09).",
      [{ loc: ["body", "lineItems", index, "administration"], type: "invalid" }],
    );
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}
