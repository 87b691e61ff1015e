import { checkWhole } from "../wrapper/check-whole.ts";
import { Exchange } from "./exchange.ts";
import type { Fault } from "./fault-scripts.ts";
import { createMockFetch, type MockFetch } from "./mock-fetch.ts";
import { startMockHttpServer } from "./mock-http-server.ts";
import type { MockOperation } from "./operations.ts";
import { expectNoViolations, type RecordedRequest } from "./recorded-requests.ts";
import { basePath, type Control, type Service, tokenPath } from "./service.ts";
import { mockCredentials } from "./token-endpoint.ts";

/**
 * The options of {@link createMock}.
 *
 * @example
 * ```ts
 * import { createMock, type MockOptions } from "juniper-fulfillment/testing";
 *
 * const options: MockOptions = { onRequest: ({ method, path, status }) => console.log(method, path, status) };
 * const mock = createMock(options);
 * await mock.close();
 * ```
 */
export interface MockOptions {
  /**
   * Called with each request when its response is ready. What it throws, such as a failed assertion, does not change the
   * response: it is an uncaught exception of this process, with which the test fails.
   * @default none
   */
  onRequest?: ((request: RecordedRequest) => void) | undefined;
  /**
   * Whether the mock keeps state: it stores what it is sent, and acts on it.
   * @default false
   */
  stateful?: boolean | undefined;
}

/**
 * The options of {@link startMockServer}.
 *
 * @example
 * ```ts
 * import { type MockServerOptions, startMockServer } from "juniper-fulfillment/testing";
 *
 * const options: MockServerOptions = {
 *   port: 4010,
 *   onRequest: ({ method, path, status }) => console.log(method, path, status),
 * };
 * const mock = await startMockServer(options);
 * await mock.close();
 * ```
 */
export interface MockServerOptions extends MockOptions {
  /**
   * The port on 127.0.0.1.
   * @default 0 (any free one)
   */
  port?: number | undefined;
  /**
   * Whether other processes may drive it over HTTP, under `/__mock`, as {@link connectMock} does.
   * @default false
   */
  control?: boolean | undefined;
}

/**
 * The options with which a client sends its requests to a mock on a port.
 *
 * @example
 * ```ts
 * import { createFulfillmentClient } from "juniper-fulfillment";
 * import { type MockServerClientOptions, startMockServer } from "juniper-fulfillment/testing";
 *
 * const mock = await startMockServer();
 * const options: MockServerClientOptions = mock.clientOptions;
 * const client = createFulfillmentClient({ ...options, maxRetries: 0 });
 * console.log(await client.GET("/products"));
 * await mock.close();
 * ```
 */
export interface MockServerClientOptions {
  /** The only one that a stateful mock accepts. */
  readonly clientId: string;
  /** The only one that a stateful mock accepts. */
  readonly clientSecret: string;
  /** The same as the mock's. */
  readonly baseUrl: string;
  /** The same as the mock's. */
  readonly tokenUrl: string;
}

/**
 * The options with which a client sends its requests to a mock in this process.
 *
 * @example
 * ```ts
 * import { createFulfillmentClient } from "juniper-fulfillment";
 * import { createMock, type MockClientOptions } from "juniper-fulfillment/testing";
 *
 * const options: MockClientOptions = createMock().clientOptions;
 * const client = createFulfillmentClient({ ...options, maxRetries: 0 });
 * console.log(await client.GET("/products"));
 * ```
 */
export interface MockClientOptions extends MockServerClientOptions {
  /** The mock's own. */
  readonly fetch: MockFetch;
}

/**
 * A running mock of the API and its token endpoint.
 *
 * @example
 * ```ts
 * import { type MockServer, startMockServer } from "juniper-fulfillment/testing";
 *
 * const mock: MockServer = await startMockServer();
 * console.log(mock.baseUrl);
 * await mock.close();
 * ```
 */
export interface MockServer {
  /** The API's address, with its base path. */
  readonly baseUrl: string;
  /** The token endpoint's address. */
  readonly tokenUrl: string;
  /** The options to pass to `createFulfillmentClient`. */
  readonly clientOptions: MockServerClientOptions;
  /** Every request so far, in the order of their responses. Empty it with `requests.length = 0`. */
  readonly requests: RecordedRequest[];
  /**
   * Throws when a request so far, or its response, breaks the published document.
   * @throws {Error} with each such request and what is wrong with it.
   */
  expectNoViolations(): void;
  /**
   * Makes the next requests of an operation fail: each fault applies to one of them, or to `times` of them, in order.
   * @throws {ConfigurationError} for an unknown operation, and for an invalid fault.
   */
  fault(operation: MockOperation, ...faults: readonly Fault[]): void;
  /** Discards the faults that have not been applied yet. */
  clearFaults(): void;
  /** Stops the mock and closes its connections. A second call does nothing. */
  close(): Promise<void>;
}

/**
 * A mock of the API and its token endpoint in this process, without a port.
 *
 * @example
 * ```ts
 * import { createMock, type Mock } from "juniper-fulfillment/testing";
 *
 * const mock: Mock = createMock();
 * console.log((await mock.fetch(`${mock.baseUrl}/products`)).status);
 * ```
 */
export interface Mock extends MockServer {
  /**
   * Responds to a request as the API would. Only the path matters, not the host. The request leaves this process as
   * little as its response does; webhooks do, to a `webhookUrl` of this machine, unless `receiveWebhook` takes them.
   *
   * @param input A request or a URL, as for fetch.
   * @param init The options, as for fetch.
   * @returns The response.
   * @throws {Error} a `TypeError`, as fetch does, when a fault cuts the connection, and after `close`.
   */
  readonly fetch: MockFetch;
  /** The options to pass to `createFulfillmentClient`. */
  readonly clientOptions: MockClientOptions;
}

/** What {@link startMock} makes a mock from, beside its service. */
export interface MockParts<Complete extends MockServer> {
  /** Adds to the mock what its kind has beside. */
  readonly complete: (mock: MockServer) => Complete;
  /** Makes what lets the mock be driven over HTTP, where it is to be. */
  readonly createControl: ((mock: Complete) => Control) | undefined;
}

/** Serves a service on a port. */
export async function startMock<Complete extends MockServer>(
  service: Service,
  { port = 0, onRequest }: MockServerOptions,
  { complete, createControl }: MockParts<Complete>,
): Promise<Complete> {
  checkWhole("port", port, 0, 65_535);
  const exchange = new Exchange(service, onRequest);
  let respondToControl: Control | undefined;
  const control: Control = async (request) => respondToControl?.(request);
  const server = await startMockHttpServer({ port, exchange, control });
  const mock = complete(mockOf(exchange, server.origin, () => server.close()));
  respondToControl = createControl?.(mock);
  return mock;
}

/** A host that can't be (RFC 6761, section 6.4): a client that was not given the mock's fetch reaches nothing. */
const unreachable = "https://mock.juniper-fulfillment.invalid";

/** Serves a service through a function. */
export function createFetchMock(service: Service, { onRequest }: MockOptions): Mock {
  const exchange = new Exchange(service, onRequest);
  const mock = mockOf(exchange, unreachable, async () => exchange.close());
  const fetch = createMockFetch(exchange);
  return { ...mock, fetch, clientOptions: { ...mock.clientOptions, fetch } };
}

function mockOf(exchange: Exchange, origin: string, close: () => Promise<void>): MockServer {
  const { requests, faults } = exchange;
  const urls = { baseUrl: `${origin}${basePath}`, tokenUrl: `${origin}${tokenPath}` };
  return {
    ...urls,
    clientOptions: { ...mockCredentials, ...urls },
    requests,
    expectNoViolations: () => expectNoViolations(requests),
    fault: (operation, ...added) => faults.add(operation, added),
    clearFaults: () => faults.clear(),
    close,
  };
}
