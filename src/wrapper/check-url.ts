import { ConfigurationError } from "./errors.ts";

/**
 * Returns the URL without its trailing slashes if requests with a bearer token may go there: https, or plain http to
 * this machine or to one of the `insecureOrigins`. The message never holds the URL, which may hold a password.
 *
 * @throws {ConfigurationError} for any other URL.
 */
export function checkUrl(name: string, value: unknown, insecureOrigins: readonly string[]): string {
  if (typeof value !== "string" || !URL.canParse(value)) {
    throw new ConfigurationError(`${name} must be an absolute URL, such as "https://api.example.com/v1".`);
  }
  const url = new URL(value);
  const mayBePlain = isLoopback(url.hostname) || insecureOrigins.includes(url.origin);
  if (url.protocol !== "https:" && !(url.protocol === "http:" && mayBePlain)) {
    throw new ConfigurationError(
      `${name} must be https. Plain http is for this machine, and for origins in allowInsecureHttp.`,
    );
  }
  if (url.username !== "" || url.password !== "" || url.search !== "" || url.hash !== "") {
    throw new ConfigurationError(`${name} must have no user, password, query or fragment.`);
  }
  return url.href.replace(/\/+$/, "");
}

/**
 * The origins to which plain http is allowed. Each is written as the URL parser writes it, so that none is allowed by a
 * spelling that matches nothing.
 *
 * @throws {ConfigurationError} for anything else than a list of origins of plain http.
 */
export function checkInsecureOrigins(origins: unknown = []): readonly string[] {
  const isOrigin = (origin: unknown): boolean =>
    /^http:/.test(String(origin)) &&
    URL.canParse(String(origin)) &&
    new URL(String(origin)).origin === origin;
  if (Array.isArray(origins) && origins.every(isOrigin)) return origins;
  throw new ConfigurationError(
    'allowInsecureHttp must be a list of origins, such as ["http://proxy.internal:8080"].',
  );
}

/** RFC 6761, section 6.3, and the loopback addresses of both families. */
function isLoopback(hostname: string): boolean {
  return (
    hostname === "localhost" ||
    hostname.endsWith(".localhost") ||
    hostname === "[::1]" ||
    /^127\.\d+\.\d+\.\d+$/.test(hostname)
  );
}
