import { ConfigurationError } from "../wrapper/errors.ts";

/** What a {@link Batch} is made of. */
export interface BatchOptions<Outcome> {
  readonly input: unknown;
  /** The most items that are under way, or are done and not yet taken. */
  readonly concurrency: number;
  /** Works on one item. It must not reject. */
  readonly run: (item: unknown, index: number) => Promise<Outcome>;
  /** Told when an item has come to its end, and how many are still under way. */
  readonly onEnd: (outcome: Outcome, inFlight: number) => void;
  readonly signal: AbortSignal | undefined;
}

/**
 * Works on the items of an iterable, several at a time, and gives their outcomes as they end.
 *
 * - The input is read one item at a time, and never further ahead of what is taken than `concurrency`.
 * - After `end`, an abort or an error of the input, no item is begun. The outcomes of those under way still come, and
 *   then the iteration throws.
 * - Whoever leaves the iteration begins no further item either, and waits for those under way.
 */
export class Batch<Outcome> {
  readonly #options: BatchOptions<Outcome>;
  readonly #input: Iterator<unknown> | AsyncIterator<unknown>;
  readonly #running = new Set<Promise<void>>();
  readonly #ready: Outcome[] = [];
  #begun = 0;
  #isReading = false;
  #isInputOver = false;
  /** Why no further item is begun, in an object since anything can be thrown. */
  #stop: { readonly reason: unknown } | undefined;
  #wake = (): void => {};

  /** @throws {ConfigurationError} when the input can't be iterated. */
  constructor(options: BatchOptions<Outcome>) {
    this.#options = options;
    this.#input = iteratorOf(options.input);
  }

  /** Begins no further item, and lets the iteration throw at its end. The first reason counts. */
  end(reason: unknown): void {
    this.#stop ??= { reason };
    this.#wake();
  }

  async *outcomes(): AsyncGenerator<Outcome, void, undefined> {
    const { signal } = this.#options;
    const abort = (): void => this.end(signal?.reason);
    if (signal?.aborted) abort();
    signal?.addEventListener("abort", abort, { once: true });
    try {
      for (;;) {
        const next = this.#ready.shift();
        this.#readAhead();
        if (next !== undefined) yield next;
        else if (this.#isOver()) break;
        else await this.#change();
      }
      if (this.#stop !== undefined) throw this.#stop.reason;
    } finally {
      signal?.removeEventListener("abort", abort);
      this.end(undefined);
      await Promise.all(this.#running);
      await this.#closeInput();
    }
  }

  #isOver(): boolean {
    return this.#running.size === 0 && (this.#isInputOver || this.#stop !== undefined);
  }

  #change(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve;
    });
  }

  /** Reads the next item, unless as many are under way as may be. One at a time: not every iterator can do more. */
  #readAhead(): void {
    const isFull = this.#running.size + this.#ready.length >= this.#options.concurrency;
    if (isFull || this.#isReading || this.#isInputOver || this.#stop !== undefined) return;
    this.#isReading = true;
    this.#readNext().catch((error: unknown) => {
      this.#isReading = false;
      this.#isInputOver = true;
      this.end(error);
    });
  }

  async #readNext(): Promise<void> {
    const result: unknown = await this.#input.next();
    if (typeof result !== "object" || result === null) {
      throw new ConfigurationError("The input of submitOrders is no iterator: its next() gave no object.");
    }
    const { done, value } = result as IteratorResult<unknown>;
    // From here to the item's beginning nothing may come between: it has to count as one or the other.
    this.#isReading = false;
    if (done) this.#isInputOver = true;
    else if (this.#stop === undefined) this.#begin(value);
    this.#wake();
  }

  #begin(item: unknown): void {
    const { run, onEnd } = this.#options;
    const running = run(item, this.#begun++).then((outcome) => {
      this.#running.delete(running);
      this.#ready.push(outcome);
      onEnd(outcome, this.#running.size);
      this.#wake();
    });
    this.#running.add(running);
    this.#readAhead();
  }

  /** Lets the input close what it holds. One that is still at work on its next item is not waited for. */
  async #closeInput(): Promise<void> {
    if (this.#isInputOver) return;
    const closing = Promise.resolve(this.#input.return?.());
    if (this.#isReading) closing.catch(() => {});
    else await closing;
  }
}

function iteratorOf(input: unknown): Iterator<unknown> | AsyncIterator<unknown> {
  const iterable = Object(input) as Partial<AsyncIterable<unknown> & Iterable<unknown>>;
  const iterator = iterable[Symbol.asyncIterator]?.() ?? iterable[Symbol.iterator]?.();
  // A string can be iterated too, but isn't a list.
  if (iterator !== undefined && typeof input !== "string") return iterator;
  throw new ConfigurationError(
    "submitOrders takes an array, a generator or a stream of { reference, order }.",
  );
}
