import type { CallInfo } from "./errors.ts";

/**
 * One attempt of a call, as {@link Hooks} get it. The path is the template, without an order's id.
 *
 * @example
 * ```ts
 * import { type AttemptInfo, createFulfillmentClient, fromEnv } from "juniper-fulfillment";
 *
 * const onRequest = ({ callId, attempt, method, path }: AttemptInfo) => console.log(callId, attempt, method, path);
 * const client = createFulfillmentClient({ ...fromEnv(), onRequest });
 * ```
 */
export interface AttemptInfo extends CallInfo {
  /** Identifies the call. It is the same in all hooks. */
  readonly callId: string;
  /** 1 for the first. The replay after a 401 is an attempt too. */
  readonly attempt: number;
}

/**
 * How a call ended.
 *
 * - `success`: a 2xx arrived.
 * - `refused`: another status arrived. No POST or PATCH was carried out.
 * - `unknown`: a POST or PATCH may or may not have been carried out.
 * - `failed`: no usable response arrived, or a check stopped the call. It is safe to call again.
 *
 * @example
 * ```ts
 * import { type CallOutcome, createFulfillmentClient, fromEnv } from "juniper-fulfillment";
 *
 * const counts: Partial<Record<CallOutcome, number>> = {};
 * const client = createFulfillmentClient({
 *   ...fromEnv(),
 *   onCall: ({ outcome }) => {
 *     counts[outcome] = (counts[outcome] ?? 0) + 1;
 *   },
 * });
 * ```
 */
export type CallOutcome = "success" | "refused" | "unknown" | "failed";

/**
 * How one call ended. The path is the template. No token, body or URL is in it.
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
  /** Identifies the call. It is the same in all hooks. */
  readonly callId: string;
  /** How many attempts were made; 0 when a check failed before anything was sent. */
  readonly attempts: number;
  /** The status of the last attempt; undefined when it got no response. */
  readonly status: number | undefined;
  /** The server's id of the last attempt, to quote to its support. */
  readonly requestId: string | undefined;
  /** How long the call took, in milliseconds, without the time to read a streamed body. */
  readonly durationMs: number;
  /** How it ended. */
  readonly outcome: CallOutcome;
  /** The error that the call rejected with, or that `unwrap` throws for its result. Undefined after a success. */
  readonly error: unknown;
}

/**
 * Callbacks for logs and metrics. None gets a token, a body or a URL. If one throws or rejects, the call goes on, and a
 * process warning is emitted.
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
   * Called once for each call, when it has ended.
   * @default none
   */
  onCall?: ((event: CallEvent) => void) | undefined;
  /**
   * Called before each attempt.
   * @default none
   */
  onRequest?: ((info: AttemptInfo) => void) | undefined;
  /**
   * Called after each attempt that got a response. `durationMs` is the attempt's own, and `requestId` the server's id
   * of it.
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
   * Called before each retry, with the wait before it in `delayMs`. A numeric `reason` is the status of the response.
   * @default none
   */
  onRetry?:
    | ((
        info: AttemptInfo & { readonly delayMs: number; readonly reason: number | "connection" | "timeout" },
      ) => void)
    | undefined;
  /**
   * Called after each access token that was issued. `requestCount` counts them since the client was created.
   * @default none
   */
  onToken?:
    | ((info: { readonly requestCount: number; readonly expiresInSeconds: number }) => void)
    | undefined;
  /**
   * Called when the `tokenStore` fails, or holds what is no token. The client goes on with a token of its own. An error is
   * the store's own, and may say more than its message: those of ioredis hold the command, and so the token.
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
    // What Node makes one line of, any of which may be what no string can be made of.
    [(error as { code?: unknown }).code, error.stack, error, Error.prototype.toString.call(error)].join();
    return error;
  } catch {
    return "A hook threw something that can't be shown.";
  }
}
