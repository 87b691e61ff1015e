import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { Redis } from "ioredis";
import { type StatefulMockServer, startMockServer } from "juniper-fulfillment/testing";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { execute } from "../../scripts/package/execute.ts";
import { projectRoot } from "../../scripts/package/project-root.ts";
import { orderRequest } from "../../scripts/samples/requests.ts";
import { mockEnvironment } from "../support/mock-environment.ts";
import { redisMissing, startRedisServer, type TestServer } from "../support/redis-server.ts";

const example = join(projectRoot, "examples", "fleet");

/** From the sources, since another test builds the package anew meanwhile. */
const environment = {
  ...process.env,
  NODE_OPTIONS: `--conditions=juniper-fulfillment-source --import=${
    pathToFileURL(join(projectRoot, "node_modules", "tsx", "dist", "loader.mjs")).href
  }`,
};

interface Run {
  /** All that it has printed. */
  output(): string;
  /** Its end, with the exit code. */
  readonly ended: Promise<number | null>;
  /** Kills it with all its workers, as a machine does that loses its power. */
  kill(): void;
}

function startExample(
  args: readonly string[],
  env: Record<string, string | undefined>,
  script = "fleet.mjs",
): Run {
  const child = spawn(process.execPath, [script, ...args], {
    cwd: example,
    env: { ...environment, ...env },
    stdio: ["ignore", "pipe", "pipe"],
    detached: true,
  });
  const kill = (): void => {
    // Without a process there is no group either.
    if (child.pid !== undefined && child.exitCode === null) process.kill(-child.pid, "SIGKILL");
  };
  process.once("exit", kill);
  let output = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk) => (output += chunk));
  const ended = once(child, "close").then(([code]) => {
    process.off("exit", kill);
    return code;
  });
  return { output: () => output, ended, kill };
}

describe(`the example of a fleet${redisMissing}`, () => {
  const check = redisMissing === "" ? test : test.skip;
  let folder: string;
  let redis: TestServer;
  let mock: StatefulMockServer;

  beforeAll(async () => {
    if (redisMissing !== "") return;
    await installExample();
    folder = await mkdtemp(join(tmpdir(), "fleet-example-"));
    redis = await startRedisServer();
    mock = await startMockServer({ stateful: true });
  });
  afterAll(async () => {
    await mock?.close();
    await redis?.close();
    if (folder !== undefined) await rm(folder, { recursive: true, force: true });
  });

  check("runs by itself, on a Redis and a mock of its own, and orders each sample once", async () => {
    const run = startExample([], { REDIS_URL: undefined, JUNIPER_CLIENT_ID: undefined });
    expect(await run.ended, run.output()).toBe(0);
    expect(run.output()).toMatch(/ 500 created\n/);
    expect(run.output()).toContain("The mock holds 500 orders, 0 of them twice.");
  });

  check("killed in the middle and run again orders nothing twice and loses nothing", async () => {
    const file = join(folder, "orders.jsonl");
    const report = join(folder, "report.jsonl");
    const names = Array.from({ length: 300 }, (_, number) => String(number));
    const lines = names.map((name) => JSON.stringify(submission(name)));
    const [item] = orderRequest.lineItems;
    const refused = { ...submission("refused").order, lineItems: [{ ...item, quantity: 3 }] };
    lines.push("not JSON", JSON.stringify({ reference: "refused:1", order: refused }), lines[0] ?? "");
    await writeFile(file, lines.join("\n"));
    const env = {
      ...mockEnvironment(mock),
      REDIS_URL: redis.url,
    };
    // A few orders are limited, and a few answers are lost, before the power goes.
    const limited = { status: 429, retryAfterSeconds: 1, times: 3 };
    mock.fault("POST /orders", limited, { commitThenDrop: true, times: 2 });

    // What was killed between its entry in the ledger and the request is sent again, since this run says so.
    const args = [file, "--report", report, "--resend-after", "0"];
    const first = startExample(args, env);
    await expect.poll(() => mock.orders.length, { interval: 5 }).toBeGreaterThan(100);
    first.kill();
    await first.ended;
    expect(mock.orders.length).toBeLessThan(300);

    const second = startExample(args, env);
    // The two lines that are no good orders make it 1.
    expect(await second.ended, second.output()).toBe(1);
    const customers = mock.orders.map(({ customer }) => (customer as { sourceId: string }).sourceId);
    expect(customers.sort()).toEqual(names.map((name) => `customer-${name}`).sort());

    const results = (await readFile(report, "utf8")).trim().split("\n").map(readResult);
    expect(
      results.filter(({ orderId }) => orderId === undefined),
      second.output(),
    ).toMatchObject([
      { lineNumber: 301, outcome: "refused", error: "it is not JSON" },
      { lineNumber: 302, outcome: "refused", error: expect.stringContaining("InvalidRequestError") },
    ]);
    const good = results.filter(({ orderId }) => orderId !== undefined);
    expect(good.map(({ reference }) => reference).sort()).toEqual(
      names.map((name) => `reference:${name}`).sort(),
    );
    expect(new Set(good.map(({ orderId }) => orderId)).size).toBe(300);
    expect(second.output()).toMatch(/orders were settled by an earlier run/);
    await expectNoCustomers(redis.url);
  });

  check("refuses to order for real with a Redis that would be gone afterwards", async () => {
    const run = startExample([], {
      ...mockEnvironment(mock),
      REDIS_URL: undefined,
    });
    expect(await run.ended).toBe(1);
    expect(run.output()).toContain("Set REDIS_URL to a Redis that lasts.");
  });

  check("parks an order in doubt, sends nothing again by itself, and lets the desk settle it", async () => {
    const file = join(folder, "doubt.jsonl");
    const report = join(folder, "doubt-report.jsonl");
    const env = {
      ...mockEnvironment(mock),
      REDIS_URL: redis.url,
      // The mock's list is never behind.
      ...{ FLEET_QUEUE: "doubt", FLEET_DEADLINE_MS: "2000", FLEET_LIST_DELAY_MS: "0" },
    };
    // What proves something later: in which form orders come back.
    await writeFile(file, JSON.stringify(submission("known")));
    const known = startExample([file], env);
    expect(await known.ended, known.output()).toBe(0);
    await writeFile(file, JSON.stringify(submission("doubt")));
    const before = mock.orders.length;
    // The connection breaks, and nothing was stored: only a person, or hours, can tell.
    mock.fault("POST /orders", { reset: true, times: 1 });
    const run = startExample([file, "--report", report], env);
    expect(await run.ended, run.output()).toBe(1);
    expect(readResult((await readFile(report, "utf8")).trim())).toMatchObject({ outcome: "unknown" });
    expect(run.output()).toMatch(/ 1 unknown: they may or may not exist/);
    expect(mock.orders.length).toBe(before);

    const listing = startExample([], env, "desk.mjs");
    expect(await listing.ended, listing.output()).toBe(0);
    expect(listing.output()).toMatch(
      /^reference:doubt {2}since \S+ {2}sent 1× {2}no order seen that looks like it\n$/,
    );
    // While the first call may be alive, it says from when on it can be settled.
    const settle = async (): Promise<string> => {
      const settling = startExample(["settle", "reference:doubt", "not-placed"], env, "desk.mjs");
      return (await settling.ended) === 0 ? "settled" : settling.output();
    };
    await expect.poll(settle, { interval: 5_000 }).toBe("settled");
    const client = new Redis(redis.url);
    expect(await client.keys("bull:doubt:order-*")).toEqual([]);
    client.disconnect();
    const next = startExample([file], env);
    expect(await next.ended, next.output()).toBe(0);
    expect(mock.orders.length).toBe(before + 1);
  });

  check("says what is wrong with its options", async () => {
    const run = startExample(["--workers", "many"], {});
    expect(await run.ended).toBe(2);
    expect(run.output()).toContain("--workers must be a whole number from 1 to 9999.");
  });
});

function submission(name: string) {
  // Another person each: an order of the same one, which this ledger doesn't know, could be the one in doubt.
  const person = { firstName: name, lastName: "Secretperson", email: `${name}@example.com` };
  const customer = { ...orderRequest.customer, ...person, sourceId: `customer-${name}` };
  return { reference: `reference:${name}`, order: { ...orderRequest, customer } };
}

interface Result {
  readonly lineNumber: number;
  readonly reference?: string;
  readonly outcome: string;
  readonly orderId?: string;
}

function readResult(line: string): Result {
  return JSON.parse(line);
}

/** Once all is settled, no order with its customer is left in Redis, but for those that were refused. */
async function expectNoCustomers(url: string): Promise<void> {
  const client = new Redis(url);
  for (const key of await client.keys("bull:juniper-orders:order-*")) {
    expect(await client.hget(key, "data")).not.toContain("Secretperson");
  }
  // The ledger remembers the orders that are done. Their jobs are gone.
  expect((await client.keys("*:reference:*")).length).toBeGreaterThanOrEqual(300);
  expect((await client.keys("bull:juniper-orders:order-*")).length).toBeLessThan(10);
  client.disconnect();
}

/** Installs what the example needs, unless that has been done since its lock file was changed. */
async function installExample(): Promise<void> {
  const installed = join(example, "node_modules", ".package-lock.json");
  const changedMs = (path: string): Promise<number> => stat(path).then(({ mtimeMs }) => mtimeMs);
  const lock = join(example, "package-lock.json");
  if (existsSync(installed) && (await changedMs(installed)) >= (await changedMs(lock))) return;
  const { exitCode, stderr } = await execute("npm", ["ci", "--prefer-offline"], example);
  expect(exitCode, stderr).toBe(0);
}
