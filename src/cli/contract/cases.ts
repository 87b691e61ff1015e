import type { FulfillmentClient, OrderRequest, ProtocolRequest, Result } from "juniper-fulfillment";
import type { FoundIds } from "./found-ids.ts";

/** What the cases so far have found, for a later one to ask for. */
export interface Known {
  readonly ids: FoundIds;
  product?: number | undefined;
  order?: string | undefined;
  protocol?: string | undefined;
  website?: string | undefined;
  createdOrder?: string | undefined;
  createdProtocol?: string | undefined;
}

/** One call, or the reason why it can't be made. */
export interface Case {
  readonly operationId: string;
  readonly isWrite?: true;
  /** Whether it takes back what an earlier one has created. */
  readonly takesBack?: true;
  /** `signal` ends one that reads. */
  run(client: FulfillmentClient, known: Known, signal: AbortSignal | null): Promise<Result<unknown> | string>;
}

const query = { limit: 100 };
const byOrder = (orderId: string) => ({ params: { path: { orderId } } });
const byProtocol = (protocolId: string) => ({ params: { path: { protocolId } } });

/** In an order in which each finds what it needs. Those that write come last, and take back what they can. */
export const cases: readonly Case[] = [
  {
    operationId: "listProducts",
    async run(client, known, signal) {
      const result = await client.GET("/products", { params: { query }, signal });
      known.product = result.data?.products?.[0]?.id;
      return result;
    },
  },
  {
    operationId: "getProductById",
    async run(client, { product }, signal) {
      if (product === undefined) return "there is no product to read";
      return client.GET("/products/{productId}", {
        params: { path: { productId: product } },
        signal,
      });
    },
  },
  {
    operationId: "listShippingMethods",
    run: (client, _known, signal) => client.GET("/shipping-methods", { signal }),
  },
  {
    operationId: "listOrders",
    async run(client, known, signal) {
      const result = await client.GET("/orders", { params: { query }, signal });
      known.order = result.data?.orders?.[0]?.id;
      return result;
    },
  },
  {
    operationId: "getOrderById",
    run: async (client, { order }, signal) =>
      order === undefined
        ? "there is no order to read"
        : client.GET("/orders/{orderId}", { ...byOrder(order), signal }),
  },
  {
    operationId: "listProtocols",
    async run(client, known, signal) {
      const result = await client.GET("/protocols", { params: { query }, signal });
      known.protocol = result.data?.protocols?.[0]?.id;
      return result;
    },
  },
  {
    operationId: "getProtocolById",
    async run(client, { protocol }, signal) {
      if (protocol === undefined) return "there is no protocol to read";
      return client.GET("/protocols/{protocolId}", { ...byProtocol(protocol), signal });
    },
  },
  {
    operationId: "getPartnerSettings",
    async run(client, known, signal) {
      const result = await client.GET("/partners/settings", { signal });
      known.website = result.data?.website;
      return result;
    },
  },
  {
    operationId: "getWebhookSecret",
    run: (client, _known, signal) => client.GET("/partners/settings/webhook-secret", { signal }),
  },
  {
    operationId: "updatePartnerSettings",
    isWrite: true,
    async run(client, { website }) {
      if (website === undefined) return "the settings have no website that could be set to what it is";
      return client.PATCH("/partners/settings", { body: { website } });
    },
  },
  {
    operationId: "createProtocol",
    isWrite: true,
    async run(client, known) {
      if (known.product === undefined) return "there is no product to make it of";
      const result = await client.POST("/protocols", { body: protocolOf(known.product) });
      known.createdProtocol = result.data?.id;
      return result;
    },
  },
  {
    operationId: "updateProtocol",
    isWrite: true,
    async run(client, { product, createdProtocol }) {
      if (product === undefined || createdProtocol === undefined) return "no protocol was created";
      const body = protocolOf(product);
      return client.PUT("/protocols/{protocolId}", { ...byProtocol(createdProtocol), body });
    },
  },
  {
    operationId: "deleteProtocol",
    isWrite: true,
    takesBack: true,
    async run(client, { createdProtocol }) {
      if (createdProtocol === undefined) return "no protocol was created";
      return client.DELETE("/protocols/{protocolId}", byProtocol(createdProtocol));
    },
  },
  {
    operationId: "createOrder",
    isWrite: true,
    async run(client, known) {
      if (known.product === undefined) return "there is no product to order";
      const result = await client.POST("/orders", { body: orderOf(known.product) });
      known.createdOrder = result.data?.id;
      return result;
    },
  },
  {
    operationId: "cancelOrder",
    isWrite: true,
    takesBack: true,
    async run(client, { createdOrder }) {
      if (createdOrder === undefined) return "no order was created";
      return client.POST("/orders/{orderId}/cancel", byOrder(createdOrder));
    },
  },
  {
    operationId: "rotateWebhookSecret",
    isWrite: true,
    run: async () => "never called: it would invalidate the secret in use",
  },
];

/** One pill for nobody, at an invented address. */
export function orderOf(productId: number): OrderRequest {
  return {
    customer: {
      ...nobody,
      address: { line1: "1 Test Street", city: "Testville", state: "CA", zipCode: "00000" },
    },
    ...onePill(productId),
    orderType: "ONE_TIME",
  };
}

/** A month of it. */
export function protocolOf(productId: number): ProtocolRequest {
  return {
    customer: {
      ...nobody,
      address: { line1: "1 Test Street", city: "Testville", state: "CA", zipCode: "00000" },
    },
    ...onePill(productId),
    orderType: "SUBSCRIPTION",
  };
}

const nobody = { sourceId: "contract-test", firstName: "Contract", lastName: "Test" };

function onePill(productId: number) {
  return {
    daysSupply: 30,
    lineItems: [{ productId, quantity: 1, packDescription: "Contract test" }],
    shippingMethod: "STANDARD",
  } as const satisfies Partial<OrderRequest>;
}
