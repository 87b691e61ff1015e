import { parseArgs } from "node:util";
import { runKeepAlive } from "./faults/keep-alive.ts";
import { formatMatrix, runMatrix, runThousandCalls } from "./faults/matrix.ts";
import { runMutants } from "./faults/run-mutants.ts";
import { formatTally, runSchedules } from "./faults/schedules.ts";
import { formatTwins, runTwins } from "./faults/twins.ts";
import { formatVanishingHosts, runVanishingHosts } from "./faults/vanishing-hosts.ts";
import { runScript } from "./run-script.ts";

const usage = `Usage: npm run faults [-- --runs N] [--seed N] [--require-namespace] [--mutants] [--twins]

Crosses every fault with every class of operation, places orders at hosts that vanish, and submits orders on random
schedules of faults and crashes, all against real sockets on this machine. Fails when an order is duplicated, lost or
misreported, or a call hangs.

  --runs N             how many random schedules, or pairs with --twins (default: 1000)
  --seed N             the seed of the schedules (default: a new one, which is printed)
  --require-namespace  fail if hosts can't be made to vanish, which needs a network namespace
  --mutants            instead, put one mistake after another into a copy of the source, and fail if one goes unnoticed
  --twins              instead, place pairs of orders that look the same, and count unknown outcomes`;

let shownMs = 0;

await runScript(usage, async () => {
  const { values } = parseArgs({
    options: {
      ...{ runs: { type: "string" }, seed: { type: "string" } },
      ...{ "require-namespace": { type: "boolean" }, mutants: { type: "boolean" } },
      twins: { type: "boolean" },
    },
  });
  const runs = Number(values.runs ?? 1_000);
  const seed = Number(values.seed ?? Math.floor(Math.random() * 2 ** 31));
  if (!Number.isSafeInteger(runs) || runs < 1 || !Number.isSafeInteger(seed)) {
    console.error(`--runs and --seed must be whole numbers.\n\n${usage}`);
    return 2;
  }
  if (values.mutants) return runMutants(seed);
  if (values.twins) {
    const results = await runTwins(runs, seed);
    console.log(formatTwins(results, seed));
    return results.some(({ wrong, duplicated }) => wrong + duplicated > 0) ? 1 : 0;
  }
  // It mostly waits, in a process of its own.
  const vanishing = runVanishingHosts();
  const rows = await runMatrix((done, all) => progress(`fault × class: ${done} of ${all}`));
  clear();
  console.log(`${formatMatrix(rows)}\n`);
  const { ok, tokens } = await runThousandCalls();
  console.log(
    `1000 calls that meet an expired token at once: ${ok} succeeded, ${tokens - 1} new token requested\n`,
  );

  const { posts, ours, platform } = await runKeepAlive(100);
  console.log(`POSTs to a socket that the server has just closed: ${ours} of ${posts} in doubt`);
  console.log(`  over the fetch of Node ${process.version}: ${platform} of ${posts}\n`);

  const cells = await vanishing;
  console.log(
    cells === undefined
      ? "Orders at hosts that vanish: not run. That takes Linux, unshare and iproute2, and root or a user namespace."
      : formatVanishingHosts(cells),
  );
  const isMissing = cells === undefined && values["require-namespace"] === true;
  const isVanishingWrong = cells?.some(({ wrongs }) => wrongs.length > 0) ?? isMissing;

  const startMs = performance.now();
  const tally = await runSchedules({
    runs,
    seed,
    onProgress: (now) =>
      progress(
        `schedules: ${now.runs} of ${runs}, ${now.duplicated} duplicated, ${now.lost} lost, ${now.failures.length} failed`,
      ),
  });
  clear();
  console.log(formatTally(tally, seed));
  console.log(`  in ${Math.round((performance.now() - startMs) / 1_000)} s`);
  for (const { index, wrongs } of tally.failures)
    console.error(`Schedule ${index} of seed ${seed}: ${wrongs.join(", ")}`);
  return tally.failures.length === 0 && !isVanishingWrong ? 0 : 1;
});

/** On a terminal one line that changes; in a log one line every ten seconds. */
function progress(text: string): void {
  const nowMs = performance.now();
  if (nowMs - shownMs < (process.stdout.isTTY ? 100 : 10_000)) return;
  shownMs = nowMs;
  if (process.stdout.isTTY) process.stdout.write(`\r\u001b[K${text}`);
  else console.log(text);
}

function clear(): void {
  if (process.stdout.isTTY) process.stdout.write("\r\u001b[K");
}
