/**
 * Exact amounts of money. An amount is a whole number of ten-thousandths of a dollar: the price of a pill has two decimals, and
 * a discount on it may need two more.
 */
export type Money = bigint;

const unitsPerDollar = 10_000n;
const unitsPerCent = 100n;

/** Parses a decimal string; undefined when it is not one. */
export function parseMoney(text: string): Money | undefined {
  const [, dollars, decimals = ""] = /^(\d+)(?:\.(\d{1,4}))?$/.exec(text) ?? [];
  if (dollars === undefined) return undefined;
  return BigInt(dollars) * unitsPerDollar + BigInt(decimals.padEnd(4, "0"));
}

/** The amount as a decimal string, with two decimals or as many more as it needs. */
export function formatMoney(amount: Money): string {
  const decimals = String(amount % unitsPerDollar).padStart(4, "0");
  return `${amount / unitsPerDollar}.${decimals.replace(/0{1,2}$/, "")}`;
}

/** The nearest whole cent; half a cent goes up. */
export function roundToCent(amount: Money): Money {
  return ((amount + unitsPerCent / 2n) / unitsPerCent) * unitsPerCent;
}

/** A share of a price, in millionths. */
export type Millionths = bigint;

const oneWhole = 1_000_000n;

/** The price after a discount, to the nearest ten-thousandth of a dollar. */
export function afterDiscount(price: Money, discount: Millionths): Money {
  return (price * (oneWhole - discount) + oneWhole / 2n) / oneWhole;
}

/** A share from a JSON number between 0 and 1. */
export function shareOf(value: number): Millionths {
  return BigInt(Math.round(value * Number(oneWhole)));
}

/** A share from a string such as `12.5%`; undefined when it is not one. */
export function parsePercent(text: string): Millionths | undefined {
  const [, whole, decimals = ""] = /^(\d{1,3})(?:\.(\d{1,4}))?\s*%$/.exec(text) ?? [];
  if (whole === undefined) return undefined;
  const share = BigInt(whole + decimals.padEnd(4, "0"));
  return share <= oneWhole ? share : undefined;
}

/** A share as a string such as `12.5%`. */
export function formatPercent(share: Millionths): string {
  const decimals = String(share % 10_000n)
    .padStart(4, "0")
    .replace(/0+$/, "");
  return `${share / 10_000n}${decimals && `.${decimals}`}%`;
}

/** A share as a JSON number. */
export function shareValue(share: Millionths): number {
  return Number(share) / Number(oneWhole);
}
