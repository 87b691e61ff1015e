import { ConfigurationError } from "./errors.ts";

/**
 * The vendor's environments.
 *
 * @example
 * ```ts
 * import { createFulfillmentClient, type Environment, fromEnv } from "juniper-fulfillment";
 *
 * const environment: Environment = "production";
 * const client = createFulfillmentClient({ ...fromEnv(), environment });
 * ```
 */
export type Environment = "sandbox" | "production";

/** The hosts of each environment. The `/v1` is disputed between the vendor's pages (JH-04); `baseUrl` overrides it. */
export const environments: Readonly<
  Record<Environment, { readonly baseUrl: string; readonly tokenUrl: string }>
> = {
  sandbox: {
    baseUrl: "https://api.fulfillment.sandbox.juniperhealth.com/v1",
    tokenUrl: "https://auth.fulfillment.sandbox.juniperhealth.com/oauth2/token",
  },
  production: {
    baseUrl: "https://api.fulfillment.juniperhealth.com/v1",
    tokenUrl: "https://auth.fulfillment.juniperhealth.com/oauth2/token",
  },
};

export function isEnvironment(value: unknown): value is Environment {
  return typeof value === "string" && Object.hasOwn(environments, value);
}

/** The environment whose API or token endpoint has this URL, whatever its path. Undefined for any other address. */
export function environmentAt(url: string | undefined): Environment | undefined {
  return (["sandbox", "production"] as const).find(
    (name) => url && Object.values(environments[name]).some((known) => hostOf(known) === hostOf(url)),
  );
}

/** What to call the API or the token endpoint at this URL. The URL itself may say more than a log should hold. */
export function whereIs(url: string): string {
  const environment = environmentAt(url);
  return environment === "sandbox" ? "the sandbox" : (environment ?? "an address of your own");
}

/** `https:api.…`, `API%2e…` and a trailing dot lead to the same host. */
function hostOf(url: string): string {
  return new URL(url).hostname.replace(/\.+$/, "");
}

/**
 * The options that {@link fromEnv} returns. The secret is behind a function, which whatever logs or serializes them, or a
 * copy of them, leaves out.
 *
 * @example
 * ```ts
 * import { createFulfillmentClient, type EnvironmentOptions, fromEnv } from "juniper-fulfillment";
 *
 * const options: EnvironmentOptions = fromEnv();
 * const client = createFulfillmentClient({ ...options, maxRetries: 4 });
 * ```
 */
export interface EnvironmentOptions {
  /** The client's identifier, from `JUNIPER_CLIENT_ID`. */
  clientId: string;
  /** Returns the client's secret, from `JUNIPER_CLIENT_SECRET`. */
  clientSecret: () => string;
  /**
   * The environment, from `JUNIPER_ENVIRONMENT`.
   * @default none: the client's own default
   */
  environment?: Environment;
  /**
   * The API's address, from `JUNIPER_BASE_URL`.
   * @default none: the environment's
   */
  baseUrl?: string;
  /**
   * The token endpoint's address, from `JUNIPER_TOKEN_URL`.
   * @default none: the environment's
   */
  tokenUrl?: string;
}

/**
 * Reads the client's options from the environment: `JUNIPER_CLIENT_ID`, `JUNIPER_CLIENT_SECRET` and, if they are
 * set, `JUNIPER_ENVIRONMENT` (`sandbox` or `production`), `JUNIPER_BASE_URL` and `JUNIPER_TOKEN_URL`.
 *
 * @param env Where to read them from, such as the `env` of a Worker. Other bindings are ignored. `process.env` by
 * default.
 * @returns The options to pass to {@link createFulfillmentClient}.
 * @throws {ConfigurationError} when the identifier or the secret is missing, the environment is unknown, or a value is
 * not a string.
 * @example
 * ```ts
 * import { createFulfillmentClient, fromEnv } from "juniper-fulfillment";
 *
 * const client = createFulfillmentClient(fromEnv());
 * ```
 */
export function fromEnv(env: object = globalThis.process?.env ?? {}): EnvironmentOptions {
  const read = (name: string): string => {
    const value: unknown = Reflect.get(env, `JUNIPER_${name}`) ?? "";
    if (typeof value === "string") return value;
    throw new ConfigurationError(
      `JUNIPER_${name} must be a string. A binding to a secret is read first, with await binding.get().`,
    );
  };
  const clientId = read("CLIENT_ID");
  const secret = read("CLIENT_SECRET");
  const missing = [!clientId && "JUNIPER_CLIENT_ID", !secret && "JUNIPER_CLIENT_SECRET"].filter(Boolean);
  if (missing.length > 0) {
    throw new ConfigurationError(`${missing.join(" and ")} must be set in the environment.`);
  }
  const options: EnvironmentOptions = { clientId, clientSecret: () => secret };
  const environment = read("ENVIRONMENT");
  if (isEnvironment(environment)) options.environment = environment;
  else if (environment !== "") {
    throw new ConfigurationError('JUNIPER_ENVIRONMENT must be "sandbox" or "production".');
  }
  const baseUrl = read("BASE_URL");
  if (baseUrl !== "") options.baseUrl = baseUrl;
  const tokenUrl = read("TOKEN_URL");
  if (tokenUrl !== "") options.tokenUrl = tokenUrl;
  return options;
}
