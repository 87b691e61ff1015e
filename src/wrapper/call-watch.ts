import { type CallInfo, OutcomeUnknownError } from "./errors.ts";
import { isUnsafe, mayHaveActed } from "./may-have-acted.ts";
import { abortReason, type WaitLimits, waitWithin } from "./wait-within.ts";

/**
 * Ends a call whose middlewares don't come back. The sending in between minds the deadline and the signal itself, and
 * knows more: whether the server may have acted.
 */
export class CallWatch {
  readonly #call: CallInfo;
  /** What the deadline and the signal allow from now on. */
  readonly #limits: () => WaitLimits;
  /** Follows the signal of the call until the call ends. Undefined for a call without one. */
  readonly #follower: AbortController | undefined;
  #stage: "before" | "sending" | "after" = "before";
  /** Why the call has to end, and what ends it. */
  #end: { readonly reason: unknown; readonly reject: (reason: unknown) => void } | undefined = undefined;
  /** What the sending failed with. */
  #failure: { readonly error: unknown } | undefined = undefined;
  /** Whether the server may have carried out what was sent. */
  #mayHaveActed = false;

  constructor(call: CallInfo, signal: AbortSignal | undefined, limits: () => WaitLimits) {
    this.#call = call;
    this.#limits = limits;
    this.#follower = signal && new AbortController();
    if (signal?.aborted) this.#follower?.abort(abortReason(signal));
  }

  /**
   * What the middlewares' request is made with in place of the signal of the call, to which the platform's `Request` would
   * listen until it is collected as garbage.
   */
  get signal(): AbortSignal | undefined {
    return this.#follower?.signal;
  }

  /**
   * Waits for the whole call, middlewares included.
   *
   * @throws {TimeoutError} or the signal's reason, when the middlewares took too long and no write was sent.
   * @throws {OutcomeUnknownError} when they took too long over the response to a write.
   */
  over<Result>(request: Promise<Result>): Promise<Result> {
    const limits = this.#limits();
    return waitWithin(request, limits, (reason, reject) => {
      this.#end = { reason, reject };
      if (limits.signal?.aborted) this.#follower?.abort(reason);
      if (this.#stage !== "sending") reject(this.#unfinished(reason));
    });
  }

  /**
   * Sends, unless the call has ended already.
   *
   * @throws what the call has ended with, or what `send` throws.
   */
  async sending(send: () => Promise<Response>): Promise<Response> {
    if (this.#end !== undefined) throw this.#end.reason;
    this.#stage = "sending";
    try {
      const response = await send();
      this.#mayHaveActed ||= mayHaveActed(response.status);
      return response;
    } catch (error) {
      this.#failure = { error };
      this.#mayHaveActed ||= error instanceof OutcomeUnknownError;
      throw error;
    } finally {
      this.#stage = "after";
      this.#endSoon();
    }
  }

  /** What a call ends with that fails for this reason: a middleware may fail after a write was carried out. */
  reasonOf(reason: unknown, hint?: string): unknown {
    const { method, path } = this.#call;
    const isKnown = reason instanceof OutcomeUnknownError || !isUnsafe(method) || !this.#mayHaveActed;
    return isKnown ? reason : new OutcomeUnknownError({ method, path, cause: reason }, hint);
  }

  /** Ends a call whose time was up while it was sending. Middlewares that come back at once have the last word. */
  #endSoon(): void {
    const end = this.#end;
    if (end !== undefined) setTimeout(() => end.reject(this.#unfinished(end.reason)));
  }

  /** What a call ends with that its middlewares did not finish. */
  #unfinished(reason: unknown): unknown {
    return this.#failure === undefined ? this.reasonOf(reason, middlewareHint) : this.#failure.error;
  }
}

const middlewareHint =
  "A response arrived, and a middleware did not finish with it in time. Find out before you send it again.";
