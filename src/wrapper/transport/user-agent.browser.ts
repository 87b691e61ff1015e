import { ConfigurationError } from "../errors.ts";

/**
 * Nothing: a browser names itself.
 *
 * @throws {ConfigurationError} for an addition that can't stand in a header, so that it is found before a server runs it.
 */
export function userAgentOf(own: unknown): undefined {
  if (own === undefined || (typeof own === "string" && /^[\x21-\x7e][\x20-\x7e]{0,199}$/.test(own))) return;
  throw new ConfigurationError("userAgent must be 1 to 200 printable ASCII characters.");
}
