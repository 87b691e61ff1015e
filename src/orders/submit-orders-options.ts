import type { Order, OrderRequest } from "../generated/schema.ts";
import type { SubmitOrderOptions, SubmitOrderResult } from "./submit-options.ts";

/**
 * One order for {@link submitOrders}, with your own name for it.
 *
 * @example
 * ```ts
 * import type { OrderRequest, OrderSubmission } from "juniper-fulfillment";
 *
 * declare const order: OrderRequest;
 * const submission: OrderSubmission = { reference: "2026-000123", order };
 * console.log(submission.reference);
 * ```
 */
export interface OrderSubmission {
  /** Your own name for the order, of 1 to 256 characters. One reference is one order, for ever. */
  readonly reference: string;
  /** The order. */
  readonly order: OrderRequest;
}

/**
 * The outcome of one item of the input.
 *
 * @example
 * ```ts
 * import type { SubmitOrdersOutcome } from "juniper-fulfillment";
 *
 * const describe = ({ reference, outcome, order, error }: SubmitOrdersOutcome): string =>
 *   `${reference} ${outcome} ${order?.id ?? String(error)}`;
 * ```
 */
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
       * - `refused`: the API, or a check before sending, rejected the order. It does not exist.
       * - `unknown`: the order may or may not exist. The error is an {@link OutcomeUnknownError}.
       * - `failed`: this call stored nothing, for a reason that may pass. Submit it again.
       */
      readonly outcome: "refused" | "unknown" | "failed";
      /** What was thrown. */
      readonly error: unknown;
      /** Absent. */
      readonly order?: never;
    }
);

/**
 * How many orders have ended, and how.
 *
 * @example
 * ```ts
 * import type { SubmitOrdersProgress } from "juniper-fulfillment";
 *
 * const show = ({ done, inFlight, refused }: SubmitOrdersProgress): void =>
 *   console.log(`${done} done, ${inFlight} in flight, ${refused} refused`);
 * ```
 */
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
  /** Orders that were not stored, for a reason that may pass. */
  readonly failed: number;
  /** Orders that have started and not finished. */
  readonly inFlight: number;
}

/**
 * The options of {@link submitOrders}: those of {@link submitOrder}, and how to run the batch.
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
   * The maximum number of orders that are in flight, or finished and not yet taken.
   * @default 8
   */
  concurrency?: number | undefined;
  /**
   * Called when an order finishes, with the counts so far.
   * @default none
   */
  onProgress?: ((progress: SubmitOrdersProgress) => void) | undefined;
  /**
   * How long to retry an order, in milliseconds since it was read from the input, while the API limits the rate. While
   * the API can't be reached, it is retried for 30 seconds of that. Then the outcome is `failed`.
   * @default 900000
   */
  giveUpAfterMs?: number | undefined;
  /**
   * Called when the API limits the rate. `perSecond` is the number of requests per second that all who share the ledger
   * send from now on; `pauseMs` is how long none is sent before that.
   * @default none
   */
  onRateLimit?: ((info: { readonly perSecond: number; readonly pauseMs: number }) => void) | undefined;
}
