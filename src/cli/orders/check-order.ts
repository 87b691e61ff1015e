import { isReference } from "../../orders/reference.ts";
import { formatMoney, type Money, parseMoney } from "../../testing/backend/money.ts";
import { dosageFaults } from "../../wrapper/corrections/dosage.ts";
import { isObject } from "../document/document.ts";
import type { Catalogue } from "./catalogue.ts";
import type { OrderSchema } from "./order-schema.ts";
import type { Problem } from "./submission-line.ts";
import { isState } from "./us-states.ts";

/** What is wrong with a reference. */
export function* referenceProblems(reference: unknown): Generator<Problem> {
  const field = "reference";
  if (reference === undefined) yield { field, problem: "is missing" };
  else if (!isReference(reference)) yield { field, problem: "is not a string of 1 to 256 characters" };
  else {
    yield* textProblems(reference, field);
    // A spreadsheet that drops them the next time makes another reference of it, and so another order.
    if (reference !== reference.trim()) yield { field, problem: "begins or ends with a blank" };
    if (/[\p{Cc}\p{Default_Ignorable_Code_Point}]/u.test(reference)) {
      yield { field, problem: "has a character that can't be seen" };
    }
  }
}

/** What is wrong with an order by itself: its schema, its doses, its address. */
export function* orderProblems(order: unknown, schema: OrderSchema): Generator<Problem> {
  yield* schema.problems(order);
  yield* valueProblems(order, "");
  if (!isObject(order)) return;
  const { lineItems, customer } = order;
  if (Array.isArray(lineItems) && lineItems.length === 0) {
    yield { field: "lineItems", problem: "is empty" };
  }
  for (const [index, item] of (Array.isArray(lineItems) ? lineItems : []).entries()) {
    const { quantity } = Object(item);
    if (typeof quantity === "number" && quantity < 1)
      yield { field: `lineItems[${index}].quantity`, problem: "is less than 1" };
  }
  for (const { index, sum, quantity } of dosageFaults(order)) {
    const problem = `adds up to ${sum}, but the quantity is ${quantity} (JH-09)`;
    yield { field: `lineItems[${index}].administration`, problem };
  }
  const { state } = Object(Object(customer).address);
  if (typeof state === "string" && state.length === 2 && !isState(state)) {
    yield { field: "customer.address.state", problem: "is not a USPS state code, such as CA" };
  }
}

/** Strings that are not what was written, or hold nothing; numbers that were rounded. */
function* valueProblems(value: unknown, field: string): Generator<Problem> {
  if (typeof value === "number" && Math.abs(value) > Number.MAX_SAFE_INTEGER) {
    yield { field, problem: "is too large to be read exactly" };
  } else if (typeof value === "string") {
    if (value.trim() === "") yield { field, problem: "is blank" };
    else {
      yield* textProblems(value, field);
      if (controls.test(value))
        yield { field, problem: "has a control character, or a line break at its end" };
    }
  } else if (Array.isArray(value)) {
    for (const [index, item] of value.entries()) yield* valueProblems(item, `${field}[${index}]`);
  } else if (isObject(value)) {
    for (const [name, child] of Object.entries(value)) {
      // A name that is no field's is a problem of the schema, and could hold anything.
      if (/^[A-Za-z_]\w{0,63}$/.test(name))
        yield* valueProblems(child, field === "" ? name : `${field}.${name}`);
    }
  }
}

/** A tab or a line break between words may be meant. The rest is left from a line end, or from another program. */
const controls = /[^\P{Cc}\t\r\n]|^[\r\n]|[\r\n]$|\r(?!\n)/u;

/** Text that was read in another encoding than it was written in. */
function* textProblems(text: string, field: string): Generator<Problem> {
  if (text.includes("\ufffd")) yield { field, problem: "is not UTF-8: save the file in that encoding" };
}

/** What is wrong with an order by the catalogue. */
export async function catalogueProblems(order: unknown, catalogue: Catalogue): Promise<Problem[]> {
  const problems: Problem[] = [];
  const { lineItems, shippingMethod } = Object(order);
  for (const [index, item] of (Array.isArray(lineItems) ? lineItems : []).entries()) {
    const { productId } = Object(item);
    if (!Number.isSafeInteger(productId)) continue;
    const product = await catalogue.product(productId);
    const { status = "ACTIVE" } = product ?? {};
    if (product !== undefined && status === "ACTIVE") continue;
    const problem = product === undefined ? "is not in the catalogue" : `is ${status}, but must be ACTIVE`;
    problems.push({ field: `lineItems[${index}].productId`, problem });
  }
  if (typeof shippingMethod === "string") {
    const names = (await catalogue.shippingMethods()).map(({ name }) => name);
    if (!names.some((name) => name === shippingMethod)) {
      problems.push({ field: "shippingMethod", problem: `is not offered; these are: ${names.join(", ")}` });
    }
  }
  return problems;
}

/**
 * What an order may come to: the price of each product × the quantity a day × the days, and the shipping. What a partner
 * gets off, and what is added for handling, is the vendor's to say. Undefined where a price is not known.
 */
export async function estimate(order: unknown, catalogue: Catalogue): Promise<Money | undefined> {
  const { lineItems, daysSupply, shippingMethod } = Object(order);
  const methods = await catalogue.shippingMethods();
  let total = parseMoney(methods.find(({ name }) => name === shippingMethod)?.price ?? "");
  for (const { productId, quantity } of lineItems) {
    const price = parseMoney((await catalogue.product(productId))?.price ?? "");
    if (total === undefined || price === undefined) return undefined;
    total += price * BigInt(quantity) * BigInt(daysSupply);
  }
  return total;
}

/** An amount with two decimals. */
export function inDollars(amount: Money): string {
  return `$${formatMoney(amount).replace(/(\.\d\d)\d+$/, "$1")}`;
}
