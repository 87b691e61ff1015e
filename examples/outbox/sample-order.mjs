/** @returns {import("juniper-fulfillment").OrderRequest} */
export function sampleOrder(number) {
  return {
    customer: {
      sourceId: `customer-${number}`,
      firstName: "Ada",
      lastName: "Example",
      address: { line1: "1 Main Street", city: "Palo Alto", state: "CA", zipCode: "94301" },
    },
    daysSupply: 30,
    lineItems: [{ productId: 77123129891, quantity: 1, packDescription: "Daily pack" }],
    shippingMethod: "STANDARD",
    orderType: "ONE_TIME",
  };
}
