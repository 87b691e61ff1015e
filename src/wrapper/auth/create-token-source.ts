import { checkOptions } from "../check-options.ts";
import { ConfigurationError } from "../errors.ts";
import type { CallLimitOptions, FulfillmentClientOptions } from "../options.ts";
import { systemTiming } from "../timing.ts";
import { chooseTransport } from "../transport/choose-transport.ts";
import { userAgentOf } from "../transport/user-agent.ts";
import { ClientCredentialsSource, type TokenSource } from "./token-source.ts";

/**
 * The options of {@link createTokenSource}: those of the client that concern signing in.
 *
 * @example
 * ```ts
 * import { createTokenSource, fromEnv, type TokenSourceOptions } from "juniper-fulfillment";
 *
 * const options: TokenSourceOptions = { ...fromEnv(), tokenStore: new Map(), timeoutMs: 5_000 };
 * const tokens = createTokenSource(options);
 * ```
 */
export type TokenSourceOptions = Pick<
  FulfillmentClientOptions,
  | "clientId"
  | "clientSecret"
  | "environment"
  | "baseUrl"
  | "tokenUrl"
  | "allowInsecureHttp"
  | "dangerouslyAllowBrowser"
  | "tokenStore"
  | "fetch"
  | "node"
  | "userAgent"
  | "onToken"
  | "onStoreError"
  | keyof CallLimitOptions
>;

/**
 * Creates a source of access tokens, like the one inside every client. Use it with {@link authMiddleware}, or for
 * requests that you send by other means.
 *
 * @param options Credentials, and what differs from the defaults.
 * @returns The source. `requestCount` is the number of tokens that were issued to it.
 * @throws {ConfigurationError} when an option is missing or can't work.
 * @example
 * ```ts
 * import { createTokenSource, fromEnv } from "juniper-fulfillment";
 *
 * const tokens = createTokenSource(fromEnv());
 * const token = await tokens.getToken();
 * console.log(token.length, tokens.requestCount);
 * ```
 */
export function createTokenSource(options: TokenSourceOptions): TokenSource & {
  /** How many tokens were issued to it. */
  readonly requestCount: number;
} {
  // It calls the token endpoint alone. The API's address need not go with it; where it does, it says which that is.
  const environment = options?.environment ?? (options?.baseUrl === undefined ? "sandbox" : undefined);
  const { credentials, tokenUrl, limits } = checkOptions(options, environment, "createTokenSource");
  if ("accessToken" in credentials) {
    throw new ConfigurationError("A token source needs clientId and clientSecret.");
  }
  const { tokenStore } = options;
  const context = { transport: chooseTransport(options), hooks: options, timing: systemTiming };
  const userAgent = userAgentOf(options.userAgent);
  return new ClientCredentialsSource({ ...context, userAgent, ...credentials, tokenUrl, limits, tokenStore });
}
