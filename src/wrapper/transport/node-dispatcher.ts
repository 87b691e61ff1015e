import type { SecureContextOptions } from "node:tls";
import type { Dispatcher, Pool } from "undici";
import { ConfigurationError } from "../errors.ts";
import type { NodeOptions } from "../options.ts";
import { describeFailure } from "./failure.ts";
import { strictConnector } from "./node-connector.ts";
import { announcing } from "./node-given-dispatcher.ts";
import type { NodeHandler } from "./node-handler.ts";
import { Http2Connection, type Http2Request } from "./node-http2.ts";
import { checkProxies, usesProxy } from "./node-proxy.ts";

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
 * @throws {ConfigurationError} when undici can't be loaded, the environment names a proxy that is no URL, or `node.tls`
 * can't be used. No retry mends any of it.
 */
export async function createDispatcher(options: NodeOptions): Promise<NodeDispatcher> {
  // It is typed by what is used of it, so that other versions of undici fit too.
  if (options.dispatcher !== undefined) return announcing(options.dispatcher as NodeDispatcher);
  const undici = await import("undici").catch((cause: unknown) => {
    const hint =
      "Install it beside this package. A bundle for Node must leave it out, or bring a require() for it";
    throw new ConfigurationError(`undici could not be loaded. ${hint}.`, { cause });
  });
  const { connections, keepAliveTimeoutMs, tls } = options;
  if (tls !== undefined) await checkTls(tls);
  const agentOptions = {
    // The client has its own limits of time, which end an attempt as a whole.
    headersTimeout: 0,
    bodyTimeout: 0,
    ...(connections !== undefined && { connections }),
    ...(keepAliveTimeoutMs !== undefined && { keepAliveTimeout: keepAliveTimeoutMs }),
    connect: strictConnector(undici.buildConnector({ ...tls })),
  };
  // undici checks the method, which its types take for one of a few.
  const direct = new undici.Agent(agentOptions) as NodeDispatcher;
  if (!usesProxy(options)) return options.http2 === true ? preferHttp2(direct, options) : direct;
  checkProxies();
  const proxied: Dispatcher = new undici.EnvHttpProxyAgent({
    ...agentOptions,
    ...(tls !== undefined && { requestTls: tls }),
    factory: (origin: string | URL, poolOptions: Pool.Options) =>
      new undici.Pool(origin, withStrictConnector(poolOptions)),
    clientFactory: (origin: URL, poolOptions: object) =>
      new undici.Pool(origin, { ...poolOptions, headersTimeout: tunnelTimeoutMs }),
  });
  // Plain http is for this machine or a proxy that was named, and another proxy would see the secret and the token.
  return {
    dispatch: (request, handler) =>
      (request.origin.startsWith("http:") ? direct : (proxied as NodeDispatcher)).dispatch(request, handler),
  };
}

/** Reads the keys, certificates and ciphers as each connection would. The messages of Node may quote them. */
async function checkTls(options: SecureContextOptions): Promise<void> {
  const { createSecureContext } = await import("node:tls");
  try {
    createSecureContext(options);
  } catch (error) {
    const cause = describeFailure(error);
    const code = "code" in cause ? ` (${cause.code})` : "";
    throw new ConfigurationError(`Node can't use what node.tls holds${code}.`, { cause });
  }
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

/** A pool behind a proxy gets its connections from undici's own connector, which opens the tunnel. */
function withStrictConnector(options: Pool.Options): Pool.Options {
  const { connect } = options;
  return typeof connect === "function" ? { ...options, connect: strictConnector(connect) } : options;
}
