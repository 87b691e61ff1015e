import { ConfigurationError } from "./errors.ts";

/** RFC 6750, section 2.1: the characters that a bearer token may have. Any other could end the header early. */
export function isAccessToken(token: unknown): token is string {
  return typeof token === "string" && /^[\w.~+/-]+=*$/.test(token);
}

/** @throws {ConfigurationError} for a value that can't be sent as a bearer token. */
export function checkAccessToken(token: unknown): string {
  if (isAccessToken(token)) return token;
  throw new ConfigurationError("The access token must be a non-empty string of letters, digits and -._~+/=.");
}
