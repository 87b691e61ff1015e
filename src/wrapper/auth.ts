import { ConfigurationError } from "./errors.ts";
import type { TokenSource } from "./token-source.ts";
import { repeatOf } from "./transport/light-request.ts";

/** What openapi-fetch passes to a middleware, as far as this one reads it. */
interface MiddlewareCall {
  readonly request: Request;
  readonly options: { readonly baseUrl: string; readonly fetch: (request: Request) => Promise<Response> };
}

/** A middleware of openapi-fetch that signs requests. */
export interface AuthMiddleware {
  onRequest(call: MiddlewareCall): Promise<undefined>;
  onResponse(call: MiddlewareCall & { readonly response: Response }): Promise<Response | undefined>;
}

interface SentRequest {
  readonly token: string;
  readonly again: Request;
}

/**
 * Signs each request with an access token, and sends it once more with a new token when the API answers 401. A 401
 * means that the server did not act, so that this is safe for orders too.
 *
 * The client has it built in. For an openapi-fetch client of your own, register it last: it then signs, and sends
 * again, what the other middlewares have made of the request.
 *
 * @param tokenSource Where the tokens come from.
 * @throws {ConfigurationError} from the call, when a request is about to leave the origin of its base URL.
 * @example
 * ```ts
 * import createClient from "openapi-fetch";
 * import { authMiddleware, type paths } from "juniper-fulfillment";
 *
 * const client = createClient<paths>({ baseUrl: "https://api.fulfillment.sandbox.juniperhealth.com/v1" });
 * client.use(authMiddleware({ getToken: () => "a-token", refuse: () => false }));
 * ```
 */
export function authMiddleware(tokenSource: TokenSource): AuthMiddleware {
  // One call of openapi-fetch passes the same `options` to all its hooks, and drops them with itself.
  const sent = new WeakMap<object, SentRequest>();
  return {
    async onRequest({ request, options }) {
      checkOrigin(request.url, options.baseUrl);
      // The caller's own header stands.
      if (request.headers.has("authorization")) return undefined;
      const tokenOrPromise = tokenSource.getToken();
      const token = typeof tokenOrPromise === "string" ? tokenOrPromise : await tokenOrPromise;
      request.headers.set("authorization", `Bearer ${token}`);
      sent.set(options, { token, again: repeatOf(request) });
      return undefined;
    },
    async onResponse({ response, options }) {
      const first = sent.get(options);
      if (response.status !== 401 || first === undefined || !tokenSource.refuse(first.token))
        return undefined;
      const token = await tokenSource.getToken();
      if (token === first.token) return undefined;
      const { again } = first;
      again.headers.set("authorization", `Bearer ${token}`);
      await response.body?.cancel();
      return options.fetch(again);
    },
  };
}

/** The token is for the base URL's origin alone, also when a middleware has rewritten the request's URL. */
function checkOrigin(url: string, baseUrl: string): void {
  if (url.startsWith(`${baseUrl}/`) || new URL(url).origin === new URL(baseUrl).origin) return;
  throw new ConfigurationError(
    "A request left the origin of its base URL, so it was not sent with the access token.",
  );
}
