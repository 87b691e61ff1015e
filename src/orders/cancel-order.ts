import type { Order } from "../generated/schema.ts";
import { checkNames } from "../wrapper/check-names.ts";
import { checkSignal } from "../wrapper/check-signal.ts";
import { checkWhole } from "../wrapper/check-whole.ts";
import { OutcomeUnknownError } from "../wrapper/errors.ts";
import { maxTimerMs } from "../wrapper/max-timer.ts";
import type { Result } from "../wrapper/result.ts";
import { systemTiming, type Timing } from "../wrapper/timing.ts";
import { Deadline } from "./deadline.ts";
import { orderOf } from "./order-of.ts";

interface OrderInit {
  readonly params: { readonly path: { orderId: string } };
  readonly [option: string]: unknown;
}

/**
 * The client methods that {@link cancelOrder} uses.
 *
 * @example
 * ```ts
 * import { cancelOrder, type CancelClient } from "juniper-fulfillment";
 *
 * const cancelAll = (client: CancelClient, orderIds: string[]) =>
 *   Promise.all(orderIds.map((orderId) => cancelOrder(client, orderId)));
 * ```
 */
export interface CancelClient {
  /** Reads an order. */
  GET(path: "/orders/{orderId}", init: OrderInit): Promise<Result<Order>>;
  /** Cancels an order. */
  POST(path: "/orders/{orderId}/cancel", init: OrderInit): Promise<Result<Order>>;
}

/**
 * The options of {@link cancelOrder}.
 *
 * @example
 * ```ts
 * import { cancelOrder, type CancelOrderOptions, createFulfillmentClient, fromEnv } from "juniper-fulfillment";
 *
 * const options: CancelOrderOptions = { deadlineMs: 20_000 };
 * await cancelOrder(createFulfillmentClient(fromEnv()), "2vSGym0bH8qVEwCIGlyFoRgJq1A", options);
 * ```
 */
export interface CancelOrderOptions {
  /**
   * How long the cancellation may take in all, in milliseconds.
   * @default 60000
   */
  deadlineMs?: number | undefined;
  /**
   * Aborts the cancellation. If it may have been sent by then, its outcome is unknown.
   * @default none
   */
  signal?: AbortSignal | undefined;
}

/**
 * The result of a cancellation.
 *
 * @example
 * ```ts
 * import type { CancelOrderResult } from "juniper-fulfillment";
 *
 * const toCustomer = ({ outcome, order }: CancelOrderResult): string =>
 *   outcome === "not-cancelled" ? `too late: ${order?.status}` : outcome;
 * console.log(toCustomer({ outcome: "cancelled" }));
 * ```
 */
export interface CancelOrderResult {
  /**
   * - `cancelled`: the order is cancelled, by this call or earlier.
   * - `not-cancelled`: it was in another status when it was last read. If the API has accepted the cancellation, or the
   *   response was lost, it may still be carried out.
   * - `unknown`: the order could not be read. Call again.
   */
  readonly outcome: "cancelled" | "not-cancelled" | "unknown";
  /** The order as it was last read; absent when it could not be read. */
  readonly order?: Order;
  /**
   * Why it was not cancelled, or why that is unknown. Absent when the API has accepted the cancellation, and nothing failed
   * since.
   */
  readonly error?: unknown;
}

/**
 * Cancels an order, and says whether it is cancelled. When the response is lost, the API refuses, or it responds with an
 * order that is not cancelled yet, this reads the order's status, so the outcome is rarely unknown.
 *
 * @param client The client to send with.
 * @param orderId The order's `id`.
 * @param options How long it may take, and a signal to abort it.
 * @returns Whether the order is cancelled, and the order as it was last read.
 * @throws {NotFoundError} when there is no such order.
 * @throws {FulfillmentError} of any other class when nothing was sent, or the API said nothing about the order, such as
 * {@link AuthenticationError}.
 * @example
 * ```ts
 * import { cancelOrder, createFulfillmentClient, fromEnv } from "juniper-fulfillment";
 *
 * const client = createFulfillmentClient(fromEnv());
 * const { outcome, order } = await cancelOrder(client, "2vSGym0bH8qVEwCIGlyFoRgJq1A");
 * if (outcome === "not-cancelled") console.log("It is", order?.status, "already.");
 * ```
 */
export async function cancelOrder(
  client: CancelClient,
  orderId: string,
  options: CancelOrderOptions = {},
): Promise<CancelOrderResult> {
  checkNames<CancelOrderOptions>("cancelOrder", options, { deadlineMs: true, signal: true });
  return cancelOrderWith(client, orderId, options, systemTiming);
}

/** How often an order is read that is not cancelled yet and may become so, and how long between. */
const readDelaysMs = [0, 500, 2_000, 5_000];

/** The same with a clock of the caller's, for tests. */
export async function cancelOrderWith(
  client: CancelClient,
  orderId: string,
  options: CancelOrderOptions,
  timing: Timing,
): Promise<CancelOrderResult> {
  const { signal } = options;
  checkSignal(signal);
  const deadline = new Deadline(
    timing,
    checkWhole("deadlineMs", options.deadlineMs ?? 60_000, 1, maxTimerMs),
    signal,
  );
  const init = (): OrderInit => ({
    params: { path: { orderId } },
    deadlineMs: Math.max(1, Math.floor(deadline.remainingMs())),
    ...(signal && { signal }),
  });
  const read = async (): Promise<Order> => orderOf(await client.GET("/orders/{orderId}", init()), orderId);
  let error: unknown;
  try {
    const order = orderOf(await client.POST("/orders/{orderId}/cancel", init()), orderId, "cancel");
    if (order.status === "CANCELLED") return { outcome: "cancelled", order };
  } catch (failure) {
    // A 4xx is a decision. Reading tells which: cancelled before, or in a status that can't be any more.
    if (!(failure instanceof OutcomeUnknownError) && !isRefusal(failure)) throw failure;
    error = failure;
  }
  let order: Order | undefined;
  const isRefused = error !== undefined && !(error instanceof OutcomeUnknownError);
  for (const delayMs of isRefused ? [0] : readDelaysMs) {
    if (delayMs > deadline.remainingMs()) break;
    try {
      if (delayMs > 0) await timing.sleep(delayMs, signal);
      order = await deadline.within(read);
    } catch (failure) {
      error ??= failure;
      continue;
    }
    if (order.status === "CANCELLED") return { outcome: "cancelled", order };
  }
  if (order === undefined) return { outcome: "unknown", error };
  return { outcome: "not-cancelled", order, error };
}

/** These say nothing about the order, but for the one that says that there is none. */
const otherStatuses = [401, 404, 408, 429];

/** A refusal of any kind, after which the order says more than the response. */
function isRefusal(error: unknown): boolean {
  const { status } = Object(error) as { readonly status?: unknown };
  return typeof status === "number" && status >= 400 && status < 500 && !otherStatuses.includes(status);
}
