import { AttemptFailure, type AttemptLimits, attempt } from "./attempt.ts";
import { type CallInfo, OutcomeUnknownError, parseRetryAfter, TimeoutError } from "./errors.ts";
import { type Hooks, notify } from "./hooks.ts";
import type { CallLimits } from "./options.ts";
import type { Timing } from "./timing.ts";
import type { OutgoingRequest, Transport } from "./transport/exchange.ts";

/**
 * Sends a request again when that is safe.
 *
 * - GET, HEAD, PUT and DELETE: after a failed connection, a timeout, or a 408, 429, 500, 502, 503 or 504.
 * - POST and PATCH: only when the server can't have acted, which means that no byte was sent, or a 429.
 * - A POST or PATCH that may have been processed and has no answer ends in an `OutcomeUnknownError`.
 * - Waits are drawn from 0 to a bound that doubles (full jitter), unless the server says how long in
 *   `Retry-After`. A longer wait than `maxRetryAfterMs`, or past the deadline, is not begun.
 */
const retriedStatuses = new Set([408, 429, 500, 502, 503, 504]);
const repeatableMethods = new Set(["GET", "HEAD", "PUT", "DELETE", "OPTIONS", "TRACE"]);
const baseDelayMs = 250;
const maxDelayMs = 8_000;
const maxRetryAfterMs = 60_000;

export interface RetryContext {
  readonly transport: Transport;
  readonly hooks: Hooks;
  readonly timing: Timing;
}

/** What one call asks for. */
export interface RetryCall extends CallInfo {
  readonly limits: CallLimits;
  readonly streaming: boolean;
  /** Whether nobody but the client will see the response. */
  readonly light: boolean;
  /** Whether a repetition is harmless although the method does not say so. */
  readonly isRepeatable?: boolean;
}

/**
 * @throws {ConnectionError} {@link TimeoutError} {@link UnexpectedResponseError} {@link OutcomeUnknownError}, or the
 * reason of the caller's signal.
 */
export async function sendWithRetries(
  { transport, hooks, timing }: RetryContext,
  request: OutgoingRequest,
  call: RetryCall,
): Promise<Response> {
  const { method, path, limits } = call;
  const startMs = timing.monotonicMs();
  const remainingMs = (): number => limits.deadlineMs - (timing.monotonicMs() - startMs);
  const isRepeatable = call.isRepeatable ?? repeatableMethods.has(request.method);
  for (let number = 1; ; number++) {
    const info = { method, path, attempt: number };
    const attemptStartMs = timing.monotonicMs();
    notify(hooks.onRequest, info);
    let response: Response | undefined;
    let failure: AttemptFailure | undefined;
    try {
      response = await attempt(transport, request, info, attemptLimits(call, remainingMs()));
      notify(hooks.onResponse, {
        ...info,
        status: response.status,
        durationMs: timing.monotonicMs() - attemptStartMs,
      });
      if (response.ok) return response;
    } catch (error) {
      if (!(error instanceof AttemptFailure)) throw error;
      failure = error;
    }
    const isSafe =
      failure === undefined
        ? isRepeatable || response?.status === 429
        : isRepeatable || !failure.mayHaveActed;
    const isWorthIt =
      failure === undefined ? retriedStatuses.has(response?.status ?? 0) : failure.isTransient;
    const delayMs = retryDelayMs(number, response, timing);
    if (
      isSafe &&
      isWorthIt &&
      number <= limits.maxRetries &&
      delayMs < remainingMs() &&
      delayMs <= maxRetryAfterMs
    ) {
      response?.body?.cancel().catch(() => {});
      notify(hooks.onRetry, { ...info, delayMs, reason: reasonOf(response, failure) });
      await timing.sleep(delayMs, request.signal);
      continue;
    }
    if (response !== undefined) return response;
    if (failure?.mayHaveActed && !isRepeatable)
      throw new OutcomeUnknownError({ method, path, cause: failure.error });
    throw failure?.error;
  }
}

function attemptLimits({ limits, streaming, light }: RetryCall, remainingMs: number): AttemptLimits {
  const { timeoutMs, deadlineMs, maxResponseBytes } = limits;
  const common = { maxResponseBytes, streaming, light };
  if (timeoutMs <= remainingMs) return { ...common, timeoutMs, limit: "timeoutMs", limitMs: timeoutMs };
  return { ...common, timeoutMs: Math.max(0, remainingMs), limit: "deadlineMs", limitMs: deadlineMs };
}

function retryDelayMs(number: number, response: Response | undefined, timing: Timing): number {
  const asked = parseRetryAfter(response?.headers.get("retry-after") ?? null, timing.wallMs);
  if (asked !== undefined) return asked;
  return timing.random() * Math.min(maxDelayMs, baseDelayMs * 2 ** (number - 1));
}

function reasonOf(
  response: Response | undefined,
  failure: AttemptFailure | undefined,
): number | "connection" | "timeout" {
  if (response !== undefined) return response.status;
  return failure?.error instanceof TimeoutError ? "timeout" : "connection";
}
