import type { ClientHttp2Stream, IncomingHttpHeaders } from "node:http2";
import type { NodeHandler } from "./node-handler.ts";

/**
 * Takes one response from a stream of HTTP/2, and hands it to a handler.
 *
 * It is whole when the server has ended the stream with END_STREAM, or has sent all of its `content-length`, as servers
 * do that reset the stream instead. A reset with NO_ERROR, or the end of the connection, ends a stream too, but leaves
 * its response incomplete (RFC 9113, sections 5.1 and 8.1). A length other than `content-length` ends the stream with
 * an error: nghttp2, which is part of Node, sees to that.
 */
export class Http2Response {
  readonly #stream: ClientHttp2Stream;
  readonly #handler: NodeHandler;
  #headers: IncomingHttpHeaders | undefined = undefined;
  #received = 0;
  #hasArrived = false;
  #error: Error | undefined = undefined;

  constructor(stream: ClientHttp2Stream, handler: NodeHandler) {
    this.#stream = stream;
    this.#handler = handler;
    this.#watchArrival();
    stream.on("response", (headers) => this.#begin(headers));
    stream.on("error", (error) => {
      this.#error = error;
    });
  }

  /** Whether its headers have come. */
  get hasBegun(): boolean {
    return this.#headers !== undefined;
  }

  /** Tells the handler how it ended, when the stream is closed. */
  end(): void {
    const { rstCode } = this.#stream;
    if (this.hasBegun && this.#isWhole() && rstCode === 0) this.#handler.onComplete();
    else this.#handler.onError(this.#error ?? streamError(rstCode));
  }

  #begin(headers: IncomingHttpHeaders): void {
    const stream = this.#stream;
    this.#headers = headers;
    // It is told a little later than it comes, and the call may have ended by then.
    if (stream.destroyed) return;
    // Where many come while Node writes, it hands out data before the response, and would do so here if listened to.
    stream.on("data", (chunk: Buffer) => {
      this.#received += chunk.length;
      if (!this.#handler.onData(chunk) && !this.#hasArrived) stream.pause();
    });
    this.#handler.onHeaders(Number(headers[":status"]), rawHeaders(headers), () => stream.resume(), "");
  }

  #isWhole(): boolean {
    const hasLength = this.#received > 0 && this.#received === Number(this.#headers?.["content-length"]);
    return hasLength || (this.#hasArrived && this.#stream.readableEnded);
  }

  /**
   * Notes when END_STREAM comes. Node reports it, a reset, and the end of the connection alike, as the end of the
   * readable side. But it marks a stream as closed before it ends it for a reset, and only afterwards for END_STREAM.
   */
  #watchArrival(): void {
    const stream = this.#stream;
    const push = stream.push.bind(stream);
    stream.push = (chunk, encoding) => {
      this.#hasArrived ||= chunk === null && !stream.closed && !stream.destroyed;
      const wantsMore = push(chunk, encoding);
      // A slow reader gets the rest at once. It is little, and Node throws it away when the connection ends.
      if (this.#hasArrived && stream.isPaused()) stream.resume();
      return wantsMore;
    };
  }
}

function rawHeaders(headers: object): Buffer[] {
  return Object.entries(headers).flatMap(([name, value]) =>
    name.startsWith(":")
      ? []
      : [value].flat().flatMap((each) => [Buffer.from(name), Buffer.from(String(each), "latin1")]),
  );
}

function streamError(code: number): Error {
  const error = new Error(`The server ended the stream with code ${code} before the response was complete.`);
  return Object.assign(error, { code: "ERR_HTTP2_STREAM_ERROR" });
}
