import type { FulfillmentInfo, Product } from "../../generated/schema.ts";
import type { ApiOperation } from "../operations.ts";
import { type Catalogue, createCatalogue, type ProductFilter } from "./catalogue.ts";
import { shippingMethods } from "./catalogue-seed.ts";
import { Orders, type StoredOrder, type StoredOrderStatus, type StoredRequest } from "./orders.ts";
import { readPageQuery } from "./pages.ts";
import { priceBasket } from "./pricing.ts";
import { Protocols } from "./protocols.ts";
import { Refusal } from "./refusal.ts";
import { createSeeded, type Seeded } from "./seeded.ts";
import { Settings } from "./settings.ts";

/**
 * A small fulfilment house: it does what the API's documentation says, in the spelling of the published document.
 *
 * - It is only asked what the document allows: requests have been validated before.
 * - It is one partner's. Everything happens at once, so that two requests never see each other half done.
 * - What is stored is replaced and never changed, so that an answer stays as it was given.
 */
export interface House {
  readonly orders: Orders;
  readonly settings: Settings;
  /** Names that are the same in every run. */
  readonly seeded: Seeded;
  /** Carries out a request, or returns undefined for an operation that it does not know. */
  carryOut(operation: string, request: HouseRequest): HouseAnswer | undefined;
  /** Moves an order on. What ships gets its carrier and tracking number, from `info` where it names them. */
  move(order: StoredOrder, status: StoredOrderStatus, info?: FulfillmentInfo): StoredOrder;
}

export interface HouseRequest {
  /** What the path holds, by the names in the template. */
  readonly parameters: Readonly<Record<string, string>>;
  readonly query: Readonly<Record<string, string>>;
  readonly body: unknown;
}

export interface HouseAnswer {
  readonly status: number;
  readonly body: unknown;
}

export interface HouseOptions {
  readonly seed: string;
  readonly products: readonly Product[] | undefined;
  /** The time, in milliseconds since 1970. */
  readonly now: () => number;
  /** Told when a partner has changed an order's status, which the vendor tells him by webhook as well. */
  readonly onStatus: (order: StoredOrder) => void;
}

type Desk = (request: HouseRequest) => unknown;

/** @throws {ConfigurationError} when the products can't be priced. */
export function createHouse({ seed, products, now, onStatus }: HouseOptions): House {
  const seeded = createSeeded(seed);
  const catalogue = createCatalogue(products);
  const settings = new Settings(seeded);
  const orders = new Orders();
  const time = (): string => new Date(now()).toISOString();
  const desks: Partial<Record<string, Desk>> = {
    ...orderDesks(orders, catalogue, settings, { seeded, time, onStatus }),
    ...protocolDesks(new Protocols(), catalogue, settings, { seeded, time }),
    ...productDesks(catalogue),
    ...settingsDesks(settings, time),
  };
  return {
    orders,
    settings,
    seeded,
    carryOut(operation, request) {
      const desk = desks[operation];
      if (desk === undefined) return undefined;
      try {
        return { status: created.has(operation) ? 201 : 200, body: desk(request) };
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

interface Office {
  readonly seeded: Seeded;
  readonly time: () => string;
}

function orderDesks(
  orders: Orders,
  catalogue: Catalogue,
  settings: Settings,
  { seeded, time, onStatus }: Office & Pick<HouseOptions, "onStatus">,
): Partial<Record<ApiOperation, Desk>> {
  return {
    "POST /orders": ({ body }) => {
      const request = validated<StoredRequest>(body);
      const prices = priceBasket(request, catalogue, settings.discount);
      return orders.create(seeded.id("order"), request, prices, time());
    },
    "GET /orders": ({ query }) => {
      const { items, cursor } = orders.shelf.page(
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

function protocolDesks(
  protocols: Protocols,
  catalogue: Catalogue,
  settings: Settings,
  { seeded, time }: Office,
): Partial<Record<ApiOperation, Desk>> {
  const known = ({ parameters }: HouseRequest) => protocols.get(parameters.protocolId ?? "");
  return {
    "POST /protocols": ({ body }) => {
      const request = validated<StoredRequest>(body);
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

function productDesks(catalogue: Catalogue): Partial<Record<ApiOperation, Desk>> {
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

function settingsDesks(settings: Settings, time: () => string): Partial<Record<ApiOperation, Desk>> {
  return {
    "GET /partners/settings": () => settings.read(),
    "PATCH /partners/settings": ({ body }) =>
      settings.update(validated<Record<string, unknown>>(body), time()),
    "GET /partners/settings/webhook-secret": () => ({ webhookSecret: settings.secret }),
    "POST /partners/settings/rotate-webhook-secret": () => ({ webhookSecret: settings.rotateSecret() }),
  };
}

/** A body that Prism has held against the document's schema, which requires what the type has. */
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
