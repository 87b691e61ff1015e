import type { FulfillmentInfo, Product } from "../generated/schema.ts";
import { checkFunction } from "../wrapper/check-function.ts";
import { checkNames, type OptionNames } from "../wrapper/check-names.ts";
import { checkWhole } from "../wrapper/check-whole.ts";
import { ConfigurationError } from "../wrapper/errors.ts";
import { maxTimerMs } from "../wrapper/max-timer.ts";
import { type Backend, createBackend } from "./backend/backend.ts";
import type { RefusalDetail, RefusedOrders } from "./backend/order-refusals.ts";
import { type StoredOrder, type StoredOrderStatus, whyNot } from "./backend/orders.ts";
import { Deliveries, type DeliveryOptions, type DeliveryResult, type WebhookReceiver } from "./deliveries.ts";
import type { Mock, MockOptions, MockServer, MockServerOptions } from "./mock.ts";
import { createStatefulService, type Documents, type Service } from "./service.ts";
import { TokenEndpoint } from "./token-endpoint.ts";

/**
 * The options of {@link startMockServer} for a mock that keeps state.
 *
 * @example
 * ```ts
 * import { type StatefulMockServerOptions, startMockServer } from "juniper-fulfillment/testing";
 *
 * const options: StatefulMockServerOptions = {
 *   stateful: true,
 *   products: [{ id: 77123129891, name: "Elite EPA", price: "0.53" }],
 *   now: () => Date.UTC(2026, 0, 1),
 * };
 * const mock = await startMockServer(options);
 * await mock.close();
 * ```
 */
export interface StatefulMockServerOptions extends MockServerOptions, StatefulMockOptions {
  /** It keeps state: it stores what it is sent, and acts on it. */
  stateful: true;
}

/**
 * The options of {@link createMock} for a mock that keeps state.
 *
 * @example
 * ```ts
 * import { createMock, type StatefulMockOptions } from "juniper-fulfillment/testing";
 *
 * const options: StatefulMockOptions = { stateful: true, seed: "checkout", tokenLifetimeSeconds: 60 };
 * const mock = createMock(options);
 * await mock.close();
 * ```
 */
export interface StatefulMockOptions extends MockOptions {
  /** It keeps state: it stores what it is sent, and acts on it. */
  stateful: true;
  /**
   * Identifiers, tokens and secrets derive from it: two mocks with the same seed create the same ones.
   * @default "juniper"
   */
  seed?: string | undefined;
  /**
   * The clock of `createdAt`, `updatedAt` and the tokens, in milliseconds since 1970. Give a fixed one for responses
   * that are the same in every run. `submitOrder` looks orders up by time, and needs the real clock.
   * @default Date.now
   */
  now?: (() => number) | undefined;
  /**
   * The catalogue. Each product needs an `id` and a `price`.
   * @default 25 products, the first of them the documentation's sample
   */
  products?: readonly Product[] | undefined;
  /**
   * How long an access token lasts, in seconds.
   * @default 3600
   */
  tokenLifetimeSeconds?: number | undefined;
  /**
   * How long to wait for the response to a webhook, in milliseconds.
   * @default 5000
   */
  webhookTimeoutMs?: number | undefined;
  /**
   * Receives the webhooks in this process, such as the handler from `webhookHandler`. They are delivered once the
   * partner's settings have a `webhookUrl`.
   * @default fetch, which POSTs them to the `webhookUrl`; with `createMock`, to one of this machine alone
   */
  receiveWebhook?: WebhookReceiver | undefined;
}

/**
 * How an order ships, and how its webhook is delivered.
 *
 * @example
 * ```ts
 * import { type AdvanceOptions, startMockServer } from "juniper-fulfillment/testing";
 *
 * const how: AdvanceOptions = {
 *   fulfillmentInfo: { carrier: "UPS", trackingNumber: "1Z9999999999999999" },
 *   duplicates: 1,
 * };
 * const mock = await startMockServer({ stateful: true });
 * for (const { id } of mock.orders) await mock.advance(id, "SHIPPED", how);
 * await mock.close();
 * ```
 */
export interface AdvanceOptions extends DeliveryOptions {
  /**
   * How the order ships.
   * @default a made-up carrier and tracking number
   */
  readonly fulfillmentInfo?: FulfillmentInfo | undefined;
}

/**
 * A running mock that keeps state.
 *
 * @example
 * ```ts
 * import { type StatefulMockServer, startMockServer } from "juniper-fulfillment/testing";
 *
 * const mock: StatefulMockServer = await startMockServer({ stateful: true });
 * console.log(mock.orders.length);
 * await mock.close();
 * ```
 */
export interface StatefulMockServer extends MockServer {
  /** A copy of every order, the oldest first, in the wire's spelling: `zip`, `ONE-TIME`. */
  readonly orders: readonly StoredOrder[];
  /** How many tokens have been issued. */
  readonly tokensIssued: number;
  /** The result of each webhook delivery so far. */
  readonly deliveries: readonly DeliveryResult[];
  /** Revokes every token issued so far. */
  revokeTokens(): void;
  /**
   * Refuses valid orders, to rehearse a rejection: those with a product, or those for which a function returns true.
   *
   * @param orders The product's id; or a function of the order, in the wire's spelling.
   * @param detail A sentence, for a 400; or a list of fields, for a 422. By default a 422 that names the product.
   * @returns A function that ends it.
   * @throws {ConfigurationError} when `orders` is neither an id nor a function, or `detail` is neither a sentence nor a
   * list of fields.
   */
  refuse(orders: RefusedOrders, detail?: RefusalDetail): () => void;
  /**
   * Moves an order to another status, as the vendor does, and delivers a signed webhook to the `webhookUrl` of the
   * partner's settings. An order goes from CREATED through PROCESSING, FULFILLED and AWAITING_SHIPMENT to SHIPPED, and
   * may skip any of them; it can be CANCELLED until it is shipped.
   *
   * @param orderId The order's `id`.
   * @param status The new status.
   * @param options The shipment, and how the webhook is delivered.
   * @returns The result of each delivery; empty without a webhook URL, and when the delivery is held.
   * @throws {ConfigurationError} for an unknown order, an impossible move, and an option that can't work.
   */
  advance(
    orderId: string,
    status: StoredOrderStatus,
    options?: AdvanceOptions,
  ): Promise<readonly DeliveryResult[]>;
  /**
   * Delivers the held webhooks, one after the other.
   *
   * @param options With `reverse`, the last one is delivered first.
   * @returns The result of each delivery.
   */
  deliverHeld(options?: { readonly reverse?: boolean | undefined }): Promise<readonly DeliveryResult[]>;
  /** Resolves when no webhook delivery is in progress, including those for orders that the partner cancelled. */
  settled(): Promise<void>;
}

/**
 * A mock in this process, without a port, that keeps state.
 *
 * @example
 * ```ts
 * import { createMock, type StatefulMock } from "juniper-fulfillment/testing";
 *
 * const mock: StatefulMock = createMock({ stateful: true });
 * console.log(mock.orders.length);
 * ```
 */
export interface StatefulMock extends Mock, Omit<StatefulMockServer, keyof MockServer> {}

/** A fulfilment backend, before it is served. */
export interface StatefulParts {
  readonly service: Service;
  /** Adds to a mock what this one has beside. */
  complete<Plain extends MockServer>(mock: Plain): Plain & StatefulMockServer;
}

/** The options of a mock that keeps state, wherever it listens. */
export const statefulOptionNames: OptionNames<StatefulMockOptions> = {
  stateful: true,
  onRequest: true,
  seed: true,
  now: true,
  products: true,
  tokenLifetimeSeconds: true,
  webhookTimeoutMs: true,
  receiveWebhook: true,
};

/** Makes a fulfilment backend out of the options. */
export function createStatefulParts(
  documents: Documents,
  options: Omit<StatefulMockOptions, keyof MockOptions>,
): StatefulParts {
  const { seed = "juniper", now = Date.now, products } = options;
  const { receiveWebhook = (request: Request) => fetch(request) } = options;
  const { tokenLifetimeSeconds = 3_600, webhookTimeoutMs = 5_000 } = options;
  if (typeof seed !== "string") throw new ConfigurationError("seed must be a string.");
  checkFunction("now", now);
  checkFunction("receiveWebhook", receiveWebhook);
  checkWhole("tokenLifetimeSeconds", tokenLifetimeSeconds, 1);
  checkWhole("webhookTimeoutMs", webhookTimeoutMs, 1);
  // A partner's own cancellation is reported by webhook too, but the call does not wait for it.
  const onStatus = (order: StoredOrder): void => void deliveries.tell(order);
  const backend = createBackend({ seed, products, now, onStatus });
  const tokens = new TokenEndpoint(backend.seeded, tokenLifetimeSeconds, now);
  const deliveries = new Deliveries(backend.settings, backend.seeded, webhookTimeoutMs, receiveWebhook);
  return {
    service: createStatefulService(documents, backend, tokens),
    complete: (mock) => ({
      ...mock,
      get orders() {
        return structuredClone(backend.orders.all.items);
      },
      get tokensIssued() {
        return tokens.issued;
      },
      deliveries: deliveries.results,
      revokeTokens: () => tokens.revokeAll(),
      refuse: (refused, detail) => backend.refusals.add(refused, detail),
      advance: (orderId, status, how) => advance(backend, deliveries, orderId, status, how),
      deliverHeld: (how) => deliveries.deliverHeld(how),
      settled: () => deliveries.settled(),
      close() {
        deliveries.close();
        return mock.close();
      },
    }),
  };
}

/** Signatures carry whole seconds since 1970. */
const maxAgeSeconds = 1_000_000_000;

async function advance(
  backend: Backend,
  deliveries: Deliveries,
  orderId: string,
  status: StoredOrderStatus,
  options: AdvanceOptions = {},
): Promise<DeliveryResult[]> {
  const { fulfillmentInfo, ...delivery } = options;
  checkNames<AdvanceOptions>("advance", options, {
    ...{ fulfillmentInfo: true, duplicates: true, delayMs: true, ageSeconds: true, hold: true },
  });
  const { duplicates = 0, delayMs = 0, ageSeconds = 0 } = delivery;
  checkWhole("duplicates", duplicates, 0, 1_000);
  checkWhole("delayMs", delayMs, 0, maxTimerMs);
  checkWhole("ageSeconds", ageSeconds, -maxAgeSeconds, maxAgeSeconds);
  const order = backend.orders.all.get(orderId);
  if (order === undefined) throw new ConfigurationError(`The mock has no order "${orderId}".`);
  const reason = whyNot(order.status, status);
  if (reason !== undefined) {
    throw new ConfigurationError(`The order can't be moved to ${status}: ${reason}.`);
  }
  return deliveries.tell(backend.move(order, status, fulfillmentInfo), delivery);
}
