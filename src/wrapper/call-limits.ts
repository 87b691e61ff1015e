import { checkWhole } from "./check-whole.ts";
import { maxTimerMs } from "./max-timer.ts";
import type { CallLimitOptions } from "./options.ts";

/** The limits of a call, with every default filled in. */
export type CallLimits = { readonly [Name in keyof CallLimitOptions]-?: number };

const defaultLimits: CallLimits = {
  maxRetries: 2,
  timeoutMs: 30_000,
  deadlineMs: 120_000,
  maxResponseBytes: 16 * 1024 * 1024,
};

/** The limits that `options` sets, over `defaults`. */
export function checkLimits(options: CallLimitOptions, defaults: CallLimits = defaultLimits): CallLimits {
  const { maxRetries, timeoutMs, deadlineMs, maxResponseBytes } = options;
  // Most calls set none of them.
  if (
    maxRetries === undefined &&
    timeoutMs === undefined &&
    deadlineMs === undefined &&
    maxResponseBytes === undefined
  ) {
    return defaults;
  }
  return {
    maxRetries: checkWhole("maxRetries", maxRetries ?? defaults.maxRetries, 0, 20),
    timeoutMs: checkWhole("timeoutMs", timeoutMs ?? defaults.timeoutMs, 1, maxTimerMs),
    deadlineMs: checkWhole("deadlineMs", deadlineMs ?? defaults.deadlineMs, 1, maxTimerMs),
    maxResponseBytes: checkWhole(
      "maxResponseBytes",
      maxResponseBytes ?? defaults.maxResponseBytes,
      1,
      2 ** 31,
    ),
  };
}
