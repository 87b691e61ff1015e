import { signWebhook } from "juniper-fulfillment";
import { Deadline, timeoutReason } from "../../orders/deadline.ts";
import { systemTiming } from "../../wrapper/timing.ts";
import { UsageError } from "../command.ts";

/** What a receiver responded to a delivery. */
export interface Delivered {
  readonly webhookId: string;
  /** Undefined where no response came. */
  readonly status: number | undefined;
  /** Why no response came. */
  readonly failure: string | undefined;
  readonly durationMs: number;
}

/** How long a receiver may take, in milliseconds. */
const patienceMs = 30_000;

/** Signs a body and delivers it, as the vendor's guide describes. */
export async function deliver(
  url: URL,
  payload: string,
  { secret, webhookId, ageSeconds = 0, signal }: DeliveryInit,
): Promise<Delivered> {
  const timestampSeconds = Math.floor(Date.now() / 1_000) - ageSeconds;
  const headers = {
    "content-type": "application/json",
    "x-juniper-signature": await signWebhook({ payload, secret, timestampSeconds }),
    "x-juniper-webhook-id": webhookId,
  };
  const startMs = performance.now();
  const passed = (): number => Math.round(performance.now() - startMs);
  const limit = new Deadline(systemTiming, patienceMs, signal).toSignal(timeoutReason);
  try {
    const response = await fetch(url, {
      method: "POST",
      headers,
      body: payload,
      redirect: "manual",
      signal: limit.signal,
    });
    await response.body?.cancel();
    return { webhookId, status: response.status, failure: undefined, durationMs: passed() };
  } catch (error) {
    return { webhookId, status: undefined, failure: reasonOf(error), durationMs: passed() };
  } finally {
    limit.release();
  }
}

interface DeliveryInit {
  readonly secret: string;
  readonly webhookId: string;
  /** How old the signature is when it is sent, in seconds. */
  readonly ageSeconds?: number;
  readonly signal: AbortSignal;
}

/** @throws {UsageError} when there is no secret to sign with. */
export function secretFrom(
  option: string | undefined,
  env: Readonly<Record<string, string | undefined>>,
): string {
  const secret = option ?? env.JUNIPER_WEBHOOK_SECRET;
  if (secret) return secret;
  throw new UsageError("The secret to sign with is missing: set JUNIPER_WEBHOOK_SECRET, or pass --secret.");
}

export function describeDelivery({ webhookId, status, failure, durationMs }: Delivered): string {
  const what = status === undefined ? `no response: ${failure}` : `${status} after ${durationMs} ms`;
  return `${webhookId}  ${what}`;
}

export function isAccepted(status: number | undefined): boolean {
  return status !== undefined && status >= 200 && status < 300;
}

/** fetch says "fetch failed" and keeps the reason in the cause. */
function reasonOf(error: unknown): string {
  const { name, message, cause } = error instanceof Error ? error : new Error(String(error));
  if (name === "TimeoutError") return "the receiver took longer than 30 s";
  if (!(cause instanceof Error)) return message;
  return cause.message || ("code" in cause ? String(cause.code) : cause.name);
}
