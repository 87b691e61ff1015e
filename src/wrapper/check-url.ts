import { ConfigurationError } from "./errors.ts";

/**
 * Returns the URL without its trailing slashes if requests with a bearer token may go there: https, or plain http to
 * this machine. The message never holds the URL, which may hold a password.
 *
 * @throws {ConfigurationError} for any other URL.
 */
export function checkUrl(name: string, value: unknown): string {
  if (typeof value !== "string" || !URL.canParse(value)) {
    throw new ConfigurationError(`${name} must be an absolute URL, such as "https://api.example.com/v1".`);
  }
  const url = new URL(value);
  if (url.protocol !== "https:" && !(url.protocol === "http:" && isLoopback(url.hostname))) {
    throw new ConfigurationError(
      `${name} must be https. Plain http is for this machine alone, such as localhost.`,
    );
  }
  if (url.username !== "" || url.password !== "" || url.search !== "" || url.hash !== "") {
    throw new ConfigurationError(`${name} must have no user, password, query or fragment.`);
  }
  return url.href.replace(/\/+$/, "");
}

/** RFC 6761, section 6.3, and the loopback addresses of both families. */
export function isLoopback(hostname: string): boolean {
  return (
    hostname === "localhost" ||
    hostname.endsWith(".localhost") ||
    hostname === "[::1]" ||
    /^127\.\d+\.\d+\.\d+$/.test(hostname)
  );
}
