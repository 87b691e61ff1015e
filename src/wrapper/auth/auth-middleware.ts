import { checkOrigin, renewToken } from "./authorize.ts";
import type { TokenSource } from "./token-source.ts";

/** What openapi-fetch passes to a middleware, as far as this one reads it. */
interface MiddlewareCall {
  readonly request: Request;
  readonly options: { readonly baseUrl: string; readonly fetch: (request: Request) => Promise<Response> };
}

/** A middleware of openapi-fetch that authorizes requests, made by {@link authMiddleware}. */
export interface AuthMiddleware {
  /**
   * Sets the `authorization` header of a request that has none.
   *
   * @param call What openapi-fetch passes.
   * @throws {ConfigurationError} when the request is about to leave the origin of its base URL.
   */
  onRequest(call: MiddlewareCall): Promise<undefined>;
  /**
   * Replays a request whose response is a 401, with a new token.
   *
   * @param call What openapi-fetch passes.
   * @returns The response to the replay, or nothing when there was none.
   */
  onResponse(call: MiddlewareCall & { readonly response: Response }): Promise<Response | undefined>;
}

/**
 * Sets the access token on each request, and replays it once with a new token when the API responds with a 401. A 401
 * means that the server did not act, so this is safe for orders too.
 *
 * It is for an openapi-fetch client of your own; the client of this package does the same by itself. Register it last:
 * it then authorizes, and replays, what the other middlewares have made of the request.
 *
 * @param tokenSource Where the tokens come from.
 * @returns What to pass to `use`.
 * @throws {ConfigurationError} from the call, when a request is about to leave the origin of its base URL.
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
