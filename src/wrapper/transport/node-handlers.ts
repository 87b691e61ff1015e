import { type Exchange, ResponseTooLarge } from "./exchange.ts";
import { LightHeaders, readHeaders } from "./light-headers.ts";
import { LightResponse } from "./light-response.ts";

type Resolve = (response: Response) => void;
type Reject = (error: unknown) => void;

/** What both ways of taking an answer share: start, cancellation and failure. It is a handler of undici's. */
abstract class Handler {
  protected readonly exchange: Exchange;
  protected readonly resolve: Resolve;
  protected readonly reject: Reject;
  protected abort: ((error?: Error) => void) | undefined;

  constructor(exchange: Exchange, resolve: Resolve, reject: Reject) {
    this.exchange = exchange;
    this.resolve = resolve;
    this.reject = reject;
    exchange.onCancel((reason) => {
      this.fail(reason);
      this.abort?.(abortError());
    });
  }

  /** undici calls this when the connection stands, just before it writes. */
  onConnect(abort: (error?: Error) => void): void {
    if (this.exchange.isCancelled) {
      abort(abortError());
      return;
    }
    this.abort = abort;
    this.exchange.maybeSent = true;
  }

  onError(error: Error): void {
    this.fail(error);
  }

  protected fail(error: unknown): void {
    this.reject(error);
  }
}

/** What undici is told when we end a request. The caller is told why by other means. */
const abortError = (): Error => new Error("The request was cancelled.");

/** Takes the whole answer before the response exists. */
export class GatheringHandler extends Handler {
  #status = 0;
  #statusText = "";
  #rawHeaders: Buffer[] = [];
  readonly #chunks: Buffer[] = [];
  #size = 0;

  onHeaders(status: number, rawHeaders: Buffer[], _resume: () => void, statusText: string): boolean {
    if (status < 200) return true;
    this.#status = status;
    this.#statusText = statusText;
    this.#rawHeaders = rawHeaders;
    return true;
  }

  onData(chunk: Buffer): boolean {
    this.#size += chunk.length;
    if (this.#size > this.exchange.options.maxResponseBytes) {
      this.fail(new ResponseTooLarge(this.#response(null)));
      this.abort?.(abortError());
      return false;
    }
    this.#chunks.push(chunk);
    return true;
  }

  onComplete(): void {
    const [first] = this.#chunks;
    const body = this.#chunks.length === 1 && first !== undefined ? first : Buffer.concat(this.#chunks);
    const encoding = this.#size === 0 ? null : new LightHeaders(this.#rawHeaders).get("content-encoding");
    if (encoding === null) {
      this.resolve(this.#response(body));
      return;
    }
    decompress(body, encoding, this.exchange.options.maxResponseBytes).then(
      (plain) => this.resolve(this.#response(plain)),
      (error) => this.fail(isTooLarge(error) ? new ResponseTooLarge(this.#response(null)) : error),
    );
  }

  #response(body: Buffer | null): Response {
    return createResponse(this.exchange, this.#status, this.#statusText, this.#rawHeaders, body);
  }
}

/** Hands the answer on as it arrives, no faster than it is read. */
export class StreamingHandler extends Handler {
  #controller: ReadableStreamDefaultController<Uint8Array> | undefined;

  onHeaders(status: number, rawHeaders: Buffer[], resume: () => void, statusText: string): boolean {
    if (status < 200) return true;
    const stream = new ReadableStream<Uint8Array>({
      start: (controller) => {
        this.#controller = controller;
      },
      pull: resume,
      cancel: () => this.abort?.(abortError()),
    });
    this.resolve(createResponse(this.exchange, status, statusText, rawHeaders, stream));
    return true;
  }

  onData(chunk: Buffer): boolean {
    // undici's parser wakes up with an empty chunk. Handed on, it would be read and asked for again without end.
    if (chunk.length === 0) return true;
    this.#controller?.enqueue(new Uint8Array(chunk));
    return (this.#controller?.desiredSize ?? 0) > 0;
  }

  onComplete(): void {
    this.exchange.end();
    this.#controller?.close();
  }

  protected override fail(error: unknown): void {
    this.exchange.end();
    this.#controller?.error(error);
    super.fail(error);
  }
}

function createResponse(
  { request, options: { light } }: Exchange,
  status: number,
  statusText: string,
  rawHeaders: Buffer[],
  body: Buffer | ReadableStream<Uint8Array> | null,
): Response {
  const hasNoBody = request.method === "HEAD" || status === 204 || status === 205 || status === 304;
  const content = hasNoBody ? null : body;
  if (light && !(content instanceof ReadableStream)) {
    const response = new LightResponse(content, { status, statusText, rawHeaders, url: request.url });
    return response as unknown as Response; // It has its prototype, and each of its members.
  }
  // A Buffer may be a part of a larger one; its own bytes are all that the response is given.
  const response = new Response(content as ReadableStream<Uint8Array> | Uint8Array<ArrayBuffer> | null, {
    status,
    statusText,
    headers: readHeaders(rawHeaders),
  });
  return Object.defineProperties(response, {
    url: { value: request.url.split("#", 1)[0] },
    type: { value: "basic" },
  });
}

async function decompress(body: Buffer, encoding: string, maxOutputLength: number): Promise<Buffer> {
  const { promisify } = await import("node:util");
  const zlib = await import("node:zlib");
  const decoders: Record<string, typeof zlib.gunzip> = {
    gzip: zlib.gunzip,
    "x-gzip": zlib.gunzip,
    deflate: zlib.inflate,
    br: zlib.brotliDecompress,
  };
  let plain = body;
  for (const name of encoding.toLowerCase().split(",").reverse()) {
    const decoder = decoders[name.trim()];
    if (decoder !== undefined) plain = (await promisify(decoder)(plain, { maxOutputLength })) as Buffer;
  }
  return plain;
}

function isTooLarge(error: unknown): boolean {
  return error instanceof RangeError && "code" in error && error.code === "ERR_BUFFER_TOO_LARGE";
}
