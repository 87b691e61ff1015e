import { ConfigurationError } from "../wrapper/errors.ts";
import type { RefusalDetail } from "./backend/order-refusals.ts";
import type { StoredOrder, StoredOrderStatus } from "./backend/orders.ts";
import { controlPath } from "./control.ts";
import type { DeliveryResult } from "./deliveries.ts";
import type { Fault } from "./fault-scripts.ts";
import type { MockServer } from "./mock.ts";
import type { MockOperation } from "./operations.ts";
import { expectNoViolations, type RecordedRequest } from "./recorded-requests.ts";
import type { AdvanceOptions } from "./stateful-mock.ts";

/**
 * A mock in another process, with the members of {@link MockServer} and {@link StatefulMockServer} over HTTP. Those
 * after `clearFaults` need a mock that keeps state.
 *
 * @example
 * ```ts
 * import { type ConnectedMock, connectMock } from "juniper-fulfillment/testing";
 *
 * const mock: ConnectedMock = await connectMock("http://127.0.0.1:4010");
 * console.log((await mock.orders()).length);
 * ```
 */
export interface ConnectedMock extends Pick<MockServer, "baseUrl" | "tokenUrl" | "clientOptions"> {
  /** Every request so far, in the order of their responses. */
  requests(): Promise<readonly RecordedRequest[]>;
  /** Discards the requests so far. */
  clearRequests(): Promise<void>;
  /**
   * Rejects when a request so far, or its response, breaks the published document.
   * @throws {Error} with each such request and what is wrong with it.
   */
  expectNoViolations(): Promise<void>;
  /**
   * Makes the next requests of an operation fail: each fault applies to one of them, or to `times` of them, in order.
   * @throws {ConfigurationError} for an unknown operation, and for an invalid fault.
   */
  fault(operation: MockOperation, ...faults: readonly Fault[]): Promise<void>;
  /** Discards the faults that have not been applied yet. */
  clearFaults(): Promise<void>;
  /** Every order, the oldest first, in the wire's spelling. */
  orders(): Promise<readonly StoredOrder[]>;
  /** How many tokens have been issued. */
  tokensIssued(): Promise<number>;
  /** Invalidates every token that was issued. */
  revokeTokens(): Promise<void>;
  /** The result of each webhook delivery so far. */
  deliveries(): Promise<readonly DeliveryResult[]>;
  /**
   * Moves an order to another status, as the vendor does, and delivers a signed webhook.
   * @throws {ConfigurationError} for an unknown order, and for an impossible move.
   */
  advance(
    orderId: string,
    status: StoredOrderStatus,
    options?: AdvanceOptions,
  ): Promise<readonly DeliveryResult[]>;
  /**
   * Refuses valid orders with a product, to rehearse a rejection.
   *
   * @param productId The product's id. A function of the order works only in the mock's own process.
   * @param detail A sentence, for a 400; or a list of fields, for a 422. By default a 422 that names the product.
   * @returns A function that ends it.
   * @throws {ConfigurationError} when `productId` is not an id, or `detail` is neither a sentence nor a list of fields.
   */
  refuse(productId: number, detail?: RefusalDetail): Promise<() => Promise<void>>;
  /** Delivers the held webhooks, one after the other; with `reverse`, the last one first. */
  deliverHeld(options?: { readonly reverse?: boolean | undefined }): Promise<readonly DeliveryResult[]>;
  /** Resolves when no webhook delivery is in progress. */
  settled(): Promise<void>;
}

/**
 * Connects to a mock in another process: `npx juniper-fulfillment mock --control`, or `startMockServer` with `control`.
 * Use it to test a service in any language against the mock, and to drive the mock from here. Plain HTTP drives it too.
 *
 * @param url Any URL of the mock, such as its `baseUrl`.
 * @returns The mock's members. They hold no connection: there is nothing to close.
 * @throws {ConfigurationError} when the URL is invalid, or no mock with `control` responds there within 10 seconds.
 * @example
 * ```ts
 * import { connectMock } from "juniper-fulfillment/testing";
 *
 * const mock = await connectMock("http://127.0.0.1:4010");
 * await mock.fault("POST /orders", { status: 503 });
 * // … run the service under test, then:
 * await mock.expectNoViolations();
 * ```
 */
export async function connectMock(url: string): Promise<ConnectedMock> {
  if (!URL.canParse(url))
    throw new ConfigurationError("connectMock takes a URL, such as http://127.0.0.1:4010.");
  const { origin } = new URL(url);
  const call = <Result>(method: string, path: string, body?: object): Promise<Result> =>
    callControl(`${origin}${controlPath}${path}`, method, body);
  const about = await callControl<About>(`${origin}${controlPath}`, "GET", undefined, connectLimitMs);
  // A server that isn't the mock may answer anything.
  if (typeof about?.baseUrl !== "string" || typeof about.clientOptions?.clientId !== "string") throw noMock();
  return {
    ...about,
    requests: () => call("GET", "/requests"),
    clearRequests: () => call("DELETE", "/requests"),
    expectNoViolations: async () => expectNoViolations(await call("GET", "/requests")),
    fault: (operation, ...faults) => call("POST", "/faults", { operation, faults }),
    clearFaults: () => call("DELETE", "/faults"),
    orders: () => call("GET", "/orders"),
    tokensIssued: async () => (await call<{ tokensIssued: number }>("GET", "/tokens")).tokensIssued,
    revokeTokens: () => call("DELETE", "/tokens"),
    deliveries: () => call("GET", "/deliveries"),
    advance: (orderId, status, options) =>
      call("POST", `/orders/${encodeURIComponent(orderId)}/advance`, { ...options, status }),
    async refuse(productId, detail) {
      if (typeof productId === "function") {
        throw new ConfigurationError(
          "A function can't be sent to the mock. Refuse by a product's id, or call refuse in the mock's own process.",
        );
      }
      const { refusal } = await call<{ refusal: string }>("POST", "/refusals", { productId, detail });
      return () => call("DELETE", `/refusals/${refusal}`);
    },
    deliverHeld: (options) => call("POST", "/deliveries/held", { ...options }),
    settled: () => call("POST", "/deliveries/settled"),
  };
}

type About = Pick<ConnectedMock, "baseUrl" | "tokenUrl" | "clientOptions"> | undefined;

/** How long the mock may take to say that it is one, in milliseconds. */
const connectLimitMs = 10_000;

/** @param limitMs How long it may take. Without one, as long as what the mock is asked for. */
async function callControl<Result>(
  url: string,
  method: string,
  body: object | undefined,
  limitMs?: number,
): Promise<Result> {
  const init = {
    method,
    ...(limitMs !== undefined && { signal: AbortSignal.timeout(limitMs) }),
    ...(body && { headers: { "content-type": "application/json" }, body: JSON.stringify(body) }),
  };
  const response = await fetch(url, init).catch(() => {
    throw new ConfigurationError("No mock responds there. Start it: npx juniper-fulfillment mock --control");
  });
  if (response.status === 204) return undefined as Result;
  const result: unknown = await response.json().catch(() => undefined);
  if (response.ok) return result as Result;
  const { error } = Object(result) as { error?: unknown };
  throw typeof error === "string" ? new ConfigurationError(error) : noMock();
}

function noMock(): ConfigurationError {
  return new ConfigurationError(
    "What listens there is no mock, or can't be driven. Start it with --control.",
  );
}
