import type { ClientParts } from "./call.ts";
import { TimeoutError } from "./errors.ts";
import { sendWithRetries } from "./transport/retry.ts";
import { waitWithin } from "./wait-within.ts";

const warmupInfo = { method: "HEAD", path: "/" };

/** Does what the first call would wait for: opens a connection, and requests a token. */
export async function warmUp(parts: ClientParts): Promise<void> {
  await Promise.all([firstToken(parts), connect(parts)]);
}

/** Waits for a token, no longer than a call would. */
async function firstToken({ tokenSource, limits: { deadlineMs: limitMs } }: ClientParts): Promise<void> {
  const timeoutError = () => new TimeoutError({ ...warmupInfo, limit: "deadlineMs", limitMs });
  await waitWithin(Promise.resolve(tokenSource.getToken()), { limitMs, timeoutError });
}

/** Opens a connection to the API. Any response will do. */
async function connect({ baseUrl, limits, context }: ClientParts): Promise<void> {
  const request = {
    method: "HEAD",
    url: baseUrl,
    headers: new Headers(),
    body: undefined,
    signal: undefined,
  };
  const { maxResponseBytes, deadlineMs } = limits;
  const deadlineAtMs = context.timing.monotonicMs() + deadlineMs;
  const call = {
    ...warmupInfo,
    limits,
    deadlineAtMs,
    maxResponseBytes,
    streaming: false,
  };
  await sendWithRetries({ ...context, hooks: {} }, request, call);
}
