import { ConfigurationError } from "../errors.ts";
import type { NodeOptions } from "../options.ts";
import { isDeno } from "../runtime.ts";
import type { Transport } from "./exchange.ts";
import { createFetchTransport } from "./fetch.ts";

export { copyHeaders, createHeaders } from "./web.ts";

/**
 * Carries requests on the browser's fetch.
 *
 * An option that a browser can't honour is refused. So is what could send a token through a proxy where such a bundle
 * runs on Deno: what the proxy is can't be found out here.
 *
 * @throws {ConfigurationError} when an option can't be honoured here.
 */
export function createTransport(options: NodeOptions = {}): Transport {
  for (const [name, value] of Object.entries(options)) {
    if (value === undefined || (name === "proxyFromEnvironment" && typeof value === "boolean")) continue;
    throw new ConfigurationError(
      `node.${name} works on Node alone. Leave it out here, or give the client a fetch that does what you need.`,
    );
  }
  const isDirect = options.proxyFromEnvironment === false;
  const send = createFetchTransport((url, init) =>
    globalThis.fetch(url, isDirect || url.startsWith("http:") ? { ...init, ...direct } : init),
  );
  return (exchange) => {
    if (isDeno() && (isDirect || exchange.request.url.startsWith("http:"))) {
      throw new ConfigurationError(
        "On Deno a bundle for browsers can't tell whether a proxy would see the token. Bundle for Deno, or use https without node.proxyFromEnvironment.",
      );
    }
    return send(exchange);
  };
}

/** Bun's own option. */
const direct = { proxy: false };
