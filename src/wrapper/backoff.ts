/** How waits grow from one failure to the next. */
export interface Backoff {
  /** The upper bound of the first wait, in milliseconds. It doubles with each failure. */
  readonly baseMs: number;
  /** The upper bound of every wait, in milliseconds. */
  readonly maxMs: number;
  /** The share of the bound that is always waited; the rest is random. 0 is full jitter, 0.5 equal jitter. */
  readonly fixedShare: number;
}

/**
 * The wait after so many failures in a row, in milliseconds.
 *
 * @param failures 1 after the first failure.
 * @param random From 0 up to 1.
 * @see https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
 */
export function backoffMs(
  { baseMs, maxMs, fixedShare }: Backoff,
  failures: number,
  random: () => number,
): number {
  const boundMs = Math.min(maxMs, baseMs * 2 ** (failures - 1));
  return boundMs * (fixedShare + (1 - fixedShare) * random());
}
