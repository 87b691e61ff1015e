import type { CallInfo } from "./errors.ts";

/** What {@link Hooks} are told of one attempt. The path is the template: no identifier of an order is in it. */
export interface AttemptInfo extends CallInfo {
  /** 1 for the first. */
  readonly attempt: number;
}

/** Called along the way, for logs and metrics. No token, body or URL is passed to any of them. */
export interface Hooks {
  /** Before each attempt. */
  onRequest?: ((info: AttemptInfo) => void) | undefined;
  /** After each attempt that was answered. `durationMs` is the attempt's own. */
  onResponse?:
    | ((info: AttemptInfo & { readonly status: number; readonly durationMs: number }) => void)
    | undefined;
  /** Before the wait for a further attempt: why, and how long it is. */
  onRetry?:
    | ((
        info: AttemptInfo & { readonly delayMs: number; readonly reason: number | "connection" | "timeout" },
      ) => void)
    | undefined;
  /** After each access token that was bought. `bought` counts them since the client was made. */
  onToken?: ((info: { readonly bought: number; readonly expiresInSeconds: number }) => void) | undefined;
  /** When the `tokenStore` fails. The client goes on with a token of its own. */
  onStoreError?: ((error: unknown) => void) | undefined;
}

/**
 * Calls a hook. What it throws does not disturb the call, which may have placed an order, and is not lost either:
 * it surfaces as an uncaught exception, like that of any event listener.
 */
export function notify<Arguments extends unknown[]>(
  hook: ((...args: Arguments) => unknown) | undefined,
  ...args: Arguments
): void {
  if (hook === undefined) return;
  try {
    hook(...args);
  } catch (error) {
    queueMicrotask(() => {
      throw error;
    });
  }
}
