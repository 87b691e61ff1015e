import { ConfigurationError } from "../errors.ts";
import { LightRequest } from "../transport/light-request.ts";
import type { TokenSource } from "./token-source.ts";

/** What openapi-fetch passes to a middleware, as far as this one reads it. */
interface MiddlewareCall {
  readonly request: Request;
  readonly options: { readonly baseUrl: string; readonly fetch: (request: Request) => Promise<Response> };
}

/**
 * A middleware of openapi-fetch that signs requests, made by {@link authMiddleware}.
 *
 * @example
 * ```ts
 * import createClient from "openapi-fetch";
 * import { type AuthMiddleware, authMiddleware, createTokenSource, fromEnv, type paths } from "juniper-fulfillment";
 *
 * const auth: AuthMiddleware = authMiddleware(createTokenSource(fromEnv()));
 * const client = createClient<paths>({ baseUrl: "https://api.fulfillment.sandbox.juniperhealth.com/v1" });
 * client.use(auth);
 * ```
 */
export interface AuthMiddleware {
  /**
   * Signs a request that has no `authorization` header.
   *
   * @param call What openapi-fetch passes.
   * @throws {ConfigurationError} when the request is about to leave the origin of its base URL.
   */
  onRequest(call: MiddlewareCall): undefined | Promise<undefined>;
  /**
   * Sends a request that was answered with 401 once more, with a new token.
   *
   * @param call What openapi-fetch passes.
   * @returns The answer to the repetition, or nothing when there was none.
   */
  onResponse(
    call: MiddlewareCall & { readonly response: Response },
  ): undefined | Promise<Response | undefined>;
}

interface SentRequest {
  readonly token: string;
  /** What to send should it have to be sent again: a request that has a body can be sent only once. */
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
 * @returns What to pass to `use`.
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
  // One call of openapi-fetch passes the same `options` to all its hooks, and drops them with itself. A light
  // request, which can be sent again, notes its token on itself: a map of every call would keep the collector busy.
  const sent = new WeakMap<object, SentRequest>();

  const sign = (request: Request, options: object, token: string): undefined => {
    request.headers.set("authorization", `Bearer ${token}`);
    if (!LightRequest.noteToken(request, token)) sent.set(options, { token, again: repeatOf(request) });
  };

  const repeat = async (
    request: Request,
    response: Response,
    options: MiddlewareCall["options"],
  ): Promise<Response | undefined> => {
    const noted = LightRequest.notedToken(request);
    const first = noted === undefined ? sent.get(options) : { token: noted, again: request };
    if (first === undefined || !tokenSource.refuse(first.token)) return undefined;
    const token = await tokenSource.getToken();
    if (token === first.token) return undefined;
    first.again.headers.set("authorization", `Bearer ${token}`);
    await response.body?.cancel();
    return options.fetch(first.again);
  };

  return {
    onRequest({ request, options }) {
      checkOrigin(request.url, options.baseUrl);
      // The caller's own header stands.
      if (request.headers.has("authorization")) return undefined;
      const token = tokenSource.getToken();
      // Most of the time there is nothing to wait for.
      if (typeof token === "string") return sign(request, options, token);
      return token.then((awaited) => sign(request, options, awaited));
    },
    onResponse: ({ request, response, options }) =>
      response.status === 401 ? repeat(request, response, options) : undefined,
  };
}

/** The token is for the base URL's origin alone, also when a middleware has rewritten the request's URL. */
function checkOrigin(url: string, baseUrl: string): void {
  if (url.startsWith(`${baseUrl}/`) || new URL(url).origin === new URL(baseUrl).origin) return;
  throw new ConfigurationError(
    "A request left the origin of its base URL, so it was not sent with the access token.",
  );
}

function repeatOf(request: Request): Request {
  return request.body === null ? request : request.clone();
}
