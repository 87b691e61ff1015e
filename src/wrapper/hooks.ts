import type { CallInfo } from "./errors.ts";

/** What {@link Hooks} are told of one attempt. The path is the template: no identifier of an order is in it. */
export interface AttemptInfo extends CallInfo {
  /** 1 for the first. */
  readonly attempt: number;
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
   * Before each attempt.
   * @default none
   */
  onRequest?: ((info: AttemptInfo) => void) | undefined;
  /**
   * After each attempt that got a response. `durationMs` is the attempt's own.
   * @default none
   */
  onResponse?:
    | ((info: AttemptInfo & { readonly status: number; readonly durationMs: number }) => void)
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
    if (result instanceof Promise) result.catch(warn);
  } catch (error) {
    warn(error);
  }
}

function warn(error: unknown): void {
  const { process } = globalThis as { process?: { emitWarning?: (warning: string | Error) => void } };
  if (process?.emitWarning) process.emitWarning(error instanceof Error ? error : String(error));
  else console.warn(error);
}
