import type { RefusalDetail } from "./backend/order-refusals.ts";
import type { StoredOrderStatus } from "./backend/orders.ts";
import type { Fault } from "./fault-scripts.ts";
import type { MockServer } from "./mock.ts";
import { createRouter, type MockOperation } from "./operations.ts";
import type { MockResponse } from "./served-document.ts";
import type { Control } from "./service.ts";
import type { StatefulMockServer } from "./stateful-mock.ts";

/** Where other processes drive a mock: a path that the API can't have, since each of its own begins with `/v1`. */
export const controlPath = "/__mock";

type Handlers<Mock> = Readonly<
  Record<
    string,
    (mock: Mock, body: Record<string, unknown>, parameters: Readonly<Record<string, string>>) => unknown
  >
>;

const forEveryMock: Handlers<MockServer> = {
  "GET /": ({ baseUrl, tokenUrl, clientOptions }) => ({ baseUrl, tokenUrl, clientOptions }),
  "GET /requests": ({ requests }) => requests,
  "DELETE /requests": ({ requests }) => {
    requests.length = 0;
  },
  // The mock checks both, and its message lists what there is.
  "POST /faults": (mock, { operation, faults }) =>
    mock.fault(operation as MockOperation, ...([faults].flat() as Fault[])),
  "DELETE /faults": (mock) => mock.clearFaults(),
};

/** What only a mock that keeps what it is sent can be asked for. */
const forStatefulMocks: Handlers<StatefulMockServer> = {
  "GET /orders": ({ orders }) => orders,
  "POST /orders/{orderId}/advance": (mock, { status, ...options }, { orderId = "" }) =>
    mock.advance(orderId, status as StoredOrderStatus, options),
  "GET /deliveries": ({ deliveries }) => deliveries,
  "POST /deliveries/held": (mock, { reverse }) => mock.deliverHeld({ reverse: reverse === true }),
  "POST /deliveries/settled": (mock) => mock.settled(),
  "GET /tokens": ({ tokensIssued }) => ({ tokensIssued }),
  "DELETE /tokens": (mock) => mock.revokeTokens(),
};

/** Refusals, each with a number by which it is ended. The mock checks what it is told. */
function refusalHandlers(): Handlers<StatefulMockServer> {
  const ends = new Map<string, () => void>();
  return {
    "POST /refusals": (mock, { productId, detail }) => {
      const refusal = String(ends.size + 1);
      ends.set(refusal, mock.refuse(productId as number, detail as RefusalDetail | undefined));
      return { refusal };
    },
    "DELETE /refusals/{refusal}": (_mock, _body, { refusal = "" }) => ends.get(refusal)?.(),
  };
}

/**
 * Lets a mock be driven over HTTP. What it makes resolves to undefined for a request that is not below
 * {@link controlPath}. A request that a browser sends on behalf of a page is refused: no page is to drive the mock.
 */
export function createControl(mock: MockServer | StatefulMockServer): Control {
  const handlers: Handlers<never> =
    "advance" in mock ? { ...forEveryMock, ...forStatefulMocks, ...refusalHandlers() } : forEveryMock;
  const operations = Object.keys(handlers);
  const route = createRouter(operations);
  return async ({ method, url: { path }, headers, body }) => {
    if (path !== controlPath && !path.startsWith(`${controlPath}/`)) return undefined;
    if (headers.origin !== undefined) return json(403, { error: "Pages may not drive the mock." });
    const found = route(method, path.slice(controlPath.length) || "/");
    if (found === undefined) {
      const has = operations.map((operation) => operation.replace(" ", ` ${controlPath}`));
      return json(404, { error: `The mock has no ${method} ${path}.`, has });
    }
    try {
      // Each handler takes the mock that it stands with.
      const result = await handlers[found.operation]?.(mock as never, Object(body ?? {}), found.parameters);
      return result === undefined ? { ...json(204), body: undefined } : json(200, result);
    } catch (error) {
      return json(400, { error: error instanceof Error ? error.message : String(error) });
    }
  };
}

function json(status: number, body?: unknown): MockResponse {
  return { status, headers: { "content-type": "application/json" }, body, violations: [] };
}
