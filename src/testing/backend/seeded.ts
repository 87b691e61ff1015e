import { createHash } from "node:crypto";

/**
 * Identifiers that look random and are the same in every run: a hash of the seed, the kind, and the count of that
 * kind so far. Each kind is counted separately, so one token more or less changes no order's identifier.
 */
export interface Seeded {
  /** 27 letters and digits, as the vendor's identifiers have. */
  id(kind: string): string;
  /** 64 hex characters. */
  hex(kind: string): string;
  /** That many digits. */
  digits(kind: string, count: number): string;
}

const alphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
/** The prefix of the identifiers in the documentation's samples. */
const idPrefix = "2v";

export function createSeeded(seed: string): Seeded {
  const counts = new Map<string, number>();
  const next = (kind: string): string => {
    const count = (counts.get(kind) ?? 0) + 1;
    counts.set(kind, count);
    return createHash("sha256")
      .update(JSON.stringify([seed, kind, count]))
      .digest("hex");
  };
  return {
    id: (kind) => idPrefix + inBase(62n, BigInt(`0x${next(kind)}`), 25),
    hex: next,
    digits: (kind, count) => inBase(10n, BigInt(`0x${next(kind)}`), count),
  };
}

/** The last `count` digits of a number in a base. */
function inBase(base: bigint, number: bigint, count: number): string {
  let digits = "";
  for (let rest = number; digits.length < count; rest /= base)
    digits = alphabet[Number(rest % base)] + digits;
  return digits;
}
