export type { CorrectionId } from "./generated/corrections.ts";
export { paginatedPaths } from "./generated/pagination.ts";
export * from "./generated/schema.ts";
export { type AuthMiddleware, authMiddleware } from "./wrapper/auth.ts";
export {
  createFulfillmentClient,
  createTokenSource,
  type FulfillmentClient,
  type Middleware,
  type TokenSourceOptions,
} from "./wrapper/client.ts";
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
  OutcomeUnknownError,
  RateLimitError,
  TimeoutError,
  UnexpectedResponseError,
  ValidationError,
  type WebhookRefusal,
  WebhookVerificationError,
} from "./wrapper/errors.ts";
export type { AttemptInfo, Hooks } from "./wrapper/hooks.ts";
export { type Ledger, memoryLedger } from "./wrapper/ledger.ts";
export type { LookupOptions } from "./wrapper/lookup.ts";
export {
  type CallLimitOptions,
  type Credentials,
  type Environment,
  type EnvironmentOptions,
  type FulfillmentClientOptions,
  fromEnv,
  type NodeOptions,
  type TokenStore,
} from "./wrapper/options.ts";
export {
  type Page,
  type PageClient,
  type PageItem,
  type PaginatedPath,
  type PaginateOptions,
  type Pagination,
  paginate,
} from "./wrapper/paginate.ts";
export { type Result, unwrap } from "./wrapper/result.ts";
export {
  type OrderClient,
  type SubmitOrderOptions,
  type SubmitOrderResult,
  submitOrder,
} from "./wrapper/submit-order.ts";
export {
  type OrderSubmission,
  type SubmitOrdersOptions,
  type SubmitOrdersOutcome,
  type SubmitOrdersProgress,
  submitOrders,
} from "./wrapper/submit-orders.ts";
export type { TokenSource } from "./wrapper/token-source.ts";
export type { WebhookSecret } from "./wrapper/webhooks/secrets.ts";
export { type SignWebhookOptions, signWebhook } from "./wrapper/webhooks/sign-webhook.ts";
export {
  type VerifyWebhookOptions,
  verifyWebhook,
  type WebhookEvent,
} from "./wrapper/webhooks/verify-webhook.ts";
export {
  type WebhookDelivery,
  type WebhookHandlerOptions,
  webhookHandler,
} from "./wrapper/webhooks/webhook-handler.ts";
export type { WebhookStore } from "./wrapper/webhooks/webhook-store.ts";
