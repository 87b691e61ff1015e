import { InvalidRequestError } from "./errors.ts";

/** What a URL parser may change: characters that it encodes or drops, and segments of dots, encoded or not. */
const unusual = /[^\w\-.~:/?&=%+,;@!$*()[\]]|\/\.|%2e/i;

/** The URL as fetch would send it (WHATWG URL). Most have nothing to be changed. */
export function normaliseUrl(url: string): string {
  return unusual.test(url) ? new URL(url).href : url;
}

/** The host and port of a URL, without all that it may hold else. Undefined for what is none. */
export function serverOf(url: string): string | undefined {
  return URL.canParse(url) ? new URL(url).host : undefined;
}

/**
 * The URL as fetch would send it, if it is still within the base URL: a segment such as `..` would reach another
 * endpoint.
 *
 * @throws {InvalidRequestError} when it isn't. The message doesn't hold it, since it may hold a customer's data.
 */
export function checkWithinBase(url: string, baseUrl: string): string {
  const normal = URL.canParse(url) ? normaliseUrl(url) : "";
  if (normal.startsWith(baseUrl) && /^([/?#]|$)/.test(normal.slice(baseUrl.length))) return normal;
  throw new InvalidRequestError("The path of the request leads out of the base URL. Nothing was sent.");
}
