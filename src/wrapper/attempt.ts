import { type CallInfo, ConnectionError, TimeoutError, UnexpectedResponseError } from "./errors.ts";
import {
  Cancellation,
  type Exchange,
  type OutgoingRequest,
  ResponseTooLarge,
  type Transport,
} from "./transport/exchange.ts";
import { describeFailure, failedBeforeSending } from "./transport/failure.ts";

/** The limits of one attempt. */
export interface AttemptLimits {
  readonly timeoutMs: number;
  /** What to name in the error when the time is up. */
  readonly limit: "timeoutMs" | "deadlineMs";
  /** The whole of that limit, in milliseconds. */
  readonly limitMs: number;
  readonly maxResponseBytes: number;
  readonly streaming: boolean;
  readonly light: boolean;
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
 * @throws {AttemptFailure} when there is no answer that can be used.
 */
export async function attempt(
  transport: Transport,
  request: OutgoingRequest,
  call: CallInfo,
  limits: AttemptLimits,
): Promise<Response> {
  const cancellation = new Cancellation();
  const { streaming, light, maxResponseBytes } = limits;
  const exchange: Exchange = { request, cancellation, streaming, light, maxResponseBytes, maybeSent: false };
  const { signal } = request;
  if (signal?.aborted) throw new AttemptFailure(signal.reason, false, false);
  const abort = (): void => cancellation.cancel(signal?.reason);
  signal?.addEventListener("abort", abort, { once: true });
  const timer = setTimeout(
    () => cancellation.cancel(new TimeoutError({ ...call, ...limits })),
    limits.timeoutMs,
  );
  let response: Response;
  try {
    response = await transport(exchange);
  } catch (error) {
    throw failure(error, exchange, call);
  } finally {
    clearTimeout(timer);
    if (!streaming) signal?.removeEventListener("abort", abort);
  }
  if (isRedirect(response)) {
    response.body?.cancel().catch(() => {});
    const what = "a redirect, which is not followed: the access token is for the base URL alone";
    // These three say that the request belongs elsewhere. The others may follow on work that was done.
    const mayHaveActed = ![301, 307, 308].includes(response.status);
    throw new AttemptFailure(new UnexpectedResponseError({ ...call, response }, what), mayHaveActed, false);
  }
  return response;
}

function failure(error: unknown, exchange: Exchange, call: CallInfo): AttemptFailure {
  const maybeSent = exchange.maybeSent && !failedBeforeSending(error);
  if (exchange.cancellation.isCancelled) {
    const { reason } = exchange.cancellation;
    return new AttemptFailure(reason, maybeSent, reason instanceof TimeoutError);
  }
  if (error instanceof ResponseTooLarge) {
    const what = `more than maxResponseBytes, which is ${exchange.maxResponseBytes}`;
    return new AttemptFailure(
      new UnexpectedResponseError({ ...call, response: error.response }, what),
      true,
      false,
    );
  }
  return new AttemptFailure(
    new ConnectionError({ ...call, maybeSent, cause: describeFailure(error) }),
    maybeSent,
    true,
  );
}

/** 304 is no redirect. A browser shows nothing of a redirect that it was told not to follow, not even its status. */
function isRedirect({ type, status }: Response): boolean {
  return type === "opaqueredirect" || [301, 302, 303, 307, 308].includes(status);
}
