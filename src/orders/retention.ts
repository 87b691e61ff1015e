import { checkWhole } from "../wrapper/check-whole.ts";

/** A lookup tells orders apart that look the same by what is remembered of the last month. A day is for clocks that differ. */
const leastMs = 32 * 24 * 60 * 60_000;

/** @throws {ConfigurationError} for less than 32 days. */
export function checkRetention(retentionMs: number | undefined): number | undefined {
  return retentionMs === undefined ? undefined : checkWhole("retentionMs", retentionMs, leastMs);
}
