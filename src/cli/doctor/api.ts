import {
  AuthenticationError,
  ConfigurationError,
  ConnectionError,
  createFulfillmentClient,
  type FulfillmentClient,
  type FulfillmentClientOptions,
  FulfillmentError,
  NotFoundError,
  TimeoutError,
  unwrap,
} from "juniper-fulfillment";
import { secretOf } from "../../wrapper/check-options.ts";
import { hasStrayBlanks } from "../stray-blanks.ts";
import type { Finding } from "./finding.ts";

/** Where webhooks are refused: a clock that is further off than their tolerance of five minutes. */
const clockErrorSeconds = 300;
const clockWarningSeconds = 30;

/** Signs in and reads the partner's settings. Nothing is written. `ownSecret` is what deliveries are verified with here. */
export async function* checkApi(
  options: FulfillmentClientOptions,
  ownSecret: string | undefined,
): AsyncGenerator<Finding> {
  const startMs = performance.now();
  let client: FulfillmentClient;
  try {
    client = createFulfillmentClient({ ...options, maxRetries: 0, timeoutMs: 10_000, deadlineMs: 20_000 });
  } catch (error) {
    return yield signInFailed(error, options);
  }
  try {
    await client.warmup();
  } catch (error) {
    // It signs in first. What fails after that is the API.
    if (Object(error).method !== "HEAD") return yield signInFailed(error, options);
  }
  yield {
    check: "sign-in",
    level: "ok",
    message: `a token after ${Math.round(performance.now() - startMs)} ms`,
  };
  try {
    const result = await client.GET("/partners/settings");
    const settings = unwrap(result);
    yield {
      check: "API",
      level: "ok",
      message: `reachable, as ${settings.name ?? "a partner without a name"}`,
    };
    yield checkClock(result.response.headers.get("date"));
    yield await checkWebhooks(client, settings.webhookUrl, ownSecret);
  } catch (error) {
    yield apiFailed(error);
  }
}

function signInFailed(error: unknown, options: FulfillmentClientOptions): Finding {
  const at = { check: "sign-in", level: "error" } as const;
  if (error instanceof AuthenticationError) {
    const credentials = { JUNIPER_CLIENT_ID: options.clientId, JUNIPER_CLIENT_SECRET: secretOf(options) };
    const stray = Object.entries(credentials).filter(([, value = ""]) => hasStrayBlanks(value));
    const hint =
      stray.length > 0
        ? `${stray.map(([name]) => name).join(" and ")}: remove the blank or the line break at the end or the beginning.`
        : "Check JUNIPER_CLIENT_ID and JUNIPER_CLIENT_SECRET, and that they belong to this environment.";
    return { ...at, message: "The credentials are rejected.", hint };
  }
  if (error instanceof ConfigurationError) return { ...at, message: error.message };
  return { ...at, message: messageOf(error), hint: hintFor(error) };
}

function apiFailed(error: unknown): Finding {
  return { check: "API", level: "error", message: messageOf(error), hint: hintFor(error) };
}

/** Messages of our own errors hold no secrets. Another's may. */
function messageOf(error: unknown): string {
  if (!(error instanceof FulfillmentError)) return "An unknown error.";
  const code = Object(error.cause).code;
  return typeof code === "string" ? `${error.message} (${code})` : error.message;
}

function hintFor(error: unknown): string | undefined {
  if (error instanceof TimeoutError) return "Is there a firewall or a proxy in between?";
  if (error instanceof ConnectionError) return "Check the address, the network, and the proxy variables.";
  const { status } = Object(error) as { readonly status?: unknown };
  if (status === 403)
    return "These credentials may not read the settings. Ask the vendor for the permission.";
  if (status === 404) return "Check the API's address: its path is a part of it, such as /v1.";
  return undefined;
}

/** The server's clock against ours. Its header is in whole seconds. */
function checkClock(date: string | null): Finding {
  const serverMs = Date.parse(date ?? "");
  if (Number.isNaN(serverMs)) {
    return { check: "clock", level: "warning", message: "The API sends no Date header." };
  }
  const aheadSeconds = Math.round((Date.now() - serverMs) / 1_000);
  const off = Math.abs(aheadSeconds);
  if (off <= clockWarningSeconds) return { check: "clock", level: "ok", message: "right" };
  return {
    check: "clock",
    level: off > clockErrorSeconds ? "error" : "warning",
    message: `${off} s ${aheadSeconds > 0 ? "ahead of" : "behind"} the API's.`,
    hint: "Set it with NTP. Webhooks are rejected when it is off by more than five minutes.",
  };
}

async function checkWebhooks(
  client: FulfillmentClient,
  webhookUrl: string | undefined,
  ownSecret: string | undefined,
): Promise<Finding> {
  const check = "webhooks";
  let secret: string | undefined;
  try {
    ({ webhookSecret: secret } = unwrap(await client.GET("/partners/settings/webhook-secret")));
  } catch (error) {
    if (!(error instanceof NotFoundError)) return { check, level: "error", message: messageOf(error) };
  }
  if (secret && ownSecret && secret !== ownSecret) {
    const hint = hasStrayBlanks(ownSecret)
      ? "Deliveries would be rejected. Remove the blank or the line break at the end or the beginning."
      : "Deliveries would be rejected. Was the secret rotated? Read it again from /partners/settings/webhook-secret.";
    return { check, level: "error", message: "JUNIPER_WEBHOOK_SECRET is not the API's secret.", hint };
  }
  if (secret && webhookUrl) return { check, level: "ok", message: "A webhookUrl and a secret are set." };
  const message = webhookUrl ? "A webhookUrl is set, but there is no secret." : "No webhookUrl is set.";
  const hint = 'To get webhooks: client.PATCH("/partners/settings", { body: { webhookUrl } }).';
  return { check, level: "warning", message, hint };
}
