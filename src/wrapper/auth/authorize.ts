import { ConfigurationError } from "../errors.ts";
import type { TokenSource } from "./token-source.ts";

/** A request that {@link sendAuthorized} sends. */
export interface Sending {
  /** The headers of the request. One that has an `authorization` already is sent as it is. */
  readonly headers: Headers;
  /** Sends the request with these headers. After a 401, `renew` says whether to send it once more, with new ones. */
  send(renew?: () => Promise<boolean>): Promise<Response>;
  /** Waits for a token no longer than the call may take. */
  wait(token: Promise<string>): Promise<string>;
}

/**
 * Sends a request with an access token, and replays it once with a new one after a 401. A 401 means that the server
 * did not act, so this is safe for orders too.
 */
export function sendAuthorized(
  tokenSource: TokenSource,
  { headers, send, wait }: Sending,
): Promise<Response> {
  if (headers.has("authorization")) return send();
  const sendWith = (token: string): Promise<Response> => {
    headers.set("authorization", `Bearer ${token}`);
    return send(async () => {
      const renewed = await renewToken(tokenSource, token, wait);
      if (renewed !== undefined) headers.set("authorization", `Bearer ${renewed}`);
      return renewed !== undefined;
    });
  };
  const given = tokenSource.getToken();
  // Most of the time there is nothing to wait for.
  return typeof given === "string" ? sendWith(given) : wait(given).then(sendWith);
}

/** Another token in place of one that the API rejected. Undefined when there is none to try. */
export async function renewToken(
  tokenSource: TokenSource,
  rejected: string,
  wait: Sending["wait"] = (token) => token,
): Promise<string | undefined> {
  if (!tokenSource.invalidate(rejected)) return undefined;
  const given = tokenSource.getToken();
  const token = typeof given === "string" ? given : await wait(given);
  return token === rejected ? undefined : token;
}

/**
 * The token is for the base URL's origin alone, also when a middleware has rewritten the request's URL.
 *
 * @throws {ConfigurationError} for any other URL.
 */
export function checkOrigin(url: string, baseUrl: string): void {
  if (url.startsWith(baseUrl) && url[baseUrl.length] === "/") return;
  if (new URL(url).origin === new URL(baseUrl).origin) return;
  throw new ConfigurationError(
    "A request left the origin of its base URL, so it was not sent with the access token.",
  );
}
