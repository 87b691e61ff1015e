import { type Exchange, UnusableBody } from "./exchange.ts";

/** What feeds a stream. */
export interface BodySource {
  /** Asks for more. */
  resume(): void;
  /** Ends the response. Nothing more is wanted of it. */
  cancel(): void;
  /** The response without its body. */
  head(): Response;
}

/** How much is read ahead of the reader, in bytes. */
const highWaterMark = 64 * 1024;

/**
 * The body of a streamed response.
 *
 * - It takes no more from its source than the reader wants, and a little ahead.
 * - The limits of the call hold to its end: the server may take as long as the observer says for each chunk, and the
 *   whole may be no larger than `maxResponseBytes`. A reader may take its time.
 */
export class BodyStream {
  readonly readable: ReadableStream<Uint8Array>;
  readonly #exchange: Exchange;
  readonly #source: BodySource;
  #controller!: ReadableStreamDefaultController<Uint8Array>;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #size = 0;
  #isOver = false;

  constructor(exchange: Exchange, source: BodySource) {
    this.#exchange = exchange;
    this.#source = source;
    exchange.isStreaming = true;
    this.readable = new ReadableStream<Uint8Array>(
      {
        start: (controller) => {
          this.#controller = controller;
        },
        pull: () => {
          this.#wait();
          source.resume();
        },
        cancel: () => {
          this.#end();
          source.cancel();
        },
      },
      new ByteLengthQueuingStrategy({ highWaterMark }),
    );
  }

  /** Adds a chunk. False when the reader has enough for now. */
  push(chunk: Uint8Array): boolean {
    if (this.#isOver) return false;
    this.#size += chunk.byteLength;
    if (this.#size > this.#exchange.options.maxResponseBytes) {
      this.fail(new UnusableBody(this.#source.head()));
      this.#source.cancel();
      return false;
    }
    this.#controller.enqueue(chunk);
    const wantsMore = (this.#controller.desiredSize ?? 0) > 0;
    if (wantsMore) this.#wait();
    else clearTimeout(this.#timer);
    return wantsMore;
  }

  close(): void {
    if (this.#isOver) return;
    this.#end();
    this.#controller.close();
  }

  fail(error: unknown): void {
    if (this.#isOver) return;
    const { observer } = this.#exchange;
    this.#end();
    this.#controller.error(observer === undefined ? error : observer.explain(error));
  }

  /** Begins to wait for the server. */
  #wait(): void {
    clearTimeout(this.#timer);
    const { observer } = this.#exchange;
    if (this.#isOver || observer === undefined) return;
    this.#timer = setTimeout(() => observer.onIdle(), observer.idleTimeoutMs);
  }

  #end(): void {
    this.#isOver = true;
    clearTimeout(this.#timer);
    this.#exchange.observer?.onEnd();
  }
}
