import {
  apiErrorFrom,
  type CallInfo,
  type FulfillmentError,
  InvalidRequestError,
  OutcomeUnknownError,
  UnexpectedResponseError,
} from "./errors.ts";
import { isUnsafe, mayHaveActed } from "./may-have-acted.ts";

/**
 * The result of a call: `data` after a 2xx, `error` otherwise.
 *
 * @typeParam Data The body of a 2xx response.
 * @typeParam Failure The body of any other response.
 * @example
 * ```ts
 * import { createFulfillmentClient, fromEnv, type Product, type Result } from "juniper-fulfillment";
 *
 * const client = createFulfillmentClient(fromEnv());
 * const params = { path: { productId: 77123129891 } };
 * const result: Result<Product> = await client.GET("/products/{productId}", { params });
 * console.log(result.response.status);
 * ```
 */
export type Result<Data, Failure = unknown> =
  | {
      /** The body, in the corrected spelling. */
      data: Data;
      /** Absent. */
      error?: never;
      /** The response itself; its body has been read. */
      response: Response;
    }
  | {
      /** Absent. */
      data?: never;
      /** The body of a response that isn't 2xx; undefined when it was empty, or larger than `maxResponseBytes`. */
      error: Failure;
      /** The response itself; its body has been read. */
      response: Response;
    };

/** The call that a result came from. */
interface Origin extends CallInfo {
  /** What to call the environment that was asked. An older copy of the package doesn't say. */
  readonly asked?: string;
}

/** Which call a result or a response belongs to. A symbol, so that it stays out of the way; one for all copies of the package. */
const callKey = Symbol.for("juniper-fulfillment.call");

interface Noted {
  readonly [callKey]?: Origin;
}

/**
 * Notes on a result which call it belongs to, so that `unwrap` knows whether that was a write; and on its response, for
 * a copy of the result. A response that a middleware gives to several calls belongs to the first write, or the last call.
 */
export function rememberCall(result: { readonly response: Response }, call: Origin): void {
  for (const noted of [result, result.response])
    Reflect.defineProperty(noted, callKey, { value: call, configurable: !isUnsafe(call.method) });
}

/**
 * Returns a result's `data`, or throws what went wrong as a typed error.
 *
 * @typeParam Data The body of a 2xx response.
 * @param result The result of a call.
 * @returns The body of a 2xx response, in the corrected spelling.
 * @throws {ValidationError} for a 400 or 422.
 * @throws {AuthenticationError} for a 401.
 * @throws {NotFoundError} for a 404.
 * @throws {RateLimitError} for a 429.
 * @throws {OutcomeUnknownError} for a POST or PATCH that got a 3xx, 408, 499 or 5xx, a 2xx without a body (also a 204: each
 * documented 2xx has one), or a network error of the platform's. `cause` is the {@link ApiError} or the
 * {@link UnexpectedResponseError}.
 * @throws {ApiError} for any other status that isn't 2xx.
 * @throws {UnexpectedResponseError} for a 2xx without a body, of other methods.
 * @throws {InvalidRequestError} for what is no result, such as a call that isn't awaited.
 * @example
 * ```ts
 * import { createFulfillmentClient, fromEnv, NotFoundError, unwrap } from "juniper-fulfillment";
 *
 * const client = createFulfillmentClient(fromEnv());
 * const params = { path: { orderId: "2vSGym0bH8qVEwCIGlyFoRgJq1A" } };
 * try {
 *   const order = unwrap(await client.GET("/orders/{orderId}", { params }));
 *   console.log(order.status);
 * } catch (error) {
 *   if (!(error instanceof NotFoundError)) throw error;
 *   console.log("No such order.");
 * }
 * ```
 */
export function unwrap<Data>(result: Result<Data>): Exclude<Data, undefined> {
  const { data, response } = (result ?? {}) as Result<Data>;
  if (response === undefined) throw new InvalidRequestError("unwrap takes a result: await the call first.");
  const call = (result as Noted)[callKey] ?? (response as Noted)[callKey] ?? unknownCall;
  // An empty 500 leaves `error` undefined, so the status decides.
  if (!response.ok) throw errorOf(call, response, result.error);
  if (data === undefined && call.method !== "HEAD") throw unusable(call, response, "no body");
  // Undefined is left only for HEAD, which no documented operation has.
  return data as Exclude<Data, undefined>;
}

function errorOf(call: Origin, response: Response, body: unknown): FulfillmentError {
  const error = apiErrorFrom({ ...call, response, body });
  const isInDoubt = isUnsafe(call.method) && mayHaveActed(error.status);
  return isInDoubt ? new OutcomeUnknownError({ ...call, cause: error }) : error;
}

/** The error for a 2xx that can't be used. A write has been carried out, and only its response is missing. */
export function unusable(call: CallInfo, response: Response, what: string): FulfillmentError {
  const error = new UnexpectedResponseError({ ...call, response }, what);
  return isUnsafe(call.method) ? new OutcomeUnknownError({ ...call, cause: error }) : error;
}

/** What another openapi-fetch client returns does not know its call. */
const unknownCall: Origin = { method: "The request", path: "(of an unknown path)" };
