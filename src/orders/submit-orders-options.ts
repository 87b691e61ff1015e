import type { Order, OrderRequest } from "../generated/schema.ts";
import type { SubmitOrderOptions, SubmitOrderResult } from "./submit-options.ts";

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
