import { ConfigurationError } from "../errors.ts";

/** @throws {ConfigurationError} for an addition that can't stand in a header. */
export function checkUserAgent(own: unknown): void {
  if (own === undefined || (typeof own === "string" && /^[\x21-\x7e][\x20-\x7e]{0,199}$/.test(own))) return;
  throw new ConfigurationError("userAgent must be 1 to 200 printable ASCII characters.");
}
