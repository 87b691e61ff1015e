import { fileURLToPath } from "node:url";
import { checkNames } from "../wrapper/check-names.ts";
import { createControl } from "./control.ts";
import { type MockServer, type MockServerOptions, startMock } from "./mock.ts";
import { createPrism } from "./prism.ts";
import { createExamples, type Documents } from "./service.ts";
import {
  createStatefulParts,
  type StatefulMockServer,
  type StatefulMockServerOptions,
  statefulOptionNames,
} from "./stateful-mock.ts";

/**
 * Starts a mock of the Order Fulfillment API in this process that keeps state: a small fulfilment backend
 * behind the same validation.
 *
 * - Orders and protocols can be read, listed with the newest first, changed, cancelled and deleted. Settings persist.
 * - Amounts add up, from the catalogue's prices, the partner's discount and the shipping.
 * - An order can be cancelled while it is NEW or CREATED, our reading of the vendor's sentence.
 * - It issues tokens to its own client only, and accepts no other tokens.
 * - `advance` moves an order to another status and delivers a signed webhook.
 *
 * It needs the package `@stoplight/prism-cli`.
 *
 * @param options Its seed, clock, catalogue and limits.
 * @returns The running server.
 * @throws {ConfigurationError} when Prism is not installed, or an option can't work.
 * @example
 * ```ts
 * import { createFulfillmentClient, type OrderRequest, unwrap } from "juniper-fulfillment";
 * import { startMockServer } from "juniper-fulfillment/testing";
 *
 * declare const body: OrderRequest;
 * const mock = await startMockServer({ stateful: true });
 * const client = createFulfillmentClient(mock.clientOptions);
 * await client.PATCH("/partners/settings", { body: { webhookUrl: "http://127.0.0.1:3000/webhooks" } });
 * const order = unwrap(await client.POST("/orders", { body }));
 * await mock.advance(order.id, "SHIPPED", { duplicates: 1 });
 * mock.fault("POST /orders", { commitThenDrop: true }, { status: 429, retryAfterSeconds: 1 });
 * ```
 */
export async function startMockServer(options: StatefulMockServerOptions): Promise<StatefulMockServer>;
/**
 * Starts a mock of the Order Fulfillment API in this process: Prism serving the published document, and the token
 * endpoint, on one port. Its responses are the document's examples, the same every time, so `submitOrder` takes them
 * for another order: test it with `stateful: true`. It needs the package `@stoplight/prism-cli`.
 *
 * A request that the document does not allow gets the declared error. What was wrong with it is in the response's
 * `sl-violations` header, in `requests`, and in the error of `expectNoViolations`. Ask for a declared status with the
 * header `Prefer: code=422`.
 *
 * @param options The port, if it matters.
 * @returns The running server.
 * @throws {ConfigurationError} when Prism is not installed, or an option can't work.
 * @example
 * ```ts
 * import { createFulfillmentClient, unwrap } from "juniper-fulfillment";
 * import { startMockServer } from "juniper-fulfillment/testing";
 *
 * const mock = await startMockServer();
 * const client = createFulfillmentClient(mock.clientOptions);
 * console.log(unwrap(await client.GET("/shipping-methods")));
 * mock.expectNoViolations();
 * await mock.close();
 * ```
 */
export async function startMockServer(options?: MockServerOptions): Promise<MockServer>;
export async function startMockServer(
  options: MockServerOptions | StatefulMockServerOptions = {},
): Promise<MockServer> {
  checkNames<StatefulMockServerOptions>("startMockServer", options, {
    ...statefulOptionNames,
    port: true,
    control: true,
  });
  const documents = await loadDocuments();
  const control = options.control === true ? createControl : undefined;
  if (!isStateful(options)) {
    return startMock(createExamples(documents), options, {
      complete: (mock) => mock,
      createControl: control,
    });
  }
  const { service, complete } = createStatefulParts(documents, options);
  return startMock(service, options, { complete: (mock) => complete(mock), createControl: control });
}

function isStateful(options: MockServerOptions): options is StatefulMockServerOptions {
  return options.stateful === true;
}

async function loadDocuments(): Promise<Documents> {
  const [api, auth] = await Promise.all([
    createPrism(documentPath("wire.yaml")),
    createPrism(documentPath("auth.yaml")),
  ]);
  return { api, auth };
}

/** The package has the documents next to `dist/` and `src/`. */
function documentPath(name: string): string {
  return fileURLToPath(new URL(`../../openapi/${name}`, import.meta.url));
}
