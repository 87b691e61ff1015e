import type { CorrectionId } from "../generated/corrections.ts";
import type { Environment } from "./environment.ts";
import type { Hooks } from "./hooks.ts";
import type { TokenStore } from "./store.ts";

/**
 * How the client signs in: with its id and secret, or with an access token of your own.
 *
 * @example
 * ```ts
 * import { createFulfillmentClient, type Credentials } from "juniper-fulfillment";
 *
 * const credentials: Credentials = { clientId: "your-client-id", clientSecret: "your-client-secret" };
 * const client = createFulfillmentClient({ ...credentials, environment: "production" });
 * ```
 */
export interface Credentials {
  /**
   * The client's identifier.
   * @default none: needed without an `accessToken`
   */
  clientId?: string | undefined;
  /**
   * The client's secret, or a function that returns it, which is called once. Whatever logs options leaves functions out.
   * @default none: needed without an `accessToken`
   */
  clientSecret?: string | (() => string) | undefined;
  /**
   * An access token, or a function that returns one, instead of `clientId` and `clientSecret`. The function is called
   * before every request, and once more after a 401, so it should cache the token.
   * @default none: the client requests its own
   */
  accessToken?: string | (() => string | Promise<string>) | undefined;
}

/**
 * The limits of a call. Set them for the client, or for one call next to its `params` and `body`.
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
   * How many times a failed attempt is retried, where a retry is safe. The replay after a 401 is no retry.
   * @default 2
   */
  maxRetries?: number | undefined;
  /**
   * How long one attempt may take, in milliseconds, until its response is complete. With `parseAs: "stream"`: until
   * the headers arrive, and then from one chunk to the next.
   * @default 30000
   */
  timeoutMs?: number | undefined;
  /**
   * How long the whole call may take, in milliseconds: all attempts, the waits between them, and a streamed body to
   * its end.
   * @default 120000
   */
  deadlineMs?: number | undefined;
  /**
   * The largest response body to accept, in bytes after decompression. It applies to a streamed body too. A 2xx that has
   * a larger one can't be used; any other response is told by its status, without its body.
   * @default 16777216
   */
  maxResponseBytes?: number | undefined;
}

/**
 * How requests are sent on Node.
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
   * The maximum number of connections to one origin.
   * @default no limit
   */
  connections?: number | undefined;
  /**
   * How long to keep an idle connection, in milliseconds, unless the server asks for less.
   * @default 4000
   */
  keepAliveTimeoutMs?: number | undefined;
  /**
   * Whether to use HTTP/2 where the server offers it: all requests then share one connection. Through a proxy from the
   * environment, requests use HTTP/1.1 anyway.
   * @default false
   */
  http2?: boolean | undefined;
  /**
   * Whether to use the proxy from `HTTP_PROXY`, `HTTPS_PROXY` and `NO_PROXY`. Requests over plain http never use it:
   * they are for this machine, or for a proxy that `baseUrl` names.
   * @default true
   */
  proxyFromEnvironment?: boolean | undefined;
  /**
   * Options of `tls.connect` for the API and its token endpoint, such as `ca`, `cert` and `key`. They also apply
   * through a proxy, but not to the proxy itself.
   * @default {}
   */
  tls?: object | undefined;
  /**
   * Your own dispatcher, of any version of undici, such as a `ProxyAgent`. It replaces all other options, and must send
   * each request once: a POST or PATCH that it begins a second time is stopped, for which it gets its body as an iterable
   * that can be read once, as from `fetch`. How far a request got is told by its error alone. One that says that no
   * connection was made, and comes before any response, counts as "not sent", and anything else as sent.
   * @default none: the client creates its own agent
   */
  dispatcher?:
    | {
        /** Undici's method that sends a request. */
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
   * The API's address, with its base path. It must be https, except for loopback and `allowInsecureHttp`. Set
   * `tokenUrl` too, unless the host belongs to one of the vendor's environments or `environment` is set.
   * @default the environment's
   */
  baseUrl?: string | undefined;
  /**
   * The token endpoint's address. It must be https, except for loopback and `allowInsecureHttp`.
   * @default the environment's
   */
  tokenUrl?: string | undefined;
  /**
   * Origins to which plain http is allowed, such as `["http://proxy.internal:8080"]` for a proxy that adds TLS. The
   * secret, the access token and all customer data are sent there unencrypted.
   * @default [] (this machine alone)
   */
  allowInsecureHttp?: readonly string[] | undefined;
  /**
   * Whether `clientSecret` may be used in a browser. Anybody who opens the page can read it and place orders with it, so
   * set this only for pages that nobody but you opens. Node, Bun, Deno, Workers and edge runtimes don't need it.
   * @default false
   */
  dangerouslyAllowBrowser?: boolean | undefined;
  /**
   * Where to keep access tokens, so that a fleet of processes shares one. The key is a hash of the token URL and the
   * client's identifier.
   * @default none: each client keeps its own
   */
  tokenStore?: TokenStore | undefined;
  /**
   * Sends the requests, in place of the package's own transport. It must send each request once. When it rejects, the
   * request counts as sent, whatever the error, unless it is the runtime's own `fetch`: it could have failed after it had sent,
   * such as at a log. So more writes end in an `OutcomeUnknownError`.
   * @default undici on Node, the runtime's fetch elsewhere
   */
  fetch?: ((request: Request) => Promise<Response>) | undefined;
  /**
   * How requests are sent on Node, through undici. Another runtime rejects an option that it can't support.
   * @default {}
   */
  node?: NodeOptions | undefined;
  /**
   * What to add to the `User-Agent` of every request, such as `"shop/1.2"`. The header begins with this package and the
   * runtime: `juniper-fulfillment/1.0.0 node/20.20.2`. A browser sends its own.
   * @default none
   */
  userAgent?: string | undefined;
  /**
   * Corrections to switch off, by id: `{ "JH-01": false }`. The fields are then sent as you spell them, and returned as
   * the API spells them.
   * @default {} (all on)
   */
  corrections?: Readonly<Record<`JH-${number}`, boolean>> | undefined;
  /**
   * Whether to check that the doses of an order or a protocol add up to its quantity, before it is sent (JH-09).
   * @default true
   */
  checkDosage?: boolean | undefined;
  /**
   * Whether `util.inspect`, and so `console.log`, hides personal data in orders, protocols and everything else that the
   * client returns, and the URL and the headers of its response, which may repeat what was searched for. JSON is not
   * changed: use {@link redact} for that. `console.dir` shows everything, and so does a string that is taken out of its
   * result, such as an `error` that is no JSON.
   * @default false
   */
  conceal?: boolean | undefined;
  /**
   * Called with the spelling that the live API sends, once for each in a response: `("JH-01", "zip")` as documented,
   * or `("JH-01", "zipCode")` once the vendor has fixed it.
   * @default none
   */
  onDiscrepancy?: ((id: CorrectionId, spelling: string) => void) | undefined;
}
