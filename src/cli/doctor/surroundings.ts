import { ConfigurationError, type FulfillmentClientOptions, fromEnv } from "juniper-fulfillment";
import type { Finding } from "./finding.ts";

/** The oldest Node that the package runs on, as `engines` in its package.json says. */
const oldestNode = [20, 19] as const;

export function checkNode(version: string): Finding {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  const isOldEnough = major > oldestNode[0] || (major === oldestNode[0] && minor >= oldestNode[1]);
  if (isOldEnough) return { check: "Node", level: "ok", message: version };
  return {
    check: "Node",
    level: "error",
    message: `${version} is too old.`,
    hint: `Install Node ${oldestNode.join(".")} or later.`,
  };
}

export function checkProxy(env: Readonly<Record<string, string | undefined>>): Finding[] {
  const names = ["HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy"].filter(
    // Windows finds a variable by either spelling.
    (name) => env[name] && (name === name.toUpperCase() || env[name] !== env[name.toUpperCase()]),
  );
  if (names.length === 0) return [{ check: "proxy", level: "ok", message: "none is set" }];
  return names.map((name): Finding => {
    const value = env[name] ?? "";
    if (!URL.canParse(value) || !/^https?:$/.test(new URL(value).protocol) || new URL(value).host === "") {
      return {
        check: "proxy",
        level: "error",
        message: `${name} is not an http or https URL.`,
        hint: "Correct it or unset it.",
      };
    }
    const exceptions = env.NO_PROXY ?? env.no_proxy;
    const except = exceptions ? `, except for ${exceptions}` : "";
    return { check: "proxy", level: "ok", message: `${name} is ${new URL(value).host}${except}` };
  });
}

/** Reads the client's options, and says what is missing of them. */
export function readSettings(
  env: Readonly<Record<string, string | undefined>>,
  { baseUrl, tokenUrl }: { readonly baseUrl: string | undefined; readonly tokenUrl: string | undefined },
): { finding: Finding; clientOptions?: FulfillmentClientOptions } {
  try {
    const options = fromEnv(env);
    const { environment = "sandbox" } = options;
    if ((baseUrl === undefined) !== (tokenUrl === undefined)) {
      const message = "Only one of the base URL and the token URL is set.";
      const hint = "Set both JUNIPER_BASE_URL and JUNIPER_TOKEN_URL, or neither.";
      return { finding: { check: "environment", level: "error", message, hint } };
    }
    const where = baseUrl === undefined ? environment : "addresses of your own";
    return {
      finding: { check: "environment", level: "ok", message: `${where}, with credentials` },
      clientOptions: { ...options, baseUrl, tokenUrl },
    };
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    const hint = "The vendor's portal has the credentials of each environment.";
    return { finding: { check: "environment", level: "error", message: error.message, hint } };
  }
}
