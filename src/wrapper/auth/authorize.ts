import { ConfigurationError } from "../errors.ts";
import type { TokenSource } from "./token-source.ts";

/**
 * Sends a request with an access token, and replays it once with a new one after a 401. A 401 means that the server
 * did not act, so this is safe for orders too.
 *
 * @param headers The headers of the request. One that has an `authorization` already is sent as it is.
 * @param send Sends the request with these headers.
 */
export async function sendAuthorized(
  tokenSource: TokenSource,
  headers: Headers,
  send: () => Promise<Response>,
): Promise<Response> {
  if (headers.has("authorization")) return send();
  const given = tokenSource.getToken();
  // Most of the time there is nothing to wait for.
  const token = typeof given === "string" ? given : await given;
  headers.set("authorization", `Bearer ${token}`);
  const response = await send();
  if (response.status !== 401) return response;
  const renewed = await renewToken(tokenSource, token);
  if (renewed === undefined) return response;
  headers.set("authorization", `Bearer ${renewed}`);
  await response.body?.cancel();
  return send();
}

/** Another token in place of one that the API rejected. Undefined when there is none to try. */
export async function renewToken(tokenSource: TokenSource, rejected: string): Promise<string | undefined> {
  if (!tokenSource.invalidate(rejected)) return undefined;
  const token = await tokenSource.getToken();
  return token === rejected ? undefined : token;
}

/**
 * The token is for the base URL's origin alone, also when a middleware has rewritten the request's URL.
 *
 * @throws {ConfigurationError} for any other URL.
 */
export function checkOrigin(url: string, baseUrl: string): void {
  if (url.startsWith(`${baseUrl}/`) || new URL(url).origin === new URL(baseUrl).origin) return;
  throw new ConfigurationError(
    "A request left the origin of its base URL, so it was not sent with the access token.",
  );
}
