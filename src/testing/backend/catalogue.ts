import type { Product, ShippingMethodName } from "../../generated/schema.ts";
import { ConfigurationError } from "../../wrapper/errors.ts";
import { seedProducts, shippingMethods } from "./catalogue-seed.ts";
import { type Money, parseMoney } from "./money.ts";
import { type Page, type PageQuery, type RankedList, readPage } from "./pagination.ts";
import { notFound } from "./refusal.ts";

/** The price of a product, whether it ships outside the pill packs, and whether it can be ordered. */
export interface PricedProduct {
  readonly price: Money;
  readonly isExternal: boolean;
  readonly isOrderable: boolean;
}

/** The filter of a product list. */
export interface ProductFilter {
  readonly status?: string | undefined;
  /** A date, such as `2025-06-30`: products that changed on a later day. */
  readonly updatedAfter?: string | undefined;
  /** A date: products that changed on an earlier day. */
  readonly updatedBefore?: string | undefined;
  readonly search?: string | undefined;
}

/** The products and shipping methods. It never changes. */
export interface Catalogue {
  /** @throws {Refusal} 404 for an unknown product. */
  get(id: string): Product;
  page(query: PageQuery, filter: ProductFilter): Page<Product>;
  /** Undefined for an unknown product. */
  pricesOf(id: number): PricedProduct | undefined;
  shippingPrice(method: ShippingMethodName): Money;
}

/** @throws {ConfigurationError} when a product's price is not a decimal number, or two have the same id. */
export function createCatalogue(products: readonly Product[] = seedProducts): Catalogue {
  const byId = new Map(products.map((product) => [String(product.id), product]));
  if (byId.size < products.length) throw new ConfigurationError("Two products have the same id.");
  const prices = new Map(products.map((product) => [product.id, pricesOf(product)]));
  const shippingPrices = new Map(shippingMethods.map(({ name, price }) => [name, parseMoney(price)]));
  const list: RankedList<Product> = {
    name: "products",
    length: products.length,
    at(index) {
      const item = products[index];
      if (item === undefined) throw new RangeError(`There is no product ${index}.`);
      return { rank: index, item };
    },
  };
  return {
    get(id) {
      const product = byId.get(id);
      if (product === undefined) throw notFound("Product");
      return product;
    },
    page: (query, filter) => readPage(list, query, (product) => matches(product, filter)),
    pricesOf: (id) => prices.get(id),
    shippingPrice: (method) => shippingPrices.get(method) ?? 0n,
  };
}

function pricesOf({ id, price = "", external = false, status = "ACTIVE" }: Product): PricedProduct {
  const amount = parseMoney(price);
  if (amount === undefined) {
    throw new ConfigurationError(`Product ${id} needs a price such as "0.53".`);
  }
  return { price: amount, isExternal: external, isOrderable: status === "ACTIVE" };
}

function matches(product: Product, { status, updatedAfter, updatedBefore, search }: ProductFilter): boolean {
  const updatedOn = product.updatedAt?.slice(0, 10) ?? "";
  if (status !== undefined && product.status !== status) return false;
  if (updatedAfter !== undefined && updatedOn <= updatedAfter) return false;
  if (updatedBefore !== undefined && updatedOn >= updatedBefore) return false;
  const { name = "", description = "", supplementFactsPanel = {} } = product;
  return (
    search === undefined || matchesWords(search, name, description, JSON.stringify(supplementFactsPanel))
  );
}

/** Whether each word of a search is the beginning of a word in the texts, ignoring case. */
export function matchesWords(search: string, ...texts: readonly string[]): boolean {
  const words = wordsOf(texts.join(" "));
  return wordsOf(search).every((wanted) => words.some((word) => word.startsWith(wanted)));
}

function wordsOf(text: string): string[] {
  return text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [];
}
