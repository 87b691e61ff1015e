import { FulfillmentError } from "./errors.ts";
import { type CallEvent, type CallOutcome, notify } from "./hooks.ts";
import { methodOf, templateOf } from "./privacy/path-template.ts";

/**
 * A logger for {@link logCalls}: pino, a logger like it, or `console`.
 *
 * @example
 * ```ts
 * import type { CallLogger } from "juniper-fulfillment";
 *
 * const logger: CallLogger = console;
 * logger.info("ready");
 * ```
 */
export interface CallLogger {
  /** Logs a call that succeeded. */
  info(line: string): unknown;
  /** Logs a call that the API refused. */
  warn(line: string): unknown;
  /** Logs a call that failed, or that may or may not have been carried out. */
  error(line: string): unknown;
  /** Creates child loggers. A logger that has this gets an object before the message, as pino does. */
  readonly child?: unknown;
}

const levels: Readonly<Record<CallOutcome, "info" | "warn" | "error">> = {
  success: "info",
  refused: "warn",
  unknown: "error",
  failed: "error",
};

/**
 * Creates a hook that logs one line for each call: what was called, how it ended, how long it took, and the ids to look
 * it up by. A logger with `child`, such as pino, gets an object and a message; any other, such as `console`, a line of
 * JSON. No line holds a token, a body, a URL, an order's id or anything about a customer. If the logger throws or
 * rejects, a process warning is emitted.
 *
 * @param logger Where to log: success at `info`, a refusal at `warn`, everything else at `error`.
 * @returns The hook to pass to the client as `onCall`.
 * @example
 * ```ts
 * import { createFulfillmentClient, fromEnv, logCalls } from "juniper-fulfillment";
 *
 * const client = createFulfillmentClient({ ...fromEnv(), onCall: logCalls(console) });
 * await client.GET("/products");
 * ```
 */
export function logCalls(logger: CallLogger): (event: CallEvent) => void {
  return (event) => {
    const { outcome, status, attempts, durationMs, callId, requestId } = event;
    const method = methodOf(event.method);
    const path = templateOf(event.path);
    const isKnown = method === event.method && path === event.path;
    const error = event.error === undefined ? undefined : describeError(event.error, isKnown);
    const call = { method, path, outcome, status, attempts, durationMs: Math.round(durationMs), error };
    const fields = { ...call, callId, requestId };
    const message = `${method} ${path} ${outcome}`;
    const level = levels[outcome];
    // The promise of a logger may reject after whoever called the hook has let go of it.
    notify(() =>
      typeof logger.child === "function"
        ? (logger as unknown as StructuredLogger)[level](fields, message)
        : logger[level](JSON.stringify({ message, ...fields })),
    );
  };
}

type StructuredLogger = Record<"info" | "warn" | "error", (fields: object, message: string) => unknown>;

/** The package's own errors hold nothing that is secret. What others throw may quote what it was given. */
function describeError(error: unknown, isKnown: boolean): { code: string; message?: string } {
  if (!(error instanceof FulfillmentError)) return { code: "FOREIGN" };
  const { code, message } = error;
  return isKnown ? { code, message } : { code };
}
