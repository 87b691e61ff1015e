export type { RefusalDetail, RefusedOrders } from "./backend/order-refusals.ts";
export type { StoredCustomer, StoredOrder, StoredOrderStatus, StoredRequest } from "./backend/orders.ts";
export type { RefusedField } from "./backend/refusal.ts";
export { type ConnectedMock, connectMock } from "./connect-mock.ts";
export { createMock } from "./create-mock.ts";
export type { DeliveryOptions, DeliveryResult, WebhookReceiver } from "./deliveries.ts";
export type {
  CommitThenDropFault,
  DelayFault,
  Fault,
  ResetFault,
  StatusFault,
} from "./fault-scripts.ts";
export type {
  Mock,
  MockClientOptions,
  MockOptions,
  MockServer,
  MockServerClientOptions,
  MockServerOptions,
} from "./mock.ts";
export type { MockFetch } from "./mock-fetch.ts";
export { startMockServer } from "./mock-server.ts";
export type { ApiOperation, MockOperation } from "./operations.ts";
export type { RecordedRequest } from "./recorded-requests.ts";
export type {
  AdvanceOptions,
  StatefulMock,
  StatefulMockOptions,
  StatefulMockServer,
  StatefulMockServerOptions,
} from "./stateful-mock.ts";
