import {
  ConfigurationError,
  type EnvironmentOptions,
  type FulfillmentClientOptions,
  fromEnv,
} from "juniper-fulfillment";
import { UsageError } from "./command.ts";
import { isProductionUrl } from "./production.ts";

/** The options of every command that calls the API, for parseArgs. */
export const connectionOptions = {
  environment: { type: "string" },
  "base-url": { type: "string" },
  "token-url": { type: "string" },
} as const;

/** What the usage says of them. */
export const connectionUsage = `  --environment NAME    sandbox or production (default: JUNIPER_ENVIRONMENT, or sandbox)
  --base-url URL        another address of the API; needs --token-url (default: JUNIPER_BASE_URL)
  --token-url URL       another address of the token endpoint (default: JUNIPER_TOKEN_URL)`;

export interface ConnectionValues {
  readonly environment?: string | undefined;
  readonly "base-url"?: string | undefined;
  readonly "token-url"?: string | undefined;
}

/** Which API a command calls, and as whom. */
export interface Connection {
  readonly options: FulfillmentClientOptions;
  /** What to call it: `sandbox`, `production`, or an API at an address of the user's. */
  readonly where: string;
  /** Whether orders that are placed there are real, as far as can be told. */
  readonly isProduction: boolean;
  /** Whether the command line itself says `--environment production`. */
  readonly saysProduction: boolean;
}

/** @throws {UsageError} when credentials are missing, or the words name no API. */
export function readConnection(
  values: ConnectionValues,
  env: Readonly<Record<string, string | undefined>>,
): Connection {
  const said = values.environment ?? (env.JUNIPER_ENVIRONMENT || undefined);
  if (said !== undefined && said !== "sandbox" && said !== "production") {
    throw new UsageError("--environment, or JUNIPER_ENVIRONMENT, must be sandbox or production.");
  }
  const baseUrl = values["base-url"] ?? (env.JUNIPER_BASE_URL || undefined);
  const tokenUrl = values["token-url"] ?? (env.JUNIPER_TOKEN_URL || undefined);
  if ((baseUrl === undefined) !== (tokenUrl === undefined)) {
    throw new UsageError(
      "--base-url and --token-url go together: a token of one API must not go to another.",
    );
  }
  return {
    options: { ...credentials(env), environment: said, baseUrl, tokenUrl },
    where: baseUrl === undefined ? (said ?? "sandbox") : "an API at an address of your own",
    isProduction: said === "production" || isProductionUrl(baseUrl) || isProductionUrl(tokenUrl),
    saysProduction: values.environment === "production",
  };
}

function credentials(env: Readonly<Record<string, string | undefined>>): EnvironmentOptions {
  try {
    return fromEnv({ ...env, JUNIPER_ENVIRONMENT: undefined });
  } catch (error) {
    if (error instanceof ConfigurationError) throw new UsageError(error.message);
    throw error;
  }
}
