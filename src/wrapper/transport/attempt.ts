import { type CallInfo, ConnectionError, TimeoutError, UnexpectedResponseError } from "../errors.ts";
import type { CallLimits } from "../options.ts";
import {
  Exchange,
  type ExchangeOptions,
  type OutgoingRequest,
  ResponseTooLarge,
  type Transport,
} from "./exchange.ts";
import { describeFailure, failedBeforeSending } from "./failure.ts";

/** What one call asks for. */
export interface Call extends CallInfo, ExchangeOptions {
  readonly limits: CallLimits;
  /** Whether a repetition is harmless although the method does not say so. */
  readonly isRepeatable?: boolean;
}

/** Why an attempt brought no answer that can be used. */
export class AttemptFailure {
  readonly error: unknown;
  /** Whether the server may have acted on it. */
  readonly mayHaveActed: boolean;
  /** Whether another attempt could do better. */
  readonly isTransient: boolean;

  constructor(error: unknown, mayHaveActed: boolean, isTransient: boolean) {
    this.error = error;
    this.mayHaveActed = mayHaveActed;
    this.isTransient = isTransient;
  }
}

/**
 * Sends a request once: in limited time, to one address, with an answer of limited size. Unless it streams, the
 * answer has arrived in full when this resolves.
 *
 * @param remainingMs What is left of the call's deadline, in milliseconds.
 * @throws {AttemptFailure} when there is no answer that can be used.
 */
export async function attempt(
  transport: Transport,
  request: OutgoingRequest,
  call: Call,
  remainingMs: number,
): Promise<Response> {
  const { signal } = request;
  if (signal?.aborted) throw new AttemptFailure(signal.reason, false, false);
  const exchange = new Exchange(request, call);
  const abort = signal && ((): void => exchange.cancel(signal.reason));
  const release = (): void => {
    if (abort) signal.removeEventListener("abort", abort);
  };
  if (abort) signal.addEventListener("abort", abort, { once: true });
  if (abort && call.streaming) exchange.onEnd(release);
  const { timeoutMs } = call.limits;
  const timer = setTimeout(
    giveUp,
    Math.max(0, Math.min(timeoutMs, remainingMs)),
    exchange,
    call,
    timeoutMs <= remainingMs,
  );
  let response: Response;
  try {
    response = await transport(exchange);
  } catch (error) {
    throw failure(error, exchange, call);
  } finally {
    clearTimeout(timer);
    // A stream goes on, and its signal with it.
    if (!call.streaming) release();
  }
  if (response.ok || !isRedirect(response)) return response;
  response.body?.cancel().catch(() => {});
  const what = "a redirect, which is not followed: the access token is for the base URL alone";
  // These three say that the request belongs elsewhere. The others may follow on work that was done.
  const mayHaveActed = ![301, 307, 308].includes(response.status);
  throw new AttemptFailure(
    new UnexpectedResponseError({ ...infoOf(call), response }, what),
    mayHaveActed,
    false,
  );
}

function giveUp(exchange: Exchange, call: Call, isOwnLimit: boolean): void {
  const limit = isOwnLimit ? "timeoutMs" : "deadlineMs";
  exchange.cancel(new TimeoutError({ ...infoOf(call), limit, limitMs: call.limits[limit] }));
}

function failure(error: unknown, exchange: Exchange, call: Call): AttemptFailure {
  const maybeSent = exchange.maybeSent && !failedBeforeSending(error);
  const info = infoOf(call);
  if (exchange.isCancelled) {
    const { reason } = exchange;
    return new AttemptFailure(reason, maybeSent, reason instanceof TimeoutError);
  }
  if (error instanceof ResponseTooLarge) {
    const what = `more than maxResponseBytes, which is ${call.maxResponseBytes}`;
    return new AttemptFailure(
      new UnexpectedResponseError({ ...info, response: error.response }, what),
      true,
      false,
    );
  }
  return new AttemptFailure(
    new ConnectionError({ ...info, maybeSent, cause: describeFailure(error) }),
    maybeSent,
    true,
  );
}

function infoOf({ method, path }: CallInfo): CallInfo {
  return { method, path };
}

/** 304 is no redirect. A browser shows nothing of a redirect that it was told not to follow, not even its status. */
function isRedirect({ type, status }: Response): boolean {
  return type === "opaqueredirect" || [301, 302, 303, 307, 308].includes(status);
}
