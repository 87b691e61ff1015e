import type { ClientHttp2Session, ClientHttp2Stream, OutgoingHttpHeaders } from "node:http2";
import type { ConnectionOptions, TLSSocket } from "node:tls";
import { TimeoutError } from "../errors.ts";
import type { NodeOptions } from "../options.ts";
import type { NodeHandler } from "./node-handler.ts";
import { Http2Response } from "./node-http2-response.ts";

/** A request in the parts that HTTP/2 takes. Its headers are names and values in turn. */
export interface Http2Request {
  readonly path: string;
  readonly method: string;
  readonly headers: readonly string[];
  readonly body: string | Uint8Array | null;
}

/** How long a connection may take to be made, and how long one is kept idle, in milliseconds: as undici has it. */
const connectTimeoutMs = 10_000;
const defaultKeepAliveMs = 4_000;

/** A session. Another may be open beside it when the server lets it do no more than end what is under way. */
interface OpenSession {
  readonly session: ClientHttp2Session;
  readonly socket: TLSSocket;
  /** How many requests are under way, and how many the server takes at a time. */
  streams: number;
  maxStreams: number;
  /** Those that wait for one to end. */
  readonly waiting: (() => void)[];
  /** The last stream that the server has acted on, by what its GOAWAY says. */
  lastStream: number;
}

/** What a server takes at a time until it has said so, as it does with its first bytes (RFC 9113, section 3.4). */
const initialMaxStreams = 1;

/** Codes of RST_STREAM (RFC 9113, section 7). */
const refusedStream = 7;
const cancel = 8;

/**
 * A connection of HTTP/2 to one origin, which all requests to it share.
 *
 * undici has HTTP/2 too, but version 7 takes a response that was cut off for a whole one, and after a GOAWAY it may
 * send a request again that the server has read. Here a request goes out once, on one stream, and is taken for not sent
 * only when the server refuses its stream. One that is above the number that the server takes waits
 * here, since nobody could tell whether Node has written it.
 */
export class Http2Connection {
  readonly #origin: string;
  readonly #tls: ConnectionOptions;
  readonly #keepAliveMs: number;
  #opening: Promise<OpenSession | undefined> | undefined = undefined;
  #current: OpenSession | undefined = undefined;

  constructor(origin: string, { tls, keepAliveTimeoutMs }: NodeOptions) {
    this.#origin = origin;
    this.#tls = tls ?? {};
    this.#keepAliveMs = keepAliveTimeoutMs ?? defaultKeepAliveMs;
  }

  /** Sends a request. Resolves with false when the server has no HTTP/2, and so nothing was sent. */
  async send(request: Http2Request, handler: NodeHandler): Promise<boolean> {
    try {
      while (!handler.exchange.isCancelled) {
        this.#opening ??= this.#open();
        const open = await this.#opening;
        if (open === undefined) return false;
        if (open.session.closed || open.session.destroyed) this.#retire(open);
        else if (open.streams >= open.maxStreams) {
          await new Promise<void>((resolve) => open.waiting.push(resolve));
        } else if (!handler.exchange.isCancelled) {
          this.#sendOn(open, request, handler);
          return true;
        }
        if (handler.exchange.isCancelled) admit(open);
      }
    } catch (error) {
      handler.onError(error as Error);
      if (this.#current !== undefined) admit(this.#current);
    }
    return true;
  }

  async #open(): Promise<OpenSession | undefined> {
    try {
      const socket = await connectTls(this.#origin, this.#tls);
      if (socket.alpnProtocol === "h2") return await this.#startSession(socket);
      socket.destroy();
      return undefined;
    } catch (error) {
      this.#opening = undefined;
      throw error;
    }
  }

  async #startSession(socket: TLSSocket): Promise<OpenSession> {
    const http2 = await import("node:http2");
    const settings = { enablePush: false };
    const session = http2.connect(this.#origin, { createConnection: () => socket, settings });
    const open: OpenSession = {
      ...{ session, socket, streams: 0, maxStreams: initialMaxStreams, waiting: [] },
      lastStream: Number.POSITIVE_INFINITY,
    };
    const forget = (): void => this.#retire(open);
    // What goes wrong is told to the streams, and so to their requests.
    session.on("error", forget).on("close", forget);
    session.on("goaway", (_code: number, lastStream: number) => {
      open.lastStream = lastStream;
      forget();
    });
    session.on("remoteSettings", ({ maxConcurrentStreams = Number.POSITIVE_INFINITY }) => {
      open.maxStreams = maxConcurrentStreams;
      admit(open, open.waiting.length);
    });
    session.on("timeout", () => open.streams === 0 && this.#retire(open));
    this.#rest(open);
    this.#current = open;
    return open;
  }

  /** Lets the process end, and the connection be closed when nothing comes for long. */
  #rest({ session }: OpenSession): void {
    session.unref();
    session.setTimeout(this.#keepAliveMs);
  }

  /** Gives the connection no more requests. Those that are under way go on, and those that wait go elsewhere. */
  #retire(open: OpenSession): void {
    if (this.#current !== open) return;
    this.#current = undefined;
    this.#opening = undefined;
    if (!open.session.closed) open.session.close();
    admit(open, open.waiting.length);
  }

  #sendOn(open: OpenSession, request: Http2Request, handler: NodeHandler): void {
    const { session, socket } = open;
    const { body } = request;
    const stream = session.request(headersOf(request), { endStream: body === null });
    handler.isMultiplexed = true;
    // Node writes no earlier than when this function has returned.
    handler.onConnect(() => {
      stream.close(cancel);
      stream.destroy();
    });
    open.streams++;
    session.ref();
    const response = new Http2Response(stream, handler);
    const bytesBefore = socket.bytesRead;
    stream.on("close", () => {
      if (--open.streams === 0) this.#rest(open);
      admit(open);
      const { exchange } = handler;
      if (!response.hasBegun && isRefused(stream, open)) exchange.maybeSent = false;
      response.end();
      // A host that is gone may not have said so, and the next request would wait for it too.
      const isSilent = exchange.reason instanceof TimeoutError || socket.bytesRead === bytesBefore;
      if (!response.hasBegun && exchange.isCancelled && isSilent) this.#retire(open);
    });
    if (body !== null) stream.end(body);
  }
}

/** Lets the next of those that wait try again. */
function admit({ waiting }: OpenSession, count = 1): void {
  for (const tryAgain of waiting.splice(0, count)) tryAgain();
}

/**
 * Whether the server says that it has done nothing with a request (RFC 9113, section 8.7). That its GOAWAY names an earlier
 * stream as the last one is no such word, though Node then ends the stream as if it were: a server on Node carries out
 * what comes before its GOAWAY is written.
 */
function isRefused({ id = 0, rstCode }: ClientHttp2Stream, { lastStream }: OpenSession): boolean {
  return rstCode === refusedStream && id <= lastStream;
}

async function connectTls(origin: string, options: ConnectionOptions): Promise<TLSSocket> {
  const tls = await import("node:tls");
  const { hostname, port } = new URL(origin);
  const host = hostname.replace(/^\[|\]$/g, "");
  return new Promise((resolve, reject) => {
    const ALPNProtocols = ["h2", "http/1.1"];
    const isAddress = /^[\d.]+$|:/.test(host);
    const target = { host, port: Number(port || 443), ...(!isAddress && { servername: host }) };
    const socket = tls.connect({ ...target, ...options, ALPNProtocols });
    const timer = setTimeout(() => {
      const error = new Error("The connection was not made in time.");
      socket.destroy(Object.assign(error, { code: "ERR_SOCKET_CONNECTION_TIMEOUT" }));
    }, connectTimeoutMs);
    socket.setNoDelay(true).once("secureConnect", () => {
      clearTimeout(timer);
      resolve(socket);
    });
    socket.on("error", (error) => {
      clearTimeout(timer);
      reject(error);
    });
  });
}

function headersOf({ method, path, headers, body }: Http2Request): OutgoingHttpHeaders {
  const result: Record<string, string> = { ":method": method, ":path": path };
  for (let index = 0; index + 1 < headers.length; index += 2) {
    const [name = "", value = ""] = headers.slice(index, index + 2);
    result[name] = result[name] === undefined ? value : `${result[name]}, ${value}`;
  }
  if (body !== null) result["content-length"] = String(Buffer.byteLength(body));
  return result;
}
