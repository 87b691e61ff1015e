import type { Administration } from "../../generated/schema.ts";
import type { Catalogue } from "./catalogue.ts";
import type { Basket } from "./pricing.ts";
import { type RefusedField, unprocessable } from "./refusal.ts";

/**
 * Refuses a basket for what the document can't express.
 *
 * - No line items. The page on protocols calls them non-empty; for orders this is inferred.
 * - Unknown products, and in an order those that are not ACTIVE. The pages name the statuses DRAFT, BACKORDERED and
 *   DISCONTINUED, and do not say what becomes of such an order: this is inferred.
 * - Quantities below one: inferred. Doses that do not add up to the quantity: documented in prose (JH-09).
 *
 * @throws {Refusal} 422 with the location of each fault.
 */
export function checkBasket({ lineItems }: Basket, catalogue: Catalogue, isOrder: boolean): void {
  const faults = lineItems.flatMap(({ productId, quantity, administration }, index) => {
    const at = (name: string): RefusedField => ({ loc: ["body", "lineItems", index, name], type: "invalid" });
    const product = catalogue.pricesOf(productId);
    const isAvailable = product !== undefined && (product.isOrderable || !isOrder);
    return [
      ...(isAvailable ? [] : [at("productId")]),
      ...(quantity < 1 ? [at("quantity")] : []),
      ...(administration !== undefined && doses(administration) !== quantity ? [at("administration")] : []),
    ];
  });
  if (lineItems.length === 0) faults.push({ loc: ["body", "lineItems"], type: "invalid" });
  if (faults.length > 0) throw unprocessable(...faults);
}

function doses({ morning, afternoon, evening, sleep }: Administration): number {
  return morning + afternoon + evening + sleep;
}
