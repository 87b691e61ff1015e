import { ConfigurationError } from "./errors.ts";

/** @throws {ConfigurationError} for an option that is no whole number within its bounds. */
export function checkWhole(name: string, value: unknown, least: number, most?: number): number {
  if (Number.isSafeInteger(value) && Number(value) >= least && Number(value) <= (most ?? Number(value))) {
    return Number(value);
  }
  const bounds = most === undefined ? `of at least ${least}` : `from ${least} to ${most}`;
  throw new ConfigurationError(`${name} must be a whole number ${bounds}.`);
}
