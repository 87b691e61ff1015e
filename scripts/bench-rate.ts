/**
 * Simulates fleets that place as many orders as a limited API takes in 80 seconds, and prints what they waste and how fast
 * they are: `npm run bench:rate`. It takes half a minute, on any machine with the same result.
 */
import { type Scenario, simulate } from "./bench-rate/simulate.ts";
import { fixedWindow, slidingWindow, tokenBucket, type Vendor } from "./bench-rate/vendor.ts";

const vendors: readonly (() => Vendor)[] = [
  () => tokenBucket(20, 20),
  () => tokenBucket(20, 10),
  () => fixedWindow(20, 1_000),
  () => slidingWindow(20, 1_000),
  () => fixedWindow(20, 60_000),
  () => tokenBucket(100, 100),
];
const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;

const rows: Record<string, string | number | boolean>[] = [];
for (const vendor of vendors) {
  for (const retryAfter of [true, false]) {
    for (const processes of [1, 8, 64]) {
      const scenario: Scenario = {
        ...{ processes, concurrency: 32, orders: 80 * vendor().perSecond, vendor: vendor(), retryAfter },
        ...{ latencyMs: 50, storeLatencyMs: 2, skewMs: processes > 1 ? 1_000 : 0 },
      };
      const { wasted, throughput, givenUp, seconds } = await simulate(scenario);
      rows.push({
        vendor: `${scenario.vendor.perSecond}/s, ${scenario.vendor.name}`,
        ...{ "Retry-After": retryAfter, processes, seconds: Math.round(seconds) },
        ...{ wasted: percent(wasted), "of the ideal": percent(throughput), "given up": givenUp },
      });
    }
  }
}
console.table(rows);
