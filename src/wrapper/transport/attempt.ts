import type { CallJournal } from "../call-journal.ts";
import type { CallLimits } from "../call-limits.ts";
import type { CallRecord } from "../call-record.ts";
import {
  type CallInfo,
  ConfigurationError,
  ConnectionError,
  InvalidRequestError,
  OutcomeUnknownError,
  TimeoutError,
  UnexpectedResponseError,
} from "../errors.ts";
import { isUnsafe } from "../may-have-acted.ts";
import type { Timing } from "../timing.ts";
import { abortReason } from "../wait-within.ts";
import {
  Exchange,
  type ExchangeOptions,
  type OutgoingRequest,
  type Transport,
  UnusableBody,
} from "./exchange.ts";
import { describeFailure } from "./failure.ts";

/** What one call asks for. */
export interface CallOptions extends CallInfo, ExchangeOptions {
  readonly limits: CallLimits;
  /** When the call's deadline is over, by the clock that only goes forward. */
  readonly deadlineAtMs: number;
  /** Whether it can be retried safely although its method does not say so. */
  readonly isRepeatable?: boolean;
  /** Where the call notes what it did, if anybody wants to know. */
  readonly record?: CallRecord | undefined;
  /** What is told of the call to those who watch it, if anybody does. */
  readonly journal?: CallJournal | undefined;
}

/** Why an attempt brought no usable response. */
export class AttemptFailure {
  readonly error: unknown;
  /** Whether the server may have acted on the request. */
  readonly mayHaveActed: boolean;
  /** Whether another attempt could do better. */
  readonly isTransient: boolean;
  /** The response that can't be used, if one arrived. */
  readonly response: Response | undefined;

  constructor(error: unknown, mayHaveActed: boolean, isTransient: boolean, response?: Response) {
    this.error = error;
    this.mayHaveActed = mayHaveActed;
    this.isTransient = isTransient;
    this.response = response;
  }
}

/** What sends the requests of a call, and what tells the time. */
export interface AttemptContext {
  readonly transport: Transport;
  readonly timing: Timing;
}

/**
 * Sends a request once: in limited time, to one address, with a response of limited size. Unless it streams, the
 * response has arrived in full when this resolves. It never rejects.
 */
export async function attempt(
  { transport, timing }: AttemptContext,
  request: OutgoingRequest,
  call: CallOptions,
): Promise<Response | AttemptFailure> {
  const { signal } = request;
  if (signal?.aborted) return new AttemptFailure(abortReason(signal), false, false);
  const remainingMs = call.deadlineAtMs - timing.monotonicMs();
  if (remainingMs <= 0) return new AttemptFailure(timeoutError(call, "deadlineMs"), false, false);
  const exchange = new Exchange(request, call);
  const { timeoutMs } = call.limits;
  const abort = signal && ((): void => exchange.cancel(abortReason(signal)));
  const release = (): void => {
    clearTimeout(deadline);
    if (abort) signal.removeEventListener("abort", abort);
  };
  if (abort) signal.addEventListener("abort", abort, { once: true });
  // The deadline of a stream, and the caller's signal, reach to its end.
  const deadline = call.streaming ? setTimeout(giveUp, remainingMs, exchange, call, "deadlineMs") : undefined;
  if (call.streaming) {
    exchange.observer = {
      idleTimeoutMs: timeoutMs,
      onIdle: () => giveUp(exchange, call, "timeoutMs"),
      onEnd: release,
      explain: (error) => explain(failureOf(error, exchange, call), exchange, call),
    };
  }
  const limit = timeoutMs <= remainingMs ? "timeoutMs" : "deadlineMs";
  const timer = setTimeout(giveUp, Math.min(timeoutMs, remainingMs), exchange, call, limit);
  try {
    return resultOf(await transport(exchange), call);
  } catch (error) {
    // What became of the request is in its status. Only a success is of no use without its body.
    const isRefused = error instanceof UnusableBody && !error.response.ok;
    return isRefused ? resultOf(error.response, call) : failureOf(error, exchange, call);
  } finally {
    clearTimeout(timer);
    if (!exchange.isStreaming) release();
  }
}

/** What the reader of a stream is told. A write has been carried out, and only its response is missing. */
function explain({ error }: AttemptFailure, { request }: Exchange, call: CallOptions): unknown {
  return isUnsafe(request.method) ? new OutcomeUnknownError({ ...infoOf(call), cause: error }) : error;
}

function giveUp(exchange: Exchange, call: CallOptions, limit: "timeoutMs" | "deadlineMs"): void {
  exchange.cancel(timeoutError(call, limit));
}

export function timeoutError(call: CallOptions, limit: "timeoutMs" | "deadlineMs"): TimeoutError {
  return new TimeoutError({ ...infoOf(call), limit, limitMs: call.limits[limit] });
}

function failureOf(error: unknown, exchange: Exchange, call: CallOptions): AttemptFailure {
  const { maybeSent } = exchange;
  const info = infoOf(call);
  if (exchange.isCancelled) {
    const { reason } = exchange;
    return new AttemptFailure(reason, maybeSent, reason instanceof TimeoutError);
  }
  // The transport's own, or of a caller's fetch.
  if (error instanceof ConfigurationError || (!maybeSent && error instanceof InvalidRequestError))
    return new AttemptFailure(error, maybeSent, false);
  if (error instanceof UnusableBody) {
    const { response, what = `more than maxResponseBytes, which is ${call.maxResponseBytes}` } = error;
    return unexpected(response, call, what, true);
  }
  const connectionError = new ConnectionError({ ...info, maybeSent, cause: describeFailure(error) });
  return new AttemptFailure(connectionError, maybeSent, true);
}

function resultOf(response: Response, call: CallOptions): Response | AttemptFailure {
  if (!isRedirect(response)) return response;
  response.body?.cancel().catch(() => {});
  const what = "a redirect, which is not followed: the access token is for the base URL alone";
  // These three say that the request belongs elsewhere. The others may follow on work that was done.
  const mayHaveActed = ![301, 307, 308].includes(response.status);
  return unexpected(response, call, what, mayHaveActed);
}

function unexpected(
  response: Response,
  call: CallOptions,
  what: string,
  mayHaveActed: boolean,
): AttemptFailure {
  const error = new UnexpectedResponseError({ ...infoOf(call), response }, what);
  return new AttemptFailure(error, mayHaveActed, false, response);
}

function infoOf({ method, path }: CallInfo): CallInfo {
  return { method, path };
}

/** 304 is no redirect. A browser shows nothing of a redirect that it was told not to follow, not even its status. */
function isRedirect({ type, status }: Response): boolean {
  return type === "opaqueredirect" || (status >= 300 && [301, 302, 303, 307, 308].includes(status));
}
