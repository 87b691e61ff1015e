import { ConfigurationError } from "../errors.ts";
import type { NodeOptions } from "../options.ts";
import { isBun, readDenoEnvironment } from "../runtime.ts";
import type { Transport } from "./exchange.ts";
import { createFetchTransport } from "./fetch.ts";

/**
 * Carries requests on the runtime's own fetch: Bun, Deno, Workers and browsers.
 *
 * An option that the runtime can't honour is refused: a certificate or a proxy that is ignored in silence is worse than
 * none. Plain http, which is for this machine alone, never goes to a proxy, which would see the secret and the token.
 *
 * @throws {ConfigurationError} when an option can't be honoured here.
 */
export function createTransport(options: NodeOptions = {}): Transport {
  for (const name of ["connections", "keepAliveTimeoutMs", "http2", "tls", "dispatcher"] as const) {
    if (options[name] === undefined) continue;
    throw new ConfigurationError(
      `node.${name} works on Node alone. Leave it out here, or give the client a fetch that does what you need.`,
    );
  }
  const isDirect = options.proxyFromEnvironment === false;
  if (isDirect && usesProxy(["HTTP_PROXY", "HTTPS_PROXY"])) {
    throw new ConfigurationError(
      "Deno always uses the proxy that is set. Unset it, or leave out node.proxyFromEnvironment.",
    );
  }
  // Bun's own option.
  const direct = isBun() ? { proxy: false } : undefined;
  const send = createFetchTransport((url, init) =>
    globalThis.fetch(url, isDirect || url.startsWith("http:") ? { ...init, ...direct } : init),
  );
  return (exchange) => {
    const { url } = exchange.request;
    if (url.startsWith("http:") && usesProxy(["HTTP_PROXY"], new URL(url).hostname)) {
      throw new ConfigurationError(
        "Deno would send the token to HTTP_PROXY in clear. Add this host to NO_PROXY.",
      );
    }
    return send(exchange);
  };
}

/** The headers of a request that has a content type at most. */
export function createHeaders(contentType: string | undefined): Headers {
  return new Headers(contentType === undefined ? {} : { "content-type": contentType });
}

/** A copy of a request's headers, to be sent. */
export function copyHeaders(headers: Headers): Headers {
  return new Headers(headers);
}

/** Whether Deno's fetch takes a proxy from the environment. No option of its fetch prevents that. */
function usesProxy(names: readonly string[], hostname?: string): boolean {
  const read = (name: string): string => readDenoEnvironment(name) || readDenoEnvironment(name.toLowerCase());
  if (!names.some(read)) return false;
  return !read("NO_PROXY")
    .split(/[\s,]+/)
    .some((host) => host === "*" || (hostname !== undefined && host === hostname));
}
