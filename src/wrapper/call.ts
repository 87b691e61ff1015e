import { copyHeaders } from "#transport";
import { checkOrigin, sendAuthorized } from "./auth/authorize.ts";
import type { TokenSource } from "./auth/token-source.ts";
import type { CallJournal } from "./call-journal.ts";
import { type CallLimits, checkLimits } from "./call-limits.ts";
import { type CallRecord, recordOf } from "./call-record.ts";
import { CallWatch } from "./call-watch.ts";
import { checkFunction } from "./check-function.ts";
import { checkHeaders, withoutList } from "./check-headers.ts";
import { oneEnvironment } from "./check-options.ts";
import { checkParams } from "./check-params.ts";
import { checkParseAs } from "./check-parse-as.ts";
import { checkSignal } from "./check-signal.ts";
import { checkUrl } from "./check-url.ts";
import type { Corrections, OperationCorrections } from "./corrections/corrections.ts";
import { checkDosage } from "./corrections/dosage.ts";
import { type Environment, whereIs } from "./environment.ts";
import { parseBody } from "./error-body.ts";
import { InvalidRequestError } from "./errors.ts";
import type { CallLimitOptions } from "./options.ts";
import { fillPath, type PathTemplate } from "./path-parameters.ts";
import { concealResult } from "./privacy/conceal.ts";
import { prepareQuery } from "./query-parameters.ts";
import { checkWithinBase } from "./request-url.ts";
import { rememberCall, unusable } from "./result.ts";
import { type CallOptions, timeoutError } from "./transport/attempt.ts";
import { createRequestTransport } from "./transport/choose-transport.ts";
import type { OutgoingRequest } from "./transport/exchange.ts";
import { type LightCall, LightRequest } from "./transport/light-request.ts";
import { madeWith } from "./transport/remembering-request.ts";
import { type RetryContext, sendWithRetries } from "./transport/retry.ts";
import { type WaitLimits, waitWithin } from "./wait-within.ts";

/** What openapi-fetch takes for one call, as far as the client reads or sets it. */
export interface CallInit extends CallLimitOptions {
  readonly params?: {
    readonly path?: Record<string, unknown>;
    readonly query?: unknown;
    readonly header?: object;
  };
  readonly body?: unknown;
  readonly baseUrl?: string;
  readonly headers?: HeadersInit;
  readonly parseAs?: string;
  readonly signal?: AbortSignal | null | undefined;
  readonly fetch?: (request: Request) => Promise<Response>;
  readonly pathSerializer?: (url: string, parameters: object) => string;
  readonly middleware?: readonly unknown[];
  readonly [option: string]: unknown;
}

/** What openapi-fetch returns. */
export interface CallResult {
  data?: unknown;
  error?: unknown;
  response: Response;
}

type CoreRequest = (method: string, path: string, init: object) => Promise<CallResult>;

/** What the calls of one client share. */
export interface ClientParts {
  /** `request` of openapi-fetch, which types a call by its path. Here the path is any of them. */
  readonly request: CoreRequest;
  /** The same for a call that only the client itself looks at: with {@link LightRequest}, and the call in its `call`. */
  readonly lightRequest: CoreRequest;
  readonly baseUrl: string;
  /** The one that the client's options name, if they do. */
  readonly environment: Environment | undefined;
  /** Where plain http is allowed. */
  readonly insecureOrigins: readonly string[];
  readonly context: RetryContext;
  readonly limits: CallLimits;
  readonly tokenSource: TokenSource;
  readonly corrections: Corrections;
  /** Writes a body that isn't written by a serializer of the user's. */
  readonly serializeBody: (body: unknown, headers: unknown) => unknown;
  readonly checksDosage: boolean;
  /** Whether what is returned is shown without what it says about a person. */
  readonly conceals: boolean;
  /** Whether middlewares or a fetch of the user's will see the requests, which then have to be the platform's. */
  readonly isObserved: () => boolean;
}

/**
 * One call: checks it, corrects its spelling, lets openapi-fetch build the request and read the response, and sends
 * where openapi-fetch would fetch. The access token is set only then, so the user's middlewares never see it.
 */
export class Call implements CallOptions, LightCall {
  readonly method: string;
  readonly path: string;
  readonly streaming: boolean;
  readonly hasPlainHeaders: boolean;
  hasPlainUrl = false;
  writtenBody: BodyInit | undefined = undefined;
  readonly limits: CallLimits;
  readonly deadlineAtMs: number;
  readonly maxResponseBytes: number;
  readonly record: CallRecord | undefined;
  readonly journal: CallJournal | undefined;
  readonly #client: ClientParts;
  readonly #template: PathTemplate;
  readonly #init: CallInit;
  readonly #baseUrl: string | undefined = undefined;
  readonly #corrections: OperationCorrections | undefined;
  /** Undefined for a call that no middleware sees. */
  readonly #watch: CallWatch | undefined;
  #hasSent = false;

  constructor(
    client: ClientParts,
    method: string,
    template: PathTemplate,
    init: CallInit,
    journal?: CallJournal,
  ) {
    const { path } = template;
    this.record = recordOf(init);
    this.record?.keep();
    checkSignal(init.signal);
    checkFunction("fetch", init.fetch);
    this.journal = journal;
    this.method = method;
    this.path = path;
    this.streaming = init.parseAs === "stream";
    this.hasPlainHeaders = init.headers === undefined && init.params?.header === undefined;
    this.limits = checkLimits(init, client.limits);
    this.maxResponseBytes = this.limits.maxResponseBytes;
    this.deadlineAtMs = client.context.timing.monotonicMs() + this.limits.deadlineMs;
    this.#client = client;
    this.#template = template;
    this.#init = init;
    if (init.baseUrl !== undefined) {
      this.#baseUrl = checkUrl("baseUrl", init.baseUrl, client.insecureOrigins);
      oneEnvironment(client.environment, client.baseUrl, this.#baseUrl);
    }
    this.#corrections = client.corrections.of(method, path);
    const isObserved = init.fetch !== undefined || init.middleware !== undefined || client.isObserved();
    this.#watch = isObserved
      ? new CallWatch(this, this.signal, () => this.#waitLimits(this.signal))
      : undefined;
  }

  async run(): Promise<CallResult> {
    const { method, path } = this;
    const { body, headers, params, parseAs = "json" } = this.#init;
    if (this.#client.checksDosage && body !== undefined) checkDosage(body);
    if (parseAs !== "json") checkParseAs(parseAs);
    if (params !== undefined) checkParams(params);
    if (!this.hasPlainHeaders) checkHeaders(headers, params?.header);
    let result: CallResult;
    try {
      result =
        this.#watch === undefined
          ? await this.#client.lightRequest(method, path, this.#lightInit())
          : await this.#watch.over(this.#client.request(method, path, this.#fullInit(this.#watch.signal)));
    } catch (error) {
      throw this.#watch === undefined ? error : this.#watch.reasonOf(error);
    }
    // openapi-fetch gives an empty body as "" or as undefined, by whether it had a length.
    if (result.error === "") result.error = undefined;
    if (parseAs === "json") this.#parse(result);
    if (result.data === undefined)
      rememberCall(result, { method, path, asked: whereIs(this.#baseUrl ?? this.#client.baseUrl) });
    if (this.#client.conceals) concealResult(result);
    return result;
  }

  /** How openapi-fetch is to read the body. Over one that is no JSON it would fail as a middleware may. */
  get #readAs(): string {
    const { parseAs = "json" } = this.#init;
    return parseAs === "json" ? "text" : parseAs;
  }

  /** Puts what was read as text into the user's spelling. Every documented 2xx holds an object or a list, or nothing. */
  #parse(result: CallResult): void {
    const { data: text, response } = result;
    if (typeof text !== "string") return;
    const data = parseBody(text);
    if (text && Object(data) !== data) {
      const { method, path } = this;
      throw unusable({ method, path }, response, "no JSON object or list");
    }
    result.data = (data && this.#corrections?.response(response.status, data)) ?? data;
  }

  /** What openapi-fetch is given. It copies that several times, so a light call gives it what it needs and no more. */
  #lightInit(): object {
    const { headers, parseAs, baseUrl, querySerializer, bodySerializer } = this.#init;
    const pathSerializer = this.#pathSerializer();
    const params = this.#params(pathSerializer);
    const body = this.#body();
    const { method } = this;
    const isPlain =
      this.hasPlainHeaders &&
      parseAs === undefined &&
      baseUrl === undefined &&
      querySerializer === undefined &&
      bodySerializer === undefined;
    if (isPlain) {
      // What a serializer of bodies returns is what `Request` takes.
      if (body !== undefined) this.writtenBody = this.#client.serializeBody(body, undefined) as BodyInit;
      // openapi-fetch adds the method to a copy. On Node 20 that takes ten times as long when it isn't there already.
      return { method, params, parseAs: "text", pathSerializer, call: this };
    }
    // What is undefined here has openapi-fetch's default.
    const more = {
      headers: withoutList(headers),
      parseAs: this.#readAs,
      baseUrl: this.#baseUrl,
      querySerializer,
      bodySerializer,
    };
    return { method, params, body, pathSerializer, call: this, ...more };
  }

  /** The same for a call that others look at, with all that is meant for the runtime's fetch. */
  #fullInit(signal: AbortSignal | undefined): object {
    const init = this.#init;
    const pathSerializer = this.#pathSerializer();
    // Not by spreading, which on Node 20 makes an object that is slow to copy.
    return Object.assign({}, init, {
      method: this.method,
      params: this.#params(pathSerializer),
      body: this.#body(),
      headers: withoutList(init.headers),
      parseAs: this.#readAs,
      baseUrl: this.#baseUrl,
      bodySerializer: init.bodySerializer ?? this.#client.serializeBody,
      pathSerializer,
      signal,
      fetch: async (request: Request) => this.fetch(request),
    });
  }

  #params(pathSerializer: unknown): CallInit["params"] {
    const { params } = this.#init;
    const query = this.#query();
    // openapi-fetch asks the serializer of the path only when there are parameters.
    const isComplete =
      query === params?.query && (pathSerializer === undefined || params?.path !== undefined);
    return isComplete ? params : { ...params, query, path: params?.path ?? {} };
  }

  #body(): unknown {
    const { body } = this.#init;
    return this.#corrections === undefined || body === undefined ? body : this.#corrections.request(body);
  }

  #query(): unknown {
    const { params, querySerializer } = this.#init;
    const query = params?.query;
    if (query === undefined) return undefined;
    const corrected = this.#corrections === undefined ? query : this.#corrections.query(query);
    // A serializer of the user's takes the names as they are.
    return typeof querySerializer === "function" ? corrected : prepareQuery(corrected);
  }

  /** Puts the parameters into the path, checked. Undefined when there is nothing to put in or to check. */
  #pathSerializer(): ((url: string, parameters: object) => string) | undefined {
    const template = this.#template;
    const { params, pathSerializer: own } = this.#init;
    const baseUrl = this.#baseUrl ?? this.#client.baseUrl;
    if (own !== undefined) return (url, parameters) => checkWithinBase(own(url, parameters), baseUrl);
    const { path, isPlain } = fillPath(template, params?.path);
    this.hasPlainUrl = isPlain && params?.query === undefined;
    if (isPlain && template.names.length === 0) return undefined;
    return isPlain ? () => baseUrl + path : () => checkWithinBase(baseUrl + path, baseUrl);
  }

  /**
   * Takes over where openapi-fetch would fetch.
   *
   * @throws {InvalidRequestError} when a submitted order was sent before.
   */
  fetch(request: Request | LightRequest): Promise<Response> {
    if (this.record !== undefined && this.#hasSent) {
      throw new InvalidRequestError(
        "A middleware has sent the order again, which was stopped. Let the client send it.",
      );
    }
    this.#hasSent = true;
    return this.#watch === undefined
      ? this.#send(request)
      : this.#watch.sending(async () => this.#send(request));
  }

  get signal(): AbortSignal | undefined {
    return this.#init.signal ?? undefined;
  }

  get fetchInit(): RequestInit {
    return this.#init as RequestInit;
  }

  #send(request: Request | LightRequest): Promise<Response> {
    const isReady = request instanceof LightRequest && request.isReady();
    return isReady ? this.#sendOut(request) : this.#read(request).then((read) => this.#sendOut(read));
  }

  #sendOut(outgoing: OutgoingRequest): Promise<Response> {
    checkOrigin(outgoing.url, this.#baseUrl ?? this.#client.baseUrl);
    const { context, tokenSource } = this.#client;
    const { fetch } = this.#init;
    const ownContext = fetch ? { ...context, transport: createRequestTransport(fetch) } : context;
    return sendAuthorized(tokenSource, {
      headers: outgoing.headers,
      send: (renew) => sendWithRetries(ownContext, outgoing, this, renew),
      wait: (token) => this.#waitFor(token, outgoing.signal),
    });
  }

  /** The parts of a request that can be sent once only. Its body is kept for as many attempts as it takes. */
  async #read(request: Request | LightRequest): Promise<OutgoingRequest> {
    const real = request instanceof LightRequest ? request.toRequest() : request;
    const { method, url } = real;
    const made = real.bodyUsed || real.body?.locked ? undefined : madeWith(real);
    const own = this.signal;
    // A request that a middleware has made need not follow it.
    const signal = made ? own : own ? AbortSignal.any([real.signal, own]) : real.signal;
    const text = typeof made?.body === "string" ? made.body : undefined;
    const body = text ?? (real.body === null ? undefined : await this.#bytesOf(real, signal));
    // As with the platform's fetch, a request that was sent is used up: nobody sends it a second time by mistake.
    if (text !== undefined) real.body?.cancel().catch(() => {});
    if (made === undefined && this.record !== undefined) this.#checkUnchanged(body);
    // A copy: middlewares still see the request when its response arrives, and are not to see the token.
    const headers = copyHeaders(real.headers);
    // What else the call sets is for the runtime's fetch, such as `cache` or `credentials`.
    return { method, url, headers, body, signal, init: this.fetchInit };
  }

  /**
   * An order is looked for by what it was submitted with, which has to be what is sent.
   *
   * @throws {InvalidRequestError} when a middleware has changed it.
   */
  #checkUnchanged(sent: string | Uint8Array | undefined): void {
    const given =
      this.#init.body === undefined ? undefined : this.#client.serializeBody(this.#body(), undefined);
    const text = sent instanceof Uint8Array ? new TextDecoder().decode(sent) : sent;
    if (text === given || (typeof given === "string" && isSameJson(given, text))) return;
    throw new InvalidRequestError(
      "A middleware has changed the order, which could then not be looked for if its response were lost. Change it before you submit it. Nothing was sent.",
    );
  }

  async #bytesOf(request: Request, signal: AbortSignal | undefined): Promise<Uint8Array> {
    return new Uint8Array(await this.#waitFor(request.arrayBuffer(), signal));
  }

  /** Waits no longer than the deadline and the signal allow. */
  #waitFor<Value>(promise: Promise<Value>, signal: AbortSignal | null | undefined): Promise<Value> {
    return waitWithin(promise, this.#waitLimits(signal));
  }

  #waitLimits(signal: AbortSignal | null | undefined): WaitLimits {
    return {
      limitMs: this.deadlineAtMs - this.#client.context.timing.monotonicMs(),
      timeoutError: () => timeoutError(this, "deadlineMs"),
      signal,
    };
  }
}

function isSameJson(given: string, sent: string | undefined): boolean {
  try {
    return JSON.stringify(JSON.parse(sent ?? "")) === JSON.stringify(JSON.parse(given));
  } catch {
    return false;
  }
}
