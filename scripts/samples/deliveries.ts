import type { WebhookEvent } from "juniper-fulfillment";

export const secret = "0f1e2d3c4b5a69788796a5b4c3d2e1f00f1e2d3c4b5a69788796a5b4c3d2e1f0";

export const event: WebhookEvent = {
  order: {
    orderId: "2vSGym0bH8qVEwCIGlyFoRgJq1A",
    status: "SHIPPED",
    fulfillmentInfo: { carrier: "UPS", trackingNumber: "1Z9999999999999999" },
    createdAt: "2026-01-01T00:00:00Z",
    updatedAt: "2026-01-01T12:00:00Z",
  },
};

export const payload = JSON.stringify(event);
