/**
 * What one call did on the wire, noted by the call itself while it sends. It is the only proof that nothing was stored:
 * the error that a call ends with may come from a middleware of the user's, which may have thrown after the order was
 * stored, and the response may be one that a middleware has replaced.
 *
 * - `new CallRecord(beforeAttempt)`, then `client.POST("/orders", recordCall(record, init))`.
 * - `beforeAttempt` runs right before each attempt, when the access token is there. What it throws ends the call,
 *   and that attempt is not sent. It gets the time that is left of the call's deadline.
 * - `whyTooLate` is asked when the connection stands, right before the first byte of an attempt is written: there may have been
 *   a long wait since. The attempt is not sent when there is a reason, and ends with it.
 * - When the call has ended, `mayHaveActed` says whether the server may have carried it out.
 * - A client that isn't ours, or a wrapper that drops the record, leaves it untouched: `isKept` is false then, and
 *   `mayHaveActed` true, since nothing is known.
 */
export class CallRecord {
  readonly beforeAttempt: ((remainingMs: number) => void | Promise<void>) | undefined;
  /** Why it is too late to write the first byte. Undefined when it isn't. */
  readonly whyTooLate: () => unknown;
  #isKept = false;
  #isUnderWay = false;
  #hasActed = false;
  #hasSucceeded = false;

  constructor(
    beforeAttempt?: (remainingMs: number) => void | Promise<void>,
    whyTooLate: () => unknown = () => undefined,
  ) {
    this.beforeAttempt = beforeAttempt;
    this.whyTooLate = whyTooLate;
  }

  /** Whether a call keeps this record. */
  get isKept(): boolean {
    return this.#isKept;
  }

  /** Whether the server may have acted on any attempt of the call. */
  get mayHaveActed(): boolean {
    return !this.#isKept || this.#isUnderWay || this.#hasActed;
  }

  /** Whether the API itself responded to the last attempt with a 2xx. What the call ends with may be a middleware's. */
  get hasSucceeded(): boolean {
    return this.#hasSucceeded;
  }

  /** Noted by the call, before it checks anything. */
  keep(): void {
    this.#isKept = true;
  }

  /** Noted before each attempt. */
  begin(): void {
    this.#isUnderWay = true;
  }

  /** Noted after each attempt. What the server may have done once stays so, whatever a later attempt brings. */
  end(mayHaveActed: boolean, hasSucceeded: boolean): void {
    this.#isUnderWay = false;
    this.#hasActed ||= mayHaveActed;
    this.#hasSucceeded = hasSucceeded;
  }
}

/** A symbol, so that it passes through whatever copies the options, and openapi-fetch doesn't see it. */
const recordKey: unique symbol = Symbol("juniper-fulfillment.record");

/** The options of a call, with a record that the call is to keep. */
export function recordCall<Init extends object>(record: CallRecord, init: Init): Init {
  return { ...init, [recordKey]: record };
}

/** The record that a call is to keep, if any. */
export function recordOf(init: object): CallRecord | undefined {
  return (init as { readonly [recordKey]?: CallRecord })[recordKey];
}
