import type { Dispatcher } from "undici";
import type { NodeOptions } from "../options.ts";
import type { Exchange, Transport } from "./exchange.ts";
import { LightHeaders } from "./light-headers.ts";
import { GatheringHandler, StreamingHandler } from "./node-handlers.ts";

/**
 * Carries requests on undici.
 *
 * - undici is loaded by the first request: importing the package does not pay for it.
 * - The handler is undici's own interface for a request. It says exactly when a request begins to be written, and
 *   so whether a failed one may have reached the server.
 * - An answer is gathered in memory, unless the caller wants a stream.
 * - Before a POST or PATCH the event loop gets one turn to hear of sockets that the server has closed meanwhile. A
 *   request written to one of them would be of unknown outcome, though the server never saw it.
 */
export function createTransport(options: NodeOptions = {}): Transport {
  let dispatcher: Dispatcher | undefined;
  let loading: Promise<Dispatcher> | undefined;
  const load = (): Promise<Dispatcher> => {
    loading ??= createDispatcher(options).then((created) => {
      dispatcher = created;
      return created;
    });
    return loading;
  };
  const transport: Transport = (exchange) => {
    const { method } = exchange.request;
    if (dispatcher === undefined) return load().then(() => transport(exchange));
    if (method !== "POST" && method !== "PATCH") return dispatch(dispatcher, exchange);
    // Immediates run right after the phase that polls the sockets.
    const ready = dispatcher;
    return new Promise((resolve, reject) => {
      setImmediate(() => dispatch(ready, exchange).then(resolve, reject));
    });
  };
  return transport;
}

function dispatch(dispatcher: Dispatcher, exchange: Exchange): Promise<Response> {
  const { method, url, headers, body = null } = exchange.request;
  const { streaming } = exchange.options;
  const { origin, path } = splitUrl(url);
  return new Promise((resolve, reject) => {
    const handler = streaming
      ? new StreamingHandler(exchange, resolve, reject)
      : new GatheringHandler(exchange, resolve, reject);
    const sent = headerList(headers, streaming);
    dispatcher.dispatch(
      { origin, path, method: method as Dispatcher.HttpMethod, headers: sent, body },
      handler,
    );
  });
}

/** The parts that undici asks for. The base URL has been checked, and the path encoded, so no parser is needed. */
function splitUrl(url: string): { origin: string; path: string } {
  const pathStart = url.indexOf("/", url.indexOf("//") + 2);
  if (pathStart === -1) return { origin: url, path: "/" };
  const fragmentStart = url.indexOf("#", pathStart);
  return {
    origin: url.slice(0, pathStart),
    path: url.slice(pathStart, fragmentStart === -1 ? undefined : fragmentStart),
  };
}

function headerList(headers: Headers, streaming: boolean): string[] {
  const list = LightHeaders.listOf(headers) ?? [...headers].flat();
  if (!list.includes("accept-encoding"))
    list.push("accept-encoding", streaming ? "identity" : "gzip, deflate, br");
  return list;
}

/** Loads undici, and makes the agent that the options describe. */
async function createDispatcher(options: NodeOptions): Promise<Dispatcher> {
  // It is typed by what is used of it, so that other versions of undici fit too.
  if (options.dispatcher !== undefined) return options.dispatcher as Dispatcher;
  const undici = await import("undici");
  const { connections, keepAliveTimeoutMs, http2, tls } = options;
  const agentOptions = {
    // The client has its own limits of time, which end an attempt as a whole.
    headersTimeout: 0,
    bodyTimeout: 0,
    ...(connections !== undefined && { connections }),
    ...(keepAliveTimeoutMs !== undefined && { keepAliveTimeout: keepAliveTimeoutMs }),
    ...(http2 !== undefined && { allowH2: http2 }),
    ...(tls !== undefined && { connect: tls }),
  };
  const usesProxy = options.proxyFromEnvironment !== false && namesProxy(process.env);
  return usesProxy ? new undici.EnvHttpProxyAgent(agentOptions) : new undici.Agent(agentOptions);
}

function namesProxy(env: Readonly<Record<string, string | undefined>>): boolean {
  return ["http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY"].some((name) => Boolean(env[name]));
}
