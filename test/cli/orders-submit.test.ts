import { createHash } from "node:crypto";
import { once } from "node:events";
import { appendFile, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { Redis } from "ioredis";
import {
  createFulfillmentClient,
  type Ledger,
  OutcomeUnknownError,
  signWebhook,
  submitOrder,
  unwrap,
  type WebhookStore,
  webhookHandler,
} from "juniper-fulfillment";
import { fileLedger, redisStore, sqlLedger } from "juniper-fulfillment/stores";
import { type StatefulMockServer, startMockServer } from "juniper-fulfillment/testing";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { execute } from "../../scripts/package/execute.ts";
import { projectRoot } from "../../scripts/package/project-root.ts";
import { orderRequest } from "../../scripts/samples/requests.ts";
import { type ScriptedServer, startScriptedServer } from "../../scripts/samples/scripted-server.ts";
import { createPool } from "../stores/stores.ts";
import { program, type RunningCli, runCli, startCli } from "../support/cli.ts";
import { type CliApi, startCliApi } from "../support/cli-api.ts";
import { mockEnvironment } from "../support/mock-environment.ts";
import { writeOrderFile } from "../support/order-file.ts";
import { postgresMissing, startPostgresServer } from "../support/postgres-server.ts";
import { redisMissing, startRedisServer } from "../support/redis-server.ts";
import { hurry, startSilentServer } from "../support/silent-server.ts";

let api: CliApi;
let folder: string;
let running: RunningCli | undefined;

beforeAll(async () => {
  api = await startCliApi();
});
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "cli-submit-"));
  api.mock.requests.length = 0;
});
afterEach(async () => {
  running?.child.kill("SIGKILL");
  running = undefined;
  await rm(folder, { recursive: true, force: true });
});
afterAll(() => api.close());

const write = (count: number, prefix: string, productId?: number) =>
  writeOrderFile(folder, count, prefix, productId);

const ledger = (): string => `file:${join(folder, "ledger")}`;
const placed = (prefix: string) =>
  api.mock.orders.filter(({ customer }) => customer.sourceId.startsWith(prefix));

/** Makes the entry of a reference as old as if its sender had been over for long. */
async function age(reference: string): Promise<void> {
  const store = fileLedger(join(folder, "ledger"));
  const hash = createHash("sha256").update(reference).digest("hex");
  const key = `juniper-fulfillment:order:reference:${hash}`;
  const entry = JSON.parse((await store.get(key)) ?? "");
  await store.set(key, JSON.stringify({ ...entry, overAtMs: entry.overAtMs - 3_600_000 }));
}

/** An order of another program whose response is lost. */
async function lose(store: Ledger, reference: string, mock: StatefulMockServer = api.mock): Promise<void> {
  mock.fault("POST /orders", { commitThenDrop: true });
  mock.fault("GET /orders", { status: 503, times: 9 });
  const client = createFulfillmentClient({ ...mock.clientOptions, maxRetries: 0 });
  const options = { reference, ledger: store, lookup: { timeoutMs: 0 } };
  await expect(submitOrder(client, orderRequest, options)).rejects.toThrow(OutcomeUnknownError);
  mock.clearFaults();
}

/** Has a store remember a delivery, as that of a webhook handler does. */
async function remember(store: WebhookStore): Promise<void> {
  const now = new Date().toISOString();
  const order = { orderId: "a", status: "SHIPPED", createdAt: now, updatedAt: now };
  const payload = JSON.stringify({ order });
  const headers = { "x-juniper-signature": await signWebhook({ payload, secret: "s" }) };
  const handle = webhookHandler({ secret: "s", store, onEvent() {} });
  const response = await handle(
    new Request("http://shop.example/", { method: "POST", body: payload, headers }),
  );
  expect(response.status).toBe(200);
}

describe("orders submit", () => {
  test("places the orders of a file, and none of them again when it is run again", async () => {
    const file = await write(12, "first");
    const first = await runCli(["orders", "submit", file, "--ledger", ledger()], api.env);
    expect(first.stdout).toBe("12  created            placed now\n");
    expect(first.stderr).toContain("12 orders, no problems. Estimated total: $");
    // From another folder the same words name another ledger, to which each order is new.
    expect(first.stderr).toContain("A new ledger is begun.");
    expect(first.exitCode).toBe(0);
    const again = await runCli(["orders", "submit", file, "--json"], {
      ...api.env,
      JUNIPER_LEDGER: ledger(),
    });
    expect([again.exitCode, again.stderr]).toEqual([0, expect.not.stringContaining("A new ledger")]);
    const lines = again.stdout
      .trim()
      .split("\n")
      .map((text) => JSON.parse(text));
    expect(lines.pop()).toMatchObject({ done: 12, created: 0, alreadySubmitted: 12 });
    expect(new Set(lines.map(({ outcome }) => outcome))).toEqual(new Set(["already-submitted"]));
    expect(lines.map(({ orderId }) => orderId).sort()).toEqual(
      placed("first")
        .map(({ id }) => id)
        .sort(),
    );
  });

  test("sends nothing of a file in which something is wrong", async () => {
    const file = await write(3, "wrong", 1);
    const { exitCode, stdout, stderr } = await runCli(
      ["orders", "submit", file, "--ledger", ledger()],
      api.env,
    );
    expect(exitCode).toBe(1);
    expect(stdout).toContain("lineItems[0].productId is not in the catalogue");
    expect(stderr).toContain("Nothing was sent.");
    expect(placed("wrong")).toEqual([]);
    expect(api.calls().filter((call) => call.startsWith("POST"))).toEqual([]);
  });

  test("goes on where it was killed, and places no order twice", async () => {
    const file = await write(60, "killed");
    running = startCli(
      ["orders", "submit", file, "--ledger", ledger(), "--concurrency", "4", "--json"],
      api.env,
    );
    await running.said(/"outcome":"created"[\s\S]*"outcome":"created"/);
    running.child.kill("SIGKILL");
    await new Promise((resolve) => running?.child.once("close", resolve));
    const before = placed("killed").length;
    expect(before).toBeLessThan(60);
    const { exitCode, stdout } = await runCli(["orders", "submit", file, "--ledger", ledger()], api.env);
    // What was in flight may be found, or stay unknown until its sender is certainly over.
    expect(exitCode === 0 || exitCode === 3, stdout).toBe(true);
    const sources = placed("killed").map(({ customer }) => customer.sourceId);
    expect(new Set(sources).size).toBe(sources.length);
    const unknown = Number(/^ *(\d+) {2}unknown/m.exec(stdout)?.[1] ?? 0);
    expect(sources.length).toBeGreaterThanOrEqual(60 - unknown);
    expect(unknown).toBeLessThanOrEqual(4);
  });

  test("ends at Ctrl+C with a table of what is done, and goes on the next time", async () => {
    const file = await write(60, "stopped");
    running = startCli(["orders", "submit", file, "--ledger", ledger(), "--json"], api.env);
    await running.said(/"outcome":"created"/);
    const { exitCode, output } = await running.stop();
    expect(exitCode).toBe(1);
    expect(output).toMatch(/\d+ of 60 orders are not done. Submit the file again to continue./);
    const again = await runCli(["orders", "submit", file, "--ledger", ledger()], api.env);
    expect([again.exitCode, placed("stopped").length]).toEqual([0, 60]);
  });

  test("says what is under way when it is ended while an order hangs", async () => {
    const file = await write(3, "hanging");
    api.mock.fault("POST /orders", { status: 503, delayMs: 60_000, times: 3 });
    running = startCli(["orders", "submit", file, "--ledger", ledger(), "--concurrency", "2"], api.env);
    const calls = (): number => api.calls().filter((call) => call === "POST /v1/orders").length;
    while (calls() < 2) await new Promise((resolve) => setTimeout(resolve, 20));
    const closed = once(running.child, "close");
    const said = running.said(/3 of 3 orders are not done\. Submit the file again to continue\./);
    // Whoever asks twice doesn't wait.
    const again = setInterval(() => running?.child.kill("SIGTERM"), 100);
    const { input } = await said;
    clearInterval(again);
    for (const reference of ["hanging-0", "hanging-1"])
      expect(input).toContain(`${reference} was under way: it may or may not exist.`);
    expect(input).not.toContain("hanging-2");
    expect((await closed)[0]).toBe(3);
    api.mock.clearFaults();
  });

  test("says which order has the reference that another one is submitted with", async () => {
    const file = await write(1, "taken");
    await runCli(["orders", "submit", file, "--ledger", ledger()], api.env);
    const text = (await readFile(file, "utf8")).replace("taken-customer-0", "taken-customer-1");
    await writeFile(file, text);
    const { stdout } = await runCli(["orders", "submit", file, "--ledger", ledger()], api.env);
    expect(stdout).toContain(`which was placed: it is ${placed("taken")[0]?.id}.`);
  });

  test("sends no line that was written after the check", async () => {
    const file = await write(60, "checked");
    const late = await readFile(await write(1, "unchecked"), "utf8");
    running = startCli(["orders", "submit", file, "--ledger", ledger(), "--concurrency", "1"], api.env);
    const closed = once(running.child, "close");
    const said = running.said(/The file has changed meanwhile\. The rest of it was not checked/);
    while (placed("checked").length === 0) await new Promise((resolve) => setTimeout(resolve, 20));
    await appendFile(file, late);
    await said;
    const [exitCode] = await closed;
    expect([exitCode, placed("unchecked")]).toEqual([1, []]);
    expect(placed("checked").length).toBeLessThan(60);
  });

  test("takes no pipe, which could not be read again after the check", async () => {
    const { exitCode, stderr } = await runCli(
      ["orders", "submit", "/dev/stdin", "--format", "jsonl", "--ledger", ledger()],
      api.env,
    );
    expect([exitCode, stderr]).toEqual([2, expect.stringContaining("Name a file, and no pipe")]);
    expect(api.calls()).toEqual([]);
  });

  test("says which orders are refused, and ends with 1", async () => {
    const stop = api.mock.refuse(77123130900, "The product is sold out.");
    const file = await write(1, "refused", 77123130900);
    const { exitCode, stdout } = await runCli(["orders", "submit", file, "--ledger", ledger()], api.env);
    stop();
    expect(exitCode).toBe(1);
    expect(stdout).toMatch(/^refused-0 {2}refused {2}\S/);
    expect(stdout).toContain("1  refused");
    expect(stdout).not.toContain("Ada");
  });

  test("says that an order may exist, lists it, and settles it by what the operator knows", async () => {
    const file = await write(1, "lost");
    // The response is lost, and so are the lists in which it would be looked for.
    api.mock.fault("POST /orders", { commitThenDrop: true });
    api.mock.fault("GET /orders", { status: 503, times: 100 });
    const lost = await runCli(["orders", "submit", file, "--ledger", ledger()], api.env);
    api.mock.clearFaults();
    expect([lost.exitCode, lost.stdout]).toEqual([3, expect.stringMatching(/^lost-0 {2}unknown {2}/)]);
    const list = await runCli(["orders", "unsettled", "--ledger", ledger(), "--older-than", "0"], api.env);
    expect([list.exitCode, list.stdout]).toEqual([3, expect.stringMatching(/^lost-0 {2}since /)]);
    expect(list.stdout).toContain(": not looked for yet\n");
    const young = await runCli(["orders", "unsettled", "--ledger", ledger()], api.env);
    expect([young.exitCode, young.stderr]).toEqual([
      0,
      "No unsettled orders. 1 younger: --older-than 0 lists them too.\n",
    ]);
    const corrected = await write(1, "lost", 77123130900);
    const refused = await runCli(["orders", "submit", corrected, "--ledger", ledger()], api.env);
    expect(refused.exitCode).toBe(3);
    expect(refused.stdout).toMatch(/^lost-0 {2}refused .* settle it with orders settle,/);
    const [{ id = "" } = {}] = placed("lost");
    const settle = ["orders", "settle", "lost-0", "--ledger", ledger(), "--order", id];
    const early = await runCli(settle, api.env);
    expect([early.exitCode, early.stderr]).toEqual([1, expect.stringContaining("Too early")]);
    await age("lost-0");
    const freeing = await runCli(
      ["orders", "settle", "lost-0", "--ledger", ledger(), "--not-placed"],
      api.env,
    );
    expect([freeing.exitCode, freeing.stderr]).toEqual([
      1,
      expect.stringContaining(`An order could be this one: ${id}`),
    ]);
    const settled = await runCli(settle, api.env);
    expect([settled.exitCode, settled.stdout]).toEqual([0, `lost-0 is order ${id}.\n`]);
    const after = await runCli(["orders", "unsettled", "--ledger", ledger(), "--older-than", "0"], api.env);
    expect([after.exitCode, after.stdout]).toEqual([0, ""]);
  });

  test.skipIf(redisMissing !== "")(`remembers in a Redis${redisMissing}`, async () => {
    const redis = await startRedisServer();
    const file = await write(2, "redis");
    const args = ["orders", "submit", file, "--ledger", redis.url];
    const first = await runCli(args, api.env);
    const again = await runCli(args, api.env);
    await redis.close();
    expect([first.stdout, again.stdout]).toEqual([
      "2  created            placed now\n",
      "2  already submitted  placed by an earlier run\n",
    ]);
  });

  test.skipIf(redisMissing !== "")(
    `closes a Redis client once: node-redis 5 fails at the second time${redisMissing}`,
    async () => {
      const redis = await startRedisServer();
      const driver = join(folder, "node_modules", "redis");
      await mkdir(driver, { recursive: true });
      await writeFile(join(driver, "package.json"), '{"type":"module","exports":"./index.js"}');
      const real = pathToFileURL(createRequire(import.meta.url).resolve("redis"));
      const text = `import redis from ${JSON.stringify(real)};
        export const createClient = (options) => Object.assign(redis.createClient(options), {
          async disconnect() { throw new Error("The client is closed"); },
        });`;
      await writeFile(join(driver, "index.js"), text);
      const run = (...args: string[]) =>
        execute(process.execPath, [program, "orders", ...args, "--ledger", redis.url], folder, api.env);
      const submitted = await run("submit", await write(1, "closed"));
      const unsettled = await run("unsettled");
      await redis.close();
      expect([submitted.exitCode, unsettled.exitCode]).toEqual([0, 0]);
      expect(unsettled.stderr).toBe("No unsettled orders.\n");
    },
  );

  describe("with a ledger that a program has named otherwise", () => {
    const list = (where: string, ...args: string[]) =>
      runCli(["orders", "unsettled", "--older-than", "0", "--ledger", where, ...args], api.env);

    test.skipIf(redisMissing !== "").each(["ioredis", "redis-4"])(
      `finds it in a Redis by its prefix, and says where there is nothing without it (%s)${redisMissing}`,
      async (driver) => {
        const server = await startRedisServer();
        const redis = new Redis(server.url);
        await lose(redisStore(redis, { prefix: "shop[1]:" }), `prefixed-${driver}`);
        const modules = join(folder, "node_modules");
        await mkdir(modules);
        const name = driver.replace(/-\d$/, "");
        await symlink(join(projectRoot, "node_modules", driver), join(modules, name), "junction");
        const run = (...args: string[]) =>
          execute(process.execPath, [program, "orders", ...args, "--ledger", server.url], folder, api.env);
        const found = await run("unsettled", "--older-than", "0", "--ledger-prefix", "shop[1]:");
        expect([found.exitCode, found.stdout]).toEqual([3, expect.stringMatching(/^prefixed-/)]);
        expect(found.stderr).toBe("1 unsettled.\n");
        for (const args of [[], ["--ledger-prefix", "shop1:"]]) {
          const none = await run("unsettled", "--older-than", "0", ...args);
          expect(none.stderr).toContain("There is no order in that ledger. If orders were submitted with it");
        }
        const byAddress = await execute(
          process.execPath,
          [program, "orders", "unsettled", "--ledger", `${server.url}?keyPrefix=shop[1]:`],
          folder,
          api.env,
        );
        // ioredis alone reads it.
        if (driver === "ioredis") expect(byAddress.stderr).not.toContain("There is no order");
        const submitted = await run("submit", await write(1, `unprefixed-${driver}`));
        expect(submitted.stderr).toContain("A new ledger is begun.");
        expect((await run("unsettled")).stderr).not.toContain("There is no order");
        redis.disconnect();
        await server.close();
      },
    );

    test.skipIf(postgresMissing !== "")(
      `finds it in a PostgreSQL by its table, and says where there is nothing in another one${postgresMissing}`,
      async () => {
        const server = await startPostgresServer();
        const pool = createPool(server.url);
        await lose(sqlLedger(pool, { table: "Shop_Ledger" }), "tabled");
        const found = await list(server.url, "--ledger-table", "Shop_Ledger");
        expect([found.exitCode, found.stdout]).toEqual([3, expect.stringMatching(/^tabled/)]);
        expect((await list(server.url)).stderr).toContain("Check its name, and --ledger-table.");
        await remember(sqlLedger(pool));
        const none = await list(server.url);
        expect([none.exitCode, none.stderr]).toEqual([
          0,
          expect.stringContaining("There is no order in that ledger."),
        ]);
        expect((await list(server.url, "--ledger-table", "no table")).exitCode).toBe(2);
        await pool.end();
        await server.close();
      },
    );

    test("takes no name that the kind of ledger doesn't have", async () => {
      const [prefix, table] = [
        await list(ledger(), "--ledger-prefix", "p"),
        await list(ledger(), "--ledger-table", "t"),
      ];
      expect([prefix.exitCode, prefix.stderr]).toEqual([2, expect.stringContaining("is for a Redis.")]);
      expect([table.exitCode, table.stderr]).toEqual([2, expect.stringContaining("is for a PostgreSQL.")]);
    });
  });

  test.skipIf(redisMissing !== "")(
    `refuses a ledger once that can forget an order, before the file is checked${redisMissing}`,
    async () => {
      const redis = await startRedisServer({ appendonly: "no" });
      const { exitCode, stdout, stderr } = await runCli(
        ["orders", "submit", await write(3, "forgetful"), "--ledger", redis.url],
        api.env,
      );
      await redis.close();
      expect([exitCode, stdout, api.calls()]).toEqual([2, "", []]);
      expect(stderr).toMatch(/^A ledger there can forget an order, and it would be placed twice\. \S/);
      expect(stderr).not.toContain("acceptDataLoss");
    },
  );

  test("reads as many pages for an order of unknown outcome as it is told to", async () => {
    const busy = await startMockServer({ stateful: true });
    await lose(fileLedger(join(folder, "ledger")), "paged", busy);
    await age("paged");
    // Newer ones than the one that is looked for, so that it is not on the first page.
    const client = createFulfillmentClient(busy.clientOptions);
    const another = { ...orderRequest, daysSupply: 90 } as const;
    for (let count = 0; count < 250; count++) unwrap(await client.POST("/orders", { body: another }));
    const file = join(folder, "paged.jsonl");
    await writeFile(file, `${JSON.stringify({ reference: "paged", order: orderRequest })}\n`);
    const submit = ["orders", "submit", file, "--ledger", ledger(), "--max-pages"];
    const env = mockEnvironment(busy);
    const few = await runCli([...submit, "1"], env);
    expect([few.exitCode, few.stdout]).toEqual([3, expect.stringMatching(/^paged {2}unknown /)]);
    const enough = await runCli([...submit, "9"], env);
    await busy.close();
    expect([enough.exitCode, enough.stdout]).toEqual([0, expect.stringMatching(/^1 {2}found /)]);
  });

  test("has longer for settling than the program, whose default is for few orders", async () => {
    const slow = await startMockServer({ stateful: true });
    await lose(fileLedger(join(folder, "ledger")), "slow", slow);
    await age("slow");
    const [{ id = "" } = {}] = slow.orders;
    slow.fault("GET /orders/{orderId}", { status: 503, retryAfterSeconds: 31 });
    const args = ["orders", "settle", "slow", "--ledger", ledger(), "--order", id];
    const settled = await runCli([...args, "--timeout", "2"], mockEnvironment(slow));
    await slow.close();
    expect([settled.exitCode, settled.stdout]).toEqual([0, `slow is order ${id}.\n`]);
    const wrong = await runCli([...args, "--timeout", "0"], api.env);
    expect([wrong.exitCode, wrong.stderr]).toEqual([2, expect.stringContaining("--timeout must be")]);
  });

  test("settles by the clocks that it is told of", async () => {
    const slow = await startMockServer({ stateful: true, now: () => Date.now() - 300_000 });
    await lose(fileLedger(join(folder, "ledger")), "skewed", slow);
    await age("skewed");
    const [{ id = "" } = {}] = slow.orders;
    const settle = ["orders", "settle", "skewed", "--ledger", ledger(), "--order", id];
    const env = mockEnvironment(slow);
    const refused = await runCli(settle, env);
    expect([refused.exitCode, refused.stderr]).toEqual([1, expect.stringContaining("older")]);
    const taken = await runCli([...settle, "--clock-skew", "900"], env);
    await slow.close();
    expect([taken.exitCode, taken.stdout]).toEqual([0, `skewed is order ${id}.\n`]);
  });

  test("asks for a ledger that it can use, and shows no password of one", async () => {
    const file = await write(1, "ledgers");
    const none = await runCli(["orders", "submit", file], { ...api.env, JUNIPER_LEDGER: "" });
    const other = await runCli(["orders", "submit", file, "--ledger", "mysql://u:hidden@h/d"], api.env);
    const down = await runCli(
      ["orders", "unsettled", "--ledger", "postgres://u:hidden@127.0.0.1:1/d"],
      api.env,
    );
    for (const address of [
      ...["//u:hidden@127.0.0.1:99999/0", "//u:hidden#hidden@127.0.0.1", "//u:hidden%zz@127.0.0.1"],
      ...["u:hidden@h:99999", "u:hidden/hidden@h:6379", "//u:hidden@h/abc", "//u:hidden@h/-1"],
    ]) {
      const odd = await runCli(["orders", "unsettled", "--ledger", `redis:${address}`], api.env);
      expect(odd.exitCode).toBe(2);
      expect(odd.stderr).toContain("percent-encode special characters in its user and password");
      expect(odd.stdout + odd.stderr).not.toContain("hidden");
    }
    const without = await runCli(
      ["orders", "submit", file, "--ledger", "postgres://u:hidden@127.0.0.1:1/d?sslrootcert=/no/such/file"],
      api.env,
    );
    expect([without.exitCode, without.stderr]).toEqual([
      2,
      expect.stringMatching(/^The driver can't use that address \(ENOENT\)\.\n/),
    ]);
    expect([none, other, down].map(({ exitCode }) => exitCode)).toEqual([2, 2, 1]);
    expect(none.stderr).toContain("--ledger file:FOLDER");
    expect(down.stderr).toContain("The ledger failed (ECONNREFUSED).");
    expect(other.stderr + down.stderr).not.toContain("hidden");
    expect(await readdir(folder)).toEqual(["ledgers.jsonl"]);
  });
});

describe("a ledger that isn't there", () => {
  const unsettled = (where: string) => runCli(["orders", "unsettled", "--ledger", where], api.env);

  test("is reported by those who only look something up, and not made", async () => {
    await mkdir(join(folder, "empty"));
    await writeFile(join(folder, "file"), "");
    for (const name of ["mistyped", "empty", "file", join("file", "below")]) {
      const where = `file:${join(folder, name)}`;
      const listed = await unsettled(where);
      const settled = await runCli(["orders", "settle", "r", "--not-placed", "--ledger", where], api.env);
      for (const { exitCode, stdout, stderr } of [listed, settled]) {
        expect([exitCode, stdout]).toEqual([2, ""]);
        expect(stderr).toContain("There is no ledger in that folder. Check its name");
      }
    }
    expect((await readdir(folder, { recursive: true })).sort()).toEqual(["empty", "file"]);
  });

  test("is told of once where it can't be made, before the file is checked", async () => {
    const file = await write(3, "unmade");
    api.mock.requests.length = 0;
    const { exitCode, stdout, stderr } = await runCli(
      ["orders", "submit", file, "--ledger", `file:${file}`],
      api.env,
    );
    expect([exitCode, stdout]).toEqual([1, ""]);
    expect(stderr).toMatch(/^Error: The ledger failed \([A-Z]+\)\.\n$/);
    expect(api.calls()).toEqual([]);
  });

  test("is told of once where its server can't be reached, and nothing is said of orders", async () => {
    const where = "postgres://u:hidden@127.0.0.1:1/d";
    const { exitCode, stdout, stderr } = await runCli(
      ["orders", "submit", await write(2, "unreached"), "--ledger", where],
      api.env,
    );
    expect([exitCode, stdout]).toEqual([1, ""]);
    expect(stderr).toBe("Error: The ledger failed (ECONNREFUSED).\n");
  });

  test.skipIf(process.platform !== "linux")(
    "ends the command where the file system can't tell why it can't be made",
    async () => {
      const file = await write(1, "proc");
      const args = ["orders", "submit", file, "--ledger", "file:/proc/no-such-folder/ledger"];
      const { exitCode, stderr } = await runCli(args, api.env);
      expect([exitCode, stderr]).toEqual([1, "Error: The ledger failed (ENOENT).\n"]);
    },
  );

  test.skipIf(redisMissing !== "").each(["ioredis", "ioredis-5", "redis", "redis-4"])(
    `is not looked for in another database of a Redis, and a reason is given (%s)${redisMissing}`,
    async (driver) => {
      const redis = await startRedisServer({ requirepass: "right" });
      const file = await write(1, `database-${driver}`);
      const modules = join(folder, "node_modules");
      await mkdir(modules);
      const name = driver.replace(/-\d$/, "");
      await symlink(join(projectRoot, "node_modules", driver), join(modules, name), "junction");
      const run = (where: string, ...args: string[]) =>
        execute(process.execPath, [program, "orders", ...args, "--ledger", where], folder, api.env);
      const at = (password: string, database: number) =>
        `${redis.url.replace("//", `//:${password}@`)}/${database}`;
      for (const args of [["unsettled"], ["submit", file]]) {
        const { exitCode, stdout, stderr } = await run(at("right", 99), ...args);
        expect([exitCode, stdout, stderr]).toEqual([
          2,
          "",
          expect.stringContaining("That Redis has no such database."),
        ]);
      }
      expect((await run(at("wrong", 0), "unsettled")).stderr).toBe("Error: The ledger failed (WRONGPASS).\n");
      expect((await run(at("right", 15), "submit", file)).stdout).toContain("1  created");
      expect((await run(at("right", 15), "submit", file)).stdout).toContain("1  already submitted");
      await redis.close();
      expect((await run(at("right", 15), "unsettled")).stderr).toBe(
        "Error: The ledger failed (ECONNREFUSED).\n",
      );
    },
  );

  test("is told to have no order where only a file was refused, or webhooks are remembered there", async () => {
    const told = async (file: string) => {
      const unsettled = await runCli(["orders", "unsettled", "--ledger", ledger()], api.env);
      const { stderr } = await runCli(["orders", "submit", file, "--ledger", ledger()], api.env);
      return [unsettled.stderr.includes("There is no order"), stderr.includes("A new ledger is begun.")];
    };
    const refused = await write(1, "refused", 1);
    await runCli(["orders", "submit", refused, "--ledger", ledger()], api.env);
    expect(await told(refused)).toEqual([true, true]);
    await remember(fileLedger(join(folder, "ledger")));
    const file = await write(1, "begun");
    expect(await told(file)).toEqual([true, true]);
    expect(await told(file)).toEqual([false, false]);
  });

  test("is not told to have no order where an entry can't be read", async () => {
    const store = fileLedger(join(folder, "ledger"));
    await store.set("spoiled", "");
    const entries = join(folder, "ledger", "entries");
    const [shard = ""] = await readdir(entries);
    const [name = ""] = await readdir(join(entries, shard));
    await writeFile(join(entries, shard, name), "{");
    const { stderr } = await runCli(["orders", "unsettled", "--ledger", ledger()], api.env);
    expect(stderr).toBe("No unsettled orders.\n");
  });

  test("is why orders fail that it breaks off under, and nothing else is said of them", async () => {
    const file = await write(1, "broken");
    api.mock.fault("GET /products", { delayMs: 2_000 });
    running = startCli(["orders", "submit", file, "--ledger", ledger()], api.env);
    let output = "";
    running.child.stdout?.on("data", (chunk) => {
      output += chunk;
    });
    const closed = once(running.child, "close");
    while (!api.calls().some((call) => call.startsWith("GET /v1/products")))
      await new Promise((resolve) => setTimeout(resolve, 20));
    await rm(join(folder, "ledger"), { recursive: true });
    await writeFile(join(folder, "ledger"), "");
    const [exitCode] = await closed;
    expect(output).toMatch(
      /^broken-0 {2}failed {2}The ledger failed \([A-Z]+\)\.\n1 {2}failed {13}not placed by this run, /,
    );
    expect([exitCode, placed("broken")]).toEqual([1, []]);
  });

  test.each([
    ["a URL of another machine", "file://host/folder", "is not the URL of a folder here"],
    ["a URL with an encoded slash", "file:///a%2Fb", "is not the URL of a folder here"],
    ["a tilde that no shell has replaced", "file:~/ledger", "Write the whole path, or $HOME"],
  ])("can't be named by %s", async (_what, where, message) => {
    const { exitCode, stderr } = await unsettled(where);
    expect(exitCode).toBe(2);
    expect(stderr).toContain(message);
    expect(stderr).not.toContain("    at ");
  });

  test.skipIf(postgresMissing !== "")(
    `is reported in a PostgreSQL, and not made${postgresMissing}`,
    async () => {
      const postgres = await startPostgresServer();
      const { exitCode, stderr } = await unsettled(postgres.url);
      expect([exitCode, stderr]).toEqual([
        2,
        expect.stringContaining("There is no ledger in that database."),
      ]);
      const submitted = await runCli(
        ["orders", "submit", await write(1, "sql"), "--ledger", postgres.url],
        api.env,
      );
      expect(submitted.exitCode).toBe(0);
      expect(submitted.stderr).toContain("A new ledger is begun.");
      expect((await unsettled(postgres.url)).exitCode).toBe(0);
      await postgres.close();
    },
  );
});

describe("a ledger whose server says nothing more", () => {
  test.each(["redis", "postgres"] as const)("is not waited for without end (%s)", async (kind) => {
    const server = await startSilentServer();
    const file = await write(1, "silent");
    for (const args of [["unsettled"], ["submit", file], ["settle", "r", "--not-placed"]]) {
      const { exitCode, stdout, stderr } = await runCli(["orders", ...args, "--ledger", server[kind]], {
        ...api.env,
        ...hurry,
      });
      expect([exitCode, stdout, stderr]).toEqual([1, "", "Error: The ledger did not respond in time.\n"]);
    }
    server.close();
    expect(placed("silent")).toEqual([]);
  });
});

describe("orders in production", () => {
  const production = ["--environment", "production"];

  test("are placed only by who says so, and names the partner", async () => {
    const file = await write(1, "production");
    const args = ["orders", "submit", file, "--ledger", ledger()];
    const runs = [
      await runCli(args, { ...api.env, JUNIPER_ENVIRONMENT: "production" }),
      await runCli([...args, ...production], api.env),
      await runCli([...args, ...production, "--yes", "Someone Else"], api.env),
    ];
    expect(runs.map(({ exitCode }) => exitCode)).toEqual([2, 2, 2]);
    expect(runs[0]?.stderr).toContain(
      "This places orders in production. If you mean it, pass --environment production.",
    );
    expect(runs[1]?.stderr).toContain("pass --yes with the partner's name");
    expect(runs[2]?.stderr).toContain("That is not the name of the partner");
    expect(placed("production")).toEqual([]);
    const { name = "" } = await partner();
    const meant = await runCli([...args, ...production, "--yes", name], api.env);
    expect([meant.exitCode, placed("production").length]).toEqual([0, 1]);
  });

  async function partner(): Promise<{ name?: string }> {
    return unwrap(await createFulfillmentClient(api.mock.clientOptions).GET("/partners/settings"));
  }
});

describe("what the API says", () => {
  let vendor: ScriptedServer;
  const replies: Record<string, unknown> = {};
  beforeAll(async () => {
    vendor = await startScriptedServer(({ path }) => ({ json: replies[path.replace(/\?.*/, "")] ?? {} }));
  });
  afterAll(() => vendor.close());
  const run = (...args: string[]) => {
    replies["/token"] = { access_token: "t", token_type: "Bearer", expires_in: 3_600 };
    const [JUNIPER_BASE_URL, JUNIPER_TOKEN_URL] = [vendor.origin, `${vendor.origin}/token`];
    return runCli(["orders", ...args], { ...api.env, JUNIPER_BASE_URL, JUNIPER_TOKEN_URL });
  };

  test("moves no cursor, and passes for no output of the command", async () => {
    const trackingNumber = "1\u001b[2K\r2 orders, no problems.\u001b]0;title\u0007\u009b2J";
    replies["/orders/o-1"] = { id: "o-1", status: "SHIPPED", fulfillmentInfo: { trackingNumber } };
    const { exitCode, stdout } = await run("watch", "o-1");
    expect([exitCode, stdout]).toEqual([
      0,
      "SHIPPED  1\\u001b[2K\\u000d2 orders, no problems.\\u001b]0;title\\u0007\\u009b2J\n",
    ]);
  });

  test.each([
    ["an object", { shippingMethods: [] }],
    ["a list with a null", [null]],
  ])("is an error in one sentence where a list of shipping methods should be (%s)", async (_what, list) => {
    replies["/products"] = { products: [{ id: 77123129891, status: "ACTIVE", price: "1.00" }], cursor: null };
    replies["/shipping-methods"] = list;
    const { exitCode, stderr } = await run("check", await write(1, "listless"));
    expect([exitCode, stderr]).toEqual([
      1,
      "Error: GET /shipping-methods returned no list of shipping methods.\n",
    ]);
  });
});

describe("orders watch", () => {
  test("prints each status that an order comes to, until it has shipped", async () => {
    const file = await write(1, "watched");
    await runCli(["orders", "submit", file, "--ledger", ledger()], api.env);
    const [{ id = "" } = {}] = placed("watched");
    running = startCli(["orders", "watch", id, "--interval", "1"], api.env);
    await running.said(/CREATED/);
    await api.mock.advance(id, "PROCESSING");
    await running.said(/PROCESSING/);
    const closed = new Promise((resolve) => running?.child.once("close", resolve));
    await api.mock.advance(id, "SHIPPED");
    await running.said(/SHIPPED/);
    expect(await closed).toBe(0);
  });

  test("ends with 1 when the order is cancelled, or is not there", async () => {
    const file = await write(1, "cancelled");
    await runCli(["orders", "submit", file, "--ledger", ledger()], api.env);
    const [{ id = "" } = {}] = placed("cancelled");
    await api.mock.advance(id, "CANCELLED");
    const cancelled = await runCli(["orders", "watch", id, "--json"], api.env);
    expect([cancelled.exitCode, JSON.parse(cancelled.stdout).status]).toEqual([1, "CANCELLED"]);
    const nowhere = await runCli(["orders", "watch", "none"], api.env);
    expect([nowhere.exitCode, nowhere.stderr]).toEqual([1, expect.stringContaining("404")]);
  });
});
