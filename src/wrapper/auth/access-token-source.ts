import { checkAccessToken } from "../access-token.ts";
import type { TokenSource } from "./token-source.ts";

/** The source for a token of the user's, in the two forms that `accessToken` takes. */
export function accessTokenSource(accessToken: string | (() => string | Promise<string>)): TokenSource {
  if (typeof accessToken === "string") return { getToken: () => accessToken, invalidate: () => false };
  return { getToken: async () => checkAccessToken(await accessToken()), invalidate: () => true };
}
