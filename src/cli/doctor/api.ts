import {
  AuthenticationError,
  ConfigurationError,
  ConnectionError,
  createFulfillmentClient,
  type FulfillmentClientOptions,
  FulfillmentError,
  NotFoundError,
  TimeoutError,
  unwrap,
} from "juniper-fulfillment";
import type { Finding } from "./finding.ts";

/** Where webhooks are refused: a clock that is further off than their tolerance of five minutes. */
const clockErrorSeconds = 300;
const clockWarningSeconds = 30;

/** Signs in and reads the partner's settings. Nothing is written. */
export async function* checkApi(options: FulfillmentClientOptions): AsyncGenerator<Finding> {
  const startMs = performance.now();
  let client: ReturnType<typeof createFulfillmentClient>;
  try {
    client = createFulfillmentClient({ ...options, maxRetries: 0, timeoutMs: 10_000, deadlineMs: 20_000 });
    await client.warmup();
  } catch (error) {
    return yield signInFailed(error);
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
    yield await checkWebhooks(client, settings.webhookUrl);
  } catch (error) {
    yield apiFailed(error);
  }
}

function signInFailed(error: unknown): Finding {
  const at = { check: "sign-in", level: "error" } as const;
  if (error instanceof AuthenticationError) {
    const hint =
      "Check JUNIPER_CLIENT_ID and JUNIPER_CLIENT_SECRET, and that they belong to this environment.";
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
  client: ReturnType<typeof createFulfillmentClient>,
  webhookUrl: string | undefined,
): Promise<Finding> {
  try {
    const { webhookSecret } = unwrap(await client.GET("/partners/settings/webhook-secret"));
    const hasSecret = webhookSecret !== undefined && webhookSecret !== "";
    if (hasSecret) return { check: "webhooks", level: "ok", message: "A secret is set." };
  } catch (error) {
    if (!(error instanceof NotFoundError))
      return { check: "webhooks", level: "error", message: messageOf(error) };
  }
  const message = webhookUrl ? "A webhookUrl is set, but there is no secret." : "No webhookUrl is set.";
  const hint = 'To get webhooks: client.PATCH("/partners/settings", { body: { webhookUrl } }).';
  return { check: "webhooks", level: "warning", message, hint };
}
