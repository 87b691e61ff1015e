import { isUnsafe } from "../may-have-acted.ts";
import type { NodeOptions } from "../options.ts";
import type { Exchange, Transport } from "./exchange.ts";
import { createFetchTransport } from "./fetch.ts";
import { LightHeaders } from "./light-headers.ts";
import { acceptedEncodings } from "./node-decompress.ts";
import { createDispatcher, type NodeDispatcher } from "./node-dispatcher.ts";
import { endOfTurn } from "./node-end-of-turn.ts";
import { NodeHandler } from "./node-handler.ts";
import { usesProxy } from "./node-proxy.ts";

/**
 * Carries requests on undici.
 *
 * - undici is loaded by the first request: importing the package does not pay for it.
 * - The handler is undici's own interface for a request. It says exactly when a request begins to be written, and
 *   so whether a failed one may have reached the server.
 * - A response is gathered in memory, unless the caller wants a stream.
 * - Before a POST or PATCH the event loop gets one turn to hear of sockets that the server has closed meanwhile. A
 *   request written to one of them would be of unknown outcome, though the server never saw it.
 */
export function createTransport(options: NodeOptions = {}): Transport {
  let dispatcher: NodeDispatcher | undefined;
  let loading: Promise<Transport> | undefined;
  const load = (): Promise<Transport> => {
    loading ??= createDispatcher(options).then(
      (created) => {
        dispatcher = created;
        return transport;
      },
      (error: unknown) => fetchInstead(options, error),
    );
    return loading;
  };
  const transport: Transport = (exchange) => {
    const { method } = exchange.request;
    if (dispatcher === undefined) return load().then((loaded) => loaded(exchange));
    if (!isUnsafe(method)) return dispatch(dispatcher, exchange);
    const ready = dispatcher;
    return endOfTurn().then(() => dispatch(ready, exchange));
  };
  return transport;
}

/** The headers of a request that has a content type at most. */
export function createHeaders(contentType: string | undefined): Headers {
  return new LightHeaders(
    contentType === undefined ? [] : ["content-type", contentType],
  ) as unknown as Headers; // It has its prototype, and each of its members.
}

/** A copy of a request's headers, to be sent. */
export function copyHeaders(headers: Headers): Headers {
  return new LightHeaders(LightHeaders.listOf(headers)) as unknown as Headers;
}

/**
 * Node's own fetch, for a bundle in which undici can't be loaded: esbuild gives ES modules no `require`, and undici
 * asks for one. It sends each request once too, but knows less often that one was not sent.
 *
 * @throws the error, when an option needs undici.
 */
function fetchInstead(options: NodeOptions, error: unknown): Transport {
  const { connections, keepAliveTimeoutMs, http2, tls, dispatcher } = options;
  const needsUndici =
    [connections, keepAliveTimeoutMs, tls, dispatcher].some((option) => option !== undefined) ||
    http2 === true ||
    usesProxy(options);
  if (needsUndici) throw error;
  process.emitWarning(
    "juniper-fulfillment could not load undici and uses Node's fetch, with which more writes end in an OutcomeUnknownError. Leave undici out of your bundle, or give the bundle a require().",
  );
  return createFetchTransport((url, init) => globalThis.fetch(url, init));
}

function dispatch(dispatcher: NodeDispatcher, exchange: Exchange): Promise<Response> {
  const { method, url, headers, body = null } = exchange.request;
  const { streaming } = exchange.options;
  const { origin, path } = splitUrl(url);
  return new Promise((resolve, reject) => {
    const handler = new NodeHandler(exchange, resolve, reject);
    if (exchange.isCancelled) return;
    const request = { origin, path, method, headers: headerList(headers, streaming), body };
    try {
      dispatcher.dispatch(request, handler);
    } catch (error) {
      handler.onError(error as Error);
    }
  });
}

/** Most requests go to the origin that the last one went to: a new string would have to be hashed to find its connections. */
let lastOrigin = "";

/** The parts that undici asks for. The base URL has been checked, and the path encoded, so no parser is needed. */
function splitUrl(url: string): { origin: string; path: string } {
  const isSameOrigin = url.startsWith(lastOrigin) && url[lastOrigin.length] === "/";
  const pathStart = isSameOrigin ? lastOrigin.length : url.indexOf("/", url.indexOf("//") + 2);
  if (pathStart === -1) return { origin: url, path: "/" };
  const fragmentStart = url.indexOf("#", pathStart);
  if (!isSameOrigin) lastOrigin = url.slice(0, pathStart);
  return {
    origin: lastOrigin,
    path: url.slice(pathStart, fragmentStart === -1 ? undefined : fragmentStart),
  };
}

function headerList(headers: Headers, streaming: boolean): string[] {
  const list = LightHeaders.listOf(headers);
  if (!list.includes("accept-encoding"))
    list.push("accept-encoding", streaming ? "identity" : acceptedEncodings);
  return list;
}
