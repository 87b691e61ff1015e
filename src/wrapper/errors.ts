import type { Order } from "../generated/schema.ts";
import { type Issue, readErrorBody } from "./error-body.ts";
import { knownFields } from "./issue-field.ts";
import { maxTimerMs } from "./max-timer.ts";
import { parseRetryAfter } from "./retry-after.ts";

/**
 * Every error that the package throws.
 *
 * - Messages hold the method, the templated path, the status and the request id. They never hold a URL, a body,
 *   a token or anything about a customer, and neither do the enumerable properties: what the server said
 *   (`detail`, `issues`, `body`, `response`, `candidates`) is private behind a getter, and so left out of logs.
 * - `instanceof` works across two copies of the package, by a brand from the global symbol registry.
 */

/**
 * The call that an error belongs to.
 *
 * @example
 * ```ts
 * import type { CallInfo } from "juniper-fulfillment";
 *
 * const operationOf = ({ method, path }: CallInfo): string => `${method} ${path}`;
 * console.log(operationOf({ method: "GET", path: "/orders/{orderId}" }));
 * ```
 */
export interface CallInfo {
  /** The method in upper case, such as `GET`. */
  readonly method: string;
  /** The templated path, such as `/orders/{orderId}`. */
  readonly path: string;
}

export type { Issue };

/** Where an error holds the brands of its classes: its own, and those of the classes that it extends. */
const brandsKey = Symbol.for("juniper-fulfillment.brands");

/**
 * The base of every error that the package throws.
 *
 * @example
 * ```ts
 * import { FulfillmentError, createFulfillmentClient, fromEnv, unwrap } from "juniper-fulfillment";
 *
 * const client = createFulfillmentClient(fromEnv());
 * try {
 *   unwrap(await client.GET("/shipping-methods"));
 * } catch (error) {
 *   if (error instanceof FulfillmentError) console.error(error.code, error.message);
 *   else throw error;
 * }
 * ```
 */
export abstract class FulfillmentError extends Error {
  /** The name of the class. */
  abstract override readonly name: string;
  /** What happened, as a code that stays the same across versions. */
  abstract readonly code: string;

  /** @internal Known by a string, and not by an object, so that bundlers can leave out the classes that nobody uses. */
  static readonly brand: string = "FulfillmentError";

  /** @internal */
  static override [Symbol.hasInstance](value: unknown): boolean {
    // `this` is the class on the right of `instanceof`. A user's own subclass has no brand.
    // biome-ignore-start lint/complexity/noThisInStatic: it differs from FulfillmentError in every subclass.
    if (!Object.hasOwn(this, "brand")) return Function.prototype[Symbol.hasInstance].call(this, value);
    if (typeof value !== "object" || value === null || !(brandsKey in value)) return false;
    return (value as { [brandsKey]: readonly string[] })[brandsKey].includes(this.brand);
    // biome-ignore-end lint/complexity/noThisInStatic: as above.
  }
}
Object.defineProperty(FulfillmentError.prototype, brandsKey, {
  get(this: FulfillmentError): readonly string[] {
    const brands: string[] = [];
    let type: unknown = this.constructor;
    for (; typeof type === "function"; type = Object.getPrototypeOf(type)) {
      if (Object.hasOwn(type, "brand")) brands.push((type as typeof FulfillmentError).brand);
    }
    return brands;
  },
});

/**
 * An option is missing or can't work. Nothing was sent.
 *
 * @example
 * ```ts
 * import { ConfigurationError, createFulfillmentClient } from "juniper-fulfillment";
 *
 * try {
 *   createFulfillmentClient({ clientId: "your-client-id", clientSecret: "" });
 * } catch (error) {
 *   if (error instanceof ConfigurationError) console.error(error.message);
 * }
 * ```
 */
export class ConfigurationError extends FulfillmentError {
  /** @internal */
  static override readonly brand: string = "ConfigurationError";
  override readonly name = "ConfigurationError";
  override readonly code = "CONFIGURATION";
}

/**
 * A request that the API would reject or that would reach another endpoint. It was not sent.
 *
 * @example
 * ```ts
 * import { createFulfillmentClient, fromEnv, InvalidRequestError } from "juniper-fulfillment";
 *
 * const client = createFulfillmentClient(fromEnv());
 * try {
 *   await client.GET("/orders/{orderId}", { params: { path: { orderId: ".." } } });
 * } catch (error) {
 *   if (error instanceof InvalidRequestError) console.error(error.message, error.issues);
 * }
 * ```
 */
export class InvalidRequestError extends FulfillmentError {
  /** @internal */
  static override readonly brand: string = "InvalidRequestError";
  override readonly name: string = "InvalidRequestError";
  override readonly code: "INVALID_REQUEST" | "REFERENCE_IN_USE" = "INVALID_REQUEST";
  readonly #issues: readonly Issue[];

  /** @internal */
  constructor(message: string, issues: readonly Issue[] = [], cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.#issues = issues;
  }

  /** What is wrong and where, in your spelling. Left out of logs. */
  get issues(): readonly Issue[] {
    return this.#issues;
  }
}

/**
 * {@link submitOrder} was called with the reference of another order. This call has placed nothing. Whether the other order
 * was placed, `outcome` tells: while it is `unknown`, a new reference for the same goods can be a second parcel.
 *
 * @example
 * ```ts
 * import { createFulfillmentClient, fromEnv, type OrderRequest, ReferenceInUseError, submitOrder } from "juniper-fulfillment";
 *
 * const client = createFulfillmentClient(fromEnv());
 * declare const corrected: OrderRequest;
 * try {
 *   await submitOrder(client, corrected, { reference: "2026-000123" });
 * } catch (error) {
 *   if (!(error instanceof ReferenceInUseError)) throw error;
 *   if (error.outcome === "placed") console.error("It is on its way:", error.orderId);
 *   else console.error("Settle the earlier order first.");
 * }
 * ```
 */
export class ReferenceInUseError extends InvalidRequestError {
  /** @internal */
  static override readonly brand: string = "ReferenceInUseError";
  override readonly name = "ReferenceInUseError";
  override readonly code = "REFERENCE_IN_USE";
  /** What became of the other order. An order that is just being sent is `unknown` too. */
  readonly outcome: "placed" | "unknown";
  /** The other order's `id`, if it was placed. */
  readonly orderId: string | undefined;

  /** @internal */
  constructor(orderId: string | undefined) {
    super(
      orderId === undefined
        ? "An earlier call used this reference for another order, which may or may not exist. Find out what became of it and settle it with settleOrder, before you submit a corrected one. Nothing was sent."
        : "An earlier call used this reference for another order, which was placed: see orderId. Give each order its own reference. Nothing was sent.",
    );
    this.outcome = orderId === undefined ? "unknown" : "placed";
    this.orderId = orderId;
  }
}

/** What an {@link ApiError} is made from. */
export interface ApiErrorInit extends CallInfo {
  readonly response: Response;
  readonly body: unknown;
  readonly now?: () => number;
  /** What to call the environment that was asked. */
  readonly asked?: string | undefined;
}

/**
 * A response whose status isn't 2xx.
 *
 * @example
 * ```ts
 * import { ApiError, createFulfillmentClient, fromEnv, unwrap } from "juniper-fulfillment";
 *
 * const client = createFulfillmentClient(fromEnv());
 * try {
 *   console.log(unwrap(await client.GET("/partners/settings")));
 * } catch (error) {
 *   if (!(error instanceof ApiError)) throw error;
 *   console.error(error.status, error.requestId, error.detail);
 * }
 * ```
 */
export class ApiError extends FulfillmentError {
  /** @internal */
  static override readonly brand: string = "ApiError";
  override readonly name: string = "ApiError";
  override readonly code: string = "API_ERROR";
  /** The method in upper case, such as `GET`. */
  readonly method: string;
  /** The templated path, such as `/orders/{orderId}`. */
  readonly path: string;
  /** The status of the response. */
  readonly status: number;
  /** The server's id of the request, if it sends one. */
  readonly requestId: string | undefined;
  /**
   * How long the server asks to wait before the next request, in milliseconds (RFC 9110, section 10.2.3), and at the most
   * what a timer can wait: 24 days.
   */
  readonly retryAfterMs: number | undefined;
  readonly #body: unknown;
  readonly #response: Response;

  /** @internal */
  constructor({ method, path, response, body, now }: ApiErrorInit, about = "") {
    const requestId = requestIdOf(response.headers);
    super(`${method} ${path} returned ${describeStatus(response.status, requestId)}${about}.`);
    this.method = method;
    this.path = path;
    this.status = response.status;
    this.requestId = requestId;
    const retryAfterMs = parseRetryAfter(response.headers.get("retry-after"), now);
    this.retryAfterMs = retryAfterMs && Math.min(retryAfterMs, maxTimerMs);
    this.#body = body;
    this.#response = response;
  }

  /** The server's sentence about what is wrong, read from any of the documented shapes (JH-08). Left out of logs. */
  get detail(): string | undefined {
    return readErrorBody(this.body).detail;
  }

  /** The issues that the server lists; empty when it lists none (JH-08). Left out of logs. */
  get issues(): readonly Issue[] {
    return readErrorBody(this.body).issues;
  }

  /** The body of the response: its parsed JSON, or the string itself when it isn't JSON. Left out of logs. */
  get body(): unknown {
    // A logger may read it of a copy, which has nothing that is left out of logs.
    return #body in this ? this.#body : undefined;
  }

  /** The response itself; its body has been read. Left out of logs. */
  get response(): Response {
    return (#response in this ? this.#response : undefined) as Response;
  }
}

/**
 * A 400 or 422 from the API, which rejected something in the request. `issues` says what and where, and {@link describeIssues}
 * puts that into sentences. The message gives the number of issues and the names of documented fields, never their
 * values.
 *
 * @example
 * ```ts
 * import { createFulfillmentClient, fromEnv, type ProtocolRequest, unwrap, ValidationError } from "juniper-fulfillment";
 *
 * const client = createFulfillmentClient(fromEnv());
 * declare const body: ProtocolRequest;
 * try {
 *   unwrap(await client.POST("/protocols", { body }));
 * } catch (error) {
 *   if (!(error instanceof ValidationError)) throw error;
 *   for (const { loc, type } of error.issues) console.error(loc.join("."), type);
 * }
 * ```
 */
export class ValidationError extends ApiError {
  /** @internal */
  static override readonly brand: string = "ValidationError";
  override readonly name = "ValidationError";
  override readonly code = "VALIDATION";

  /** @internal */
  constructor(init: ApiErrorInit) {
    super(init, aboutIssues(init));
  }
}

/** How many fields a message names. */
const maxFields = 5;

function aboutIssues(init: ApiErrorInit): string {
  const { issues } = readErrorBody(init.body);
  if (issues.length === 0) return "";
  const fields = knownFields(init, issues);
  const named = [...new Set(fields)].filter(Boolean).slice(0, maxFields);
  const others = fields.filter((field) => !named.includes(field)).length;
  const more = others === 0 ? "" : ` and ${others} more`;
  const where = named.length === 0 ? "" : `, in ${named.join(", ")}${more}`;
  return `: ${issues.length} issue${issues.length === 1 ? "" : "s"}${where}`;
}

/**
 * A 401 from the API, or an error of the token endpoint: the credentials or the access token are rejected. The message
 * says which environment was asked.
 *
 * @example
 * ```ts
 * import { AuthenticationError, createFulfillmentClient, fromEnv } from "juniper-fulfillment";
 *
 * const client = createFulfillmentClient(fromEnv());
 * try {
 *   await client.warmup();
 * } catch (error) {
 *   if (!(error instanceof AuthenticationError)) throw error;
 *   console.error("Check JUNIPER_CLIENT_ID and JUNIPER_CLIENT_SECRET.");
 * }
 * ```
 */
export class AuthenticationError extends ApiError {
  /** @internal */
  static override readonly brand: string = "AuthenticationError";
  override readonly name = "AuthenticationError";
  override readonly code = "AUTHENTICATION";

  /** @internal */
  constructor(init: ApiErrorInit) {
    // Credentials of another environment are the most common reason.
    super(init, init.asked && ` from ${init.asked}`);
  }
}

/**
 * A 404 from the API: there is no such order, protocol, product or secret. One from the token endpoint is an
 * {@link ApiError}.
 *
 * @example
 * ```ts
 * import { createFulfillmentClient, fromEnv, NotFoundError, unwrap } from "juniper-fulfillment";
 *
 * const client = createFulfillmentClient(fromEnv());
 * try {
 *   unwrap(await client.GET("/partners/settings/webhook-secret"));
 * } catch (error) {
 *   if (!(error instanceof NotFoundError)) throw error;
 *   console.log("Set a webhookUrl first.");
 * }
 * ```
 */
export class NotFoundError extends ApiError {
  /** @internal */
  static override readonly brand: string = "NotFoundError";
  override readonly name = "NotFoundError";
  override readonly code = "NOT_FOUND";
}

/**
 * A 429: too many requests, even after the retries. `retryAfterMs` says how long to wait, if the server does.
 *
 * @example
 * ```ts
 * import { createFulfillmentClient, fromEnv, RateLimitError, unwrap } from "juniper-fulfillment";
 *
 * const client = createFulfillmentClient(fromEnv());
 * try {
 *   unwrap(await client.GET("/orders"));
 * } catch (error) {
 *   if (!(error instanceof RateLimitError)) throw error;
 *   console.error("Try again in", error.retryAfterMs ?? 60_000, "ms.");
 * }
 * ```
 */
export class RateLimitError extends ApiError {
  /** @internal */
  static override readonly brand: string = "RateLimitError";
  override readonly name = "RateLimitError";
  override readonly code = "RATE_LIMIT";
}

/**
 * No response arrived, because no connection could be made or because it broke.
 *
 * @example
 * ```ts
 * import { ConnectionError, createFulfillmentClient, fromEnv } from "juniper-fulfillment";
 *
 * const client = createFulfillmentClient(fromEnv());
 * try {
 *   await client.GET("/products");
 * } catch (error) {
 *   if (!(error instanceof ConnectionError)) throw error;
 *   console.error("The API can't be reached. Try again later.");
 * }
 * ```
 */
export class ConnectionError extends FulfillmentError {
  /** @internal */
  static override readonly brand: string = "ConnectionError";
  override readonly name = "ConnectionError";
  override readonly code = "CONNECTION";
  /** The method in upper case, such as `GET`. */
  readonly method: string;
  /** The templated path, such as `/orders/{orderId}`. */
  readonly path: string;
  /** Whether the server may have acted on the request. Over HTTP/2 it can say that it hasn't. */
  readonly maybeSent: boolean;

  /** @internal */
  constructor({ method, path, maybeSent, cause }: CallInfo & { maybeSent: boolean; cause?: unknown }) {
    const what = maybeSent ? "lost its connection before the response was complete" : "could not connect";
    super(`${method} ${path} ${what}.`, { cause });
    this.method = method;
    this.path = path;
    this.maybeSent = maybeSent;
  }
}

/**
 * An attempt took longer than `timeoutMs`, the whole call longer than `deadlineMs`, or an order of
 * {@link submitOrders} waited longer than `giveUpAfterMs`.
 *
 * @example
 * ```ts
 * import { createFulfillmentClient, fromEnv, TimeoutError } from "juniper-fulfillment";
 *
 * const client = createFulfillmentClient({ ...fromEnv(), timeoutMs: 5_000 });
 * try {
 *   await client.GET("/products");
 * } catch (error) {
 *   if (!(error instanceof TimeoutError)) throw error;
 *   console.error(error.limit, error.limitMs);
 * }
 * ```
 */
export class TimeoutError extends FulfillmentError {
  /** @internal */
  static override readonly brand: string = "TimeoutError";
  override readonly name = "TimeoutError";
  override readonly code = "TIMEOUT";
  /** The method in upper case, such as `GET`. */
  readonly method: string;
  /** The templated path, such as `/orders/{orderId}`. */
  readonly path: string;
  /** The limit that was exceeded, in milliseconds. */
  readonly limitMs: number;
  /** Which limit it was. */
  readonly limit: "timeoutMs" | "deadlineMs" | "giveUpAfterMs";

  /** @internal */
  constructor({
    method,
    path,
    limit,
    limitMs,
  }: CallInfo & { limit: TimeoutError["limit"]; limitMs: number }) {
    super(`${method} ${path} took longer than ${limit}, which is ${limitMs} ms.`);
    this.method = method;
    this.path = path;
    this.limit = limit;
    this.limitMs = limitMs;
  }
}

/**
 * A write that the server may have carried out, though no usable response arrived. Look before you send it again:
 * the API has no idempotency keys, and a second POST is a second order.
 *
 * @example
 * ```ts
 * import { createFulfillmentClient, fromEnv, OutcomeUnknownError, submitOrder } from "juniper-fulfillment";
 * import type { OrderRequest } from "juniper-fulfillment";
 *
 * const client = createFulfillmentClient(fromEnv());
 * declare const order: OrderRequest;
 * try {
 *   await submitOrder(client, order, { reference: "2026-000123" });
 * } catch (error) {
 *   if (!(error instanceof OutcomeUnknownError)) throw error;
 *   console.error("One of these may be it:", error.candidates);
 * }
 * ```
 */
export class OutcomeUnknownError extends FulfillmentError {
  /** @internal */
  static override readonly brand: string = "OutcomeUnknownError";
  override readonly name = "OutcomeUnknownError";
  override readonly code = "OUTCOME_UNKNOWN";
  /** The method in upper case, such as `POST`. */
  readonly method: string;
  /** The templated path, such as `/orders`. */
  readonly path: string;
  readonly #candidates: readonly Order[];

  /** @internal */
  constructor(
    { method, path, cause, candidates = [] }: CallInfo & { cause: unknown; candidates?: readonly Order[] },
    hint = "Find out before you send it again.",
  ) {
    super(`${method} ${path} may or may not have been carried out. ${hint}`, { cause });
    this.method = method;
    this.path = path;
    this.#candidates = candidates;
  }

  /** The orders that a lookup found and could not decide between. Left out of logs. */
  get candidates(): readonly Order[] {
    return #candidates in this ? this.#candidates : [];
  }
}

/**
 * The order that {@link waitForOrder} waited for was cancelled, by the vendor or by another call.
 *
 * @example
 * ```ts
 * import { createFulfillmentClient, fromEnv, OrderCancelledError, waitForOrder } from "juniper-fulfillment";
 *
 * const client = createFulfillmentClient(fromEnv());
 * try {
 *   await waitForOrder(client, "2vSGym0bH8qVEwCIGlyFoRgJq1A", { until: "SHIPPED" });
 * } catch (error) {
 *   if (!(error instanceof OrderCancelledError)) throw error;
 *   console.error("Tell the customer:", error.orderId);
 * }
 * ```
 */
export class OrderCancelledError extends FulfillmentError {
  /** @internal */
  static override readonly brand: string = "OrderCancelledError";
  override readonly name = "OrderCancelledError";
  override readonly code = "ORDER_CANCELLED";
  /** The order's `id`. */
  readonly orderId: string;

  /** @internal */
  constructor(orderId: string) {
    super("The order was cancelled, so what was waited for will not come.");
    this.orderId = orderId;
  }
}

/**
 * A response that can't be used: a redirect, or a 2xx that is broken JSON, has no body or too large a one.
 *
 * @example
 * ```ts
 * import { createFulfillmentClient, fromEnv, UnexpectedResponseError } from "juniper-fulfillment";
 *
 * const client = createFulfillmentClient(fromEnv());
 * try {
 *   await client.GET("/products");
 * } catch (error) {
 *   if (!(error instanceof UnexpectedResponseError)) throw error;
 *   console.error("Report this:", error.message);
 * }
 * ```
 */
export class UnexpectedResponseError extends FulfillmentError {
  /** @internal */
  static override readonly brand: string = "UnexpectedResponseError";
  override readonly name = "UnexpectedResponseError";
  override readonly code = "UNEXPECTED_RESPONSE";
  /** The method in upper case, such as `GET`. */
  readonly method: string;
  /** The templated path, such as `/orders/{orderId}`. */
  readonly path: string;
  /** The status of the response. */
  readonly status: number;
  /** The server's id of the request, if it sends one. */
  readonly requestId: string | undefined;
  readonly #response: Response;

  /** @internal */
  constructor({ method, path, response }: CallInfo & { response: Response }, what: string) {
    const requestId = requestIdOf(response.headers);
    super(`${method} ${path} returned ${describeStatus(response.status, requestId)} and ${what}.`);
    this.method = method;
    this.path = path;
    this.status = response.status;
    this.requestId = requestId;
    this.#response = response;
  }

  /** The response itself; its body has been read. Left out of logs. */
  get response(): Response {
    return (#response in this ? this.#response : undefined) as Response;
  }
}

/**
 * Why a webhook delivery was rejected.
 *
 * - `malformed-header`: the signature is missing, or not of the form `t=…,v1=…`.
 * - `unknown-scheme`: the signature has no `v1`.
 * - `no-match`: it matches none of the secrets.
 * - `not-checked`: no known secret matches, and the function for the secret was called too recently to call it again.
 * - `too-old`, `too-new`: it was signed outside the tolerance.
 * - `not-json`, `wrong-shape`: it is signed, but the body is not JSON or not a documented event.
 *
 * @example
 * ```ts
 * import { type WebhookRefusal, webhookHandler } from "juniper-fulfillment";
 *
 * const counts = new Map<WebhookRefusal, number>();
 * export const POST = webhookHandler({
 *   secret: "the webhook secret",
 *   onEvent: () => {},
 *   onRefused: ({ reason }) => counts.set(reason, (counts.get(reason) ?? 0) + 1),
 * });
 * ```
 */
export type WebhookRefusal =
  | "malformed-header"
  | "unknown-scheme"
  | "no-match"
  | "not-checked"
  | "too-old"
  | "too-new"
  | "not-json"
  | "wrong-shape";

const refusals: Readonly<Record<WebhookRefusal, string>> = {
  "malformed-header": "The signature is missing, or not of the form t=…,v1=….",
  "unknown-scheme": "The signature has no v1, the one scheme that is known.",
  "no-match":
    "The signature matches none of the secrets. Pass the raw body, not one that was parsed and serialized again, and the current secret.",
  "not-checked":
    "No known secret matches, and the function for the secret was called too recently to call it again. Respond with 503, so that a genuine delivery comes again.",
  "too-old": "The delivery was signed too long ago: it may be a replay, or this machine's clock is ahead.",
  "too-new": "The delivery was signed in the future: this machine's clock may be behind.",
  "not-json": "The body is signed, and is not JSON.",
  "wrong-shape": "The body is signed, and is not an event that the document describes.",
};

/**
 * A webhook delivery that can't be trusted, or can't be read.
 *
 * @example
 * ```ts
 * import { verifyWebhook, WebhookVerificationError } from "juniper-fulfillment";
 *
 * try {
 *   await verifyWebhook({ payload: "{}", signature: null, secret: "the webhook secret" });
 * } catch (error) {
 *   if (error instanceof WebhookVerificationError) console.log(error.reason);
 * }
 * ```
 */
export class WebhookVerificationError extends FulfillmentError {
  /** @internal */
  static override readonly brand: string = "WebhookVerificationError";
  override readonly name = "WebhookVerificationError";
  override readonly code = "WEBHOOK_VERIFICATION";
  /** Why, as a code that stays the same across versions. */
  readonly reason: WebhookRefusal;

  constructor(reason: WebhookRefusal) {
    super(refusals[reason]);
    this.reason = reason;
  }
}

/** The error for a response that isn't 2xx. */
export function apiErrorFrom(init: ApiErrorInit): ApiError {
  const { status } = init.response;
  if (status === 400 || status === 422) return new ValidationError(init);
  if (status === 401) return new AuthenticationError(init);
  if (status === 404) return new NotFoundError(init);
  if (status === 429) return new RateLimitError(init);
  return new ApiError(init);
}

function describeStatus(status: number, requestId: string | undefined): string {
  return requestId === undefined ? `${status}` : `${status} (request ${requestId})`;
}

/** The server's id of a request. The vendor documents no header for it: these are the common ones, the second Amazon's. */
export function requestIdOf(headers: Headers): string | undefined {
  const id = headers.get("x-request-id") ?? headers.get("x-amzn-requestid");
  return id !== null && /^[\w.:=+/-]{1,128}$/.test(id) ? id : undefined;
}
