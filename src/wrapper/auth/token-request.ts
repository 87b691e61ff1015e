import { isAccessToken } from "../access-token.ts";
import type { CallLimits } from "../call-limits.ts";
import { whereIs } from "../environment.ts";
import { parseBody } from "../error-body.ts";
import {
  ApiError,
  type ApiErrorInit,
  AuthenticationError,
  RateLimitError,
  UnexpectedResponseError,
} from "../errors.ts";
import { isRecord } from "../is-record.ts";
import { serverOf } from "../request-url.ts";
import { tell, traced } from "../tracing.ts";
import { type RetryContext, sendWithRetries } from "../transport/retry.ts";

/** Who signs in where, and by what means. */
export interface ClientCredentials extends RetryContext {
  readonly clientId: string;
  readonly clientSecret: string;
  readonly tokenUrl: string;
  readonly limits: CallLimits;
}

/** What the token endpoint issues. */
export interface IssuedToken {
  readonly token: string;
  readonly expiresInSeconds: number;
}

/** The lifetime of a token that doesn't say how long it lives, and the longest that is believed. */
const unknownLifetimeSeconds = 5 * 60;
const longestLifetimeSeconds = 24 * 60 * 60;

/**
 * Requests one token: the client credentials grant of RFC 6749, section 4.4.2, with the credentials in the body
 * (`client_secret_post`, section 2.3.1). It is retried like a GET, since a token too many does no harm. Whoever subscribes
 * to `juniper-fulfillment:token` is told of it, without the token.
 *
 * @throws {AuthenticationError} when the credentials are rejected.
 * @throws {RateLimitError} for a 429.
 * @throws {ApiError} for any other status that isn't 2xx.
 * @throws {ConnectionError} when the token endpoint can't be reached.
 * @throws {TimeoutError} when it takes too long.
 * @throws {UnexpectedResponseError} when the response has no usable token.
 */
export function requestToken(options: ClientCredentials): Promise<IssuedToken> {
  if (!traced.token.isWatched) return sendTokenRequest(options);
  const context = { server: serverOf(options.tokenUrl) };
  return traced.token.run(context, async () => {
    const issued = await sendTokenRequest(options);
    tell(context, { expiresInSeconds: issued.expiresInSeconds });
    return issued;
  });
}

async function sendTokenRequest(options: ClientCredentials): Promise<IssuedToken> {
  const { clientId, clientSecret, tokenUrl, limits, transport, timing, userAgent } = options;
  const info = { method: "POST", path: new URL(tokenUrl).pathname };
  const form = { grant_type: "client_credentials", client_id: clientId, client_secret: clientSecret };
  const request = {
    method: "POST",
    url: tokenUrl,
    headers: new Headers({
      accept: "application/json",
      "content-type": "application/x-www-form-urlencoded;charset=UTF-8",
    }),
    body: new URLSearchParams(form).toString(),
    signal: undefined,
  };
  const { maxResponseBytes } = limits;
  const call = {
    ...info,
    limits,
    deadlineAtMs: timing.monotonicMs() + limits.deadlineMs,
    maxResponseBytes,
    streaming: false,
    isRepeatable: true,
  };
  const response = await sendWithRetries({ transport, timing, userAgent, hooks: {} }, request, call);
  const body = parseBody(await response.text());
  if (!response.ok) throw refusal({ ...info, response, body, asked: whereIs(tokenUrl) });
  const token = readToken(body);
  if (token !== undefined) return token;
  throw new UnexpectedResponseError({ ...info, response }, "no bearer token that can be used");
}

/** What RFC 6749, section 5.1, requires of a response: a token, and its type, in letters of any case. */
function readToken(body: unknown): IssuedToken | undefined {
  if (!isRecord(body)) return undefined;
  const { access_token, token_type, expires_in } = body;
  if (!isAccessToken(access_token) || typeof token_type !== "string") return undefined;
  if (token_type.toLowerCase() !== "bearer") return undefined;
  return { token: access_token, expiresInSeconds: readLifetime(expires_in) };
}

/** A number, or one in digits as some servers send it. Anything else is unknown, and a negative number is no time. */
function readLifetime(expiresIn: unknown): number {
  const isNumber = typeof expiresIn === "string" ? /^\d+$/.test(expiresIn) : typeof expiresIn === "number";
  if (!isNumber) return unknownLifetimeSeconds;
  return Math.max(0, Math.min(Number(expiresIn), longestLifetimeSeconds));
}

/**
 * RFC 6749, section 5.2: a client that is rejected gets a 400 or a 401. A 404 or a 422 says nothing about an order here,
 * and must not look like one from the API.
 */
function refusal(init: ApiErrorInit): ApiError {
  const { status } = init.response;
  if (status === 400 || status === 401 || status === 403) return new AuthenticationError(init);
  return status === 429 ? new RateLimitError(init) : new ApiError(init);
}
