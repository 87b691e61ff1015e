import { type Backoff, backoffMs } from "../backoff.ts";
import type { CallJournal } from "../call-journal.ts";
import { OutcomeUnknownError, requestIdOf, TimeoutError } from "../errors.ts";
import { type AttemptInfo, type Hooks, notify } from "../hooks.ts";
import { mayHaveActed } from "../may-have-acted.ts";
import { parseRetryAfter } from "../retry-after.ts";
import type { Timing } from "../timing.ts";
import { tell, traced } from "../tracing.ts";
import { abortReason, waitWithin } from "../wait-within.ts";
import { type AttemptContext, AttemptFailure, attempt, type CallOptions, timeoutError } from "./attempt.ts";
import type { OutgoingRequest } from "./exchange.ts";

const retriedStatuses = new Set([408, 429, 500, 502, 503, 504]);
const repeatableMethods = new Set(["GET", "HEAD", "PUT", "DELETE", "OPTIONS", "TRACE"]);
const backoff: Backoff = { baseMs: 250, maxMs: 8_000, fixedShare: 0 };
const maxRetryAfterMs = 60_000;

export interface RetryContext extends AttemptContext {
  readonly hooks: Hooks;
  /** What a request says of its sender, unless it says so itself. */
  readonly userAgent?: string | undefined;
}

/**
 * Sends a request, and again when that is safe.
 *
 * - GET, HEAD, PUT and DELETE: after a failed connection, a timeout, or a 408, 429, 500, 502, 503 or 504.
 * - POST and PATCH: only when the server can't have acted. No byte was sent, it has said so over HTTP/2, or a 429.
 * - A POST or PATCH that may have been processed and has no response ends in an `OutcomeUnknownError`.
 * - Waits are drawn from 0 to a bound that doubles (full jitter), unless the server says how long in
 *   `Retry-After`. A longer wait than `maxRetryAfterMs`, or past the deadline, is not begun.
 * - A 401 is followed by one more send if `renew` has made that worthwhile. It counts as no retry.
 *
 * Rejects with the reason of the caller's signal when that is aborted.
 *
 * @throws {ConnectionError} when no response arrived, and the request was not sent or can be repeated.
 * @throws {TimeoutError} when a limit was exceeded, under the same condition.
 * @throws {UnexpectedResponseError} for a redirect, or a 2xx that is too large or can't be unpacked.
 * @throws {OutcomeUnknownError} when a POST or PATCH may have been processed.
 */
export async function sendWithRetries(
  context: RetryContext,
  request: OutgoingRequest,
  call: CallOptions,
  renew?: () => Promise<boolean>,
): Promise<Response> {
  const { hooks, timing, userAgent } = context;
  let isRenewed = false;
  let retries = 0;
  const { record, limits } = call;
  if (userAgent !== undefined && !request.headers.has("user-agent"))
    request.headers.set("user-agent", userAgent);
  for (let number = 1; ; number++) {
    if (record?.beforeAttempt) await beforeAttempt(record.beforeAttempt, timing, request, call);
    // What is given up before it is sent is no attempt.
    if (request.signal?.aborted) throw abortReason(request.signal);
    const startMs = hooks.onResponse === undefined ? 0 : timing.monotonicMs();
    if (hooks.onRequest) notify(hooks.onRequest, attemptInfo(call, number));
    record?.begin();
    const result = await (traced.attempt.isWatched
      ? observeAttempt(attemptInfo(call, number), () => attempt(context, request, call))
      : attempt(context, request, call));
    const isFailure = result instanceof AttemptFailure;
    const hasActed = isFailure ? result.mayHaveActed : mayHaveActed(result.status);
    const response = arrivedOf(result);
    record?.end(hasActed, !isFailure && result.ok);
    noteResponse(call.journal, response, hasActed);
    if (response !== undefined && hooks.onResponse) {
      notify(hooks.onResponse, {
        ...attemptInfo(call, number),
        status: response.status,
        requestId: call.journal?.requestId,
        durationMs: timing.monotonicMs() - startMs,
      });
    }
    if (!isFailure) {
      if (result.ok) return result;
      if (result.status === 401 && !isRenewed && (await renew?.()) === true) {
        isRenewed = true;
        result.body?.cancel().catch(() => {});
        continue;
      }
    }
    const isRepeatable = call.isRepeatable ?? repeatableMethods.has(request.method);
    const delayMs = retryDelayMs(retries + 1, result, timing);
    const leavesTime = delayMs <= maxRetryAfterMs && delayMs < call.deadlineAtMs - timing.monotonicMs();
    if (retries >= limits.maxRetries || !leavesTime || !mayRetry(result, isRepeatable)) {
      return conclude(result, isRepeatable, call);
    }
    retries++;
    response?.body?.cancel().catch(() => {});
    if (hooks.onRetry) {
      notify(hooks.onRetry, { ...attemptInfo(call, number), delayMs, reason: reasonOf(result) });
    }
    await timing.sleep(delayMs, request.signal);
  }
}

/** Asks whether the attempt may go ahead. What it throws ends the call, and so does its deadline. */
async function beforeAttempt(
  ask: (remainingMs: number) => void | Promise<void>,
  timing: Timing,
  { signal }: OutgoingRequest,
  call: CallOptions,
): Promise<void> {
  const limitMs = call.deadlineAtMs - timing.monotonicMs();
  const limits = { limitMs, signal, timeoutError: () => timeoutError(call, "deadlineMs") };
  await waitWithin(Promise.resolve(ask(limitMs)), limits);
}

/** The response that arrived, usable or not. */
function arrivedOf(result: Response | AttemptFailure): Response | undefined {
  return result instanceof AttemptFailure ? result.response : result;
}

/** Whether another attempt is safe, and could do better. */
function mayRetry(result: Response | AttemptFailure, isRepeatable: boolean): boolean {
  if (result instanceof AttemptFailure) return result.isTransient && (isRepeatable || !result.mayHaveActed);
  return retriedStatuses.has(result.status) && (isRepeatable || result.status === 429);
}

/** What the caller gets of the last attempt. */
function conclude(
  result: Response | AttemptFailure,
  isRepeatable: boolean,
  { method, path }: CallOptions,
): Response {
  if (!(result instanceof AttemptFailure)) return result;
  if (!result.mayHaveActed || isRepeatable) throw result.error;
  throw new OutcomeUnknownError({ method, path, cause: result.error });
}

/** Sends, and tells whoever subscribes to `juniper-fulfillment:attempt` how that went. */
function observeAttempt(
  context: AttemptInfo,
  send: () => Promise<Response | AttemptFailure>,
): Promise<Response | AttemptFailure> {
  return traced.attempt.run(context, async () => {
    const result = await send();
    const response = arrivedOf(result);
    tell(
      context,
      response === undefined
        ? { failure: reasonOf(result) }
        : { status: response.status, requestId: requestIdOf(response.headers) },
    );
    return result;
  });
}

function noteResponse(
  journal: CallJournal | undefined,
  response: Response | undefined,
  hasActed: boolean,
): void {
  if (journal === undefined) return;
  journal.attempts++;
  journal.mayHaveActed ||= hasActed;
  journal.status = response?.status;
  journal.requestId = response && requestIdOf(response.headers);
}

function attemptInfo({ method, path, journal }: CallOptions, attempt: number): AttemptInfo {
  return { callId: journal?.callId ?? "", method, path, attempt };
}

function retryDelayMs(failures: number, result: Response | AttemptFailure, timing: Timing): number {
  const header = result instanceof AttemptFailure ? null : result.headers.get("retry-after");
  const askedMs = parseRetryAfter(header, () => timing.wallMs());
  return askedMs ?? backoffMs(backoff, failures, () => timing.random());
}

function reasonOf(result: Response | AttemptFailure): number | "connection" | "timeout" {
  if (!(result instanceof AttemptFailure)) return result.status;
  return result.error instanceof TimeoutError ? "timeout" : "connection";
}
