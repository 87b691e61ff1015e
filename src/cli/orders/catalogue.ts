import {
  type FulfillmentClient,
  NotFoundError,
  type Product,
  paginate,
  type ShippingMethod,
  unwrap,
} from "juniper-fulfillment";
import { CommandError } from "../command.ts";
import { isObject } from "../document/document.ts";

/** What a check needs to know of a product. */
export type CatalogueProduct = Pick<Product, "status" | "price">;

/** A list that lacks more of its products than this is taken at its word. */
const mostSingleReads = 50;

/**
 * The vendor's catalogue, read once and when it is first needed: the list of products, the shipping methods, and one by
 * one the products that the list doesn't show.
 */
export class Catalogue {
  readonly #client: FulfillmentClient;
  readonly #signal: AbortSignal;
  #singleReads = 0;
  #products: Promise<Map<number, CatalogueProduct | undefined>> | undefined;
  #shippingMethods: Promise<readonly ShippingMethod[]> | undefined;

  constructor(client: FulfillmentClient, signal: AbortSignal) {
    this.#client = client;
    this.#signal = signal;
  }

  /** Undefined when there is none. */
  async product(id: number): Promise<CatalogueProduct | undefined> {
    this.#products ??= this.#readProducts();
    const products = await this.#products;
    if (!products.has(id) && this.#singleReads++ < mostSingleReads) {
      products.set(id, await this.#readProduct(id));
    }
    return products.get(id);
  }

  shippingMethods(): Promise<readonly ShippingMethod[]> {
    this.#shippingMethods ??= this.#client
      .GET("/shipping-methods", { signal: this.#signal })
      .then((result) => listOf(unwrap(result)));
    return this.#shippingMethods;
  }

  async #readProducts(): Promise<Map<number, CatalogueProduct | undefined>> {
    const products = new Map<number, CatalogueProduct | undefined>();
    const init = { params: { query: { limit: 100 } }, signal: this.#signal };
    for await (const { id, status, price } of paginate(this.#client, "/products", init)) {
      if (id !== undefined) products.set(id, keep(status, price));
    }
    return products;
  }

  async #readProduct(id: number): Promise<CatalogueProduct | undefined> {
    const init = { params: { path: { productId: id } }, signal: this.#signal };
    try {
      const { status, price } = Object(unwrap(await this.#client.GET("/products/{productId}", init)));
      return keep(status, price);
    } catch (error) {
      if (error instanceof NotFoundError) return undefined;
      throw error;
    }
  }
}

/** @throws {CommandError} for anything but a list. */
function listOf(methods: unknown): readonly ShippingMethod[] {
  if (Array.isArray(methods) && methods.every(isObject)) return methods as readonly ShippingMethod[];
  throw new CommandError("GET /shipping-methods returned no list of shipping methods.");
}

function keep(status: Product["status"], price: string | undefined): CatalogueProduct {
  return { ...(status !== undefined && { status }), ...(price !== undefined && { price }) };
}
