import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { projectRoot } from "../../scripts/package/project-root.ts";
import { bundleProcess } from "../support/bundle-process.ts";
import { postgresMissing, startPostgresServer } from "../support/postgres-server.ts";
import { redisMissing, startRedisServer, type TestServer } from "../support/redis-server.ts";
import type { Report, Task } from "./killed/process.ts";
import { startVendor } from "./killed/vendor.ts";

let folder: string;
let vendor: Awaited<ReturnType<typeof startVendor>>;

beforeAll(async () => {
  // Beside the packages, which the bundle finds there.
  folder = await mkdtemp(join(projectRoot, "node_modules", ".killed-"));
  const entry = join(projectRoot, "test", "orders", "killed", "process.ts");
  await bundleProcess(entry, join(folder, "process.mjs"));
});
afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

beforeEach(async () => {
  vendor = await startVendor();
});
afterEach(() => vendor.close());

/** Starts a process, waits for what it reports, and kills it. */
async function run(task: Omit<Task, "vendor">, { origin } = vendor): Promise<Report> {
  const child = spawn(process.execPath, [join(folder, "process.mjs")], {
    cwd: projectRoot,
    env: { ...process.env, TASK: JSON.stringify({ ...task, vendor: origin }) },
    stdio: ["ignore", "pipe", "inherit"],
  });
  const kill = (): void => void child.kill("SIGKILL");
  process.once("exit", kill);
  const ended = once(child, "close").finally(() => process.off("exit", kill));
  const early = ended.then(([code]) => {
    throw new Error(`The process ended with ${code} before its time.`);
  });
  const [line] = await Promise.race([once(createInterface({ input: child.stdout }), "line"), early]);
  kill();
  expect((await ended)[1]).toBe("SIGKILL");
  return JSON.parse(line);
}

/** A folder in memory where there is one: nothing is to survive but the process. */
async function startFolder(scheme: string): Promise<TestServer> {
  const path = await mkdtemp(join(existsSync("/dev/shm") ? "/dev/shm" : tmpdir(), "killed-"));
  return { url: `${scheme}://${path}`, close: () => rm(path, { recursive: true, force: true }) };
}

const stores = [
  { name: "fileLedger", missing: "", start: () => startFolder("file") },
  { name: "redisStore", missing: redisMissing, start: startRedisServer },
  { name: "sqlLedger on PGlite", missing: "", start: () => startFolder("pglite") },
  { name: "sqlLedger on PostgreSQL", missing: postgresMissing, start: startPostgresServer },
];

describe("a process that is killed before any use of the network, a database or the disk", () => {
  for (const { name, missing, start } of stores) {
    test.skipIf(missing !== "")(
      `leaves every reference settled or listed, and its order placed once: ${name}${missing}`,
      async () => {
        const store = await start();
        try {
          const { stopped } = await run({ task: "stop", url: store.url });
          expectEachOnce(await run({ task: "finish", url: store.url, references: stopped }), stopped);
        } finally {
          await store.close();
        }
      },
    );
  }

  test("with a ledger in memory has placed one order at most, of which the next process knows nothing", async () => {
    const { stopped } = await run({ task: "stop", url: "memory:" });
    const { finished } = await run({ task: "finish", url: "memory:", references: stopped });
    for (const { reference, stored, again } of finished) {
      expect(stored).toBeLessThanOrEqual(1);
      expect(again).toBe("created");
      expect(vendor.ordersOf(reference)).toHaveLength(stored + 1);
    }
  });
});

test("a call that never goes on leaves its reference settled or listed in the same process: memoryLedger", async () => {
  const report = await run({ task: "stop, then finish", url: "memory:" });
  expectEachOnce(report, report.stopped);
});

function expectEachOnce({ finished }: Report, stopped: readonly string[]): void {
  expect(stopped.length).toBeGreaterThan(60);
  expect(finished.map(({ reference }) => reference).sort()).toEqual([...stopped].sort());
  for (const one of finished) {
    const what = JSON.stringify(one);
    expect(one.stored, what).toBeLessThanOrEqual(1);
    if (!one.isListed) expect(one.again, what).toBe(one.stored === 1 ? "already-submitted" : "created");
    expect(one.end, what).toBe("already-submitted");
    expect(vendor.ordersOf(one.reference).map(({ id }) => id)).toEqual([one.orderId]);
  }
}
