import { checkAccessToken } from "./access-token.ts";
import { type CallLimits, checkLimits } from "./call-limits.ts";
import { checkFunction } from "./check-function.ts";
import { checkNames, type OptionNames } from "./check-names.ts";
import { checkNodeOptions } from "./check-node-options.ts";
import { checkInsecureOrigins, checkUrl } from "./check-url.ts";
import { type Environment, environmentAt, environments, isEnvironment } from "./environment.ts";
import { ConfigurationError } from "./errors.ts";
import type { Credentials, FulfillmentClientOptions } from "./options.ts";
import { mayRepeatPosts } from "./runtime.ts";

/** The options with every default filled in and every value checked. */
export interface CheckedOptions {
  readonly baseUrl: string;
  readonly tokenUrl: string;
  /** The one that the options name, if they do. */
  readonly environment: Environment | undefined;
  readonly insecureOrigins: readonly string[];
  readonly credentials:
    | { readonly clientId: string; readonly clientSecret: string }
    | { readonly accessToken: string | (() => string | Promise<string>) };
  readonly disabledCorrections: ReadonlySet<string>;
  readonly limits: CallLimits;
}

const names: OptionNames<FulfillmentClientOptions> = {
  clientId: true,
  clientSecret: true,
  accessToken: true,
  maxRetries: true,
  timeoutMs: true,
  deadlineMs: true,
  maxResponseBytes: true,
  onCall: true,
  onRequest: true,
  onResponse: true,
  onRetry: true,
  onToken: true,
  onStoreError: true,
  environment: true,
  baseUrl: true,
  tokenUrl: true,
  allowInsecureHttp: true,
  dangerouslyAllowBrowser: true,
  tokenStore: true,
  fetch: true,
  node: true,
  userAgent: true,
  corrections: true,
  checkDosage: true,
  conceal: true,
  onDiscrepancy: true,
};

/** Checks the options, so that a mistake shows where it was made and not in the first request. */
export function checkOptions(
  options: FulfillmentClientOptions,
  environment: Environment | undefined = options?.environment,
  what = "createFulfillmentClient",
): CheckedOptions {
  if (typeof options !== "object" || options === null) {
    throw new ConfigurationError(`${what} takes an object of options.`);
  }
  checkNames(what, options, names);
  for (const name of [
    "fetch",
    "onDiscrepancy",
    "onCall",
    "onRequest",
    "onResponse",
    "onRetry",
    "onToken",
    "onStoreError",
  ] as const) {
    checkFunction(name, options[name]);
  }
  checkNodeOptions(options.node);
  const { tokenStore } = options;
  const operations = ["get", "set", "delete"] as const;
  if (tokenStore !== undefined && !operations.every((name) => typeof tokenStore?.[name] === "function")) {
    throw new ConfigurationError(
      "tokenStore must have get, set and delete. Any Keyv instance or a Map will do.",
    );
  }
  for (const name of ["checkDosage", "conceal"] as const) {
    if (options[name] !== undefined && typeof options[name] !== "boolean")
      throw new ConfigurationError(`${name} must be true or false.`);
  }
  const credentials = checkCredentials(options);
  const signsIn = "clientSecret" in credentials;
  if (signsIn && options.dangerouslyAllowBrowser !== true && mayRepeatPosts()) {
    throw new ConfigurationError(
      "Anyone who opens this page could read clientSecret. Call the API from a server, pass an accessToken of short life, or set dangerouslyAllowBrowser to true.",
    );
  }
  const insecureOrigins = checkInsecureOrigins(options.allowInsecureHttp);
  return {
    ...checkAddresses(options, environment, insecureOrigins, signsIn),
    insecureOrigins,
    credentials,
    disabledCorrections: checkCorrections(options.corrections),
    limits: checkLimits(options),
  };
}

/** The two addresses of one environment: a token of one must not go to another, nor a secret. */
function checkAddresses(
  { baseUrl, tokenUrl }: FulfillmentClientOptions,
  environment: Environment | undefined,
  insecureOrigins: readonly string[],
  signsIn: boolean,
): Pick<CheckedOptions, "baseUrl" | "tokenUrl" | "environment"> {
  if (environment !== undefined && !isEnvironment(environment)) {
    throw new ConfigurationError('environment must be "sandbox" or "production".');
  }
  const checked = (name: string, url: string | undefined): string | undefined =>
    url === undefined ? undefined : checkUrl(name, url, insecureOrigins);
  const own = { baseUrl: checked("baseUrl", baseUrl), tokenUrl: checked("tokenUrl", tokenUrl) };
  const named = oneEnvironment(environment, own.baseUrl, own.tokenUrl);
  // Without a sign-in the API's own address is enough.
  const isHalf =
    own.baseUrl === undefined ? own.tokenUrl !== undefined : signsIn && own.tokenUrl === undefined;
  if (isHalf && named === undefined) {
    throw new ConfigurationError(
      "baseUrl and tokenUrl go together. Set both, or set environment to take the other one from there.",
    );
  }
  const theirs = environments[named ?? "sandbox"];
  return {
    baseUrl: own.baseUrl ?? theirs.baseUrl,
    tokenUrl: own.tokenUrl ?? theirs.tokenUrl,
    environment: named,
  };
}

/**
 * The environment that an option names, or an address.
 *
 * @throws {ConfigurationError} when they name two: a token of one must not go to the other.
 */
export function oneEnvironment(
  environment: Environment | undefined,
  ...urls: (string | undefined)[]
): Environment | undefined {
  const names = new Set([environment, ...urls.map(environmentAt)]);
  names.delete(undefined);
  if (names.size > 1)
    throw new ConfigurationError("environment, baseUrl and tokenUrl name different environments.");
  return [...names][0];
}

/** The secret of credentials, which may be behind a function. */
export function secretOf({ clientSecret }: Credentials): string | undefined {
  return typeof clientSecret === "function" ? clientSecret() : clientSecret;
}

function checkCredentials(options: Credentials): CheckedOptions["credentials"] {
  const { clientId, accessToken } = options;
  const clientSecret = secretOf(options);
  if (accessToken !== undefined) {
    if (clientId !== undefined || clientSecret !== undefined) {
      throw new ConfigurationError("Give either accessToken or clientId and clientSecret, not both.");
    }
    if (typeof accessToken !== "function") checkAccessToken(accessToken);
    return { accessToken };
  }
  if (
    typeof clientId !== "string" ||
    typeof clientSecret !== "string" ||
    clientId === "" ||
    clientSecret === ""
  ) {
    throw new ConfigurationError(
      "clientId and clientSecret must be set, or accessToken in their place. fromEnv() reads them from the environment.",
    );
  }
  return { clientId, clientSecret };
}

/** An id that is not in force is no mistake: the correction may have been retired since. */
function checkCorrections(corrections: FulfillmentClientOptions["corrections"]): ReadonlySet<string> {
  const disabled = new Set<string>();
  for (const [id, isOn] of Object.entries(corrections ?? {})) {
    if (!/^JH-\d{2,}$/.test(id) || typeof isOn !== "boolean") {
      throw new ConfigurationError('corrections must map ids such as "JH-01" to true or false.');
    }
    if (!isOn) disabled.add(id);
  }
  return disabled;
}
