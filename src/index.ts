export type { CorrectionId } from "./generated/corrections.ts";
export { paginatedPaths } from "./generated/pagination.ts";
// Its own name is that of an option of webhookHandler.
export type { WebhookSecret as PartnerWebhookSecret } from "./generated/schema.ts";
export * from "./generated/schema.ts";
export {
  type CancelClient,
  type CancelOrderOptions,
  type CancelOrderResult,
  cancelOrder,
} from "./orders/cancel-order.ts";
export { orderChanges } from "./orders/changes.ts";
export type { OrderChangesOptions } from "./orders/changes-options.ts";
export type { ChangesStore } from "./orders/changes-state.ts";
export { type Ledger, memoryLedger } from "./orders/ledger.ts";
export {
  type ListUnsettledOptions,
  listUnsettledOrders,
  type UnsettledOrder,
} from "./orders/list-unsettled.ts";
export type { LookupOptions } from "./orders/lookup.ts";
export type { OrderClient } from "./orders/order-client.ts";
export { type SettledOrder, type SettleOrderOptions, settleOrder } from "./orders/settle-order.ts";
export type { SubmitOrderOptions, SubmitOrderResult } from "./orders/submit-options.ts";
export { submitOrder } from "./orders/submit-order.ts";
export { submitOrders } from "./orders/submit-orders.ts";
export type {
  OrderSubmission,
  SubmitOrdersOptions,
  SubmitOrdersOutcome,
  SubmitOrdersProgress,
} from "./orders/submit-orders-options.ts";
export { type WaitForOrderOptions, waitForOrder } from "./orders/waiting.ts";
export {
  type Page,
  type PageClient,
  type PageItem,
  type PaginatedPath,
  type PaginateOptions,
  type Pagination,
  paginate,
} from "./pagination/paginate.ts";
export {
  type SettingsClient,
  type UpdatePartnerSettingsOptions,
  type UpdatePartnerSettingsResult,
  updatePartnerSettings,
} from "./settings/update-partner-settings.ts";
export type { WebhookSecret } from "./webhooks/secrets.ts";
export { type SignWebhookOptions, signWebhook } from "./webhooks/sign-webhook.ts";
export {
  type VerifyWebhookOptions,
  verifyWebhook,
  type WebhookEvent,
} from "./webhooks/verify-webhook.ts";
export { webhookHandler } from "./webhooks/webhook-handler.ts";
export type { WebhookDelivery, WebhookHandlerOptions } from "./webhooks/webhook-handler-options.ts";
export type { WebhookStore } from "./webhooks/webhook-store.ts";
export { type AuthMiddleware, authMiddleware } from "./wrapper/auth/auth-middleware.ts";
export { createTokenSource, type TokenSourceOptions } from "./wrapper/auth/create-token-source.ts";
export type { TokenSource } from "./wrapper/auth/token-source.ts";
export type { CallMethod, RequestMethod } from "./wrapper/call-types.ts";
export { createFulfillmentClient, type FulfillmentClient, type Middleware } from "./wrapper/client.ts";
export { describeIssues } from "./wrapper/describe-issues.ts";
export { type Environment, type EnvironmentOptions, fromEnv } from "./wrapper/environment.ts";
export {
  ApiError,
  AuthenticationError,
  type CallInfo,
  ConfigurationError,
  ConnectionError,
  FulfillmentError,
  InvalidRequestError,
  type Issue,
  NotFoundError,
  OrderCancelledError,
  OutcomeUnknownError,
  RateLimitError,
  ReferenceInUseError,
  TimeoutError,
  UnexpectedResponseError,
  ValidationError,
  type WebhookRefusal,
  WebhookVerificationError,
} from "./wrapper/errors.ts";
export type { AttemptInfo, CallEvent, CallOutcome, Hooks } from "./wrapper/hooks.ts";
export { type CallLogger, logCalls } from "./wrapper/log-calls.ts";
export { isOneOf, matchStatus, type StatusCases } from "./wrapper/match-status.ts";
export type {
  CallLimitOptions,
  Credentials,
  FulfillmentClientOptions,
  NodeOptions,
} from "./wrapper/options.ts";
export { pinoPaths } from "./wrapper/privacy/pino-paths.ts";
export { redact } from "./wrapper/privacy/redact.ts";
export { type Result, unwrap } from "./wrapper/result.ts";
export type { Store, TokenStore } from "./wrapper/store.ts";
