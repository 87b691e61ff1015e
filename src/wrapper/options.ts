import type { CorrectionId } from "../generated/corrections.ts";
import type { Environment } from "./environment.ts";
import type { Hooks } from "./hooks.ts";
import type { TokenStore } from "./store.ts";

/** Who signs in: the client with its secret, or you with an access token from elsewhere. */
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
   * function is called before every request, and once more after a 401, so it should keep what it has.
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
   * How many further attempts follow a failed one, where a retry is safe.
   * @default 2
   */
  maxRetries?: number | undefined;
  /**
   * How long one attempt may take, in milliseconds, from its start to the end of its response. With
   * `parseAs: "stream"`, from its start to the headers, and from one chunk to the next.
   * @default 30000
   */
  timeoutMs?: number | undefined;
  /**
   * How long the whole call may take, in milliseconds, with all its attempts, the waits between them, and a streamed
   * body to its end.
   * @default 120000
   */
  deadlineMs?: number | undefined;
  /**
   * The largest response body, in bytes, after decompression. It holds for a streamed body too.
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
   * Whether to use HTTP/2 where the server offers it: all requests then share a connection. Behind a proxy of the
   * environment it is HTTP/1.1 all the same.
   * @default false
   */
  http2?: boolean | undefined;
  /**
   * Whether to use the proxy that `HTTP_PROXY`, `HTTPS_PROXY` and `NO_PROXY` name. Plain http goes to none, since
   * it is for this machine, or for a proxy that is named by `baseUrl`.
   * @default true
   */
  proxyFromEnvironment?: boolean | undefined;
  /**
   * Options of `tls.connect` for the API and its token endpoint, such as `ca`, `cert` and `key`. They also hold
   * through a proxy, but not for the proxy itself.
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
   * The API's address, with its base path. It must be https; loopback and `allowInsecureHttp` are the exceptions. It
   * goes together with `tokenUrl`, unless its host is that of one of the vendor's environments, or `environment` is set.
   * @default the environment's
   */
  baseUrl?: string | undefined;
  /**
   * The token endpoint's address. It must be https; loopback and `allowInsecureHttp` are the exceptions.
   * @default the environment's
   */
  tokenUrl?: string | undefined;
  /**
   * Origins to which plain http is allowed, such as `["http://proxy.internal:8080"]` for a proxy that adds TLS. The secret
   * and the access token travel there in clear, and so does all that is known about a customer.
   * @default [] (this machine alone)
   */
  allowInsecureHttp?: readonly string[] | undefined;
  /**
   * Whether a browser may have the `clientSecret`. Anybody who opens the page can read it, and place orders with it: it is for
   * pages that only its owner opens. Node, Bun, Deno, Workers and edge runtimes need no permission.
   * @default false
   */
  dangerouslyAllowBrowser?: boolean | undefined;
  /**
   * Where to keep access tokens, so that a fleet of processes shares one. It is keyed by a hash of the token URL
   * and the client's identifier.
   * @default none: each client keeps its own
   */
  tokenStore?: TokenStore | undefined;
  /**
   * Sends the requests, in place of the package's own transport. It must send each one once, and fail with the error
   * that it got: one that says that no connection was made counts as "not sent".
   * @default undici on Node, the runtime's fetch elsewhere
   */
  fetch?: ((request: Request) => Promise<Response>) | undefined;
  /**
   * How requests travel on Node, where undici carries them. What another runtime can't do is refused there.
   * @default {}
   */
  node?: NodeOptions | undefined;
  /**
   * What to add to the `User-Agent` of every request, such as `"shop/1.2"`. It begins with this package and the
   * runtime: `juniper-fulfillment/1.0.0 node/20.20.2`. A browser sends its own.
   * @default none
   */
  userAgent?: string | undefined;
  /**
   * Corrections to switch off, by their id: `{ "JH-01": false }`. Their fields then travel as the caller spells
   * them, and come back as the API spells them.
   * @default {} (all on)
   */
  corrections?: Readonly<Record<`JH-${number}`, boolean>> | undefined;
  /**
   * Whether to check that the doses of an order or a protocol add up to its quantity, before it is sent (JH-09).
   * @default true
   */
  checkDosage?: boolean | undefined;
  /**
   * Whether `util.inspect`, and so `console.log`, shows orders, protocols and all else that the client returns without what
   * says something about a person. Their JSON is untouched; for that there is {@link redact}. `console.dir` shows all.
   * @default false
   */
  conceal?: boolean | undefined;
  /**
   * Told which spelling the live API sends, once for each in a response: `("JH-01", "zip")` as documented,
   * or `("JH-01", "zipCode")` once the vendor has fixed it.
   * @default none
   */
  onDiscrepancy?: ((id: CorrectionId, spelling: string) => void) | undefined;
}
