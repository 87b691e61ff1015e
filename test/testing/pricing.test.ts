import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createCatalogue } from "../../src/testing/backend/catalogue.ts";
import { seedProducts } from "../../src/testing/backend/catalogue-seed.ts";
import {
  afterDiscount,
  formatMoney,
  formatPercent,
  parseMoney,
  parsePercent,
  shareOf,
} from "../../src/testing/backend/money.ts";
import { priceBasket } from "../../src/testing/backend/pricing.ts";

const catalogue = createCatalogue();
const money = (text: string): bigint => parseMoney(text) ?? -1n;

describe("money", () => {
  test("is read and written without loss", () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 10n ** 24n }), (amount) => {
        expect(parseMoney(formatMoney(amount))).toBe(amount);
      }),
    );
    expect(
      ["0.00", "0.53", "0.477", "0.4771", "41.99", "100.00"].map((text) => formatMoney(money(text))),
    ).toEqual(["0.00", "0.53", "0.477", "0.4771", "41.99", "100.00"]);
  });

  test("is nothing but digits and a point", () => {
    for (const text of ["", ".5", "1.", "-1", "1e3", "0.12345", "1,50", " 1"]) {
      expect(parseMoney(text)).toBeUndefined();
    }
  });

  test("has shares that are read and written without loss", () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 1_000_000n }), (share) => {
        expect(parsePercent(formatPercent(share))).toBe(share);
      }),
    );
    expect([formatPercent(shareOf(0.1)), formatPercent(shareOf(0.125))]).toEqual(["10%", "12.5%"]);
    for (const text of ["", "10", "101%", "-1%", "a%"]) expect(parsePercent(text)).toBeUndefined();
  });

  test("never costs more after a discount, and nothing after one of 100 %", () => {
    fc.assert(
      fc.property(
        fc.bigInt({ min: 0n, max: 10n ** 12n }),
        fc.bigInt({ min: 0n, max: 1_000_000n }),
        (price, share) => {
          expect(afterDiscount(price, share) <= price).toBe(true);
          expect(afterDiscount(price, 1_000_000n)).toBe(0n);
        },
      ),
    );
  });
});

describe("totals", () => {
  const item = fc.record({
    productId: fc.constantFrom(...seedProducts.map(({ id }) => id)),
    quantity: fc.integer({ min: 1, max: 1_000_000 }),
  });
  const basket = fc.record({
    daysSupply: fc.constantFrom(30, 60, 90),
    shippingMethod: fc.constantFrom("STANDARD" as const, "EXPRESS" as const, "OVERNIGHT" as const),
    lineItems: fc.array(item, { maxLength: 20 }),
  });

  test("add up exactly, for any basket and discount", () => {
    fc.assert(
      fc.property(basket, fc.bigInt({ min: 0n, max: 1_000_000n }), (order, discount) => {
        const { totals, items } = priceBasket(order, catalogue, discount);
        const pills = order.lineItems.map(({ quantity }) => BigInt(quantity * order.daysSupply));
        const sum = (key: "price" | "discountedPrice"): bigint =>
          items.reduce((total, prices, index) => total + money(prices[key]) * (pills[index] ?? 0n), 0n);
        const saved = money(totals.totalDiscount);
        expect(money(totals.subtotalPrice)).toBe(sum("price"));
        // To the cent.
        const difference = sum("price") - sum("discountedPrice") - saved;
        expect(difference >= -50n && difference < 50n).toBe(true);
        expect(money(totals.totalPrice)).toBe(
          money(totals.subtotalPrice) - saved + money(totals.totalFees) + money(totals.totalShipping),
        );
        for (const amount of Object.values(totals).filter((text) => !text.endsWith("%"))) {
          expect(amount).toMatch(/^\d+\.\d\d$/);
        }
      }),
    );
  });

  test("hold 5 dollars for each external item", () => {
    const external = seedProducts.filter((product) => product.external).map(({ id }) => id);
    expect(external.length).toBeGreaterThan(1);
    const lineItems = external.map((productId) => ({ productId, quantity: 1 }));
    const order = { daysSupply: 30, shippingMethod: "STANDARD" as const, lineItems };
    expect(priceBasket(order, catalogue, 0n).totals.totalFees).toBe(`${5 * external.length}.00`);
  });
});

test("a catalogue with a product that has no price is refused", () => {
  expect(() => createCatalogue([{ id: 1 }])).toThrow('Product 1 needs a price such as "0.53".');
});
