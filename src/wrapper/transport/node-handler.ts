import { InvalidRequestError } from "../errors.ts";
import { BodyStream } from "./body-stream.ts";
import { type Exchange, UnusableBody } from "./exchange.ts";
import { describeFailure } from "./failure.ts";
import { LightHeaders } from "./light-headers.ts";
import { decompress } from "./node-decompress.ts";
import { type Finishable, finishAtEndOfTurn } from "./node-end-of-turn.ts";
import { createResponse, hasNoBody, type ResponseHead } from "./node-response.ts";

type Resolve = (response: Response) => void;
type Reject = (error: unknown) => void;

/**
 * What undici is told when we end a request. The caller is told why by other means. Its code, which is undici's own, keeps
 * a dispatcher of the user's from trying again.
 */
export const abortError = (message = "The request was cancelled."): Error =>
  Object.assign(new Error(message), { code: "UND_ERR_ABORTED" });

/** Whether it may still be sent, after a wait for a connection. A machine that slept meanwhile ran no timer. */
export function mayBegin(exchange: Exchange): boolean {
  const reason = exchange.options.record?.whyTooLate();
  if (reason !== undefined) exchange.cancel(reason);
  return !exchange.isCancelled;
}

/** How many requests are in flight before their responses are handed over together. By `npm run bench`. */
const manyInFlight = 3;
/** A larger body is handed over at once. Read together, many of those would be in memory together. */
const largeBytes = 16_384;
let inFlight = 0;

/**
 * Takes one response from undici, whose interface for a request this is. It gathers the body in memory, or hands a
 * success on as it arrives when the call streams.
 *
 * Among many, the small responses that arrive in one turn of the event loop are handed over at its end. What follows on
 * each, up to the next request, is then done for all of them in a row, and not between one read of a socket and the
 * next, by when the processor has forgotten the code. bench/README.md has what that saves.
 */
export class NodeHandler implements Finishable {
  readonly exchange: Exchange;
  readonly #resolve: Resolve;
  readonly #reject: Reject;
  #head: ResponseHead | undefined = undefined;
  #chunks: Buffer[] = [];
  #size = 0;
  /** What has arrived in full, and is not handed over yet. */
  #arrived: Buffer | undefined = undefined;
  #isSettled = false;
  #stream: BodyStream | undefined = undefined;
  /** Whether the connection outlives every response, as one of HTTP/2 does. */
  isMultiplexed = false;
  #mayPause = false;
  #abort: ((error?: Error) => void) | undefined = undefined;
  #stopDecompression: (() => void) | undefined = undefined;

  constructor(exchange: Exchange, resolve: Resolve, reject: Reject) {
    this.exchange = exchange;
    this.#resolve = resolve;
    this.#reject = reject;
    inFlight++;
    exchange.onCancel((reason) => this.#cancel(reason));
  }

  /**
   * undici calls this when the connection stands, just before it writes.
   *
   * @throws when nothing is to be written any more. To abort would end the connection too, which others wait for.
   */
  onConnect(abort: (error?: Error) => void): void {
    if (!mayBegin(this.exchange)) throw abortError();
    this.#abort = abort;
    this.exchange.maybeSent = true;
  }

  onHeaders(
    status: number,
    rawHeaders: (string | Buffer)[],
    resume: () => void,
    statusText: string,
  ): boolean {
    if (status < 200) return true;
    // RFC 9110, section 15. `new Response` does not take it either.
    if (status > 599) {
      this.#cancel(new Error("The status of the response is above 599."));
      return false;
    }
    this.#head = { status, statusText, rawHeaders };
    if (this.exchange.options.streaming && status < 300) this.#startStream(this.#head, resume);
    return true;
  }

  onData(chunk: Buffer): boolean {
    if (this.#stream !== undefined) return this.#pushToStream(this.#stream, chunk);
    this.#size += chunk.length;
    if (this.#size > this.exchange.options.maxResponseBytes) {
      this.#cancel(this.#unusable());
      return false;
    }
    this.#chunks.push(chunk);
    return true;
  }

  onComplete(): void {
    if (this.#stream !== undefined) {
      this.#stream.close();
      return;
    }
    const chunks = this.#chunks;
    const [first] = chunks;
    const body = chunks.length === 1 && first !== undefined ? first : Buffer.concat(chunks);
    const encoding = this.#size === 0 ? undefined : this.#encoding();
    if (encoding !== undefined) this.#decompress(body, encoding);
    else if (inFlight < manyInFlight || this.#size > largeBytes) this.#settle(body);
    else {
      this.#arrived = body;
      finishAtEndOfTurn(this);
    }
  }

  finish(): void {
    const body = this.#arrived as Buffer;
    this.#arrived = undefined;
    this.#settle(body);
  }

  onError(error: unknown): void {
    if (this.#arrived !== undefined) return;
    this.#fail(this.exchange.maybeSent ? error : (refusalOf(error) ?? error));
  }

  #startStream(head: ResponseHead, resume: () => void): void {
    // One that is packed although that was not asked for is unpacked as a whole.
    if (hasNoBody(this.exchange.request.method, head.status) || this.#encoding() !== undefined) return;
    this.#mayPause = this.isMultiplexed || staysOpen(head);
    this.#stream = new BodyStream(this.exchange, {
      resume,
      cancel: () => this.#abort?.(abortError()),
      head: () => createResponse(this.exchange, head, null),
    });
    this.#settle(this.#stream.readable);
  }

  #pushToStream(stream: BodyStream, chunk: Buffer): boolean {
    // undici's parser wakes up with an empty chunk. Handed on, it would be read and asked for again without end.
    if (chunk.length === 0) return true;
    const wantsMore = stream.push(new Uint8Array(chunk));
    return wantsMore || !this.#mayPause;
  }

  #decompress(body: Buffer, encoding: string): void {
    const { maxResponseBytes } = this.exchange.options;
    decompress(body, encoding, maxResponseBytes, (stop) => {
      this.#stopDecompression = stop;
      if (this.exchange.isCancelled) stop();
    }).then(
      (plain) => this.#settle(plain),
      (error) => this.#fail(this.#whyNotUnpacked(error)),
    );
  }

  /** What goes wrong while the response is made is an error of the call, wherever it happens. */
  #settle(body: Buffer | ReadableStream<Uint8Array>): void {
    try {
      this.#resolve(createResponse(this.exchange, this.#head as ResponseHead, body));
      this.#noteSettled();
    } catch (error) {
      this.#cancel(error);
    }
  }

  #cancel(reason: unknown): void {
    // It came too late: the response is here.
    if (this.#arrived !== undefined) return;
    this.#fail(reason);
    this.#chunks = [];
    this.#stopDecompression?.();
    this.#abort?.(abortError());
  }

  #fail(error: unknown): void {
    this.#stream?.fail(error);
    this.#reject(error);
    this.#noteSettled();
  }

  #noteSettled(): void {
    if (!this.#isSettled) inFlight--;
    this.#isSettled = true;
  }

  #encoding(): string | undefined {
    const encoding = new LightHeaders((this.#head as ResponseHead).rawHeaders).get("content-encoding");
    return encoding === null || encoding.toLowerCase() === "identity" ? undefined : encoding;
  }

  #whyNotUnpacked(error: Error): Error {
    if (error instanceof RangeError) return this.#unusable();
    const unusable = this.#unusable("a body that its content-encoding doesn't fit");
    // Only its end is missing, as when the server was stopped before it.
    const isCutOff = "code" in error && error.code === "Z_BUF_ERROR";
    return isCutOff && unusable.response.ok ? error : unusable;
  }

  #unusable(what?: string): UnusableBody {
    return new UnusableBody(createResponse(this.exchange, this.#head as ResponseHead, null), what);
  }
}

/**
 * Whether the connection certainly stays open after the response, by the rules of undici's parser. undici 7 stops the
 * process by an assertion when the parser is paused while such a connection ends (its issue 5360), so it is never
 * paused on any other: what arrives is buffered then, up to `maxResponseBytes`.
 *
 * A version 1.0 is not told, and there `keep-alive` has to be said.
 */
function staysOpen({ rawHeaders }: ResponseHead): boolean {
  const headers = new LightHeaders(rawHeaders);
  if (headers.get("connection")?.toLowerCase() !== "keep-alive" || headers.has("proxy-connection"))
    return false;
  return headers.has("content-length") || headers.get("transfer-encoding")?.toLowerCase() === "chunked";
}

/** The codes of undici, and of HTTP/2 on Node, for a request that can't be sent by anybody. */
const refusalCodes = new Set<unknown>([
  "UND_ERR_INVALID_ARG",
  "UND_ERR_NOT_SUPPORTED",
  "UND_ERR_REQ_CONTENT_LENGTH_MISMATCH",
  "ERR_HTTP2_INVALID_CONNECTION_HEADERS",
]);

/** Why the request itself was refused, such as for a length that its body does not have. Undefined when it wasn't. */
function refusalOf(error: unknown): InvalidRequestError | undefined {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  if (!refusalCodes.has(code)) return undefined;
  const cause = describeFailure(error);
  const problem = `The request can't be sent as a middleware has made it: ${cause.message}. Nothing was sent.`;
  return new InvalidRequestError(problem, [], cause);
}
