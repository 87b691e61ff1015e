import { ConfigurationError } from "../errors.ts";
import type { NodeOptions } from "../options.ts";

/** The variables that name a proxy for https, in the order in which undici looks at them. */
const variables = ["https_proxy", "HTTPS_PROXY", "http_proxy", "HTTP_PROXY"];

/** What undici connects to. */
const protocols = ["http:", "https:", "socks:", "socks5:"];

/** Whether requests may go through a proxy that the environment names. */
export function usesProxy({ proxyFromEnvironment }: NodeOptions): boolean {
  return proxyFromEnvironment !== false && variables.some((name) => Boolean(process.env[name]));
}

/**
 * Checks the proxies that the environment names. The message doesn't hold a value, which may hold a password.
 *
 * @throws {ConfigurationError} for a variable that isn't a URL. No retry mends that.
 */
export function checkProxies(): void {
  for (const name of variables) {
    const value = process.env[name];
    if (!value || isProxyUrl(value)) continue;
    throw new ConfigurationError(
      `The environment variable ${name} must be a URL such as http://proxy.example.com:8080. Correct it, or set node.proxyFromEnvironment to false.`,
    );
  }
}

/** undici decodes the name and the password, and throws at a percent sign that encodes nothing. */
function isProxyUrl(value: string): boolean {
  try {
    const { protocol, username, password } = new URL(value);
    decodeURIComponent(username + password);
    return protocols.includes(protocol);
  } catch {
    return false;
  }
}
