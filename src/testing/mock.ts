import { type Fault, FaultScripts } from "./fault-scripts.ts";
import { startMockHttpServer } from "./mock-http-server.ts";
import type { MockOperation } from "./operations.ts";
import { expectNoViolations, type RecordedRequest } from "./recorded-requests.ts";
import { basePath, type Control, type Service, tokenPath } from "./service.ts";
import { mockCredentials } from "./token-endpoint.ts";

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
export interface MockServerOptions {
  /**
   * The port on 127.0.0.1.
   * @default 0 (any free one)
   */
  port?: number | undefined;
  /** Called with each request when its response is ready. */
  onRequest?: ((request: RecordedRequest) => void) | undefined;
  /**
   * Whether it keeps state: stores what it is sent, and acts on it.
   * @default false
   */
  stateful?: boolean | undefined;
  /**
   * Whether other processes may drive it over HTTP, below `/__mock`. {@link connectMock} does.
   * @default false
   */
  control?: boolean | undefined;
}

/**
 * A running mock of the API and its token endpoint.
 */
export interface MockServer {
  /** The API's address, with its base path. */
  readonly baseUrl: string;
  /** The token endpoint's address. */
  readonly tokenUrl: string;
  /** What to pass to `createFulfillmentClient`. */
  readonly clientOptions: {
    /** The only one that a stateful mock accepts. */
    readonly clientId: string;
    /** The only one that a stateful mock accepts. */
    readonly clientSecret: string;
    /** The same as the mock's. */
    readonly baseUrl: string;
    /** The same as the mock's. */
    readonly tokenUrl: string;
  };
  /** Every request so far, in the order of their responses. Empty it with `requests.length = 0`. */
  readonly requests: RecordedRequest[];
  /**
   * Throws when a request so far, or the response to it, was not one that the published document allows.
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
  /** Stops the server and closes its connections. */
  close(): Promise<void>;
}

/** What {@link startMock} makes a mock from, beside its service. */
export interface MockParts<Mock extends MockServer> {
  /** Adds to the mock what its kind has beside. */
  readonly complete: (mock: MockServer) => Mock;
  /** Makes what lets the mock be driven over HTTP, where it is to be. */
  readonly createControl: ((mock: Mock) => Control) | undefined;
}

/** Serves a service on a port. */
export async function startMock<Mock extends MockServer>(
  service: Service,
  { port = 0, onRequest }: MockServerOptions,
  { complete, createControl }: MockParts<Mock>,
): Promise<Mock> {
  const requests: RecordedRequest[] = [];
  const faults = new FaultScripts(service.operations);
  let respondToControl: Control | undefined;
  const server = await startMockHttpServer({
    port,
    service,
    faults,
    control: async (request) => respondToControl?.(request),
    onRequest(request) {
      requests.push(request);
      onRequest?.(request);
    },
  });
  const urls = { baseUrl: `${server.origin}${basePath}`, tokenUrl: `${server.origin}${tokenPath}` };
  const mock = complete({
    ...urls,
    clientOptions: { ...mockCredentials, ...urls },
    requests,
    expectNoViolations: () => expectNoViolations(requests),
    fault: (operation, ...added) => faults.add(operation, added),
    clearFaults: () => faults.clear(),
    close: () => server.close(),
  });
  respondToControl = createControl?.(mock);
  return mock;
}
