import {
  allowInsecureRequests,
  ClientSecretPost,
  clientCredentialsGrantRequest,
  customFetch,
} from "oauth4webapi";
import { AuthenticationError, apiErrorFrom, UnexpectedResponseError } from "../errors.ts";
import { type CallLimits, isAccessToken } from "../options.ts";
import { parseBody } from "../result.ts";
import { type RetryContext, sendWithRetries } from "../transport/retry.ts";

/** Who signs in where, and by what means. */
export interface ClientCredentials extends RetryContext {
  readonly clientId: string;
  readonly clientSecret: string;
  readonly tokenUrl: string;
  readonly limits: CallLimits;
}

/** What a token counts as that says nothing of its lifetime, and the longest that is believed. */
const unknownLifetimeSeconds = 5 * 60;
const longestLifetimeSeconds = 24 * 60 * 60;

/**
 * Buys one token. The request is repeated where it fails for a passing reason: a token too many does no harm.
 *
 * @throws {AuthenticationError} {@link ApiError} {@link ConnectionError} {@link TimeoutError} or
 * {@link UnexpectedResponseError}.
 */
export async function requestToken(
  options: ClientCredentials,
): Promise<{ token: string; expiresInSeconds: number }> {
  const { clientId, clientSecret, tokenUrl, limits, transport, timing } = options;
  const call = { method: "POST", path: new URL(tokenUrl).pathname };
  const server = { issuer: new URL(tokenUrl).origin, token_endpoint: tokenUrl };
  const client = { client_id: clientId };
  const response = await clientCredentialsGrantRequest(
    server,
    client,
    ClientSecretPost(clientSecret),
    {},
    {
      // Options have been checked: plain http is for this machine alone.
      [allowInsecureRequests]: true,
      [customFetch]: (url, { method, headers, body }) => {
        const request = {
          method,
          url,
          headers: new Headers(headers),
          body: body?.toString(),
          signal: undefined,
        };
        const { maxResponseBytes } = limits;
        const retryCall = {
          ...call,
          limits,
          maxResponseBytes,
          streaming: false,
          light: false,
          isRepeatable: true,
        };
        return sendWithRetries({ transport, timing, hooks: {} }, request, retryCall);
      },
    },
  );
  const text = await response.text();
  const body = parseBody(text);
  if (!response.ok) throw refusal(apiErrorFrom({ ...call, response, body }));
  const token = readToken(body);
  if (token !== undefined) return token;
  throw new UnexpectedResponseError({ ...call, response }, "no bearer token that can be used");
}

/**
 * What RFC 6749, section 5.1, requires of an answer: a token, and its type, in letters of any case. A lifetime that is
 * no number counts as unknown, and a negative one as none.
 */
function readToken(body: unknown): { token: string; expiresInSeconds: number } | undefined {
  if (typeof body !== "object" || body === null) return undefined;
  const { access_token, token_type, expires_in } = body as Readonly<Record<string, unknown>>;
  if (!isAccessToken(access_token) || String(token_type).toLowerCase() !== "bearer") return undefined;
  const seconds = Number(expires_in ?? Number.NaN);
  if (Number.isNaN(seconds)) return { token: access_token, expiresInSeconds: unknownLifetimeSeconds };
  return { token: access_token, expiresInSeconds: Math.max(0, Math.min(seconds, longestLifetimeSeconds)) };
}

/** RFC 6749, section 5.2: a refused client is a 400 or a 401. */
function refusal(error: ReturnType<typeof apiErrorFrom>): Error {
  if (error.status !== 400 && error.status !== 401 && error.status !== 403) return error;
  const { method, path, response, body } = error;
  return new AuthenticationError({ method, path, response, body });
}
