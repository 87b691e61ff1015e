import type { Order, OrderRequest } from "../generated/schema.ts";
import type { OptionNames } from "../wrapper/check-names.ts";
import type { Ledger } from "./ledger.ts";
import type { LookupOptions } from "./lookup.ts";

/**
 * The options of {@link submitOrder}.
 *
 * @example
 * ```ts
 * import { createFulfillmentClient, fromEnv, memoryLedger, type OrderRequest, submitOrder } from "juniper-fulfillment";
 * import type { SubmitOrderOptions } from "juniper-fulfillment";
 *
 * const client = createFulfillmentClient(fromEnv());
 * declare const order: OrderRequest;
 * const options: SubmitOrderOptions = { reference: "2026-000123", ledger: memoryLedger(), deadlineMs: 60_000 };
 * await submitOrder(client, order, options);
 * ```
 */
export interface SubmitOrderOptions {
  /**
   * Your own name for the order, of 1 to 256 characters. One reference is one order, for ever. The ledger stores it
   * unencrypted: put no personal data in it.
   */
  reference: string;
  /**
   * Where references are remembered. A fleet needs a shared and lasting one.
   * @default one in memory for each client
   */
  ledger?: Ledger | undefined;
  /**
   * How to look for an order of unknown outcome.
   * @default {}
   */
  lookup?: LookupOptions | undefined;
  /**
   * Send the order again when an earlier call entered the reference and is over, and a lookup has read all orders that
   * could be it and found none. It is not sent earlier than `afterMs` after the earlier call was over, since a server may
   * store or list an order late. `true` means 30 minutes; the least is `lookup.timeoutMs` plus `lookup.clockSkewMs`. Nor
   * is it sent while an order of the same customer exists that no other reference has, where the API is seen to store orders in
   * another form than they are sent in, where the list doesn't show a recent order that was created with this ledger, or
   * before there is one.
   * @default false
   */
  resend?:
    | boolean
    | {
        /** How long to wait after the end of the earlier call, in milliseconds. */
        readonly afterMs: number;
      }
    | undefined;
  /**
   * Puts the reference into the order, so that a lookup can tell it from every other order. It must return the same for
   * the same reference and order, and something else for every other one: case and white space make no difference. Choose a
   * field that the API returns as it was sent. Mind that a suffix of
   * `packDescription` is printed on the label, and that one of `customer.sourceId` makes a new customer with every order.
   * @default none
   */
  correlate?: ((reference: string, order: OrderRequest) => OrderRequest) | undefined;
  /**
   * How long to remember a placed reference, in milliseconds, at least 32 days. After that its entries expire, and it
   * can be placed again: choose longer than it could ever come back, for instance with a restored backup or a replayed
   * queue. It applies to entries made with it, not to earlier ones. A reference of unknown outcome never expires.
   * @default for ever
   */
  retentionMs?: number | undefined;
  /**
   * Send from a browser too, although its fetch may send an order twice when a connection breaks. This package can't
   * prevent that there.
   * @default false
   */
  acceptDuplicates?: boolean | undefined;
  /**
   * How long the submission may take in all, in milliseconds: ledger, access token, request and lookup. An order that
   * may have been sent by then is looked for once more, for up to two seconds longer.
   * @default 120000
   */
  deadlineMs?: number | undefined;
  /**
   * Aborts the submission. An order that may have been sent by then is looked for once more, for up to two seconds.
   * @default none
   */
  signal?: AbortSignal | undefined;
  /**
   * Called with the ledger's own error when it fails. The errors of this package give no more than its class and code,
   * since the message of a database driver may hold a connection string. If the order has been stored, the result is
   * returned anyway, and later calls with this ledger try again to record it.
   * @default none
   */
  onLedgerError?: ((error: unknown) => void) | undefined;
  /**
   * Called with the names of the fields when the API stores an order in another form than it was sent in, or with a
   * `createdAt` that is not the time of sending, give or take `lookup.clockSkewMs`. A lookup may miss such orders.
   * @default none
   */
  onDifference?: ((fields: readonly string[]) => void) | undefined;
}

/** Made once: they are held against the options of every order. */
export const submitOrderNames: OptionNames<SubmitOrderOptions> = {
  reference: true,
  ledger: true,
  lookup: true,
  resend: true,
  correlate: true,
  retentionMs: true,
  acceptDuplicates: true,
  deadlineMs: true,
  signal: true,
  onLedgerError: true,
  onDifference: true,
};

/**
 * The result of a submission.
 *
 * @example
 * ```ts
 * import type { SubmitOrderResult } from "juniper-fulfillment";
 *
 * const isNew = ({ outcome }: SubmitOrderResult): boolean => outcome === "created";
 * console.log(isNew({ outcome: "found", order: { id: "2vSGym0bH8qVEwCIGlyFoRgJq1A" } }));
 * ```
 */
export interface SubmitOrderResult {
  /** `created` by this call, `found` by a lookup, or `already-submitted` by an earlier call. */
  readonly outcome: "created" | "found" | "already-submitted";
  /** The order; only its `id` if it was submitted earlier and can't be read now. */
  readonly order: Order;
}
