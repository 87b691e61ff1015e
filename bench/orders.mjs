/** An order as the API returns it, in the vendor's spelling. */
export const wireOrder = (number) => ({
  id: `2vSGym0bH8qVEwCIGlyFoRgJq${number}`,
  discount: "10%",
  daysSupply: 30,
  orderType: "ONE-TIME",
  shippingMethod: "STANDARD",
  status: "CREATED",
  fulfillmentInfo: { carrier: "UPS", trackingNumber: "1Z9999999999999999" },
  lineItems: [
    {
      productId: 77123129891,
      quantity: 2,
      packDescription: "Whole Body Wellness",
      price: "0.37",
      discountedPrice: "0.37",
      administration: { morning: 1, afternoon: 0, evening: 1, sleep: 0 },
    },
  ],
  customer: {
    sourceId: "1234567890",
    firstName: "Ada",
    lastName: "Example",
    email: "ada@example.com",
    phone: "1234567890",
    address: { line1: "1 Main Street", line2: "Suite 100", city: "Palo Alto", state: "CA", zip: "94301" },
  },
  subtotalPrice: "30.00",
  totalDiscount: "3.00",
  totalFees: "5.00",
  totalShipping: "9.99",
  totalVolumeDiscount: "0.00",
  totalPrice: "41.99",
  createdAt: "2026-01-01T12:00:00Z",
  updatedAt: "2026-01-01T12:00:00Z",
});

/**
 * An order as a user of this client writes it.
 *
 * @type {import("juniper-fulfillment").OrderRequest}
 */
export const orderRequest = {
  customer: {
    sourceId: "1234567890",
    firstName: "Ada",
    lastName: "Example",
    email: "ada@example.com",
    address: { line1: "1 Main Street", city: "Palo Alto", state: "CA", zipCode: "94301" },
  },
  daysSupply: 30,
  lineItems: [
    {
      productId: 77123129891,
      quantity: 2,
      packDescription: "Whole Body Wellness",
      administration: { morning: 1, afternoon: 0, evening: 1, sleep: 0 },
    },
  ],
  shippingMethod: "STANDARD",
  orderType: "ONE_TIME",
};

/** The same as the other contestants send it: they correct nothing. */
export const wireRequest = {
  ...orderRequest,
  customer: {
    ...orderRequest.customer,
    address: { line1: "1 Main Street", city: "Palo Alto", state: "CA", zip: "94301" },
  },
};

/** What the vendor delivers when an order changes. */
export const webhookEvent = {
  order: {
    orderId: "2vSGym0bH8qVEwCIGlyFoRgJq1",
    status: "SHIPPED",
    fulfillmentInfo: { carrier: "UPS", trackingNumber: "1Z9999999999999999" },
    createdAt: "2026-01-01T12:00:00Z",
    updatedAt: "2026-01-02T12:00:00Z",
  },
};
