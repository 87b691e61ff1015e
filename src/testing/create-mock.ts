import { documents as compiled } from "../generated/mock-documents.ts";
import { checkNames } from "../wrapper/check-names.ts";
import { createCompiledDocument } from "./compiled-document.ts";
import { createFetchMock, type Mock, type MockOptions } from "./mock.ts";
import { createExamples, type Documents } from "./service.ts";
import {
  createStatefulParts,
  type StatefulMock,
  type StatefulMockOptions,
  statefulOptionNames,
} from "./stateful-mock.ts";

/**
 * Creates a mock of the Order Fulfillment API in this process that keeps state, without a port: the mock of
 * {@link startMockServer}, with a `fetch` in place of a server.
 *
 * @param options Its seed, clock, catalogue and limits.
 * @returns The mock.
 * @throws {ConfigurationError} when an option can't work.
 * @example
 * ```ts
 * import { createFulfillmentClient, type OrderRequest, unwrap, webhookHandler } from "juniper-fulfillment";
 * import { createMock } from "juniper-fulfillment/testing";
 *
 * declare const body: OrderRequest;
 * const receiveWebhook = webhookHandler({
 *   secret: async () => unwrap(await client.GET("/partners/settings/webhook-secret")).webhookSecret ?? "",
 *   onEvent: ({ order }) => console.log(order.status),
 * });
 * const mock = createMock({ stateful: true, receiveWebhook });
 * const client = createFulfillmentClient(mock.clientOptions);
 * await client.PATCH("/partners/settings", { body: { webhookUrl: "https://example.com/webhooks" } });
 * const order = unwrap(await client.POST("/orders", { body }));
 * await mock.advance(order.id, "SHIPPED");
 * ```
 */
export function createMock(options: StatefulMockOptions): StatefulMock;
/**
 * Creates a mock of the Order Fulfillment API in this process, without a port and without Prism, for unit tests: its
 * `fetch` responds like the server of {@link startMockServer}. Its responses are the document's examples, the same
 * every time; with `stateful: true` it keeps what it is sent.
 *
 * It checks requests against the same document. Only `Prefer: dynamic=true` needs the server.
 *
 * @param options A callback for each request.
 * @returns The mock.
 * @throws {ConfigurationError} when an option can't work.
 * @example
 * ```ts
 * import { createFulfillmentClient, fromEnv, unwrap } from "juniper-fulfillment";
 * import { createMock } from "juniper-fulfillment/testing";
 *
 * const mock = createMock();
 * const client = createFulfillmentClient(mock.clientOptions);
 * console.log(unwrap(await client.GET("/shipping-methods")));
 * // Code that makes its client itself is only given the fetch.
 * console.log(await createFulfillmentClient({ ...fromEnv(), fetch: mock.fetch }).GET("/products"));
 * mock.expectNoViolations();
 * ```
 */
export function createMock(options?: MockOptions): Mock;
export function createMock(options: MockOptions | StatefulMockOptions = {}): Mock {
  checkNames<StatefulMockOptions>("createMock", options, statefulOptionNames);
  const documents: Documents = {
    api: createCompiledDocument(compiled.api),
    auth: createCompiledDocument(compiled.auth),
  };
  if (!isStateful(options)) return createFetchMock(createExamples(documents), options);
  const receiveWebhook = options.receiveWebhook ?? sendHere;
  const { service, complete } = createStatefulParts(documents, { ...options, receiveWebhook });
  return complete(createFetchMock(service, options));
}

/** A test that has copied its real settings must not reach their receiver. */
async function sendHere(request: Request): Promise<Response> {
  const { hostname } = new URL(request.url);
  if (/^(localhost|127(\.\d+){3}|\[::1\])$/.test(hostname)) return fetch(request);
  throw new Error(
    "createMock delivers webhooks to this machine alone. Pass receiveWebhook, or start a server.",
  );
}

function isStateful(options: MockOptions): options is StatefulMockOptions {
  return options.stateful === true;
}
