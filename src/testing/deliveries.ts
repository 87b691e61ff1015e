import { setTimeout as delay } from "node:timers/promises";
import type { FulfillmentInfo } from "../generated/schema.ts";
import { Deadline, timeoutReason } from "../orders/deadline.ts";
import { signWebhook } from "../webhooks/sign-webhook.ts";
import type { WebhookEvent } from "../webhooks/verify-webhook.ts";
import { systemTiming } from "../wrapper/timing.ts";
import type { StoredOrder, StoredOrderStatus } from "./backend/orders.ts";
import type { Seeded } from "./backend/seeded.ts";
import type { Settings } from "./backend/settings.ts";

/**
 * How a webhook is delivered.
 *
 * @example
 * ```ts
 * import { type DeliveryOptions, startMockServer } from "juniper-fulfillment/testing";
 *
 * const tooOld: DeliveryOptions = { ageSeconds: 301 };
 * const mock = await startMockServer({ stateful: true });
 * for (const { id } of mock.orders) await mock.advance(id, "SHIPPED", tooOld);
 * await mock.close();
 * ```
 */
export interface DeliveryOptions {
  /**
   * How many more times to deliver it after the first, each with a new signature.
   * @default 0
   */
  readonly duplicates?: number | undefined;
  /**
   * How long to wait before sending it, in milliseconds.
   * @default 0
   */
  readonly delayMs?: number | undefined;
  /**
   * The age of its signature when it is sent, in seconds. Receivers must reject more than 300.
   * @default 0
   */
  readonly ageSeconds?: number | undefined;
  /**
   * Whether to keep it until `deliverHeld` is called, to deliver out of order.
   * @default false
   */
  readonly hold?: boolean | undefined;
}

/**
 * The result of a delivery.
 *
 * @example
 * ```ts
 * import { createMock, type DeliveryResult } from "juniper-fulfillment/testing";
 *
 * const isAccepted = ({ status = 0 }: DeliveryResult): boolean => status >= 200 && status < 300;
 * console.log(createMock({ stateful: true }).deliveries.every(isAccepted));
 * ```
 */
export interface DeliveryResult {
  /** The `X-Juniper-Webhook-Id` header. */
  readonly webhookId: string;
  /** The order's `id`. */
  readonly orderId: string;
  /** The order's status in the event. */
  readonly orderStatus: StoredOrderStatus;
  /** The status of the response, or undefined when there was none. */
  readonly status: number | undefined;
  /** Why there was no response. */
  readonly failure: string | undefined;
}

/**
 * Receives a webhook's delivery and responds to it.
 *
 * @example
 * ```ts
 * import { createMock, type WebhookReceiver } from "juniper-fulfillment/testing";
 *
 * const receiveWebhook: WebhookReceiver = () => new Response(null, { status: 204 });
 * const mock = createMock({ stateful: true, receiveWebhook });
 * ```
 */
export type WebhookReceiver = (request: Request) => Response | Promise<Response>;

interface Delivery {
  readonly order: StoredOrder;
  readonly payload: string;
  readonly options: DeliveryOptions;
}

/**
 * Delivers webhooks as the vendor's guide describes them.
 *
 * - The body is created when the order changes. It is signed when it is sent, with this machine's clock and the
 *   current secret, since the receiver checks both.
 * - Nothing is sent or held while no webhook URL is set.
 * - A failed delivery is not retried: the vendor's retries are not documented. Use `duplicates` instead.
 */
export class Deliveries {
  readonly #settings: Settings;
  readonly #seeded: Seeded;
  readonly #timeoutMs: number;
  readonly #receive: WebhookReceiver;
  readonly #held: Delivery[] = [];
  readonly #closing = new AbortController();
  readonly #underWay = new Set<Promise<unknown>>();
  /** The result of each delivery so far. */
  readonly results: DeliveryResult[] = [];

  constructor(settings: Settings, seeded: Seeded, timeoutMs: number, receive: WebhookReceiver) {
    this.#settings = settings;
    this.#seeded = seeded;
    this.#timeoutMs = timeoutMs;
    this.#receive = receive;
  }

  /** Reports an order's status, and resolves to the results of its deliveries. */
  async tell(order: StoredOrder, options: DeliveryOptions = {}): Promise<DeliveryResult[]> {
    if (this.#settings.webhookUrl === undefined) return [];
    const delivery = { order, payload: JSON.stringify(eventOf(order)), options };
    if (!options.hold) return this.#track(this.#deliver(delivery));
    this.#held.push(delivery);
    return [];
  }

  /** Delivers the held webhooks, one after the other. */
  async deliverHeld({
    reverse = false,
  }: {
    readonly reverse?: boolean | undefined;
  } = {}): Promise<DeliveryResult[]> {
    const held = this.#held.splice(0);
    const results: DeliveryResult[] = [];
    for (const delivery of reverse ? held.reverse() : held)
      results.push(...(await this.#track(this.#deliver(delivery))));
    return results;
  }

  /** Resolves when no delivery is in progress. */
  async settled(): Promise<void> {
    while (this.#underWay.size > 0) await Promise.allSettled(this.#underWay);
  }

  /** Aborts the deliveries in progress. */
  close(): void {
    this.#closing.abort();
  }

  #track<Result>(delivery: Promise<Result>): Promise<Result> {
    this.#underWay.add(delivery);
    return delivery.finally(() => this.#underWay.delete(delivery));
  }

  async #deliver({ order, payload, options }: Delivery): Promise<DeliveryResult[]> {
    const { duplicates = 0, delayMs = 0, ageSeconds = 0 } = options;
    const results: DeliveryResult[] = [];
    if (delayMs > 0) await delay(delayMs, undefined, { signal: this.#closing.signal }).catch(() => {});
    for (let count = 0; count <= duplicates && !this.#closing.signal.aborted; count++) {
      const webhookId = this.#seeded.id("webhook");
      const outcome = await this.#send(webhookId, payload, ageSeconds);
      results.push({ webhookId, orderId: order.id, orderStatus: order.status, ...outcome });
    }
    this.results.push(...results);
    return results;
  }

  async #send(
    webhookId: string,
    payload: string,
    ageSeconds: number,
  ): Promise<Pick<DeliveryResult, "status" | "failure">> {
    const url = this.#settings.webhookUrl;
    if (url === undefined) return { status: undefined, failure: "The webhook URL has been removed." };
    const timestampSeconds = Math.floor(Date.now() / 1_000) - ageSeconds;
    const signature = await signWebhook({ payload, secret: this.#settings.secret, timestampSeconds });
    const deadline = new Deadline(systemTiming, this.#timeoutMs, this.#closing.signal);
    const { signal, release } = deadline.toSignal(timeoutReason);
    try {
      const request = new Request(url, {
        method: "POST",
        headers: {
          "content-type": "application/json",
          "x-juniper-signature": signature,
          "x-juniper-webhook-id": webhookId,
          // A kept-alive connection would keep a test's receiver from closing.
          connection: "close",
        },
        body: payload,
        redirect: "manual",
        signal,
      });
      // A receiver that does not heed the signal must not hold up the test.
      const response = await Promise.race([this.#receive(request), rejectOnAbort(signal)]);
      await response.arrayBuffer();
      return { status: response.status, failure: undefined };
    } catch (error) {
      return { status: undefined, failure: reasonOf(error) };
    } finally {
      release();
    }
  }
}

/** The webhook's body. It says `orderId` where the API says `id` (JH-05). */
function eventOf({ id, status, fulfillmentInfo, createdAt, updatedAt }: StoredOrder): WebhookEvent {
  const parcel = fulfillmentInfo && { fulfillmentInfo: trackingOf(fulfillmentInfo, updatedAt) };
  return { order: { orderId: id, status, ...parcel, createdAt, updatedAt } };
}

function trackingOf(
  { carrier, trackingNumber }: FulfillmentInfo,
  shippedAt: string,
): NonNullable<WebhookEvent["order"]["fulfillmentInfo"]> {
  return {
    ...(carrier !== undefined && { carrier }),
    ...(trackingNumber !== undefined && { trackingNumber }),
    trackingStatus: "InTransit",
    trackingUrl: `https://www.example.com/track/${trackingNumber}`,
    checkpoints: [
      { checkpointTime: shippedAt, location: "Oakland, CA", message: "Picked up", tag: "InTransit" },
    ],
  };
}

/** Rejects with the reason of the signal once it is aborted. */
export function rejectOnAbort(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    if (signal.aborted) reject(signal.reason);
    signal.addEventListener("abort", () => reject(signal.reason), { once: true });
  });
}

/** fetch says "fetch failed"; the reason is in its cause. */
function reasonOf(error: unknown): string {
  const { name, message, cause } = error instanceof Error ? error : new Error(String(error));
  if (name === "TimeoutError" || name === "AbortError") return message;
  return cause instanceof Error
    ? cause.message || ("code" in cause ? String(cause.code) : cause.name)
    : message;
}
