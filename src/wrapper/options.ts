import type { CorrectionId } from "../generated/corrections.ts";
import { ConfigurationError } from "./errors.ts";
import type { Hooks } from "./hooks.ts";
import type { TokenStore } from "./store.ts";

/**
 * Where the API lives and where its tokens come from.
 *
 * @example
 * ```ts
 * import { createFulfillmentClient, type Environment, fromEnv } from "juniper-fulfillment";
 *
 * const environment: Environment = "production";
 * const client = createFulfillmentClient({ ...fromEnv(), environment });
 * ```
 */
export type Environment = "sandbox" | "production";

/** The hosts of each environment. The `/v1` is disputed between the vendor's pages (JH-04); `baseUrl` overrides it. */
const environments: Readonly<Record<Environment, { readonly baseUrl: string; readonly tokenUrl: string }>> = {
  sandbox: {
    baseUrl: "https://api.fulfillment.sandbox.juniperhealth.com/v1",
    tokenUrl: "https://auth.fulfillment.sandbox.juniperhealth.com/oauth2/token",
  },
  production: {
    baseUrl: "https://api.fulfillment.juniperhealth.com/v1",
    tokenUrl: "https://auth.fulfillment.juniperhealth.com/oauth2/token",
  },
};

/**
 * Who signs in: a client with its secret, or someone else who brings the access token.
 *
 * @example
 * ```ts
 * import { createFulfillmentClient, type Credentials } from "juniper-fulfillment";
 *
 * declare function readToken(): Promise<string>;
 * const credentials: Credentials = { accessToken: readToken };
 * const client = createFulfillmentClient(credentials);
 * ```
 */
export interface Credentials {
  /**
   * The client's identifier.
   * @default none: needed without an `accessToken`
   */
  clientId?: string | undefined;
  /**
   * The client's secret.
   * @default none: needed without an `accessToken`
   */
  clientSecret?: string | undefined;
  /**
   * An access token from elsewhere, or a function that gives one, instead of `clientId` and `clientSecret`. The
   * function is asked before every request, and once more after a 401, so it should keep what it has.
   * @default none: the client signs in
   */
  accessToken?: string | (() => string | Promise<string>) | undefined;
}

/**
 * The limits of a call. Each can be set for the client, and for one call beside its `params` and `body`.
 *
 * @example
 * ```ts
 * import { createFulfillmentClient, fromEnv } from "juniper-fulfillment";
 *
 * const client = createFulfillmentClient({ ...fromEnv(), maxRetries: 4 });
 * await client.GET("/products", { timeoutMs: 5_000, deadlineMs: 20_000 });
 * ```
 */
export interface CallLimitOptions {
  /**
   * How many further attempts follow a failed one, where a repetition is safe.
   * @default 2
   */
  maxRetries?: number | undefined;
  /**
   * How long one attempt may take, in milliseconds, from its start to the end of its answer.
   * @default 30000
   */
  timeoutMs?: number | undefined;
  /**
   * How long the whole call may take, in milliseconds, with all its attempts and the waits between them.
   * @default 120000
   */
  deadlineMs?: number | undefined;
  /**
   * The most that an answer may hold, in bytes, after decompression.
   * @default 16777216
   */
  maxResponseBytes?: number | undefined;
}

/**
 * How requests travel on Node.
 *
 * @example
 * ```ts
 * import { createFulfillmentClient, fromEnv } from "juniper-fulfillment";
 *
 * const node = { connections: 16, keepAliveTimeoutMs: 10_000, proxyFromEnvironment: false };
 * const client = createFulfillmentClient({ ...fromEnv(), node });
 * ```
 */
export interface NodeOptions {
  /**
   * The most connections to one origin.
   * @default no limit
   */
  connections?: number | undefined;
  /**
   * How long an idle connection is kept, in milliseconds, unless the server says less.
   * @default 4000
   */
  keepAliveTimeoutMs?: number | undefined;
  /**
   * Whether to use HTTP/2 where the server offers it.
   * @default false
   */
  http2?: boolean | undefined;
  /**
   * Whether to use the proxy that `HTTP_PROXY`, `HTTPS_PROXY` and `NO_PROXY` name.
   * @default true
   */
  proxyFromEnvironment?: boolean | undefined;
  /**
   * Options of `tls.connect`, such as `ca`, `cert` and `key`.
   * @default {}
   */
  tls?: object | undefined;
  /**
   * An undici dispatcher of your own, such as a `ProxyAgent`, in place of all other options.
   * @default none: the client has an agent of its own
   */
  dispatcher?:
    | {
        /** What undici calls for each request. */
        dispatch(options: never, handler: never): boolean;
      }
    | undefined;
}

/** The limits of a call, with every default filled in. */
export type CallLimits = { readonly [Name in keyof CallLimitOptions]-?: number };

const defaultLimits: CallLimits = {
  maxRetries: 2,
  timeoutMs: 30_000,
  deadlineMs: 120_000,
  maxResponseBytes: 16 * 1024 * 1024,
};

/** The limits that `options` sets, over `defaults`. */
export function checkLimits(options: CallLimitOptions, defaults: CallLimits = defaultLimits): CallLimits {
  const { maxRetries, timeoutMs, deadlineMs, maxResponseBytes } = options;
  // Most calls set none of them.
  if (
    maxRetries === undefined &&
    timeoutMs === undefined &&
    deadlineMs === undefined &&
    maxResponseBytes === undefined
  ) {
    return defaults;
  }
  return {
    maxRetries: checkNumber("maxRetries", maxRetries ?? defaults.maxRetries, 0, 20),
    timeoutMs: checkNumber("timeoutMs", timeoutMs ?? defaults.timeoutMs, 1, maxTimerMs),
    deadlineMs: checkNumber("deadlineMs", deadlineMs ?? defaults.deadlineMs, 1, maxTimerMs),
    maxResponseBytes: checkNumber(
      "maxResponseBytes",
      maxResponseBytes ?? defaults.maxResponseBytes,
      1,
      2 ** 31,
    ),
  };
}

/** The longest that a timer can run. setTimeout takes anything longer for 1 ms. */
const maxTimerMs = 2 ** 31 - 1;

function checkNumber(name: string, value: unknown, least: number, most: number): number {
  if (typeof value === "number" && Number.isInteger(value) && value >= least && value <= most) return value;
  throw new ConfigurationError(`${name} must be a whole number from ${least} to ${most}.`);
}

/**
 * The options of {@link createFulfillmentClient}.
 *
 * @example
 * ```ts
 * import { createFulfillmentClient, type FulfillmentClientOptions } from "juniper-fulfillment";
 *
 * const options: FulfillmentClientOptions = {
 *   clientId: "your-client-id",
 *   clientSecret: "your-client-secret",
 *   environment: "production",
 *   corrections: { "JH-01": false },
 * };
 * const client = createFulfillmentClient(options);
 * ```
 */
export interface FulfillmentClientOptions extends Credentials, CallLimitOptions, Hooks {
  /**
   * Which of the vendor's environments to use.
   * @default "sandbox"
   */
  environment?: Environment | undefined;
  /**
   * The API's address, with its base path. Must be https, loopback excepted.
   * @default the environment's
   */
  baseUrl?: string | undefined;
  /**
   * The token endpoint's address. Must be https, loopback excepted.
   * @default the environment's
   */
  tokenUrl?: string | undefined;
  /**
   * Where to keep access tokens, so that a fleet of processes shares one. It is keyed by a hash of the token URL
   * and the client's identifier.
   * @default none: each client keeps its own
   */
  tokenStore?: TokenStore | undefined;
  /**
   * Sends the requests, in place of the package's own transport.
   * @default undici on Node, the runtime's fetch elsewhere
   */
  fetch?: ((request: Request) => Promise<Response>) | undefined;
  /**
   * How requests travel on Node, where undici carries them. Elsewhere it has no effect.
   * @default {}
   */
  node?: NodeOptions | undefined;
  /**
   * Corrections to switch off, by their id: `{ "JH-01": false }`. Their fields then travel as the caller spells
   * them, and come back as the API spells them.
   * @default {} (all on)
   */
  corrections?: Readonly<Record<`JH-${number}`, boolean>> | undefined;
  /**
   * Refuse an order or protocol whose doses do not add up to its quantity, before it is sent (JH-09).
   * @default true
   */
  preflight?: boolean | undefined;
  /**
   * Told which spelling the live API sends, once for each that an answer holds: `("JH-01", "zip")` as documented,
   * or `("JH-01", "zipCode")` once the vendor has fixed it.
   * @default none
   */
  onDiscrepancy?: ((id: CorrectionId, spelling: string) => void) | undefined;
}

/**
 * The options that {@link fromEnv} reads. Their secret is left out when they are logged or serialised.
 *
 * @example
 * ```ts
 * import { createFulfillmentClient, type EnvironmentOptions, fromEnv } from "juniper-fulfillment";
 *
 * const options: EnvironmentOptions = fromEnv({ JUNIPER_CLIENT_ID: "id", JUNIPER_CLIENT_SECRET: "secret" });
 * const client = createFulfillmentClient({ ...options, maxRetries: 0 });
 * ```
 */
export interface EnvironmentOptions {
  /** The client's identifier, from `JUNIPER_CLIENT_ID`. */
  clientId: string;
  /** The client's secret, from `JUNIPER_CLIENT_SECRET`. */
  clientSecret: string;
  /**
   * The environment, from `JUNIPER_ENVIRONMENT`.
   * @default none: the client's own default
   */
  environment?: Environment;
}

/**
 * Reads the client's options from the environment: `JUNIPER_CLIENT_ID`, `JUNIPER_CLIENT_SECRET` and, if it is
 * set, `JUNIPER_ENVIRONMENT` (`sandbox` or `production`).
 *
 * @param env Where to read them from. `process.env` by default.
 * @returns What to pass to {@link createFulfillmentClient}.
 * @throws {ConfigurationError} when one of the first two is missing, or the third is neither of its values.
 * @example
 * ```ts
 * import { createFulfillmentClient, fromEnv } from "juniper-fulfillment";
 *
 * const client = createFulfillmentClient(fromEnv());
 * ```
 */
export function fromEnv(
  env: Readonly<Record<string, string | undefined>> = globalThis.process?.env ?? {},
): EnvironmentOptions {
  const {
    JUNIPER_CLIENT_ID: clientId,
    JUNIPER_CLIENT_SECRET: clientSecret,
    JUNIPER_ENVIRONMENT: environment,
  } = env;
  const missing = Object.entries({ JUNIPER_CLIENT_ID: clientId, JUNIPER_CLIENT_SECRET: clientSecret })
    .filter(([, value]) => !value)
    .map(([name]) => name);
  if (!clientId || !clientSecret) {
    throw new ConfigurationError(`${missing.join(" and ")} must be set in the environment.`);
  }
  if (environment === undefined || environment === "") return conceal({ clientId, clientSecret });
  if (!isEnvironment(environment)) {
    throw new ConfigurationError('JUNIPER_ENVIRONMENT must be "sandbox" or "production".');
  }
  return conceal({ clientId, clientSecret, environment });
}

/** The options, whose secret is left out when they are logged or serialised. A copy of them is the caller's own. */
function conceal(options: EnvironmentOptions): EnvironmentOptions {
  const shown = (): object => ({ ...options, clientSecret: "(concealed)" });
  return Object.defineProperties(options, {
    toJSON: { value: shown },
    // Node's util.inspect and console.log, by the symbol that they share between realms.
    [Symbol.for("nodejs.util.inspect.custom")]: { value: shown },
  });
}

/** The options with every default filled in and every value checked. */
export interface CheckedOptions {
  readonly baseUrl: string;
  readonly tokenUrl: string;
  readonly credentials:
    | { readonly clientId: string; readonly clientSecret: string }
    | { readonly accessToken: string | (() => string | Promise<string>) };
  readonly disabledCorrections: ReadonlySet<string>;
  readonly limits: CallLimits;
}

/** Checks the options, so that a mistake shows where it was made and not in the first request. */
export function checkOptions(options: FulfillmentClientOptions): CheckedOptions {
  if (typeof options !== "object" || options === null) {
    throw new ConfigurationError("createFulfillmentClient takes an object of options.");
  }
  const { environment = "sandbox" } = options;
  if (!isEnvironment(environment)) {
    throw new ConfigurationError('environment must be "sandbox" or "production".');
  }
  for (const name of [
    "fetch",
    "onDiscrepancy",
    "onRequest",
    "onResponse",
    "onRetry",
    "onToken",
    "onStoreError",
  ] as const) {
    checkFunction(name, options[name]);
  }
  checkNodeOptions(options.node);
  const { tokenStore } = options;
  const operations = ["get", "set", "delete"] as const;
  if (tokenStore !== undefined && !operations.every((name) => typeof tokenStore?.[name] === "function")) {
    throw new ConfigurationError(
      "tokenStore must have get, set and delete. Any Keyv instance or a Map will do.",
    );
  }
  if (options.preflight !== undefined && typeof options.preflight !== "boolean") {
    throw new ConfigurationError("preflight must be true or false.");
  }
  return {
    baseUrl: checkUrl("baseUrl", options.baseUrl ?? environments[environment].baseUrl),
    tokenUrl: checkUrl("tokenUrl", options.tokenUrl ?? environments[environment].tokenUrl),
    credentials: checkCredentials(options),
    disabledCorrections: checkCorrections(options.corrections),
    limits: checkLimits(options),
  };
}

/**
 * The URL without its trailing slashes, when a request with a bearer token may go there: https, or plain http to
 * this machine. The message never holds the URL, which may hold a password.
 */
export function checkUrl(name: string, value: unknown): string {
  if (typeof value !== "string" || !URL.canParse(value)) {
    throw new ConfigurationError(
      `${name} must be an absolute URL, such as "${environments.sandbox.baseUrl}".`,
    );
  }
  const url = new URL(value);
  if (url.protocol !== "https:" && !(url.protocol === "http:" && isLoopback(url.hostname))) {
    throw new ConfigurationError(
      `${name} must be https. Plain http is for this machine alone, such as localhost.`,
    );
  }
  if (url.username !== "" || url.password !== "" || url.search !== "" || url.hash !== "") {
    throw new ConfigurationError(`${name} must have no user, password, query or fragment.`);
  }
  return url.href.replace(/\/+$/, "");
}

/** RFC 6761, section 6.3, and the loopback addresses of both families. */
function isLoopback(hostname: string): boolean {
  return (
    hostname === "localhost" ||
    hostname.endsWith(".localhost") ||
    hostname === "[::1]" ||
    /^127\.\d+\.\d+\.\d+$/.test(hostname)
  );
}

function isEnvironment(value: unknown): value is Environment {
  return typeof value === "string" && Object.hasOwn(environments, value);
}

function checkCredentials(options: Credentials): CheckedOptions["credentials"] {
  const { clientId, clientSecret, accessToken } = options;
  if (accessToken !== undefined) {
    if (clientId !== undefined || clientSecret !== undefined) {
      throw new ConfigurationError("Give either accessToken or clientId and clientSecret, not both.");
    }
    if (typeof accessToken !== "function") checkAccessToken(accessToken);
    return { accessToken };
  }
  if (
    typeof clientId !== "string" ||
    typeof clientSecret !== "string" ||
    clientId === "" ||
    clientSecret === ""
  ) {
    throw new ConfigurationError(
      "clientId and clientSecret must be set, or accessToken in their place. fromEnv() reads them from the environment.",
    );
  }
  return { clientId, clientSecret };
}

/** RFC 6750, section 2.1: the characters that a bearer token may have. Anything else could end the header early. */
export function isAccessToken(token: unknown): token is string {
  return typeof token === "string" && /^[\w.~+/-]+=*$/.test(token);
}

export function checkAccessToken(token: unknown): string {
  if (isAccessToken(token)) return token;
  throw new ConfigurationError("The access token must be a non-empty string of letters, digits and -._~+/=.");
}

function checkNodeOptions(node: unknown): void {
  if (node === undefined) return;
  if (typeof node !== "object" || node === null)
    throw new ConfigurationError("node must be an object of options.");
  const { connections, keepAliveTimeoutMs, http2, proxyFromEnvironment, tls, dispatcher } =
    node as NodeOptions;
  for (const [name, value] of Object.entries({ http2, proxyFromEnvironment })) {
    if (value !== undefined && typeof value !== "boolean") {
      throw new ConfigurationError(`node.${name} must be true or false.`);
    }
  }
  if (tls !== undefined && (typeof tls !== "object" || tls === null)) {
    throw new ConfigurationError("node.tls must be an object of options of tls.connect.");
  }
  if (connections !== undefined) checkNumber("node.connections", connections, 1, 100_000);
  if (keepAliveTimeoutMs !== undefined)
    checkNumber("node.keepAliveTimeoutMs", keepAliveTimeoutMs, 1, maxTimerMs);
  if (dispatcher !== undefined && typeof dispatcher?.dispatch !== "function") {
    throw new ConfigurationError("node.dispatcher must be a dispatcher of undici.");
  }
}

function checkFunction(name: string, value: unknown): void {
  if (value !== undefined && typeof value !== "function") {
    throw new ConfigurationError(`${name} must be a function.`);
  }
}

/** An id that is not in force is no mistake: the correction may have been retired since. */
function checkCorrections(corrections: FulfillmentClientOptions["corrections"]): ReadonlySet<string> {
  const disabled = new Set<string>();
  for (const [id, isOn] of Object.entries(corrections ?? {})) {
    if (!/^JH-\d{2,}$/.test(id) || typeof isOn !== "boolean") {
      throw new ConfigurationError('corrections must map ids such as "JH-01" to true or false.');
    }
    if (!isOn) disabled.add(id);
  }
  return disabled;
}
