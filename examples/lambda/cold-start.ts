/**
 * Measures a cold start: a new process of Node, over and over, against a mock of the API. Run `npm run build` first,
 * since it measures what is published. An argument says how many processes there are; the medians are printed.
 */
import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { startMockServer } from "juniper-fulfillment/testing";

const run = promisify(execFile);
const folder = fileURLToPath(new URL(".", import.meta.url));

/** Prints how many milliseconds each step took. Zero is the start of the process. */
const program = (options: object, isWarm: boolean): string => `
  const times = [performance.now()];
  const { createFulfillmentClient, unwrap } = await import("juniper-fulfillment");
  const client = createFulfillmentClient(${JSON.stringify(options)});
  times.push(performance.now());
  if (${isWarm}) await client.warmup();
  times.push(performance.now());
  unwrap(await client.GET("/orders/{orderId}", { params: { path: { orderId: "2vSGym0bH8qVEwCIGlyFoRgJq1A" } } }));
  times.push(performance.now());
  console.log(JSON.stringify(times.map((time, index) => time - (times[index - 1] ?? 0))));
  process.exit();
`;

const rounds = Number(process.argv[2] ?? 15);
if (!(Number.isInteger(rounds) && rounds > 0)) {
  console.error("Usage: cold-start.ts [ROUNDS]   how many processes to start (default: 15)");
  process.exit(2);
}

const mock = await startMockServer();
const samples: { warm: number[]; cold: number[] }[] = [];
try {
  const measure = async (isWarm: boolean): Promise<number[]> => {
    const args = ["--input-type=module", "--eval", program(mock.clientOptions, isWarm)];
    return JSON.parse((await run(process.execPath, args, { cwd: folder })).stdout);
  };
  // The first call of all is the mock's own cold start.
  await measure(false);
  for (let round = 0; round < rounds; round++) {
    samples.push({ warm: await measure(true), cold: await measure(false) });
  }
} finally {
  await mock.close();
}

const median = (values: number[]): number => values.sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
const warm = (index: number): number => median(samples.map((sample) => sample.warm[index] ?? 0));
const nodeMs = warm(0);

console.log(`Node ${process.version}, medians of ${rounds} ${rounds === 1 ? "process" : "processes"}\n`);
console.log(`${"".padEnd(36)}     ms  × Node's own start`);
for (const [title, ms] of [
  ["Node itself", nodeMs],
  ["import, and a client", warm(1)],
  ["warmup()", warm(2)],
  ["the first call after warmup()", warm(3)],
  ["the first call without, in its place", median(samples.map(({ cold }) => cold[3] ?? 0))],
] as const) {
  console.log(`${title.padEnd(36)} ${ms.toFixed(1).padStart(6)}  ${(ms / nodeMs).toFixed(2)}`);
}
