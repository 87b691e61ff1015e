import { type CallInfo, OutcomeUnknownError } from "./errors.ts";

/** Waits for a promise no longer than the deadline and the signal of a call allow. */
export type WaitForCall = <Value>(promise: Promise<Value>) => Promise<Value>;

/**
 * Ends a call whose middlewares don't come back. The sending in between minds the deadline and the signal itself, and
 * knows more: whether the server may have acted.
 */
export class CallWatch {
  readonly #call: CallInfo;
  readonly #within: WaitForCall;
  readonly #sendingBegan = new Gate();
  readonly #sendingEnded = new Gate();
  /** What ended the call before it was sent. */
  #end: { readonly reason: unknown } | undefined = undefined;
  /** What became of the sending. */
  #sent: { readonly error?: unknown } = {};

  constructor(call: CallInfo, within: WaitForCall) {
    this.#call = call;
    this.#within = within;
  }

  /**
   * Waits for the whole call, middlewares included.
   *
   * @throws {TimeoutError} or the signal's reason, when the middlewares took too long and no write was sent.
   * @throws {OutcomeUnknownError} when they took too long over the response to a write.
   */
  async over<Result>(request: Promise<Result>): Promise<Result> {
    // It settles, and never rejects: what rejects below is the wait.
    const settled = request.then(
      () => {},
      () => {},
    );
    try {
      await this.#within(Promise.race([settled, this.#sendingBegan.opened]));
    } catch (reason) {
      this.#end = { reason };
      throw reason;
    }
    await Promise.race([settled, this.#sendingEnded.opened]);
    try {
      await this.#within(settled);
    } catch (reason) {
      throw this.#unfinished(reason);
    }
    return request;
  }

  /**
   * Sends, unless the call has ended already.
   *
   * @throws what the call has ended with, or what `send` throws.
   */
  async sending(send: () => Promise<Response>): Promise<Response> {
    if (this.#end !== undefined) throw this.#end.reason;
    this.#sendingBegan.open();
    try {
      return await send();
    } catch (error) {
      this.#sent = { error };
      throw error;
    } finally {
      this.#sendingEnded.open();
    }
  }

  /** What a call ends with that was sent, and then not finished by its middlewares. */
  #unfinished(reason: unknown): unknown {
    if ("error" in this.#sent) return this.#sent.error;
    const { method, path } = this.#call;
    const isWrite = method === "POST" || method === "PATCH";
    return isWrite ? new OutcomeUnknownError({ method, path, cause: reason }, middlewareHint) : reason;
  }
}

const middlewareHint =
  "A response arrived, and a middleware did not finish with it in time. Find out before you send it again.";

/** A promise that is resolved from outside. */
class Gate {
  open: () => void = () => {};
  readonly opened = new Promise<void>((resolve) => {
    this.open = resolve;
  });
}
