import type { Order, OrderStatus, Unknown } from "../generated/schema.ts";
import { hasReached } from "../webhooks/order-progress.ts";
import { checkNames } from "../wrapper/check-names.ts";
import { checkSignal } from "../wrapper/check-signal.ts";
import { checkWhole } from "../wrapper/check-whole.ts";
import { ConfigurationError, OrderCancelledError, TimeoutError } from "../wrapper/errors.ts";
import { maxTimerMs } from "../wrapper/max-timer.ts";
import { systemTiming, type Timing } from "../wrapper/timing.ts";
import { waitWithin } from "../wrapper/wait-within.ts";
import { mayPass } from "./may-pass.ts";
import type { OrderClient } from "./order-client.ts";
import { orderOf } from "./order-of.ts";

/**
 * The options of {@link waitForOrder}.
 *
 * @example
 * ```ts
 * import { createFulfillmentClient, fromEnv, waitForOrder, type WaitForOrderOptions } from "juniper-fulfillment";
 *
 * const options: WaitForOrderOptions = { until: "SHIPPED", deadlineMs: 3_600_000, intervalMs: 60_000 };
 * const order = await waitForOrder(createFulfillmentClient(fromEnv()), "2vSGym0bH8qVEwCIGlyFoRgJq1A", options);
 * console.log(order.fulfillmentInfo?.trackingNumber);
 * ```
 */
export interface WaitForOrderOptions {
  /** The status to wait for (a later one counts too), or a function that tells whether to stop waiting. */
  until: OrderStatus | Unknown<"OrderStatus"> | ((order: Order) => boolean | Promise<boolean>);
  /**
   * How long to wait, in milliseconds.
   * @default 600000 (ten minutes)
   */
  deadlineMs?: number | undefined;
  /**
   * How long to wait between two reads, in milliseconds. The first reads follow each other faster.
   * @default 10000
   */
  intervalMs?: number | undefined;
  /**
   * Ends the wait and any request in flight.
   * @default none
   */
  signal?: AbortSignal | undefined;
}

/**
 * Waits until an order reaches a status, by polling it. A broken connection, a timeout, a 429 or a 5xx doesn't end the
 * wait: the next read may succeed.
 *
 * @param client The client to read with.
 * @param orderId The order's `id`.
 * @param options What to wait for, and for how long.
 * @returns The order as it is then.
 * @throws {OrderCancelledError} when the order is cancelled, unless that is what you wait for.
 * @throws {TimeoutError} when `deadlineMs` is over. The order itself goes on.
 * @throws {NotFoundError} when there is no such order.
 * @throws {AuthenticationError} when the credentials are rejected.
 * @throws {ApiError} for any other status than 429 and 5xx.
 * @throws {ConfigurationError} when an option can't work.
 * @throws {InvalidRequestError} when `signal` is no AbortSignal.
 * @example
 * ```ts
 * import { createFulfillmentClient, fromEnv, waitForOrder } from "juniper-fulfillment";
 *
 * const client = createFulfillmentClient(fromEnv());
 * const order = await waitForOrder(client, "2vSGym0bH8qVEwCIGlyFoRgJq1A", { until: "PROCESSING" });
 * console.log(order.status);
 * ```
 */
export async function waitForOrder(
  client: OrderClient,
  orderId: string,
  options: WaitForOrderOptions,
): Promise<Order> {
  checkNames<WaitForOrderOptions>("waitForOrder", options, {
    until: true,
    deadlineMs: true,
    intervalMs: true,
    signal: true,
  });
  return waitForOrderWith(client, orderId, options, systemTiming);
}

const firstDelayMs = 500;

async function read(client: OrderClient, orderId: string, init: object): Promise<Order> {
  const params = { path: { orderId } };
  return orderOf(await client.GET("/orders/{orderId}", { ...init, params }), orderId);
}

/** The same with a clock of the caller's, for tests. */
export async function waitForOrderWith(
  client: OrderClient,
  orderId: string,
  options: WaitForOrderOptions,
  timing: Timing,
): Promise<Order> {
  const { until, deadlineMs = 600_000, intervalMs = 10_000, signal } = options;
  checkSignal(signal);
  if (typeof until !== "string" && typeof until !== "function") {
    throw new ConfigurationError('until must be a status such as "SHIPPED", or a function of an order.');
  }
  checkWhole("deadlineMs", deadlineMs, 1, maxTimerMs);
  checkWhole("intervalMs", intervalMs, 1, maxTimerMs);
  const call = { method: "GET", path: "/orders/{orderId}" };
  const timeoutError = () => new TimeoutError({ ...call, limit: "deadlineMs", limitMs: deadlineMs });
  const isReached = typeof until === "function" ? until : (order: Order) => hasReached(order.status, until);
  const endMs = timing.monotonicMs() + deadlineMs;
  for (let delayMs = Math.min(firstDelayMs, intervalMs); ; delayMs = Math.min(delayMs * 2, intervalMs)) {
    const leftMs = endMs - timing.monotonicMs();
    if (leftMs <= 0) throw timeoutError();
    const init = { deadlineMs: Math.ceil(leftMs), ...(signal && { signal }) };
    const order = await read(client, orderId, init).catch((error: unknown) => {
      if (signal?.aborted || !mayPass(error)) throw error;
    });
    const limits = { limitMs: endMs - timing.monotonicMs(), timeoutError, signal };
    if (order !== undefined) {
      if (await waitWithin(Promise.resolve(isReached(order)), limits)) return order;
      if (order.status === "CANCELLED") throw new OrderCancelledError(orderId);
    }
    await timing.sleep(Math.min(delayMs, Math.max(0, endMs - timing.monotonicMs())), signal);
  }
}
