import { ConfigurationError } from "./errors.ts";

/** The vendor's environments. */
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

/** The options that {@link fromEnv} reads. Their secret is left out when they are logged or serialised. */
export interface EnvironmentOptions {
  /** The client's identifier, from `JUNIPER_CLIENT_ID`. */
  clientId: string;
  /** The client's secret, from `JUNIPER_CLIENT_SECRET`. */
  clientSecret: string;
  /**
   * The environment, from `JUNIPER_ENVIRONMENT`.
   * @default none: the client's own default
   */
  environment?: Environment;
}

/**
 * Reads the client's options from the environment: `JUNIPER_CLIENT_ID`, `JUNIPER_CLIENT_SECRET` and, if it is
 * set, `JUNIPER_ENVIRONMENT` (`sandbox` or `production`).
 *
 * @param env Where to read them from. `process.env` by default.
 * @returns What to pass to {@link createFulfillmentClient}.
 * @throws {ConfigurationError} when one of the first two is missing, or the third is neither of its values.
 * @example
 * ```ts
 * import { createFulfillmentClient, fromEnv } from "juniper-fulfillment";
 *
 * const client = createFulfillmentClient(fromEnv());
 * ```
 */
export function fromEnv(
  env: Readonly<Record<string, string | undefined>> = globalThis.process?.env ?? {},
): EnvironmentOptions {
  const {
    JUNIPER_CLIENT_ID: clientId,
    JUNIPER_CLIENT_SECRET: clientSecret,
    JUNIPER_ENVIRONMENT: environment,
  } = env;
  const missing = Object.entries({ JUNIPER_CLIENT_ID: clientId, JUNIPER_CLIENT_SECRET: clientSecret })
    .filter(([, value]) => !value)
    .map(([name]) => name);
  if (!clientId || !clientSecret) {
    throw new ConfigurationError(`${missing.join(" and ")} must be set in the environment.`);
  }
  if (environment === undefined || environment === "") return conceal({ clientId, clientSecret });
  if (!isEnvironment(environment)) {
    throw new ConfigurationError('JUNIPER_ENVIRONMENT must be "sandbox" or "production".');
  }
  return conceal({ clientId, clientSecret, environment });
}

const concealed = "(concealed)";

/**
 * The options, whose secret is left out when they are logged or serialised. A copy of them is the caller's own.
 *
 * What inspects a proxy looks at its target, with whatever options, and what reads or copies a property asks the proxy.
 */
function conceal(options: EnvironmentOptions): EnvironmentOptions {
  const shown = { ...options, clientSecret: concealed };
  Object.defineProperty(shown, "toJSON", { value: () => ({ ...shown }) });
  return new Proxy(shown, {
    get: (target, name, receiver) =>
      name === "clientSecret" && target.clientSecret === concealed
        ? options.clientSecret
        : Reflect.get(target, name, receiver),
  });
}
