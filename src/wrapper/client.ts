import createClient, { type Client, type Middleware } from "openapi-fetch";
import { createTransport } from "#transport";
import type { paths } from "../generated/schema.ts";
import { type AuthMiddleware, authMiddleware } from "./auth.ts";
import { type Corrections, createCorrections } from "./corrections.ts";
import { type CallInfo, InvalidRequestError } from "./errors.ts";
import {
  type CallLimitOptions,
  type CallLimits,
  checkLimits,
  checkOptions,
  checkUrl,
  type FulfillmentClientOptions,
} from "./options.ts";
import { fillPath } from "./path-parameters.ts";
import { checkDosage } from "./preflight.ts";
import { rememberCall, unusable } from "./result.ts";
import { type RetryContext, sendWithRetries } from "./retry.ts";
import { systemTiming, type Timing } from "./timing.ts";
import { accessTokenSource, ClientCredentialsSource, type TokenSource } from "./token-source.ts";
import type { OutgoingRequest, Transport } from "./transport/exchange.ts";
import { createFetchTransport } from "./transport/fetch.ts";

export type { Middleware };

/** The client: openapi-fetch's, over the corrected types. */
export type FulfillmentClient = Client<paths>;

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
 * @param options Credentials, and what differs from the defaults.
 * @throws {ConfigurationError} when an option is missing or can't work. Its message says which, and what to do.
 *
 * Calls reject, where no answer came that openapi-fetch could return:
 * - {@link InvalidRequestError} when the request is refused before it is sent;
 * - {@link ConnectionError}, {@link TimeoutError} or the reason of your `AbortSignal`, when nothing was carried out
 *   or a repetition does no harm;
 * - {@link OutcomeUnknownError} when a POST or PATCH may have been carried out;
 * - {@link AuthenticationError} when the token endpoint refuses the credentials;
 * - {@link UnexpectedResponseError} when the answer is broken, too large or a redirect.
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
  const transport = options.fetch === undefined ? createTransport() : callerFetch(options.fetch);
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
  const caller = new Caller({
    core,
    context,
    limits,
    auth: authMiddleware(tokenSource),
    corrections: createCorrections(disabledCorrections, options.onDiscrepancy),
    preflight: options.preflight ?? true,
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
    use: (...middlewares: Middleware[]) => core.use(...middlewares),
    eject: (...middlewares: Middleware[]) => core.eject(...middlewares),
  };
  // Each method passes its arguments on and returns what openapi-fetch returns, in the user's spelling. No type
  // can say so: the corrections happen at run time, on values.
  return client as unknown as FulfillmentClient;
}

interface CallerParts {
  readonly core: Client<paths>;
  readonly context: RetryContext;
  readonly limits: CallLimits;
  readonly auth: AuthMiddleware;
  readonly corrections: Corrections;
  readonly preflight: boolean;
}

/** Carries out the calls of one client: checks, corrects, sends, corrects back. */
class Caller {
  readonly #parts: CallerParts;

  constructor(parts: CallerParts) {
    this.#parts = parts;
  }

  async call(method: string, path: string, init: CallInit = {}): Promise<CallResult> {
    const { core, corrections, preflight, auth } = this.#parts;
    const operation = `${method} ${path}`;
    const { params, body, headers, middleware, fetch, parseAs = "json", ...rest } = init;
    if (preflight && body !== undefined) checkDosage(body);
    checkHeaders(headers, params?.header);
    const filledPath = fillPath(path, params?.path);
    const limits = checkLimits(init, this.#parts.limits);
    const sending = new Sending(
      this.#parts.context,
      { method, path },
      limits,
      rest,
      parseAs === "stream",
      fetch,
    );
    const coreInit = {
      ...rest,
      ...(params && { params: { ...params, query: corrections.query(operation, params.query) } }),
      ...(body !== undefined && { body: corrections.request(operation, body) }),
      ...(init.baseUrl !== undefined && { baseUrl: checkUrl("baseUrl", init.baseUrl) }),
      headers,
      parseAs,
      pathSerializer: init.pathSerializer ?? ((url: string) => url.slice(0, -path.length) + filledPath),
      // Last, so that it signs what the other middlewares have made of the request, and they see no token.
      middleware: [...(middleware ?? []), auth],
      fetch: sending.send,
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
      if (error instanceof SyntaxError && response?.ok) {
        throw unusable({ method, path }, response, "a body that is not JSON");
      }
      throw error;
    }
    if (result.data === undefined) rememberCall(result, { method, path });
    else if (parseAs === "json")
      result.data = corrections.response(operation, result.response.status, result.data);
    return result;
  }
}

/** Takes over one call where openapi-fetch would fetch. */
class Sending {
  /** The last answer. */
  response: Response | undefined;
  readonly send: (request: Request) => Promise<Response>;

  constructor(
    context: RetryContext,
    call: CallInfo,
    limits: CallLimits,
    init: object,
    streaming: boolean,
    fetch: CallInit["fetch"],
  ) {
    const ownContext = fetch === undefined ? context : { ...context, transport: callerFetch(fetch) };
    this.send = async (request) => {
      const outgoing = await readRequest(request, init);
      this.response = await sendWithRetries(ownContext, outgoing, { ...call, limits, streaming });
      return this.response;
    };
  }
}

/** A request can be read only once, so its body is kept for as many attempts as it takes. */
async function readRequest(request: Request, init: RequestInit): Promise<OutgoingRequest> {
  const { method, url, headers, signal } = request;
  const body = request.body === null ? undefined : new Uint8Array(await request.arrayBuffer());
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
