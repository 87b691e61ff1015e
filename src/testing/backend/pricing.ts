import type { Administration, ShippingMethodName } from "../../generated/schema.ts";
import type { Catalogue } from "./catalogue.ts";
import {
  afterDiscount,
  formatMoney,
  formatPercent,
  type Millionths,
  type Money,
  roundToCent,
} from "./money.ts";

/** The part of an order or a protocol that determines its price. */
export interface Basket {
  /** For how many days it is. */
  readonly daysSupply: number;
  /** How it is shipped. */
  readonly shippingMethod: ShippingMethodName;
  /** The products. */
  readonly lineItems: readonly BasketItem[];
}

export interface BasketItem {
  readonly productId: number;
  /** Units a day. */
  readonly quantity: number;
  readonly packDescription?: string;
  readonly administration?: Administration;
}

/** The amounts of an order or a protocol. They add up exactly. */
export interface Totals {
  /** The partner's discount, in percent. */
  readonly discount: string;
  /** The sum of the items. */
  readonly subtotalPrice: string;
  /** The amount that the discount saves. */
  readonly totalDiscount: string;
  /** The handling fees of external items. */
  readonly totalFees: string;
  /** Always zero: the limits are not documented. */
  readonly totalVolumeDiscount: string;
  /** The price of the shipping method. */
  readonly totalShipping: string;
  /** The amount to pay. */
  readonly totalPrice: string;
}

/** The prices of one unit of an item. */
export interface ItemPrices {
  readonly price: string;
  readonly discountedPrice: string;
}

const feePerExternalItem = 50_000n;

/**
 * Prices a basket.
 *
 * - An item costs its price × its quantity a day × the days.
 * - The partner's discount is taken from each price, to the ten-thousandth of a dollar, and what that saves in all is
 *   the total discount, to the cent.
 * - Each external item has a handling fee of 5 dollars. There is no volume discount: its limits are not documented.
 * - subtotal − discount + fees + shipping = total.
 */
export function priceBasket(
  basket: Basket,
  catalogue: Catalogue,
  discount: Millionths,
): { readonly totals: Totals; readonly items: readonly ItemPrices[] } {
  let subtotal: Money = 0n;
  let reduced: Money = 0n;
  let fees: Money = 0n;
  const items = basket.lineItems.map(({ productId, quantity }) => {
    const { price = 0n, isExternal = false } = catalogue.pricesOf(productId) ?? {};
    const discountedPrice = afterDiscount(price, discount);
    const count = BigInt(quantity) * BigInt(basket.daysSupply);
    subtotal += price * count;
    reduced += discountedPrice * count;
    if (isExternal) fees += feePerExternalItem;
    return { price: formatMoney(price), discountedPrice: formatMoney(discountedPrice) };
  });
  const saved = roundToCent(subtotal - reduced);
  const shipping = catalogue.shippingPrice(basket.shippingMethod);
  const totals = {
    discount: formatPercent(discount),
    subtotalPrice: formatMoney(subtotal),
    totalDiscount: formatMoney(saved),
    totalFees: formatMoney(fees),
    totalVolumeDiscount: formatMoney(0n),
    totalShipping: formatMoney(shipping),
    totalPrice: formatMoney(subtotal - saved + fees + shipping),
  };
  return { totals, items };
}
