import type { OrderRequest, ProtocolRequest } from "juniper-fulfillment";

export const orderRequest: OrderRequest = {
  customer: {
    sourceId: "customer-1",
    firstName: "Ada",
    lastName: "Example",
    email: "ada@example.com",
    address: { line1: "1 Main Street", city: "Palo Alto", state: "CA", zipCode: "94301-1234" },
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

const { customer, ...order } = orderRequest;

export const protocolRequest: ProtocolRequest = {
  ...order,
  customer: {
    ...customer,
    address: { line1: "1 Main Street", city: "Palo Alto", state: "CA", zipCode: "94301" },
  },
};
