import { InvalidRequestError } from "../errors.ts";
import { isRecord } from "../is-record.ts";

const timesOfDay = ["morning", "afternoon", "evening", "sleep"] as const;

/** A line item whose doses don't add up. */
interface DosageFault {
  readonly index: number;
  readonly sum: number;
  readonly quantity: number;
}

/**
 * Checks that the doses of each line item add up to its quantity. The vendor states the rule in prose
 * only (JH-09), so no schema and no type can express it.
 *
 * @throws {InvalidRequestError} with the first such line item's index. The numbers say something about a person's health:
 * they are in its issues alone, which no log shows.
 */
export function checkDosage(body: unknown): void {
  const [fault] = dosageFaults(body);
  if (fault !== undefined) {
    const { index, sum, quantity } = fault;
    const message = `the doses add up to ${sum}, and the quantity is ${quantity}`;
    throw new InvalidRequestError(
      `lineItems[${index}]: the doses of its administration don't add up to its quantity. ` +
        "Make them equal, or set checkDosage: false to send it anyway (JH-09).",
      [{ loc: ["body", "lineItems", index, "administration"], type: "invalid", message }],
    );
  }
}

/** Every line item whose doses don't add up to its quantity. */
export function dosageFaults(body: unknown): DosageFault[] {
  const faults: DosageFault[] = [];
  if (!isRecord(body) || !Array.isArray(body.lineItems)) return faults;
  for (const [index, item] of body.lineItems.entries()) {
    if (!isRecord(item) || !isRecord(item.administration)) continue;
    const { administration, quantity } = item;
    const doses = timesOfDay.map((time) => administration[time]);
    // Missing fields and wrong types are for the API to name.
    if (typeof quantity !== "number" || !doses.every((dose) => typeof dose === "number")) continue;
    const sum = doses.reduce((total, dose) => total + dose, 0);
    if (sum !== quantity) faults.push({ index, sum, quantity });
  }
  return faults;
}
