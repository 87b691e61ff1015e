import type { OrderRequest } from "juniper-fulfillment";

/** Stands in for the shop's database. */
const checkouts = new Map<string, OrderRequest>([
  [
    "checkout-1",
    {
      customer: {
        sourceId: "customer-1",
        firstName: "Ada",
        lastName: "Example",
        address: { line1: "1 Main Street", city: "Palo Alto", state: "CA", zipCode: "94301" },
      },
      daysSupply: 30,
      lineItems: [{ productId: 77123129891, quantity: 1, packDescription: "Daily pack" }],
      shippingMethod: "STANDARD",
      orderType: "ONE_TIME",
    },
  ],
]);

/** What was put in the basket of a checkout, as an order. */
export function orderOf(checkoutId: string): OrderRequest | undefined {
  return checkouts.get(checkoutId);
}
