import { runSchedules } from "../schedules.ts";

/** Runs schedules until one goes wrong, and prints how many and what. */
const [runs = 1, seed = 1] = process.argv.slice(2).map(Number);
const { runs: carriedOut, failures } = await runSchedules({ runs, seed, stopsAtFailure: true });
const wrongs = [...new Set(failures.flatMap(({ wrongs }) => wrongs))];
process.stdout.write(JSON.stringify({ runs: carriedOut, wrongs }), () => process.exit());
