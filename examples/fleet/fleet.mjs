/**
 * Submits a file of orders with a fleet of workers. See README.md.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { startMock, startRedis } from "./local-servers.mjs";
import { writeSampleOrders } from "./orders-file.mjs";

const usage = `Usage: npm start [-- FILE] [options]

Submits the orders of a file, each at most once, with several worker processes. Run it again after a crash: it goes
on where it was. Without a file it makes 500 sample orders.

  FILE                one order a line: {"reference": "2026-000123", "order": {…}}
  --workers N         how many worker processes (default: 2)
  --concurrency N     how many orders each of them submits at a time (default: 8)
  --report FILE       where to write what became of each order (one JSON a line)
  --resend-after MIN  send an order of unknown outcome again, if it is not found so many minutes after its first call
                      was over; take hours rather than minutes (default: never)
  --kill-one          kill one worker halfway, to see what happens

The API is the one of JUNIPER_CLIENT_ID, JUNIPER_CLIENT_SECRET and JUNIPER_ENVIRONMENT; without them it is the mock.
Redis is the one of REDIS_URL; for the mock alone one is started for this run, if there is none.`;

async function main() {
  const options = readOptions();
  if (options === undefined) return 2;
  if (process.env.JUNIPER_CLIENT_ID !== undefined && process.env.REDIS_URL === undefined) {
    console.error(
      "Set REDIS_URL to a Redis that lasts. Without one a second run would not know what the first has ordered.",
    );
    return 1;
  }
  if (options.resendAfter !== undefined) {
    process.env.FLEET_RESEND_AFTER_MS = String(options.resendAfter * 60_000);
  }
  const started = [];
  try {
    const folder = await mkdtemp(join(tmpdir(), "fleet-"));
    started.push({ stop: () => rm(folder, { recursive: true }) });
    let { file } = options;
    if (file === undefined) {
      file = join(folder, "sample-orders.jsonl");
      await writeSampleOrders(file, 500);
    }
    const redis = process.env.REDIS_URL === undefined ? await startRedis() : undefined;
    if (redis !== undefined) {
      started.push(redis);
      process.env.REDIS_URL = redis.url;
    }
    if (process.env.REDIS_URL === undefined) {
      console.error(
        "There is no Redis. Install redis-server, or set REDIS_URL, such as redis://localhost:6379.",
      );
      return 1;
    }
    const mock = process.env.JUNIPER_CLIENT_ID === undefined ? await startMock() : undefined;
    if (mock !== undefined) {
      started.push(mock);
      // What the mock has been sent must not count for the real API, in a Redis that outlives this run.
      Object.assign(process.env, mock.environment, {
        FLEET_QUEUE: `juniper-mock-${process.pid}-${Date.now()}`,
      });
    }
    const where = mock === undefined ? "the API" : "the mock (set JUNIPER_CLIENT_ID for the real API)";
    console.log(
      `Orders go to ${where}; the queue is in ${redis === undefined ? "REDIS_URL" : "a Redis of its own"}.`,
    );
    // Loaded now: it reads the environment.
    const { runFleet } = await import("./run-fleet.mjs");
    const code = await runFleet({ ...options, file });
    if (mock !== undefined) compare(mock.orders());
    return code;
  } finally {
    for (const { stop } of started.reverse()) await stop();
  }
}

function readOptions() {
  try {
    const { values, positionals } = parseArgs({
      allowPositionals: true,
      options: {
        workers: { type: "string", default: "2" },
        concurrency: { type: "string", default: "8" },
        report: { type: "string" },
        "resend-after": { type: "string" },
        "kill-one": { type: "boolean", default: false },
        help: { type: "boolean", short: "h", default: false },
      },
    });
    if (values.help) {
      console.log(usage);
      process.exit(0);
    }
    if (positionals.length > 1) throw new Error("Give one file.");
    const whole = (name) => {
      if (/^[1-9]\d{0,3}$/.test(values[name])) return Number(values[name]);
      throw new Error(`--${name} must be a whole number from 1 to 9999.`);
    };
    const resendAfter = values["resend-after"];
    if (resendAfter !== undefined && !/^\d{1,5}$/.test(resendAfter)) {
      throw new Error("--resend-after must be a whole number of minutes.");
    }
    return {
      ...{ file: positionals[0], workers: whole("workers"), concurrency: whole("concurrency") },
      ...{ report: values.report, killOne: values["kill-one"] },
      ...(resendAfter !== undefined && { resendAfter: Number(resendAfter) }),
    };
  } catch (error) {
    console.error(`${error.message}\n\n${usage}`);
    return undefined;
  }
}

/** The mock can be asked how many there really are. */
function compare(orders) {
  const customers = new Set(orders.map(({ customer }) => customer.sourceId));
  const twice = orders.length - customers.size;
  console.log(`The mock holds ${orders.length} orders, ${twice} of them twice.`);
}

process.exitCode = await main();
