import type { FulfillmentClient, OrderRequest, ProtocolRequest, Result } from "juniper-fulfillment";
import { CommandError } from "../command.ts";
import type { FoundIds } from "./found-ids.ts";
import { findOrder, hasPack, isCancelled, mayHaveCreated } from "./take-back.ts";

/** What the cases so far have found, for a later one to ask for. */
export interface Known {
  readonly ids: FoundIds;
  /** What may have been created and is not taken back: a sentence on each, from before it is sent. */
  readonly left: Set<string>;
  /** How many items a list may have until it is taken to have no end. */
  readonly mostItems: number;
  product?: number | undefined;
  order?: string | undefined;
  protocol?: string | undefined;
  website?: string | undefined;
  createdOrder?: string | undefined;
  /** The pack of the order that may have been placed. No other order has one that is called so. */
  orderedPack?: string | undefined;
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
      const products = result.data?.products ?? [];
      // What can't be ordered is refused, and that is as documented.
      known.product = (products.find(({ status }) => status === "ACTIVE") ?? products[0])?.id;
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
      known.left.add(leftProtocol);
      const sending = client.POST("/protocols", { body: protocolOf(known.product) });
      if (!(await mayHaveCreated(sending))) known.left.delete(leftProtocol);
      const { data } = await sending;
      // Another one's is not to be changed and deleted.
      if (data?.customer?.sourceId === nobody.sourceId) known.createdProtocol = data.id;
      return sending;
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
    async run(client, { createdProtocol, left }) {
      if (!left.has(leftProtocol)) return "no protocol was created";
      if (createdProtocol === undefined) throw new CommandError(leftProtocol);
      const deleting = client.DELETE("/protocols/{protocolId}", byProtocol(createdProtocol));
      const isGone = await deleting.then(
        ({ response }) => response.ok || response.status === 404,
        () => false,
      );
      if (!isGone) throw new CommandError(leftProtocol);
      left.delete(leftProtocol);
      return deleting;
    },
  },
  {
    operationId: "createOrder",
    isWrite: true,
    async run(client, known) {
      if (known.product === undefined) return "there is no product to order";
      const pack = `Contract test ${crypto.randomUUID().slice(0, 8)}`;
      known.left.add(leftOrder(pack));
      const sending = client.POST("/orders", { body: orderOf(known.product, pack) });
      if (await mayHaveCreated(sending)) known.orderedPack = pack;
      else known.left.delete(leftOrder(pack));
      const { data } = await sending;
      // Another order is not to be cancelled.
      if (hasPack(data, pack)) known.createdOrder = data?.id;
      return sending;
    },
  },
  {
    operationId: "cancelOrder",
    isWrite: true,
    takesBack: true,
    async run(client, { createdOrder, orderedPack, left, mostItems }) {
      if (orderedPack === undefined) return "no order was created";
      const orderId = createdOrder ?? (await findOrder(client, orderedPack, mostItems));
      if (orderId === undefined) throw new CommandError(leftOrder(orderedPack));
      const cancelling = client.POST("/orders/{orderId}/cancel", byOrder(orderId));
      const isOver = await cancelling.then(
        ({ data }) => data?.id === orderId && data.status === "CANCELLED",
        () => false,
      );
      if (!isOver && !(await isCancelled(client, orderId))) throw new CommandError(leftOrder(orderedPack));
      left.delete(leftOrder(orderedPack));
      return cancelling;
    },
  },
  {
    operationId: "rotateWebhookSecret",
    isWrite: true,
    run: async () => "never called: it would invalidate the secret in use",
  },
];

/** One pill for nobody, at an invented address. */
export function orderOf(productId: number, pack?: string): OrderRequest {
  return {
    customer: {
      ...nobody,
      address: { line1: "1 Test Street", city: "Testville", state: "CA", zipCode: "00000" },
    },
    ...onePill(productId, pack),
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

const leftProtocol =
  `The test protocol may exist, and is not deleted. Look for a protocol of the customer ${nobody.sourceId}, ` +
  "and delete it.";

function leftOrder(pack: string): string {
  return (
    `The test order may exist, and is not cancelled. Look for an order of the customer ${nobody.sourceId} whose pack is ` +
    `called "${pack}", and cancel it.`
  );
}

function onePill(productId: number, packDescription = "Contract test") {
  return {
    daysSupply: 30,
    lineItems: [{ productId, quantity: 1, packDescription }],
    shippingMethod: "STANDARD",
  } as const satisfies Partial<OrderRequest>;
}
