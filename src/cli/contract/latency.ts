/** How long half of the responses, and 95 % of them, took at most, in milliseconds. */
export interface Latency {
  readonly p50: number;
  readonly p95: number;
  readonly responses: number;
}

/** Undefined where nothing was measured. */
export function latencyOf(durationsMs: readonly number[]): Latency | undefined {
  if (durationsMs.length === 0) return undefined;
  const sorted = [...durationsMs].sort((one, other) => one - other);
  const at = (share: number): number => Math.round(sorted[Math.ceil(share * sorted.length) - 1] ?? 0);
  return { p50: at(0.5), p95: at(0.95), responses: sorted.length };
}
