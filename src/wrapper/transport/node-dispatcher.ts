import type { buildConnector, Dispatcher, Pool } from "undici";
import { ConfigurationError } from "../errors.ts";
import type { NodeOptions } from "../options.ts";
import type { NodeHandler } from "./node-handler.ts";
import { Http2Connection, type Http2Request } from "./node-http2.ts";

/** A request in the parts that undici takes. Its headers are names and values in turn. */
export interface NodeRequest extends Http2Request {
  readonly origin: string;
}

/** As much of undici's dispatcher as is used here. */
export interface NodeDispatcher {
  dispatch(request: NodeRequest, handler: NodeHandler): unknown;
}

/** How long a proxy may take to open a tunnel, in milliseconds: as long as undici gives a connection. */
const tunnelTimeoutMs = 10_000;

/**
 * Loads undici, and makes the agent that the options describe.
 *
 * @throws {ConfigurationError} when undici can't be loaded, which no retry mends.
 */
export async function createDispatcher(options: NodeOptions): Promise<NodeDispatcher> {
  // It is typed by what is used of it, so that other versions of undici fit too.
  if (options.dispatcher !== undefined) return options.dispatcher as NodeDispatcher;
  const undici = await import("undici").catch((cause: unknown) => {
    const hint =
      "Install it beside this package. A bundle for Node must leave it out, or bring a require() for it";
    throw new ConfigurationError(`undici could not be loaded. ${hint}.`, { cause });
  });
  const { connections, keepAliveTimeoutMs, tls } = options;
  const agentOptions = {
    // The client has its own limits of time, which end an attempt as a whole.
    headersTimeout: 0,
    bodyTimeout: 0,
    ...(connections !== undefined && { connections }),
    ...(keepAliveTimeoutMs !== undefined && { keepAliveTimeout: keepAliveTimeoutMs }),
    ...(tls !== undefined && { connect: tls }),
  };
  // undici checks the method, which its types take for one of a few.
  const direct = new undici.Agent(agentOptions) as NodeDispatcher;
  if (!usesProxy(options)) return options.http2 === true ? preferHttp2(direct, options) : direct;
  const proxied: Dispatcher = new undici.EnvHttpProxyAgent({
    ...agentOptions,
    ...(tls !== undefined && { requestTls: tls }),
    factory: (origin: string | URL, poolOptions: Pool.Options) =>
      new undici.Pool(origin, withEndingConnector(poolOptions)),
    clientFactory: (origin: URL, poolOptions: object) =>
      new undici.Pool(origin, { ...poolOptions, headersTimeout: tunnelTimeoutMs }),
  });
  // Plain http is for this machine alone, and a proxy would see the secret and the token.
  return {
    dispatch: (request, handler) =>
      (request.origin.startsWith("http:") ? direct : (proxied as NodeDispatcher)).dispatch(request, handler),
  };
}

/** Sends over HTTP/2 what is for an origin that has it. */
function preferHttp2(http1: NodeDispatcher, options: NodeOptions): NodeDispatcher {
  const connections = new Map<string, Http2Connection>();
  return {
    dispatch: (request, handler) => {
      const { origin } = request;
      if (origin.startsWith("http:")) return http1.dispatch(request, handler);
      const connection = connections.get(origin) ?? new Http2Connection(origin, options);
      connections.set(origin, connection);
      const sent = connection.send(request, handler);
      sent
        .then((isSent) => isSent || http1.dispatch(request, handler))
        .catch((error) => handler.onError(error));
      return true;
    },
  };
}

/** Whether requests may go through a proxy that the environment names. */
export function usesProxy({ proxyFromEnvironment }: NodeOptions): boolean {
  if (proxyFromEnvironment === false) return false;
  return ["http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY"].some((name) =>
    Boolean(process.env[name]),
  );
}

/**
 * undici connects again at once, and without end, after some errors of its own, such as a proxy that closes what it
 * accepts. Under another code, an error ends the requests that wait for the connection.
 */
function withEndingConnector(options: Pool.Options): Pool.Options {
  const { connect } = options;
  if (typeof connect !== "function") return options;
  const endingConnect = (target: buildConnector.Options, callback: buildConnector.Callback): void =>
    connect(target, (error, socket) => {
      if (error === null) callback(null, socket);
      else callback(isRetriedByUndici(error) ? tunnelError(error) : error, null);
    });
  return { ...options, connect: endingConnect };
}

function isRetriedByUndici(error: Error): boolean {
  return "code" in error && (error.code === "UND_ERR_SOCKET" || error.code === "UND_ERR_INFO");
}

function tunnelError(cause: Error): Error {
  const error = new Error("The proxy ended the connection before the tunnel was open.", { cause });
  return Object.assign(error, { code: "ERR_SOCKET_PROXY_TUNNEL" });
}
