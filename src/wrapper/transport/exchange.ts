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

/** One attempt at sending a request. */
export interface Exchange {
  readonly request: OutgoingRequest;
  readonly cancellation: Cancellation;
  /** Whether the body is handed on as it arrives. Otherwise it has arrived in full before there is a response. */
  readonly streaming: boolean;
  /** Whether the response may be a light one, which only the client itself will look at. */
  readonly light: boolean;
  /** The most that an answer may hold, in bytes, after decompression. */
  readonly maxResponseBytes: number;
  /** Set by the transport as soon as a byte of the request may have left. */
  maybeSent: boolean;
}

/** Sends one request and resolves with its answer, whatever the status. Redirects are not followed. */
export type Transport = (exchange: Exchange) => Promise<Response>;

/** Ends one attempt from outside. An AbortSignal would do the same at several times the cost. */
export class Cancellation {
  reason: unknown;
  isCancelled = false;
  #listener: ((reason: unknown) => void) | undefined;

  /** Whoever carries out the attempt registers here, once. */
  onCancel(listener: (reason: unknown) => void): void {
    this.#listener = listener;
    if (this.isCancelled) listener(this.reason);
  }

  cancel(reason: unknown): void {
    if (this.isCancelled) return;
    this.isCancelled = true;
    this.reason = reason;
    this.#listener?.(reason);
  }
}

/** The answer is larger than `maxResponseBytes`. */
export class ResponseTooLarge extends Error {
  override readonly name = "ResponseTooLarge";
  readonly response: Response;

  constructor(response: Response) {
    super("The answer is larger than maxResponseBytes.");
    this.response = response;
  }
}
