import { isUnsafe } from "../may-have-acted.ts";
import { failedBeforeSending } from "./failure.ts";
import { abortError, mayBegin, type NodeHandler } from "./node-handler.ts";

/** A dispatcher, as far as it is the same in all versions of undici. */
interface Dispatcher<Sent, Handler> {
  /** Whether it takes the place of a server, as undici's `MockAgent` does. */
  readonly isMockActive?: boolean;
  dispatch(request: Sent, handler: Handler): unknown;
}

/** As much of a request as is looked at here. Its headers are names and values in turn. */
interface Request {
  readonly method: string;
  readonly headers: readonly string[];
  readonly body: string | Uint8Array | null;
}

/** What undici 7 and later hand to a handler, to steer its request with. */
interface Controller {
  abort(reason?: Error): unknown;
  pause(): unknown;
  resume(): unknown;
}

type Abort = (reason?: Error) => unknown;

/** What a dispatcher of somebody's own may tell of a response before its body. Any of it may be missing. */
type GivenHead = [status: unknown, headers: object, resume: () => unknown, statusText: unknown];

/**
 * Sends on a dispatcher of the user's, of whatever version of undici and composed of whatever interceptors.
 *
 * - An interceptor need not pass on that a request begins to be written, or passes it on of some alone. So each request
 *   counts as sent from here on, unless the error says otherwise: what is never announced must never be sent twice.
 * - A write that begins once more is stopped. undici's own `dns` interceptor sends again after an ETIMEDOUT, which an
 *   established connection may end with too. Those that tell nobody, as undici's retries in the middle of a response, find
 *   that its body can be read once. Like fetch, a mock gets it as it is, since mocks look at bodies.
 * - A request is stopped by `abort`, though undici ends the connection then. Whoever calls need not catch what is thrown.
 */
export function announcing(given: Dispatcher<object, object>): Dispatcher<Request, NodeHandler> {
  return {
    dispatch: async (request, handler) => {
      const { method } = request;
      const told = new Told(handler, method);
      handler.exchange.maybeSent = true;
      try {
        const headers = Object.fromEntries(pairsOf(request.headers));
        const sent = { ...request, headers, body: request.body as unknown };
        if (isUnsafe(method) && given.isMockActive !== true) {
          const body = request.body ?? "";
          headers["content-length"] = String(Buffer.byteLength(body));
          sent.body = told.readOnce(body);
        }
        const ended = given.dispatch(sent, handlerOf(told));
        told.isHandedOver = true;
        await ended;
      } catch (error) {
        told.fail(error);
      }
    },
  };
}

/** What a dispatcher has told of one request, which is checked before it is believed. */
class Told {
  /** An interceptor may refuse what comes after that too, such as a redirect after the server has acted. */
  isHandedOver = false;
  readonly #handler: NodeHandler;
  readonly #method: string;
  #abort: Abort = () => {};
  #isAnnounced = false;
  /** Whether it is known when the body is read, and so when the request is sent. The retries of undici 6 announce earlier. */
  #isReadOnce = false;
  /** Whether it has begun to be sent, or anything of a response has come. */
  #isSent = false;
  #hasHead = false;

  constructor(handler: NodeHandler, method: string) {
    this.#handler = handler;
    this.#method = method;
  }

  /** The body, for one that sends it. */
  readOnce(body: string | Uint8Array): AsyncIterable<Uint8Array> {
    this.#isReadOnce = true;
    return { [Symbol.asyncIterator]: () => this.#read(body) };
  }

  async *#read(body: string | Uint8Array): AsyncGenerator<Uint8Array> {
    if (this.#isSent || !mayBegin(this.#handler.exchange)) throw secondTime();
    this.#isSent = true;
    yield Buffer.from(body);
  }

  announce(abort: Abort): void {
    if (!mayBegin(this.#handler.exchange)) abort(abortError());
    else if ((this.#isAnnounced || this.#hasHead) && isUnsafe(this.#method)) abort(secondTime());
    else {
      this.#isAnnounced = true;
      this.#isSent ||= !this.#isReadOnce;
      this.#abort = abort;
      this.#handler.onConnect(abort);
    }
  }

  /** @throws for what is no head of a response, and for a second one, which belongs to another body. */
  head(...[status, headers, resume, statusText]: GivenHead): boolean {
    this.#isSent = true;
    if (typeof status !== "number" || !Number.isInteger(status) || status < 100 || status > 599)
      throw new Error("The status of the response is no whole number from 100 to 599.");
    if (this.#hasHead) throw new Error("The dispatcher has begun a second response.");
    this.#hasHead = status >= 200;
    const text = String(statusText ?? "");
    return this.#handler.onHeaders(status, listOf(headers), () => quietly(resume), text);
  }

  data(chunk: Uint8Array): boolean {
    this.#isSent = true;
    return this.#handler.onData(Buffer.isBuffer(chunk) ? chunk : Buffer.from(chunk));
  }

  end(): void {
    this.#handler.onComplete();
  }

  fail(error: unknown): void {
    const { exchange } = this.#handler;
    const isRefused = !this.isHandedOver && codeOf(error) === "UND_ERR_INVALID_ARG";
    if (!this.#isSent && (isRefused || failedBeforeSending(error, exchange.request.url)))
      exchange.maybeSent = false;
    // Whoever has told so may try again all the same, and then beside the client.
    this.#isSent = true;
    this.#handler.onError(error);
  }

  /** Ends the call for what makes no sense. */
  reject(error: unknown): void {
    this.fail(error);
    this.#abort(abortError());
  }
}

const secondTime = (): Error =>
  abortError("The dispatcher was about to send it a second time, or after its end.");

/**
 * A handler for undici 6 and earlier, which call the first half of it, and for undici 8 and later, which call the second.
 * undici 7 calls one of them, mostly the second. Its functions need no `this`: interceptors copy and extend what they get.
 * They throw nothing: what a dispatcher tells that makes no sense ends the call.
 */
function handlerOf(told: Told): object {
  const take =
    <Said extends unknown[], Reply>(act: (...said: Said) => Reply) =>
    (...said: Said): Reply | undefined => {
      try {
        return act(...said);
      } catch (error) {
        told.reject(error);
        return undefined;
      }
    };
  const announce = (abort: Abort): void => told.announce((reason) => quietly(() => abort(reason)));
  return {
    onConnect: take(announce),
    onHeaders: take((...head: GivenHead) => told.head(...head)),
    onData: take((chunk: Uint8Array) => told.data(chunk)),
    onComplete: take(() => told.end()),
    onError: (error: unknown) => told.fail(error),

    onRequestStart: take((controller: Controller) => announce((reason) => controller.abort(reason))),
    onResponseStart: take((controller: Controller, status: unknown, headers: object, statusText: unknown) => {
      told.head(status, headers, () => controller.resume(), statusText);
    }),
    onResponseData: take((controller: Controller, chunk: Uint8Array) => {
      if (!told.data(chunk)) quietly(() => controller.pause());
    }),
    onResponseEnd: take(() => told.end()),
    onResponseError: (_controller: Controller, error: unknown) => told.fail(error),
  };
}

/** What a request is steered by may be missing, or fail at once or later: the call goes on, or has ended already. */
function quietly(steer: () => unknown): void {
  (async () => steer())().catch(() => {});
}

/** Names and values in turn, from a list of them or from an object, where a header that came twice has several values. */
function listOf(headers: object): string[] {
  return (Array.isArray(headers) ? pairsOf(headers) : Object.entries(headers)).flatMap(
    ([name, values = []]) => [values].flat().flatMap((value) => [latin1(name).toLowerCase(), latin1(value)]),
  );
}

/** Requests get theirs as an object, as from fetch: interceptors copy and extend it. */
function pairsOf<Part>(list: readonly Part[]): [name: Part, value: Part][] {
  const pairs: [Part, Part][] = [];
  for (let index = 0; index + 1 < list.length; index += 2)
    pairs.push(list.slice(index, index + 2) as [Part, Part]);
  return pairs;
}

function latin1(part: unknown): string {
  return part instanceof Uint8Array ? Buffer.from(part).toString("latin1") : String(part);
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && "code" in error ? error.code : undefined;
}
