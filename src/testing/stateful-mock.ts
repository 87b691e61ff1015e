import type { FulfillmentInfo, Product } from "../generated/schema.ts";
import { checkWhole } from "../wrapper/check-whole.ts";
import { ConfigurationError } from "../wrapper/errors.ts";
import { Deliveries, type DeliveryOptions, type DeliveryResult } from "./deliveries.ts";
import { createHouse, type House } from "./house/house.ts";
import { type StoredOrder, type StoredOrderStatus, whyNot } from "./house/orders.ts";
import { type MockParts, type MockServer, type MockServerOptions, startMock } from "./mock.ts";
import { createHouseService, type Documents } from "./service.ts";
import { TokenDesk } from "./token-desk.ts";

/**
 * The options of {@link startMockServer} for a mock that keeps what it is sent.
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
export interface StatefulMockServerOptions extends MockServerOptions {
  /** It keeps what it is sent, and does what it is asked. */
  stateful: true;
  /**
   * Identifiers, tokens and secrets are made from it: two mocks with the same seed give the same ones.
   * @default "juniper"
   */
  seed?: string | undefined;
  /**
   * The clock of `createdAt`, `updatedAt` and the tokens, in milliseconds since 1970. Give a fixed one for answers
   * that are the same in every run. `submitOrder` looks for orders by their time, and needs the machine's.
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
   * How long to wait for the answer to a webhook, in milliseconds.
   * @default 5000
   */
  webhookTimeoutMs?: number | undefined;
}

/**
 * How an order is moved on, and how its webhook is delivered.
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
   * @default a carrier and a tracking number of the mock's own
   */
  readonly fulfillmentInfo?: FulfillmentInfo | undefined;
}

/**
 * A running mock that keeps what it is sent.
 *
 * @example
 * ```ts
 * import { type StatefulMockServer, startMockServer } from "juniper-fulfillment/testing";
 *
 * const mock: StatefulMockServer = await startMockServer({ stateful: true });
 * const [order] = mock.orders;
 * if (order !== undefined) {
 *   await mock.advance(order.id, "PROCESSING", { hold: true });
 *   await mock.advance(order.id, "SHIPPED", { hold: true });
 *   console.log(await mock.deliverHeld({ reverse: true }));
 * }
 * await mock.close();
 * ```
 */
export interface StatefulMockServer extends MockServer {
  /** Every order, the oldest first, in the spelling of the wire: `zip`, `ONE-TIME`. */
  readonly orders: readonly StoredOrder[];
  /** How many tokens have been issued. */
  readonly tokensIssued: number;
  /** What came of each webhook so far. */
  readonly deliveries: readonly DeliveryResult[];
  /** Makes every token that was issued worth nothing. */
  revokeTokens(): void;
  /**
   * Moves an order on, as the vendor does, and delivers a signed webhook to the `webhookUrl` of the partner's settings.
   * An order goes from CREATED through PROCESSING, FULFILLED and AWAITING_SHIPMENT to SHIPPED, and may skip any of
   * them; it can be CANCELLED until it is shipped.
   *
   * @param orderId The order's `id`.
   * @param status The status that it is to have.
   * @param options What ships, and how the webhook is delivered.
   * @returns What came of each delivery; empty without a webhook URL, and when they are held.
   * @throws {ConfigurationError} for an order that there is not, and a move that can't be.
   */
  advance(
    orderId: string,
    status: StoredOrderStatus,
    options?: AdvanceOptions,
  ): Promise<readonly DeliveryResult[]>;
  /**
   * Delivers the webhooks that were held, one after the other.
   *
   * @param options With `reverse`, the last comes first.
   * @returns What came of each delivery.
   */
  deliverHeld(options?: { readonly reverse?: boolean | undefined }): Promise<readonly DeliveryResult[]>;
  /** Resolves when every webhook that is under way has come to its end: also those of orders that the partner cancelled. */
  settled(): Promise<void>;
}

/** Puts a fulfilment house behind a port. */
export async function startStatefulMock(
  documents: Documents,
  options: StatefulMockServerOptions,
  createControl: MockParts<StatefulMockServer>["createControl"],
): Promise<StatefulMockServer> {
  const { seed = "juniper", now = Date.now, products } = options;
  const { tokenLifetimeSeconds = 3_600, webhookTimeoutMs = 5_000 } = options;
  checkWhole("tokenLifetimeSeconds", tokenLifetimeSeconds, 1);
  checkWhole("webhookTimeoutMs", webhookTimeoutMs, 1);
  // A partner who cancels is told by webhook too, but does not wait for it.
  const onStatus = (order: StoredOrder): void => void deliveries.tell(order);
  const house = createHouse({ seed, products, now, onStatus });
  const tokens = new TokenDesk(house.seeded, tokenLifetimeSeconds, now);
  const deliveries = new Deliveries(house.settings, house.seeded, webhookTimeoutMs);
  const complete = (server: MockServer): StatefulMockServer => ({
    ...server,
    get orders() {
      return house.orders.shelf.items;
    },
    get tokensIssued() {
      return tokens.issued;
    },
    deliveries: deliveries.results,
    revokeTokens: () => tokens.revokeAll(),
    advance: (orderId, status, how) => advance(house, deliveries, orderId, status, how),
    deliverHeld: (how) => deliveries.deliverHeld(how),
    settled: () => deliveries.settled(),
    close() {
      deliveries.close();
      return server.close();
    },
  });
  return startMock(createHouseService(documents, house, tokens), options, { complete, createControl });
}

async function advance(
  house: House,
  deliveries: Deliveries,
  orderId: string,
  status: StoredOrderStatus,
  { fulfillmentInfo, ...delivery }: AdvanceOptions = {},
): Promise<DeliveryResult[]> {
  const order = house.orders.shelf.get(orderId);
  if (order === undefined) throw new ConfigurationError(`The mock has no order "${orderId}".`);
  const reason = whyNot(order.status, status);
  if (reason !== undefined) {
    throw new ConfigurationError(`The order can't be moved to ${status}: ${reason}.`);
  }
  return deliveries.tell(house.move(order, status, fulfillmentInfo), delivery);
}
