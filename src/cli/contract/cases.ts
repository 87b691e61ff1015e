import { setTimeout } from "node:timers/promises";
import {
  cancelOrder,
  type FulfillmentClient,
  type OrderRequest,
  OutcomeUnknownError,
  type ProtocolRequest,
  paginate,
  type Result,
} from "juniper-fulfillment";
import { mayHaveActed } from "../../wrapper/may-have-acted.ts";
import { CommandError } from "../command.ts";
import type { FoundIds } from "./found-ids.ts";

/** What the cases so far have found, for a later one to ask for. */
export interface Known {
  readonly ids: FoundIds;
  product?: number | undefined;
  order?: string | undefined;
  protocol?: string | undefined;
  website?: string | undefined;
  createdOrder?: string | undefined;
  /** The pack of the order that may have been placed. No other order has one that is called so. */
  orderedPack?: string | undefined;
  createdProtocol?: string | undefined;
  /** Whether a protocol may have been created. */
  mayHaveProtocol?: boolean | undefined;
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
      const sending = client.POST("/protocols", { body: protocolOf(known.product) });
      known.mayHaveProtocol = await mayHaveCreated(sending);
      known.createdProtocol = (await sending).data?.id;
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
    async run(client, { createdProtocol, mayHaveProtocol }) {
      if (createdProtocol === undefined && mayHaveProtocol) {
        throw new CommandError(
          `A protocol of the customer ${nobody.sourceId} may have been created, and no response said which. Look for it.`,
        );
      }
      if (createdProtocol === undefined) return "no protocol was created";
      return client.DELETE("/protocols/{protocolId}", byProtocol(createdProtocol));
    },
  },
  {
    operationId: "createOrder",
    isWrite: true,
    async run(client, known) {
      if (known.product === undefined) return "there is no product to order";
      const pack = `Contract test ${crypto.randomUUID().slice(0, 8)}`;
      const sending = client.POST("/orders", { body: orderOf(known.product, pack) });
      if (await mayHaveCreated(sending)) known.orderedPack = pack;
      known.createdOrder = (await sending).data?.id;
      return sending;
    },
  },
  {
    operationId: "cancelOrder",
    isWrite: true,
    takesBack: true,
    async run(client, { createdOrder, orderedPack }) {
      if (orderedPack === undefined) return "no order was created";
      const orderId = createdOrder ?? (await findOrder(client, orderedPack));
      if (orderId === undefined) throw leftOver(orderedPack);
      const cancelling = client.POST("/orders/{orderId}/cancel", byOrder(orderId));
      const isOver = await cancelling.then(
        ({ response }) => response.ok,
        () => false,
      );
      if (!isOver && !(await isCancelled(client, orderId))) throw leftOver(orderedPack);
      return cancelling;
    },
  },
  {
    operationId: "rotateWebhookSecret",
    isWrite: true,
    run: async () => "never called: it would invalidate the secret in use",
  },
];

/** Whether there may be something now that has to be taken back. */
async function mayHaveCreated(sending: Promise<Result<unknown>>): Promise<boolean> {
  return sending.then(
    ({ response }) => mayHaveActed(response.status),
    (error: unknown) => error instanceof OutcomeUnknownError,
  );
}

/** How long is waited before each look: a slow server may store an order late. In milliseconds. */
const lookDelaysMs = [0, 1_000, 4_000];

/** The id of an order whose response is lost, by what its pack is called. Undefined where it isn't found. */
async function findOrder(client: FulfillmentClient, pack: string): Promise<string | undefined> {
  for (const delayMs of lookDelaysMs) {
    await setTimeout(delayMs);
    try {
      for await (const { id, lineItems } of paginate(client, "/orders", {
        params: { query: { ...query, status: "CREATED" } },
      })) {
        if (lineItems?.some(({ packDescription }) => packDescription === pack)) return id;
      }
    } catch {
      // The next look may succeed.
    }
  }
  return undefined;
}

async function isCancelled(client: FulfillmentClient, orderId: string): Promise<boolean> {
  const { outcome } = await cancelOrder(client, orderId).catch(() => ({ outcome: "unknown" }));
  return outcome === "cancelled";
}

function leftOver(pack: string): CommandError {
  return new CommandError(
    `The test order may exist, and is not cancelled. Look for an order of the customer ${nobody.sourceId} whose pack is ` +
      `called "${pack}", and cancel it.`,
  );
}

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

function onePill(productId: number, packDescription = "Contract test") {
  return {
    daysSupply: 30,
    lineItems: [{ productId, quantity: 1, packDescription }],
    shippingMethod: "STANDARD",
  } as const satisfies Partial<OrderRequest>;
}
