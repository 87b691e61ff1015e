import { OutcomeUnknownError, parseRetryAfter, TimeoutError } from "../errors.ts";
import { type AttemptInfo, type Hooks, notify } from "../hooks.ts";
import type { Timing } from "../timing.ts";
import { AttemptFailure, attempt, type Call } from "./attempt.ts";
import type { OutgoingRequest, Transport } from "./exchange.ts";

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

/**
 * @throws {ConnectionError} {@link TimeoutError} {@link UnexpectedResponseError} {@link OutcomeUnknownError}, or the
 * reason of the caller's signal.
 */
export async function sendWithRetries(
  context: RetryContext,
  request: OutgoingRequest,
  call: Call,
): Promise<Response> {
  const { transport, hooks, timing } = context;
  const { limits } = call;
  const startMs = timing.monotonicMs();
  for (let number = 1; ; number++) {
    const attemptStartMs = number === 1 ? startMs : timing.monotonicMs();
    if (hooks.onRequest) notify(hooks.onRequest, attemptInfo(call, number));
    let result: Response | AttemptFailure;
    try {
      result = await attempt(transport, request, call, limits.deadlineMs - (attemptStartMs - startMs));
      if (hooks.onResponse) {
        const durationMs = timing.monotonicMs() - attemptStartMs;
        notify(hooks.onResponse, { ...attemptInfo(call, number), status: result.status, durationMs });
      }
      if (result.ok) return result;
    } catch (error) {
      if (!(error instanceof AttemptFailure)) throw error;
      result = error;
    }
    const isRepeatable = call.isRepeatable ?? repeatableMethods.has(request.method);
    const delayMs = retryDelayMs(number, result, timing);
    const leavesTime =
      delayMs <= maxRetryAfterMs && delayMs < limits.deadlineMs - (timing.monotonicMs() - startMs);
    if (number > limits.maxRetries || !leavesTime || !mayRepeat(result, isRepeatable)) {
      return conclude(result, isRepeatable, call);
    }
    if (!(result instanceof AttemptFailure)) result.body?.cancel().catch(() => {});
    if (hooks.onRetry)
      notify(hooks.onRetry, { ...attemptInfo(call, number), delayMs, reason: reasonOf(result) });
    await timing.sleep(delayMs, request.signal);
  }
}

/** Whether another attempt is safe, and could do better. */
function mayRepeat(result: Response | AttemptFailure, isRepeatable: boolean): boolean {
  if (result instanceof AttemptFailure) return result.isTransient && (isRepeatable || !result.mayHaveActed);
  return retriedStatuses.has(result.status) && (isRepeatable || result.status === 429);
}

/** What the caller gets of the last attempt. */
function conclude(
  result: Response | AttemptFailure,
  isRepeatable: boolean,
  { method, path }: Call,
): Response {
  if (!(result instanceof AttemptFailure)) return result;
  if (!result.mayHaveActed || isRepeatable) throw result.error;
  throw new OutcomeUnknownError({ method, path, cause: result.error });
}

function attemptInfo({ method, path }: Call, attempt: number): AttemptInfo {
  return { method, path, attempt };
}

function retryDelayMs(number: number, result: Response | AttemptFailure, timing: Timing): number {
  const header = result instanceof AttemptFailure ? null : result.headers.get("retry-after");
  const asked = parseRetryAfter(header, () => timing.wallMs());
  return asked ?? timing.random() * Math.min(maxDelayMs, baseDelayMs * 2 ** (number - 1));
}

function reasonOf(result: Response | AttemptFailure): number | "connection" | "timeout" {
  if (!(result instanceof AttemptFailure)) return result.status;
  return result.error instanceof TimeoutError ? "timeout" : "connection";
}
