import createClient, { type Client, type Middleware } from "openapi-fetch";
import { createTransport } from "#transport";
import type { paths } from "../generated/schema.ts";
import { type AuthMiddleware, authMiddleware } from "./auth/auth-middleware.ts";
import { accessTokenSource, ClientCredentialsSource, type TokenSource } from "./auth/token-source.ts";
import { type Corrections, createCorrections } from "./corrections/corrections.ts";
import { checkDosage } from "./corrections/dosage.ts";
import { ConfigurationError, InvalidRequestError } from "./errors.ts";
import {
  type CallLimitOptions,
  type CallLimits,
  checkLimits,
  checkOptions,
  checkUrl,
  type FulfillmentClientOptions,
} from "./options.ts";
import { fillPath } from "./path-parameters.ts";
import { rememberCall, unusable } from "./result.ts";
import { systemTiming, type Timing } from "./timing.ts";
import type { Call } from "./transport/attempt.ts";
import type { OutgoingRequest, Transport } from "./transport/exchange.ts";
import { createFetchTransport } from "./transport/fetch.ts";
import { LightRequest } from "./transport/light-request.ts";
import { type RetryContext, sendWithRetries } from "./transport/retry.ts";

export type { Middleware };

/**
 * The client: openapi-fetch's, over the corrected types.
 *
 * Its methods `GET`, `POST`, `PUT`, `PATCH` and `DELETE` take a path of the document and resolve with
 * `{ data, error, response }`. `use` and `eject` register middlewares.
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
export interface FulfillmentClient extends Client<paths> {
  /**
   * Does ahead of time what the first call would wait for: loads the transport, opens a connection and gets an
   * access token. A Lambda or a server may call it while it starts.
   *
   * @throws {AuthenticationError} when the credentials are refused.
   * @throws {ConnectionError} when the API or its token endpoint can't be reached.
   * @throws {TimeoutError} when either takes too long.
   */
  warmup(): Promise<void>;
}

/** What openapi-fetch takes for one call, as far as the client reads or sets it. */
interface CallInit extends CallLimitOptions {
  readonly params?: {
    readonly path?: Record<string, unknown>;
    readonly query?: unknown;
    readonly header?: object;
  };
  readonly body?: unknown;
  readonly baseUrl?: string;
  readonly headers?: HeadersInit;
  readonly parseAs?: string;
  readonly fetch?: (request: Request) => Promise<Response>;
  readonly pathSerializer?: unknown;
  readonly middleware?: readonly Middleware[];
  readonly [option: string]: unknown;
}

interface CallResult {
  data?: unknown;
  error?: unknown;
  response: Response;
}

/**
 * Makes a client for the Order Fulfillment API.
 *
 * Its methods are those of openapi-fetch: they take a templated path and return `{ data, error, response }`. It
 * signs in by itself, keeps and renews the access token, translates the spellings that the vendor's document
 * contradicts itself in, and repeats only what can be repeated without a second order.
 *
 * Calls reject, where no answer came that openapi-fetch could return:
 * - {@link InvalidRequestError} when the request is refused before it is sent;
 * - {@link ConnectionError}, {@link TimeoutError} or the reason of your `AbortSignal`, when nothing was carried out
 *   or a repetition does no harm;
 * - {@link OutcomeUnknownError} when a POST or PATCH may have been carried out;
 * - {@link AuthenticationError} when the token endpoint refuses the credentials;
 * - {@link UnexpectedResponseError} when the answer is broken, too large or a redirect.
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
  const { baseUrl, tokenUrl, credentials, disabledCorrections, limits } = checkOptions(options);
  const transport = options.fetch === undefined ? createTransport(options.node) : callerFetch(options.fetch);
  const context: RetryContext = { transport, hooks: options, timing };
  const tokenSource: TokenSource =
    "accessToken" in credentials
      ? accessTokenSource(credentials.accessToken)
      : new ClientCredentialsSource({
          ...context,
          ...credentials,
          tokenUrl,
          limits,
          tokenStore: options.tokenStore,
        });
  const core = createClient<paths>({ baseUrl });
  const watchers = new Set<Middleware>();
  const caller = new Caller({
    core,
    context,
    limits,
    middlewares: [authMiddleware(tokenSource)],
    corrections: createCorrections(disabledCorrections, options.onDiscrepancy),
    preflight: options.preflight ?? true,
    isWatched: () => watchers.size > 0 || options.fetch !== undefined,
  });
  const method = (name: string) => (path: string, init?: CallInit) => caller.call(name, path, init);
  const client = {
    request: (name: string, path: string, init?: CallInit) => caller.call(name.toUpperCase(), path, init),
    GET: method("GET"),
    PUT: method("PUT"),
    POST: method("POST"),
    DELETE: method("DELETE"),
    OPTIONS: method("OPTIONS"),
    HEAD: method("HEAD"),
    PATCH: method("PATCH"),
    TRACE: method("TRACE"),
    use: (...added: Middleware[]) => {
      core.use(...added);
      for (const middleware of added) watchers.add(middleware);
    },
    warmup: async () => {
      const request = {
        method: "HEAD",
        url: baseUrl,
        headers: new Headers(),
        body: undefined,
        signal: undefined,
      };
      const { maxResponseBytes } = limits;
      const call = { method: "HEAD", path: "/", limits, maxResponseBytes, streaming: false, light: false };
      // Whatever is answered, a connection stands.
      await Promise.all([tokenSource.getToken(), sendWithRetries({ ...context, hooks: {} }, request, call)]);
    },
    eject: (...removed: Middleware[]) => {
      core.eject(...removed);
      for (const middleware of removed) watchers.delete(middleware);
    },
  };
  // Each method passes its arguments on and returns what openapi-fetch returns, in the user's spelling. No type
  // can say so: the corrections happen at run time, on values.
  return client as unknown as FulfillmentClient;
}

/**
 * The options of {@link createTokenSource}: those of the client that tell how to sign in.
 *
 * @example
 * ```ts
 * import { createTokenSource, fromEnv, type TokenSourceOptions } from "juniper-fulfillment";
 *
 * const options: TokenSourceOptions = { ...fromEnv(), tokenStore: new Map(), timeoutMs: 5_000 };
 * const tokens = createTokenSource(options);
 * ```
 */
export type TokenSourceOptions = Pick<
  FulfillmentClientOptions,
  | "clientId"
  | "clientSecret"
  | "environment"
  | "tokenUrl"
  | "tokenStore"
  | "fetch"
  | "node"
  | "onToken"
  | "onStoreError"
  | keyof CallLimitOptions
>;

/**
 * Makes a source of access tokens like the one that every client has of its own, for {@link authMiddleware} or for
 * requests that you send by other means.
 *
 * @param options Credentials, and what differs from the defaults.
 * @returns The source. `bought` counts the tokens that it has bought.
 * @throws {ConfigurationError} when an option is missing or can't work.
 * @example
 * ```ts
 * import { createTokenSource, fromEnv } from "juniper-fulfillment";
 *
 * const tokens = createTokenSource(fromEnv());
 * const token = await tokens.getToken();
 * console.log(token.length, tokens.bought);
 * ```
 */
export function createTokenSource(options: TokenSourceOptions): TokenSource & {
  /** How many tokens it has bought. */
  readonly bought: number;
} {
  const { credentials, tokenUrl, limits } = checkOptions(options);
  if ("accessToken" in credentials)
    throw new ConfigurationError("A token source needs clientId and clientSecret.");
  const transport = options.fetch === undefined ? createTransport(options.node) : callerFetch(options.fetch);
  const { tokenStore } = options;
  const context = { transport, hooks: options, timing: systemTiming };
  return new ClientCredentialsSource({ ...context, ...credentials, tokenUrl, limits, tokenStore });
}

interface CallerParts {
  readonly core: Client<paths>;
  readonly context: RetryContext;
  readonly limits: CallLimits;
  /** The client's own middlewares, which come after the user's. */
  readonly middlewares: readonly AuthMiddleware[];
  readonly corrections: Corrections;
  readonly preflight: boolean;
  /** Whether someone else will see requests and responses, and must be given the platform's. */
  readonly isWatched: () => boolean;
}

/** Carries out the calls of one client: checks, corrects, sends, corrects back. */
class Caller {
  readonly #parts: CallerParts;

  constructor(parts: CallerParts) {
    this.#parts = parts;
  }

  async call(method: string, path: string, init: CallInit = {}): Promise<CallResult> {
    const { core, preflight, middlewares } = this.#parts;
    const { params, body, headers, middleware, fetch, parseAs = "json", baseUrl } = init;
    const corrections = this.#parts.corrections.of(`${method} ${path}`);
    if (preflight && body !== undefined) checkDosage(body);
    const hasPlainHeaders = headers === undefined && params?.header === undefined;
    if (!hasPlainHeaders) checkHeaders(headers, params?.header);
    const streaming = parseAs === "stream";
    const light = !streaming && fetch === undefined && middleware === undefined && !this.#parts.isWatched();
    const sending = new Sending(this.#parts, { method, path, streaming, light }, init);
    const wireBody = corrections === undefined || body === undefined ? body : corrections.request(body);
    const query = corrections === undefined ? params?.query : corrections.query(params?.query);
    const coreInit = {
      // A light request needs none of what is meant for the runtime's fetch: `sending` hands it on.
      ...(light ? undefined : init),
      params: query === params?.query ? params : { ...params, query },
      body: wireBody,
      headers,
      parseAs,
      signal: init.signal,
      baseUrl: baseUrl === undefined ? undefined : checkUrl("baseUrl", baseUrl),
      querySerializer: init.querySerializer,
      bodySerializer: init.bodySerializer,
      pathSerializer: init.pathSerializer ?? pathSerializer(path, params?.path),
      fetch: sending.send,
      // Ours come last, so that they sign what the user's have made of the request, and no token is seen.
      middleware: middleware === undefined ? middlewares : [...middleware, ...middlewares],
      Request: light ? LightRequest : undefined,
      hasPlainHeaders,
    };
    // openapi-fetch types a call by its path. Here the path is any of them.
    const request = core.request as unknown as (
      method: string,
      path: string,
      init: object,
    ) => Promise<CallResult>;
    let result: CallResult;
    try {
      result = await request(method, path, coreInit);
    } catch (error) {
      const { response } = sending;
      if (!(error instanceof SyntaxError) || !response?.ok) throw error;
      throw unusable({ method, path }, response, "a body that is not JSON");
    }
    if (result.data === undefined) rememberCall(result, { method, path });
    else if (corrections !== undefined && parseAs === "json") {
      result.data = corrections.response(result.response.status, result.data);
    }
    return result;
  }
}

/** Puts the parameters into the path, checked, where openapi-fetch would put them in as they are. */
function pathSerializer(
  path: string,
  parameters: Record<string, unknown> | undefined,
): ((url: string) => string) | undefined {
  if (!path.includes("{")) return undefined;
  const filledPath = fillPath(path, parameters);
  return (url) => url.slice(0, -path.length) + filledPath;
}

/** Takes over one call where openapi-fetch would fetch. */
class Sending implements Call {
  readonly method: string;
  readonly path: string;
  readonly streaming: boolean;
  readonly light: boolean;
  readonly limits: CallLimits;
  readonly maxResponseBytes: number;
  /** The last answer. */
  response: Response | undefined = undefined;
  readonly #context: RetryContext;
  readonly #init: CallInit;

  constructor(
    { context, limits }: CallerParts,
    { method, path, streaming, light }: Pick<Call, "method" | "path" | "streaming" | "light">,
    init: CallInit,
  ) {
    this.method = method;
    this.path = path;
    this.streaming = streaming;
    this.light = light;
    this.limits = checkLimits(init, limits);
    this.maxResponseBytes = this.limits.maxResponseBytes;
    this.#context = init.fetch === undefined ? context : { ...context, transport: callerFetch(init.fetch) };
    this.#init = init;
  }

  readonly send = async (request: Request): Promise<Response> => {
    // What else the call sets is for the runtime's fetch, such as `cache` or `credentials`.
    const init = this.#init as RequestInit;
    const outgoing = readLightRequest(request, init) ?? (await readRequest(request, init));
    this.response = await sendWithRetries(this.#context, outgoing, this);
    return this.response;
  };
}

/** The parts of a light request, as they are. Undefined for any other, and for a body that has to be encoded. */
function readLightRequest(request: Request, init: RequestInit): OutgoingRequest | undefined {
  const parts = LightRequest.partsOf(request);
  if (parts === undefined || (parts.body !== undefined && typeof parts.body !== "string")) return undefined;
  const { method, url, headers } = request;
  return { method, url, headers, body: parts.body, signal: parts.signal, init };
}

/** A platform request can be read only once, so its body is kept for as many attempts as it takes. */
async function readRequest(request: Request, init: RequestInit): Promise<OutgoingRequest> {
  // A copy of a light request is a platform one, whose headers say how the body was encoded.
  const real = LightRequest.partsOf(request) === undefined ? request : request.clone();
  const { method, url, headers, signal } = real;
  const body = real.body === null ? undefined : new Uint8Array(await real.arrayBuffer());
  return { method, url, headers, body, signal, init };
}

/** The caller's own fetch, which takes a `Request` as openapi-fetch's does. */
function callerFetch(fetch: (request: Request) => Promise<Response>): Transport {
  return createFetchTransport((url, init) => fetch(new Request(url, init)));
}

/** The platform would refuse them too, but with the value in its message. */
function checkHeaders(...sources: (HeadersInit | object | undefined)[]): void {
  for (const source of sources) {
    if (source === undefined || source === null) continue;
    const entries =
      Symbol.iterator in source ? [...(source as Iterable<[string, unknown]>)] : Object.entries(source);
    for (const [name, value] of entries) {
      for (const part of Array.isArray(value) ? value : [value]) {
        // RFC 9110, section 5.5. Code points above U+00FF have no octet.
        if (typeof part !== "string" || /^[\t\u0020-\u007e\u0080-\u00ff]*$/.test(part)) continue;
        const what = "holds a line break, another control character or one beyond Latin-1";
        throw new InvalidRequestError(
          `The value of the header ${JSON.stringify(name)} ${what}. Nothing was sent.`,
        );
      }
    }
  }
}
