import fc from "fast-check";
import { createClientWith } from "../../src/wrapper/client.ts";
import { systemTiming } from "../../src/wrapper/timing.ts";
import { Day } from "./day.ts";
import { startOrderBackend } from "./order-backend.ts";
import { schedule } from "./schedule.ts";
import type { Wrong } from "./verdict.ts";

/** What became of all orders of all schedules. */
export interface Tally extends Record<Wrong, number> {
  runs: number;
  asked: number;
  stored: number;
  /** Orders that no caller was told of in the day, and those of them that the next call was told of. */
  open: number;
  recovered: number;
  /** Orders that an operator could settle then, and those that stay listed as unsettled. */
  settled: number;
  unsettled: number;
  /** Calls of submitOrder and settleOrder, and requests that reached the server. */
  calls: number;
  requests: number;
  crashes: number;
  /** Processes that were stopped and woke up later. */
  wakings: number;
  /** Which schedules went wrong, and how. */
  readonly failures: { readonly index: number; readonly wrongs: readonly Wrong[] }[];
}

export interface RunSchedules {
  readonly runs: number;
  readonly seed: number;
  /** Begin no further one when one has gone wrong. */
  readonly stopsAtFailure?: boolean;
  readonly onProgress?: (tally: Tally) => void;
}

/** Runs random schedules. The same seed makes the same schedules. */
export async function runSchedules(options: RunSchedules): Promise<Tally> {
  const backend = await startOrderBackend();
  // The transport is loaded by the first call, which may take longer than the limits of a schedule.
  await createClientWith(
    { accessToken: "token", baseUrl: `${backend.origin}/first/v1` },
    systemTiming,
  ).warmup();
  const schedules = fc.sample(schedule, { numRuns: options.runs, seed: options.seed });
  const tally: Tally = {
    ...{ runs: 0, asked: 0, stored: 0, open: 0, recovered: 0, settled: 0, unsettled: 0 },
    ...{ duplicated: 0, lost: 0, misreported: 0, hung: 0 },
    ...{ calls: 0, requests: 0, crashes: 0, wakings: 0, failures: [] },
  };
  let next = 0;
  const work = async (): Promise<void> => {
    while (next < schedules.length && !(options.stopsAtFailure && tally.failures.length > 0)) {
      const index = next++;
      const plan = schedules[index];
      if (plan === undefined) break;
      const wrongs = await new Day(backend, `day-${index}`, plan, tally).run();
      if (wrongs.length > 0) tally.failures.push({ index, wrongs });
      tally.runs++;
      options.onProgress?.(tally);
    }
  };
  await Promise.all(Array.from({ length: 24 }, work));
  await backend.close();
  return tally;
}

/** The tally in one line a figure. */
export function formatTally(tally: Tally, seed: number): string {
  const { runs, calls, crashes, wakings, requests, open, recovered, settled, unsettled } = tally;
  const figures = (["asked", "stored", "duplicated", "lost", "misreported", "hung"] as const).map(
    (name) => `  ${name.padEnd(11)} ${tally[name]}`,
  );
  return [
    `${runs} random schedules with seed ${seed}: ${calls} calls, ${crashes} crashes, ${wakings} wakings, ${requests} requests`,
    ...figures,
    `  open        ${open} in the evening: ${recovered} told by the next call, ${settled} settled by operators, ${unsettled} still listed as unsettled`,
  ].join("\n");
}
