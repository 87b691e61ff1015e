import { checkOrigin, renewToken } from "./authorize.ts";
import type { TokenSource } from "./token-source.ts";

/** What openapi-fetch passes to a middleware, as far as this one reads it. */
interface MiddlewareCall {
  readonly request: Request;
  readonly options: { readonly baseUrl: string; readonly fetch: (request: Request) => Promise<Response> };
}

/**
 * The openapi-fetch middleware that {@link authMiddleware} returns.
 *
 * @example
 * ```ts
 * import { type AuthMiddleware, authMiddleware, createTokenSource, fromEnv } from "juniper-fulfillment";
 *
 * export const middleware: AuthMiddleware = authMiddleware(createTokenSource(fromEnv()));
 * ```
 */
export interface AuthMiddleware {
  /**
   * Sets the `authorization` header of a request that has none.
   *
   * @param call The request, as openapi-fetch passes it.
   * @throws {ConfigurationError} when the request is about to leave the origin of its base URL.
   */
  onRequest(call: MiddlewareCall): Promise<undefined>;
  /**
   * Replays a request that got a 401, with a new token.
   *
   * @param call The request and its response, as openapi-fetch passes them.
   * @returns The response to the replay, or undefined when nothing was replayed.
   */
  onResponse(call: MiddlewareCall & { readonly response: Response }): Promise<Response | undefined>;
}

/**
 * Creates a middleware that sets the access token on each request, and replays the request once with a new token after
 * a 401. A 401 means that the server did not act, so this is safe for orders too.
 *
 * Use it with an openapi-fetch client of your own; this package's client does the same by itself. Register it last, so
 * that it authorizes and replays the request as the other middlewares left it.
 *
 * @param tokenSource Where the tokens come from.
 * @returns The middleware, to pass to `use`.
 * @throws {ConfigurationError} from a call, when the request is about to leave the origin of its base URL.
 * @example
 * ```ts
 * import createClient from "openapi-fetch";
 * import { authMiddleware, type paths } from "juniper-fulfillment";
 *
 * const client = createClient<paths>({ baseUrl: "https://api.fulfillment.sandbox.juniperhealth.com/v1" });
 * client.use(authMiddleware({ getToken: () => "a-token", invalidate: () => false }));
 * ```
 */
export function authMiddleware(tokenSource: TokenSource): AuthMiddleware {
  // One call of openapi-fetch passes the same `options` to all its hooks, and drops them with itself.
  const sent = new WeakMap<object, { readonly token: string; readonly replay: Request }>();
  return {
    async onRequest({ request, options }) {
      checkOrigin(request.url, options.baseUrl);
      // The caller's own header stands.
      if (request.headers.has("authorization")) return undefined;
      const token = await tokenSource.getToken();
      request.headers.set("authorization", `Bearer ${token}`);
      // A request that has a body can be sent only once.
      sent.set(options, { token, replay: request.body === null ? request : request.clone() });
      return undefined;
    },
    async onResponse({ response, options }) {
      const first = response.status === 401 ? sent.get(options) : undefined;
      const token = first && (await renewToken(tokenSource, first.token));
      if (first === undefined || token === undefined) return undefined;
      first.replay.headers.set("authorization", `Bearer ${token}`);
      await response.body?.cancel();
      return options.fetch(first.replay);
    },
  };
}
