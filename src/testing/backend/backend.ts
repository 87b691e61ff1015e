import type { FulfillmentInfo, Product } from "../../generated/schema.ts";
import type { ApiOperation } from "../operations.ts";
import { type Catalogue, createCatalogue, type ProductFilter } from "./catalogue.ts";
import { shippingMethods } from "./catalogue-seed.ts";
import { checkBasket } from "./check-basket.ts";
import { OrderRefusals } from "./order-refusals.ts";
import { Orders, type StoredOrder, type StoredOrderStatus, type StoredRequest } from "./orders.ts";
import { readPageQuery } from "./pagination.ts";
import { priceBasket } from "./pricing.ts";
import { Protocols } from "./protocols.ts";
import { Refusal } from "./refusal.ts";
import { createSeeded, type Seeded } from "./seeded.ts";
import { Settings } from "./settings.ts";

/**
 * A small fulfilment backend: it does what the API's documentation says, in the spelling of the published document.
 *
 * - It only receives requests that the document allows: they have been validated before.
 * - It belongs to one partner. Each request is handled synchronously, so two requests never interleave.
 * - Stored items are replaced, never mutated, so a response already sent stays as it was.
 */
export interface Backend {
  readonly orders: Orders;
  /** The orders that are refused although nothing is wrong with them. */
  readonly refusals: OrderRefusals;
  readonly settings: Settings;
  /** Identifiers that are the same in every run. */
  readonly seeded: Seeded;
  /** Carries out a request, or returns undefined for an unknown operation. */
  carryOut(operation: string, request: BackendRequest): BackendResponse | undefined;
  /** Moves an order to another status. A shipped order gets a carrier and a tracking number, taken from `info` where given. */
  move(order: StoredOrder, status: StoredOrderStatus, info?: FulfillmentInfo): StoredOrder;
}

export interface BackendRequest {
  /** The path parameters, by their names in the template. */
  readonly parameters: Readonly<Record<string, string>>;
  readonly query: Readonly<Record<string, string>>;
  readonly body: unknown;
}

export interface BackendResponse {
  readonly status: number;
  readonly body: unknown;
}

export interface BackendOptions {
  readonly seed: string;
  readonly products: readonly Product[] | undefined;
  /** The time, in milliseconds since 1970. */
  readonly now: () => number;
  /** Called when a partner changes an order's status, which the vendor also reports by webhook. */
  readonly onStatus: (order: StoredOrder) => void;
}

type Handler = (request: BackendRequest) => unknown;

/** @throws {ConfigurationError} when the products can't be priced. */
export function createBackend({ seed, products, now, onStatus }: BackendOptions): Backend {
  const seeded = createSeeded(seed);
  const catalogue = createCatalogue(products);
  const settings = new Settings(seeded);
  const orders = new Orders();
  const refusals = new OrderRefusals();
  const time = (): string => new Date(now()).toISOString();
  const handlers: Partial<Record<string, Handler>> = {
    ...orderHandlers(orders, catalogue, settings, { seeded, time, onStatus, refusals }),
    ...protocolHandlers(new Protocols(), catalogue, settings, { seeded, time }),
    ...productHandlers(catalogue),
    ...settingsHandlers(settings, time),
  };
  return {
    orders,
    refusals,
    settings,
    seeded,
    carryOut(operation, request) {
      const handler = handlers[operation];
      if (handler === undefined) return undefined;
      try {
        return { status: created.has(operation) ? 201 : 200, body: handler(request) };
      } catch (error) {
        if (error instanceof Refusal) return { status: error.status, body: error.body };
        throw error;
      }
    },
    move(order, status, info) {
      const ships = status === "SHIPPED" ? { ...newParcel(order, seeded), ...info } : undefined;
      return orders.move(order, status, ships, time());
    },
  };
}

const created: ReadonlySet<string> = new Set<ApiOperation>(["POST /orders", "POST /protocols"]);

interface Context {
  readonly seeded: Seeded;
  readonly time: () => string;
}

function orderHandlers(
  orders: Orders,
  catalogue: Catalogue,
  settings: Settings,
  {
    seeded,
    time,
    onStatus,
    refusals,
  }: Context & Pick<BackendOptions, "onStatus"> & Pick<Backend, "refusals">,
): Partial<Record<ApiOperation, Handler>> {
  return {
    "POST /orders": ({ body }) => {
      const request = validated<StoredRequest>(body);
      checkBasket(request, catalogue, true);
      refusals.check(request);
      const prices = priceBasket(request, catalogue, settings.discount);
      return orders.create(seeded.id("order"), request, prices, time());
    },
    "GET /orders": ({ query }) => {
      const { items, cursor } = orders.all.page(
        readPageQuery(query),
        ({ status }) => query.status === undefined || status === query.status,
      );
      return { orders: items, ...(cursor && { cursor }) };
    },
    "GET /orders/{orderId}": ({ parameters }) => orders.get(parameters.orderId ?? ""),
    "POST /orders/{orderId}/cancel": ({ parameters }) => {
      const order = orders.cancel(parameters.orderId ?? "", time());
      onStatus(order);
      return order;
    },
  };
}

function protocolHandlers(
  protocols: Protocols,
  catalogue: Catalogue,
  settings: Settings,
  { seeded, time }: Context,
): Partial<Record<ApiOperation, Handler>> {
  const known = ({ parameters }: BackendRequest) => protocols.get(parameters.protocolId ?? "");
  return {
    "POST /protocols": ({ body }) => {
      const request = validated<StoredRequest>(body);
      checkBasket(request, catalogue, false);
      const { totals } = priceBasket(request, catalogue, settings.discount);
      return protocols.create(seeded.id("protocol"), request, totals, time());
    },
    "GET /protocols": ({ query }) => {
      const { items, cursor } = protocols.page(readPageQuery(query), query.search);
      return { protocols: items, ...(cursor && { cursor }) };
    },
    "GET /protocols/{protocolId}": known,
    "PUT /protocols/{protocolId}": (request) => {
      const protocol = known(request);
      const body = validated<StoredRequest>(request.body);
      checkBasket(body, catalogue, false);
      const { totals } = priceBasket(body, catalogue, settings.discount);
      return protocols.update(protocol, body, totals, time());
    },
    "DELETE /protocols/{protocolId}": (request) => {
      const protocol = known(request);
      protocols.remove(protocol);
      return { protocolId: protocol.id, message: "Protocol deleted successfully" };
    },
  };
}

function productHandlers(catalogue: Catalogue): Partial<Record<ApiOperation, Handler>> {
  return {
    "GET /products": ({ query }) => {
      const filter: ProductFilter = query;
      const { items, cursor } = catalogue.page(readPageQuery(query), filter);
      return { products: items, ...(cursor && { cursor }) };
    },
    "GET /products/{productId}": ({ parameters }) => catalogue.get(parameters.productId ?? ""),
    "GET /shipping-methods": () => shippingMethods,
  };
}

function settingsHandlers(settings: Settings, time: () => string): Partial<Record<ApiOperation, Handler>> {
  return {
    "GET /partners/settings": () => settings.read(),
    "PATCH /partners/settings": ({ body }) =>
      settings.update(validated<Record<string, unknown>>(body), time()),
    "GET /partners/settings/webhook-secret": () => ({ webhookSecret: settings.secret }),
    "POST /partners/settings/rotate-webhook-secret": () => ({ webhookSecret: settings.rotateSecret() }),
  };
}

/** A body that has been validated against the document's schema, which requires what the type declares. */
function validated<Body>(body: unknown): Body {
  return body as Body;
}

const carriers: Readonly<Record<string, string>> = { STANDARD: "USPS", EXPRESS: "UPS", OVERNIGHT: "FedEx" };

function newParcel({ shippingMethod }: StoredOrder, seeded: Seeded): FulfillmentInfo {
  return {
    carrier: carriers[shippingMethod] ?? "UPS",
    trackingNumber: `1Z${seeded.digits("parcel", 16)}`,
  };
}
