import type { Order, OrderRequest } from "../generated/schema.ts";
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
   * Your own name for the order, of 1 to 256 characters. One reference is one order, for ever. It stands in clear in the
   * ledger: put no personal data in it.
   */
  reference: string;
  /**
   * Where references are remembered. Give a shared and lasting one to a fleet.
   * @default one in memory for each client
   */
  ledger?: Ledger | undefined;
  /**
   * How an order of unknown outcome is looked for.
   * @default {}
   */
  lookup?: LookupOptions | undefined;
  /**
   * Send once more when the reference was entered by an earlier call, that call can't be at work any more, all orders
   * that could be it were read, and none is. It is refused before `afterMs` milliseconds have passed since the earlier
   * call was over (30 minutes, unless you say otherwise; at least `lookup.timeoutMs` and `lookup.clockSkewMs` together):
   * a server may store an order late, or list it late. It is refused too where the API is seen to store orders in another
   * form than they are sent in.
   * @default false
   */
  resend?:
    | boolean
    | {
        /** How long after the end of the earlier call, in milliseconds. */
        readonly afterMs: number;
      }
    | undefined;
  /**
   * Puts the reference into the order, so that a lookup can tell it from every other order. It must return the same for
   * the same reference and order. Choose a field that the API returns as it was sent: a suffix of `packDescription` is
   * printed on the label, and one of `customer.sourceId` makes a new customer with every order.
   * @default none
   */
  correlate?: ((reference: string, order: OrderRequest) => OrderRequest) | undefined;
  /**
   * How long a placed reference is remembered, in milliseconds, at least 32 days. After that its entries end by
   * themselves, and it can be placed again: take longer than the same reference could ever come again, with a backup
   * or a queue that is replayed. It holds for what is recorded with it, not for what was recorded before. A reference of
   * unknown outcome never ends by itself.
   * @default for ever
   */
  retentionMs?: number | undefined;
  /**
   * Send from a browser too, although its fetch may send an order twice when a connection breaks. Nothing that this
   * package does can prevent that there.
   * @default false
   */
  acceptDuplicates?: boolean | undefined;
  /**
   * How long all of it may take, in milliseconds: the ledger, the access token, the request and the lookup. Only an
   * order that may have been sent by then is looked for once more, for two seconds.
   * @default 120000
   */
  deadlineMs?: number | undefined;
  /**
   * Ends the submission. An order that may have been sent by then is looked for once more, for two seconds.
   * @default none
   */
  signal?: AbortSignal | undefined;
  /**
   * Told when the ledger fails, with its own error. Errors of this package name no more than its class and code, since
   * the words of a database driver may hold a connection string. When the order has been stored, the result is returned
   * all the same, and later calls with this ledger try again to record it.
   * @default none
   */
  onLedgerError?: ((error: unknown) => void) | undefined;
  /**
   * Told when the API stores an order in another form than it was sent in, with the names of the fields. A lookup may
   * miss such orders.
   * @default none
   */
  onDifference?: ((fields: readonly string[]) => void) | undefined;
}

/** What became of a submission. */
export interface SubmitOrderResult {
  /** `created` by this call, `found` by a lookup, or `already-submitted` by an earlier call. */
  readonly outcome: "created" | "found" | "already-submitted";
  /** The order. Of one that was submitted earlier and can't be read now, the `id` alone. */
  readonly order: Order;
}
