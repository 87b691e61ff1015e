import {
  ApiError,
  AuthenticationError,
  InvalidRequestError,
  OutcomeUnknownError,
} from "../wrapper/errors.ts";
import { notify } from "../wrapper/hooks.ts";
import { expectMoreListeners } from "../wrapper/many-listeners.ts";
import { noteSameServer } from "../wrapper/server-of-client.ts";
import type { Timing } from "../wrapper/timing.ts";
import { Batch } from "./batch.ts";
import { LedgerFailure } from "./bounded-store.ts";
import { ledgerOf } from "./client-state.ts";
import { copyOrder } from "./copy-order.ts";
import type { OrderClient } from "./order-client.ts";
import { persist } from "./persist.ts";
import { isReference } from "./reference.ts";
import { SharedRate } from "./shared-rate.ts";
import type { SubmitOrderResult } from "./submit-options.ts";
import { submitOrderWith } from "./submit-order.ts";
import type { OrderSubmission, SubmitOrdersOptions, SubmitOrdersOutcome } from "./submit-orders-options.ts";

/** How many listeners one order has on the signal at a time, at most. */
const listenersPerOrder = 4;

type CheckedOptions = SubmitOrdersOptions & { readonly concurrency: number; readonly giveUpAfterMs: number };

/** The orders of one call of `submitOrders`. */
export class Submissions {
  readonly #client: OrderClient;
  readonly #options: CheckedOptions;
  readonly #timing: Timing;
  readonly #rate: SharedRate;
  readonly #batch: Batch<SubmitOrdersOutcome>;
  readonly #counts = { created: 0, found: 0, alreadySubmitted: 0, refused: 0, unknown: 0, failed: 0 };

  constructor(client: OrderClient, input: unknown, options: CheckedOptions, timing: Timing) {
    const ledger = ledgerOf(client, options.ledger);
    this.#client = withoutRetries(client);
    if (options.signal) expectMoreListeners(options.signal, listenersPerOrder * options.concurrency);
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
  const wrapper: OrderClient = {
    // Its overloads pass through as they are.
    GET: ((path: never, init: never) => client.GET(path, init)) as OrderClient["GET"],
    POST: (path, init) => client.POST(path, { ...init, maxRetries: 0 }),
  };
  noteSameServer(wrapper, client);
  return wrapper;
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
  // That of the token endpoint has another path, and is no word on the order.
  const isOfOrder = error instanceof ApiError && error.path === "/orders";
  const isRefusal = isOfOrder && error.status >= 400 && error.status < 500;
  return isRefusal && !passing.includes(error.status) ? "refused" : "failed";
}
