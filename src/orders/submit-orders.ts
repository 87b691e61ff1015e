import type { Order, OrderRequest } from "../generated/schema.ts";
import { checkFunction } from "../wrapper/check-options.ts";
import { checkSignal } from "../wrapper/check-signal.ts";
import { checkWhole } from "../wrapper/check-whole.ts";
import {
  ApiError,
  AuthenticationError,
  InvalidRequestError,
  OutcomeUnknownError,
} from "../wrapper/errors.ts";
import { notify } from "../wrapper/hooks.ts";
import { systemTiming, type Timing } from "../wrapper/timing.ts";
import { Batch } from "./batch.ts";
import { LedgerFailure } from "./bounded-store.ts";
import { copyOrder } from "./copy-order.ts";
import { expectListeners } from "./expect-listeners.ts";
import type { OrderClient } from "./order-client.ts";
import { persist } from "./persist.ts";
import { isReference } from "./reference.ts";
import { SharedRate } from "./shared-rate.ts";
import type { SubmitOrderOptions, SubmitOrderResult } from "./submit-options.ts";
import { defaultLedgerOf, submitOrderWith } from "./submit-order.ts";

/** One order of {@link submitOrders}, and your own name for it. */
export interface OrderSubmission {
  /** Your own name for the order, of 1 to 256 characters. One reference is one order, for ever. */
  readonly reference: string;
  /** The order. */
  readonly order: OrderRequest;
}

/** What became of one item of the input. */
export type SubmitOrdersOutcome = {
  /** Its position in the input, from 0. */
  readonly index: number;
  /** Its reference; empty where the item had none. */
  readonly reference: string;
} & (
  | {
      /** `created` by this call, `found` by a lookup, or `already-submitted` by an earlier call. */
      readonly outcome: SubmitOrderResult["outcome"];
      /** The stored order. */
      readonly order: Order;
      /** Absent. */
      readonly error?: never;
    }
  | {
      /**
       * - `refused`: the API or a check before it does not accept the order as it is. It does not exist.
       * - `unknown`: the order may or may not exist. The error is an {@link OutcomeUnknownError}.
       * - `failed`: nothing was stored by this call, for a reason that may pass. Submit it again.
       */
      readonly outcome: "refused" | "unknown" | "failed";
      /** What was thrown. */
      readonly error: unknown;
      /** Absent. */
      readonly order?: never;
    }
);

/** How many orders have come to which end. */
export interface SubmitOrdersProgress {
  /** The sum of all that follow, without `inFlight`. */
  readonly done: number;
  /** Orders that this call created. */
  readonly created: number;
  /** Orders that a lookup found. */
  readonly found: number;
  /** Orders that an earlier call had submitted. */
  readonly alreadySubmitted: number;
  /** Orders that were not accepted. */
  readonly refused: number;
  /** Orders that may or may not exist. */
  readonly unknown: number;
  /** Orders of which nothing was stored, for a reason that may pass. */
  readonly failed: number;
  /** Begun, and not yet at their end. */
  readonly inFlight: number;
}

/**
 * The options of {@link submitOrders}: those of {@link submitOrder}, and how the whole is run.
 *
 * @example
 * ```ts
 * import { createFulfillmentClient, fromEnv, type OrderSubmission, submitOrders } from "juniper-fulfillment";
 * import type { SubmitOrdersOptions } from "juniper-fulfillment";
 *
 * const client = createFulfillmentClient(fromEnv());
 * declare const submissions: OrderSubmission[];
 * const options: SubmitOrdersOptions = { concurrency: 4, onProgress: ({ done }) => console.log(done) };
 * for await (const { reference, outcome } of submitOrders(client, submissions, options)) console.log(reference, outcome);
 * ```
 */
export interface SubmitOrdersOptions extends Omit<SubmitOrderOptions, "reference"> {
  /**
   * The most orders that are under way, or are done and not yet taken.
   * @default 8
   */
  concurrency?: number | undefined;
  /**
   * Told of each order that has come to its end.
   * @default none
   */
  onProgress?: ((progress: SubmitOrdersProgress) => void) | undefined;
  /**
   * How long an order is tried, in milliseconds, from when it was read from the input: as long as the API limits the
   * rate, and for half a minute of that while the API can't be reached. After that the outcome is `failed`.
   * @default 900000
   */
  giveUpAfterMs?: number | undefined;
  /**
   * Told when the API limits the rate: how many requests per second are sent from now on by all who share the ledger,
   * and for how many milliseconds none is sent before that.
   * @default none
   */
  onRateLimit?: ((info: { readonly perSecond: number; readonly pauseMs: number }) => void) | undefined;
}

/**
 * Submits many orders from one machine, several at a time, each at most once. What {@link submitOrder} promises for
 * one order holds for each. For several machines, share a ledger.
 *
 * - Outcomes come as orders end, not in the order of the input. A bad order is an outcome too, and stops nobody.
 * - The input is read as fast as outcomes are taken, and never more than `concurrency` items ahead of them.
 * - The rate adapts to what the API takes. It starts with ten orders a second and grows until a 429 says that it is
 *   too much. Processes that share a ledger with `replace` (all of `juniper-fulfillment/stores` have it) share the
 *   rate. An order is tried until `giveUpAfterMs`, however often that is.
 * - Leaving the loop starts no further order, and waits for those in flight. The ledger knows how they ended, and
 *   `onProgress` is told: submit the same input again to see.
 * - After an abort, an error of the input or a rejected sign-in, the outcomes of the orders in flight still come, and
 *   then the loop throws.
 *
 * @param client The client to send with.
 * @param submissions The orders with their references: an array, a generator, a stream of objects.
 * @param options The ledger, how many at a time, and whom to tell.
 * @throws {ConfigurationError} when `submissions` can't be iterated, or an option can't work.
 * @throws {AuthenticationError} while iterating, when the credentials are rejected: all other orders would fail alike.
 * @example
 * ```ts
 * import { createFulfillmentClient, fromEnv, type OrderSubmission, submitOrders } from "juniper-fulfillment";
 *
 * const client = createFulfillmentClient(fromEnv());
 * declare const submissions: AsyncIterable<OrderSubmission>;
 * for await (const { reference, outcome, order, error } of submitOrders(client, submissions)) {
 *   console.log(reference, outcome, order?.id ?? error);
 * }
 * ```
 */
export function submitOrders(
  client: OrderClient,
  submissions: Iterable<OrderSubmission> | AsyncIterable<OrderSubmission>,
  options: SubmitOrdersOptions = {},
): AsyncIterable<SubmitOrdersOutcome> {
  return submitOrdersWith(client, submissions, options, systemTiming);
}

/** {@link submitOrders} by another clock. */
export function submitOrdersWith(
  client: OrderClient,
  submissions: Iterable<OrderSubmission> | AsyncIterable<OrderSubmission>,
  options: SubmitOrdersOptions,
  timing: Timing,
): AsyncIterable<SubmitOrdersOutcome> {
  checkSignal(options.signal);
  checkFunction("onProgress", options.onProgress);
  checkFunction("onRateLimit", options.onRateLimit);
  const concurrency = checkWhole("concurrency", options.concurrency ?? 8, 1, 10_000);
  const giveUpAfterMs = checkWhole("giveUpAfterMs", options.giveUpAfterMs ?? 15 * 60_000, 1);
  return new Submissions(client, submissions, { ...options, concurrency, giveUpAfterMs }, timing).outcomes();
}

type CheckedOptions = SubmitOrdersOptions & { readonly concurrency: number; readonly giveUpAfterMs: number };

/** The orders of one call of {@link submitOrders}. */
class Submissions {
  readonly #client: OrderClient;
  readonly #options: CheckedOptions;
  readonly #timing: Timing;
  readonly #rate: SharedRate;
  readonly #batch: Batch<SubmitOrdersOutcome>;
  readonly #counts = { created: 0, found: 0, alreadySubmitted: 0, refused: 0, unknown: 0, failed: 0 };

  constructor(client: OrderClient, input: unknown, options: CheckedOptions, timing: Timing) {
    const ledger = options.ledger ?? defaultLedgerOf(client);
    this.#client = withoutRetries(client);
    expectListeners(options.signal, options.concurrency);
    this.#options = { ...options, ledger };
    this.#timing = timing;
    this.#rate = new SharedRate(ledger, timing, (info) => notify(options.onRateLimit, info));
    this.#batch = new Batch({
      ...{ input, concurrency: options.concurrency, signal: options.signal },
      run: (item, index) => this.#outcomeOf(item, index),
      onEnd: (outcome, inFlight) => this.#count(outcome, inFlight),
    });
  }

  outcomes(): AsyncIterable<SubmitOrdersOutcome> {
    return this.#batch.outcomes();
  }

  #count({ outcome }: SubmitOrdersOutcome, inFlight: number): void {
    this.#counts[outcome === "already-submitted" ? "alreadySubmitted" : outcome]++;
    const done = Object.values(this.#counts).reduce((sum, count) => sum + count, 0);
    notify(this.#options.onProgress, { done, ...this.#counts, inFlight });
  }

  async #outcomeOf(item: unknown, index: number): Promise<SubmitOrdersOutcome> {
    let place = { index, reference: "" };
    try {
      // Whatever the item is made of may throw.
      const { reference, order } = Object(item) as Partial<OrderSubmission>;
      if (typeof reference === "string") place = { index, reference };
      return { ...place, ...(await this.#submit(checkSubmission(index, reference, order))) };
    } catch (error) {
      if (error instanceof AuthenticationError) this.#batch.end(error);
      return { ...place, outcome: failureOf(error), error };
    }
  }

  /** Submits one order, and again where the API has certainly not taken it and may do so later. */
  #submit({ reference, order }: OrderSubmission): Promise<SubmitOrderResult> {
    const send = (): Promise<SubmitOrderResult> =>
      submitOrderWith(this.#client, order, { ...this.#options, reference }, this.#timing);
    const { signal, giveUpAfterMs } = this.#options;
    return persist(send, { rate: this.#rate, timing: this.#timing, giveUpAfterMs, signal });
  }
}

/** The client without its own retries of a POST: a 429 is to slow down all orders, and not each for itself. */
function withoutRetries(client: OrderClient): OrderClient {
  return {
    // Its overloads pass through as they are.
    GET: ((path: never, init: never) => client.GET(path, init)) as OrderClient["GET"],
    POST: (path, init) => client.POST(path, { ...init, maxRetries: 0 }),
  };
}

/** @throws {InvalidRequestError} for an invalid item. The message never holds what the item holds. */
function checkSubmission(index: number, reference: unknown, order: unknown): OrderSubmission {
  if (!isReference(reference)) {
    throw new InvalidRequestError(`Item ${index} of the input needs a reference of 1 to 256 characters.`);
  }
  try {
    return { reference, order: copyOrder(order) };
  } catch {
    throw new InvalidRequestError(
      `Item ${index} of the input needs an order: an object that can be written as JSON.`,
    );
  }
}

function failureOf(error: unknown): "refused" | "unknown" | "failed" {
  if (error instanceof OutcomeUnknownError) {
    // Nothing was sent then. What an earlier call may have sent is asked when the ledger works again.
    return error.cause instanceof LedgerFailure ? "failed" : "unknown";
  }
  if (error instanceof InvalidRequestError) return "refused";
  // Those four say nothing about the order: who asks, how long it took, and how often.
  const passing = [401, 403, 408, 429];
  const isRefusal = error instanceof ApiError && error.status >= 400 && error.status < 500;
  return isRefusal && !passing.includes(error.status) ? "refused" : "failed";
}
