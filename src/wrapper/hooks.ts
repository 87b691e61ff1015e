import type { CallInfo } from "./errors.ts";

/** What {@link Hooks} are told of one attempt. The path is the template: no identifier of an order is in it. */
export interface AttemptInfo extends CallInfo {
  /** The same for everything that is told of one call. */
  readonly callId: string;
  /** 1 for the first. */
  readonly attempt: number;
}

/**
 * How a call ended.
 *
 * - `success`: with a 2xx.
 * - `refused`: with another response, which says that nothing was carried out, or that reading failed.
 * - `unknown`: a POST or PATCH that may or may not have been carried out.
 * - `failed`: with no response that could be used, and a call that can safely be repeated.
 */
export type CallOutcome = "success" | "refused" | "unknown" | "failed";

/**
 * What became of one call. The path is the template, and no token, body or URL is in it.
 *
 * @example
 * ```ts
 * import { type CallEvent, createFulfillmentClient, fromEnv } from "juniper-fulfillment";
 *
 * const log = ({ method, path, outcome, status, requestId, durationMs, attempts }: CallEvent) =>
 *   console.log(JSON.stringify({ method, path, outcome, status, requestId, durationMs, attempts }));
 * const client = createFulfillmentClient({ ...fromEnv(), onCall: log });
 * ```
 */
export interface CallEvent extends CallInfo {
  /** The same for everything that is told of one call. */
  readonly callId: string;
  /** How many attempts were made; 0 when a check failed before anything was sent. */
  readonly attempts: number;
  /** The status of the last attempt; undefined when it got no response. */
  readonly status: number | undefined;
  /** The identifier that the server gave the last attempt, for its support. */
  readonly requestId: string | undefined;
  /** How long the call took, in milliseconds. A streamed body is not waited for. */
  readonly durationMs: number;
  /** How it ended. */
  readonly outcome: CallOutcome;
  /** The error that the call rejected with, or that `unwrap` throws of its result. Undefined after a success. */
  readonly error: unknown;
}

/**
 * Called along the way, for logs and metrics. No token, body or URL is passed to any of them.
 *
 * @example
 * ```ts
 * import { createFulfillmentClient, fromEnv } from "juniper-fulfillment";
 *
 * const client = createFulfillmentClient({
 *   ...fromEnv(),
 *   onResponse: ({ method, path, status, durationMs }) => console.log(method, path, status, durationMs),
 *   onRetry: ({ path, delayMs, reason }) => console.warn(path, reason, delayMs),
 * });
 * ```
 */
export interface Hooks {
  /**
   * Once for each call, when it has ended, whatever became of it.
   * @default none
   */
  onCall?: ((event: CallEvent) => void) | undefined;
  /**
   * Before each attempt.
   * @default none
   */
  onRequest?: ((info: AttemptInfo) => void) | undefined;
  /**
   * After each attempt that got a response. `durationMs` is the attempt's own, and `requestId` the server's name for it.
   * @default none
   */
  onResponse?:
    | ((
        info: AttemptInfo & {
          readonly status: number;
          readonly requestId: string | undefined;
          readonly durationMs: number;
        },
      ) => void)
    | undefined;
  /**
   * Before the wait for another attempt: why, and how long it is.
   * @default none
   */
  onRetry?:
    | ((
        info: AttemptInfo & { readonly delayMs: number; readonly reason: number | "connection" | "timeout" },
      ) => void)
    | undefined;
  /**
   * After each access token that was issued. `requestCount` counts them since the client was made.
   * @default none
   */
  onToken?:
    | ((info: { readonly requestCount: number; readonly expiresInSeconds: number }) => void)
    | undefined;
  /**
   * When the `tokenStore` fails. The client goes on with a token of its own.
   * @default none
   */
  onStoreError?: ((error: unknown) => void) | undefined;
}

/**
 * Calls a hook. What it throws, or rejects with, doesn't disturb the call, which may have placed an order. It isn't lost
 * either: it becomes a warning of the process, or of the console where there is no process.
 */
export function notify<Arguments extends unknown[]>(
  hook: ((...args: Arguments) => unknown) | undefined,
  ...args: Arguments
): void {
  if (hook === undefined) return;
  try {
    const result = hook(...args);
    if (isThenable(result)) result.then(undefined, warn);
  } catch (error) {
    warn(error);
  }
}

/** Also one of another realm, or of a library. */
function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof (value as { then?: unknown } | null | undefined)?.then === "function";
}

function warn(error: unknown): void {
  const { process } = globalThis as { process?: { emitWarning?: (warning: string | Error) => void } };
  const shown = shownOf(error);
  if (process?.emitWarning) process.emitWarning(shown);
  else console.warn(shown);
}

/** A hook may throw anything, and what can't be shown would end the process. */
function shownOf(error: unknown): string | Error {
  try {
    if (!(error instanceof Error)) return String(error);
    // Its name and its message may be what no string can be made of.
    Error.prototype.toString.call(error);
    return error;
  } catch {
    return "A hook threw something that can't be shown.";
  }
}
