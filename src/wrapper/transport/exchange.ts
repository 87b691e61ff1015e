/** A request as it goes out: everything that has to be known to send it, and to send it once more. */
export interface OutgoingRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: Headers;
  readonly body: string | Uint8Array | undefined;
  /** The caller's own signal. */
  readonly signal: AbortSignal | undefined;
  /** What else the caller set for the runtime's fetch, such as `cache` or `credentials`. */
  readonly init?: RequestInit;
}

/** How an attempt takes its response. */
export interface ExchangeOptions {
  /**
   * Whether the body of a success is handed on as it arrives. Otherwise, and with any other status, it has arrived in
   * full before there is a response.
   */
  readonly streaming: boolean;
  /** The most that a response may hold, in bytes, after decompression. */
  readonly maxResponseBytes: number;
  /** Knows why it is too late to begin, if it is. */
  readonly record?: { whyTooLate(): unknown } | undefined;
}

/** Looks after a stream that goes on when its attempt is over. */
export interface StreamObserver {
  /** How long the server may take for the next chunk, in milliseconds. */
  readonly idleTimeoutMs: number;
  /** Called when it has taken longer. */
  onIdle(): void;
  /** Called once, when the stream has ended, in whatever way. */
  onEnd(): void;
  /** What the reader is told of a failure. */
  explain(error: unknown): unknown;
}

/** One attempt at sending a request, and the way to end it from outside: an AbortSignal that costs next to nothing. */
export class Exchange {
  readonly request: OutgoingRequest;
  readonly options: ExchangeOptions;
  /** Set by the transport as soon as a byte of the request may have left. */
  maybeSent = false;
  isCancelled = false;
  reason: unknown = undefined;
  /** Set by the attempt of a call that streams. */
  observer: StreamObserver | undefined = undefined;
  /** Whether the response's body goes on when the attempt is over. */
  isStreaming = false;
  #onCancel: ((reason: unknown) => void) | undefined = undefined;

  constructor(request: OutgoingRequest, options: ExchangeOptions) {
    this.request = request;
    this.options = options;
  }

  /** Whoever carries out the attempt registers here, once. */
  onCancel(listener: (reason: unknown) => void): void {
    this.#onCancel = listener;
    if (this.isCancelled) listener(this.reason);
  }

  cancel(reason: unknown): void {
    if (this.isCancelled) return;
    this.isCancelled = true;
    this.reason = reason;
    this.#onCancel?.(reason);
  }
}

/** Sends one request and resolves with its response, whatever the status. Redirects are not followed. */
export type Transport = (exchange: Exchange) => Promise<Response>;

/** A response whose body can't be handed on: it is larger than `maxResponseBytes`, or broken. */
export class UnusableBody extends Error {
  /** The response without its body. */
  readonly response: Response;
  /** What it has in place of a body of use. Undefined for one that is too large. */
  readonly what: string | undefined;

  constructor(response: Response, what?: string) {
    super();
    this.response = response;
    this.what = what;
  }
}
