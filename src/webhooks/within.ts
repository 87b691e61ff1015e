import type { Timing } from "../wrapper/timing.ts";

/**
 * Waits for what may be a promise, and no longer than `ms`.
 *
 * @throws what `late` makes, when the time is up.
 */
export async function within<Value>(
  value: Value | PromiseLike<Value>,
  ms: number,
  timing: Pick<Timing, "sleep">,
  late: () => Error,
): Promise<Value> {
  // A value that is there needs no timer.
  if (typeof value !== "object" || value === null || !("then" in value)) return value;
  const settled = new AbortController();
  const timeout = timing.sleep(ms, settled.signal).then(() => {
    throw late();
  });
  try {
    return await Promise.race([value, timeout]);
  } finally {
    settled.abort();
  }
}
