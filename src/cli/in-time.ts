import { Deadline } from "../orders/deadline.ts";
import { systemTiming } from "../wrapper/timing.ts";

/** How long the server of a ledger may take for one thing, in milliseconds. */
export const limitMs = 30_000;

/**
 * What a server is asked for, unless it takes too long: one can accept a connection, and then say nothing more.
 *
 * @throws an error with the code `ETIMEDOUT`, or the reason of the signal.
 */
export function inTime<Value>(ask: () => Promise<Value>, signal?: AbortSignal): Promise<Value> {
  return new Deadline(systemTiming, limitMs, signal).within(ask);
}
