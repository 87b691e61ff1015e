import type { CorrectionId } from "../generated/corrections.ts";
import type { paths } from "../generated/schema.ts";
import { accessTokenSource } from "./auth/access-token-source.ts";
import { ClientCredentialsSource, type TokenSource } from "./auth/token-source.ts";
import { Call, type CallInit, type CallResult, type ClientParts } from "./call.ts";
import type { CallJournal } from "./call-journal.ts";
import type { CallMethod, RequestMethod } from "./call-types.ts";
import { checkOptions } from "./check-options.ts";
import { createCorrections } from "./corrections/corrections.ts";
import { InvalidRequestError } from "./errors.ts";
import { findNoNumber } from "./find-no-number.ts";
import { notify } from "./hooks.ts";
import { observeCall } from "./observe-call.ts";
import { type Client, createClient, defaultBodySerializer, type Middleware } from "./openapi-fetch.ts";
import type { FulfillmentClientOptions } from "./options.ts";
import { templateOf } from "./path-parameters.ts";
import { noteServer } from "./server-of-client.ts";
import { systemTiming, type Timing } from "./timing.ts";
import { chooseTransport } from "./transport/choose-transport.ts";
import { LightRequest } from "./transport/light-request.ts";
import { RememberingRequest } from "./transport/remembering-request.ts";
import type { RetryContext } from "./transport/retry.ts";
import { userAgentOf } from "./transport/user-agent.ts";
import { warmUp } from "./warm-up.ts";

export type { Middleware };

/**
 * The client: openapi-fetch's methods over the corrected types.
 *
 * `GET`, `POST`, `PUT`, `PATCH` and `DELETE` take a path of the document and resolve with `{ data, error, response }`.
 * `use` and `eject` add and remove middlewares. Unlike openapi-fetch's own types, these reject misspelt options and
 * unknown fields. For a library that asks for openapi-fetch's `Client<paths>`, cast it.
 *
 * @example
 * ```ts
 * import { createFulfillmentClient, type FulfillmentClient, fromEnv, unwrap } from "juniper-fulfillment";
 *
 * async function listActiveProducts(client: FulfillmentClient) {
 *   return unwrap(await client.GET("/products", { params: { query: { status: "ACTIVE" } } })).products ?? [];
 * }
 * console.log(await listActiveProducts(createFulfillmentClient(fromEnv())));
 * ```
 */
export interface FulfillmentClient extends Pick<Client<paths>, "use" | "eject"> {
  /** Sends a request with the method that is the first argument. Resolves as the methods below do. */
  request: RequestMethod;
  /** Sends a GET request. Resolves with `data` after a 2xx, otherwise with `error`. */
  GET: CallMethod<"get">;
  /** Sends a PUT request. Resolves with `data` after a 2xx, otherwise with `error`. */
  PUT: CallMethod<"put">;
  /** Sends a POST request. Resolves with `data` after a 2xx, otherwise with `error`. */
  POST: CallMethod<"post">;
  /** Sends a DELETE request. Resolves with `data` after a 2xx, otherwise with `error`. */
  DELETE: CallMethod<"delete">;
  /** Sends an OPTIONS request. Resolves with `data` after a 2xx, otherwise with `error`. */
  OPTIONS: CallMethod<"options">;
  /** Sends a HEAD request. Resolves with `data` after a 2xx, otherwise with `error`. */
  HEAD: CallMethod<"head">;
  /** Sends a PATCH request. Resolves with `data` after a 2xx, otherwise with `error`. */
  PATCH: CallMethod<"patch">;
  /** Sends a TRACE request. Resolves with `data` after a 2xx, otherwise with `error`. */
  TRACE: CallMethod<"trace">;
  /**
   * Prepares the first call: loads the transport, opens a connection and requests an access token. Call it while a
   * Lambda or a server starts.
   *
   * @throws {AuthenticationError} when the credentials are rejected.
   * @throws {ConnectionError} when the API or its token endpoint can't be reached.
   * @throws {TimeoutError} when either takes too long.
   * @throws {FulfillmentError} of another class when the token endpoint returns something else than a token.
   */
  warmup(): Promise<void>;
}

/**
 * Creates a client for the Order Fulfillment API.
 *
 * Its methods are those of openapi-fetch: they take a templated path and return `{ data, error, response }`. It
 * requests and renews the access token, corrects the spellings on which the vendor's document contradicts itself, and
 * retries only where that can't place a second order.
 *
 * A call resolves with any usable response, also a 404 or a 500. Otherwise it rejects:
 * - {@link InvalidRequestError} when a check fails before the request is sent;
 * - {@link ConfigurationError} when an option of the call can't work;
 * - {@link ConnectionError}, {@link TimeoutError} or the reason of your `AbortSignal`, when it is safe to call again;
 * - {@link OutcomeUnknownError} when a POST or PATCH may have been carried out;
 * - {@link AuthenticationError} when the token endpoint rejects the credentials;
 * - {@link UnexpectedResponseError} when a 2xx is broken or too large, or the response is a redirect.
 *
 * @param options Credentials, and what differs from the defaults.
 * @returns The client. Nothing is sent before its first call.
 * @throws {ConfigurationError} when an option is missing or can't work. Its message says which, and what to do.
 *
 * @example
 * ```ts
 * import { createFulfillmentClient, unwrap } from "juniper-fulfillment";
 *
 * const client = createFulfillmentClient({
 *   clientId: "your-client-id",
 *   clientSecret: "your-client-secret",
 *   environment: "sandbox",
 * });
 * const { orders = [] } = unwrap(await client.GET("/orders", { params: { query: { status: "SHIPPED" } } }));
 * for (const order of orders) console.log(order.id, order.customer?.address.zipCode);
 * ```
 * @see https://openapi-ts.dev/openapi-fetch/
 */
export function createFulfillmentClient(options: FulfillmentClientOptions): FulfillmentClient {
  return createClientWith(options, systemTiming);
}

/** The same with a clock and chance of the caller's, for tests. */
export function createClientWith(options: FulfillmentClientOptions, timing: Timing): FulfillmentClient {
  const checked = checkOptions(options);
  const { baseUrl, tokenUrl, environment, insecureOrigins, credentials, disabledCorrections, limits } =
    checked;
  const userAgent = userAgentOf(options.userAgent);
  const context: RetryContext = { transport: chooseTransport(options), hooks: options, timing, userAgent };
  const { tokenStore } = options;
  const onDiscrepancy =
    options.onDiscrepancy &&
    ((id: CorrectionId, spelling: string) => notify(options.onDiscrepancy, id, spelling));
  const tokenSource: TokenSource =
    "accessToken" in credentials
      ? accessTokenSource(credentials.accessToken)
      : new ClientCredentialsSource({ ...context, ...credentials, tokenUrl, limits, tokenStore });
  const core = createClient<paths>({
    baseUrl,
    Request: RememberingRequest as unknown as typeof Request,
  });
  const lightCore = createClient<paths>({
    baseUrl,
    bodySerializer: serializeBody as () => unknown,
    // openapi-fetch knows the platform's alone.
    Request: LightRequest as unknown as typeof Request,
    fetch: sendLight as unknown as (request: Request) => Promise<Response>,
  });
  /** As openapi-fetch has them: one that was used twice is there twice. */
  const middlewares: Middleware[] = [];
  const parts: ClientParts = {
    request: core.request as unknown as ClientParts["request"],
    lightRequest: lightCore.request as unknown as ClientParts["request"],
    baseUrl,
    environment,
    insecureOrigins,
    context,
    limits,
    tokenSource,
    corrections: createCorrections(disabledCorrections, onDiscrepancy),
    serializeBody,
    checksDosage: options.checkDosage ?? true,
    conceals: options.conceal ?? false,
    isObserved: () => middlewares.length > 0 || options.fetch !== undefined,
  };
  // No async function, for each of those costs a promise and two turns of the queue.
  const run = (method: string, path: string, init: CallInit = {}): Promise<CallResult> => {
    try {
      const template = templateOf(method && path);
      const perform = (journal?: CallJournal) => new Call(parts, method, template, init, journal).run();
      return observeCall(context, { method, path }, perform, init.baseUrl ?? baseUrl);
    } catch (error) {
      return Promise.reject(error);
    }
  };
  const method = (name: string) => (path: string, init?: CallInit) => run(name, path, init);
  const client = {
    // What is no string has no upper case.
    request: (name: string, path: string, init?: CallInit) => run(name?.toUpperCase?.(), path, init),
    GET: method("GET"),
    PUT: method("PUT"),
    POST: method("POST"),
    DELETE: method("DELETE"),
    OPTIONS: method("OPTIONS"),
    HEAD: method("HEAD"),
    PATCH: method("PATCH"),
    TRACE: method("TRACE"),
    // One by one: openapi-fetch keeps those that come before one that it refuses.
    use: (...added: Middleware[]) => {
      for (const middleware of added) {
        core.use(middleware);
        middlewares.push(middleware);
      }
    },
    eject: (...removed: Middleware[]) => {
      core.eject(...removed);
      for (const middleware of removed) {
        const index = middlewares.indexOf(middleware);
        if (index !== -1) middlewares.splice(index, 1);
      }
    },
    warmup: () => warmUp(parts),
  };
  noteServer(client, baseUrl);
  // Each method passes its arguments on and returns what openapi-fetch returns, in the user's spelling. No type
  // can say so: the corrections happen at run time, on values.
  return client as unknown as FulfillmentClient;
}

function sendLight(request: LightRequest): Promise<Response> {
  return request.call.fetch(request);
}

/** openapi-fetch's own serializer. Its types leave out that it looks at the headers. */
const serialize = defaultBodySerializer as (body: unknown, headers: unknown) => unknown;

/** @throws {InvalidRequestError} for a body that is none, or that JSON can't express, such as one with NaN in it. */
function serializeBody(body: unknown, headers: unknown): unknown {
  let serialized: unknown;
  let cause: unknown;
  try {
    serialized = serialize(body, headers);
  } catch (error) {
    cause = error;
  }
  const wrong = typeof serialized === "string" ? findNoNumber(body, serialized) : undefined;
  if (wrong !== undefined) {
    throw new InvalidRequestError(
      `The body of the request holds a ${wrong.name} that is ${wrong.value}, which JSON can't express. Nothing was sent.`,
    );
  }
  if (serialized !== undefined) return serialized;
  throw new InvalidRequestError(
    "The body of the request can't be written as JSON. Nothing was sent.",
    [],
    cause,
  );
}
