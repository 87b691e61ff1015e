import { describe, expect, test } from "vitest";
import { type Scenario, simulate } from "../../scripts/bench-rate/simulate.ts";
import { fixedWindow, slidingWindow, tokenBucket, type Vendor } from "../../scripts/bench-rate/vendor.ts";

/** By a simulated clock: the same result on any machine. */
const run = (scenario: Pick<Scenario, "processes" | "vendor" | "retryAfter"> & Partial<Scenario>) =>
  simulate({
    ...{ concurrency: 32, orders: 1_600, latencyMs: 50, storeLatencyMs: 2 },
    ...{ skewMs: scenario.processes > 1 ? 1_000 : 0 },
    ...scenario,
  });

const vendors: readonly { make: () => Vendor; least: number }[] = [
  { make: () => tokenBucket(20, 20), least: 0.95 },
  { make: () => tokenBucket(20, 10), least: 0.9 },
  { make: () => fixedWindow(20, 1_000), least: 0.9 },
  { make: () => slidingWindow(20, 1_000), least: 0.9 },
  { make: () => fixedWindow(20, 60_000), least: 0.9 },
];
const scenarios = vendors.flatMap(({ make, least }) =>
  [true, false].flatMap((retryAfter) =>
    [1, 8, 64].map((processes) => ({ make, least, retryAfter, processes, name: make().name })),
  ),
);

describe("against an API that takes 20 requests a second", () => {
  test.each(
    scenarios,
  )("$processes processes of 32 waste at most 5 % and give nothing up: $name, Retry-After $retryAfter", async ({
    make,
    least,
    retryAfter,
    processes,
  }) => {
    const { wasted, throughput, givenUp, placed } = await run({ processes, vendor: make(), retryAfter });
    expect({ givenUp, placed }).toEqual({ givenUp: 0, placed: 1_600 });
    expect(wasted).toBeLessThan(0.05);
    expect(throughput).toBeGreaterThan(least);
  });
});
