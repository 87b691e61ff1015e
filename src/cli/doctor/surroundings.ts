import { ConfigurationError, type FulfillmentClientOptions, fromEnv } from "juniper-fulfillment";
import type { Finding } from "./finding.ts";

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
    const hint = /JUNIPER_CLIENT/.test(error.message)
      ? "The vendor's portal has the credentials of each environment."
      : undefined;
    return { finding: { check: "environment", level: "error", message: error.message, hint } };
  }
}
