import { parseArgs, styleText } from "node:util";
import { startMockServer } from "juniper-fulfillment/testing";
import buildIfStale from "./package/fresh-build.ts";
import { installLocked } from "./package/install.ts";
import { createConsumer } from "./package/packed.ts";
import { runScript } from "./run-script.ts";
import { columns, formatOutcome, formatRow, missing, type Outcome, runOn } from "./test-runtimes/outcome.ts";
import { type Runtime, runtimes, runtimesFolder } from "./test-runtimes/runtimes.ts";

const usage = `Usage: npm run test:runtimes [-- --only NAMES] [--allow-missing]

Packs the package, installs it in an empty project, and runs one scenario on every supported runtime, against a mock of
the API on this machine. It needs Linux on x64. The first run installs the runtimes from npm (test/runtimes/packages,
about a gigabyte); install Chromium with \`apt-get install chromium\`.

  --only NAMES     some of the runtimes, such as Bun,Deno: ${[...new Set(runtimes.map(({ name }) => name))].join(", ")}
  --allow-missing  don't fail for a missing runtime`;

await runScript(usage, async () => {
  const { values } = parseArgs({
    options: { only: { type: "string" }, "allow-missing": { type: "boolean", default: false } },
  });
  const chosen = choose(values.only);
  if (typeof chosen === "string") {
    console.error(`${chosen}\n\n${usage}`);
    return 2;
  }
  if (process.platform !== "linux" || process.arch !== "x64") {
    console.error(
      `The runtimes are installed for Linux on x64, and this is ${process.platform} on ${process.arch}.`,
    );
    return 2;
  }
  await installLocked(runtimesFolder);
  await buildIfStale();
  const consumer = await createConsumer();
  try {
    console.log(`\n${styleText("bold", formatRow("", columns))}`);
    const outcomes: Outcome[] = [];
    const absent: string[] = [];
    for (const runtime of chosen) {
      const reason = await missing(runtime);
      if (reason !== undefined) {
        console.log(formatRow(runtime.name, ["missing"]));
        absent.push(reason);
        continue;
      }
      const mock = await startMockServer({ stateful: true });
      const outcome = await runOn(runtime, consumer.folder, mock).finally(() => mock.close());
      console.log(formatOutcome(outcome));
      outcomes.push(outcome);
    }
    return conclude(outcomes, absent, values["allow-missing"]);
  } finally {
    await consumer.remove();
  }
});

/** The runtimes that are asked for, or what is wrong with the question. */
function choose(only: string | undefined): readonly Runtime[] | string {
  if (only === undefined) return runtimes;
  const names = only.split(",").map((name) => name.trim().toLowerCase());
  const unknown = names.find((name) => !runtimes.some((runtime) => runtime.name.toLowerCase() === name));
  if (unknown !== undefined) return `There is no runtime "${unknown}".`;
  return runtimes.filter(({ name }) => names.includes(name.toLowerCase()));
}

function conclude(outcomes: readonly Outcome[], absent: readonly string[], allowMissing: boolean): number {
  const results = outcomes.flatMap(({ name, cells }) =>
    Object.entries(cells).flatMap(([column, cell]) =>
      cell === "none" ? [] : [{ place: `${name}, ${column}`, ...cell }],
    ),
  );
  const failures = results.filter(({ failure }) => failure !== null);
  for (const { place, failure } of failures) {
    if (failure !== "")
      console.error(`\n${styleText("red", place)}\n  ${failure?.trim().replaceAll("\n", "\n  ")}`);
  }
  for (const reason of absent) console.error(`\n${reason}`);
  const failed = failures.length + (allowMissing ? 0 : absent.length);
  console.log(
    `\n${results.length - failures.length} passed, ${failed} failed on ${outcomes.length} ${outcomes.length === 1 ? "runtime" : "runtimes"}`,
  );
  if (absent.length > 0 && !allowMissing) console.error("To ignore missing runtimes: --allow-missing");
  return failed === 0 ? 0 : 1;
}
