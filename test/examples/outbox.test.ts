import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { listUnsettledOrders } from "juniper-fulfillment";
import { sqlLedger } from "juniper-fulfillment/stores";
import { type StatefulMockServer, startMockServer } from "juniper-fulfillment/testing";
import type pg from "pg";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { execute } from "../../scripts/package/execute.ts";
import { projectRoot } from "../../scripts/package/project-root.ts";
import { createPool } from "../stores/stores.ts";
import { mockEnvironment } from "../support/mock-environment.ts";
import { postgresMissing, startPostgresServer } from "../support/postgres-server.ts";
import type { TestServer } from "../support/redis-server.ts";

const example = join(projectRoot, "examples", "outbox");

interface ShopOrder {
  readonly reference: string;
  readonly state: string;
  readonly juniper_order_id: string | null;
}

describe(`the example of an outbox${postgresMissing}`, () => {
  const check = postgresMissing === "" ? test : test.skip;
  let server: TestServer;
  let pool: pg.Pool;
  let mock: StatefulMockServer;
  let environment: NodeJS.ProcessEnv;

  beforeAll(async () => {
    if (postgresMissing !== "") return;
    if (!existsSync(join(example, "node_modules", "pg-boss"))) {
      const { exitCode, stderr } = await execute("npm", ["ci", "--prefer-offline"], example);
      expect(exitCode, stderr).toBe(0);
    }
    server = await startPostgresServer();
    pool = createPool(server.url);
    mock = await startMockServer({ stateful: true });
    const loader = pathToFileURL(join(projectRoot, "node_modules", "tsx", "dist", "loader.mjs")).href;
    environment = {
      ...process.env,
      // From the sources, since another test builds the package anew meanwhile.
      NODE_OPTIONS: `--conditions=juniper-fulfillment-source --import=${loader}`,
      ...{ DATABASE_URL: server.url, OUTBOX_DEADLINE_MS: "2000" },
      ...mockEnvironment(mock),
    };
  });
  afterAll(async () => {
    await pool?.end();
    await mock?.close();
    await server?.close();
  });

  /** A shop in a process of its own, which takes the orders of these numbers. */
  function open(first: number, last: number): { kill(): Promise<void> } {
    const script = join(projectRoot, "test", "examples", "outbox-process.mjs");
    const child = spawn(process.execPath, [script, String(first), String(last)], {
      ...{ cwd: projectRoot, env: environment, stdio: ["ignore", "ignore", "inherit"] },
    });
    const kill = (): void => void child.kill("SIGKILL");
    process.once("exit", kill);
    const ended = once(child, "exit").finally(() => process.off("exit", kill));
    return {
      async kill() {
        kill();
        await ended;
      },
    };
  }

  const rows = async (where = "true"): Promise<ShopOrder[]> => {
    const isThere = (await pool.query("SELECT to_regclass('shop_orders') AS name")).rows[0].name !== null;
    return isThere ? (await pool.query(`SELECT * FROM shop_orders WHERE ${where}`)).rows : [];
  };
  const customers = () => mock.orders.map(({ customer }) => customer?.sourceId);

  check(
    "killed again and again places every committed order once or lists it, and none that was rolled back",
    async () => {
      const perRound = 24;
      const placed = async () => (await rows("state = 'placed'")).length;
      // Between commits, between orders, between an order and its row, and in the middle of all.
      const counts = [
        async () => 3 * (await rows()).length,
        async () => mock.orders.length,
        placed,
        async () => (await rows()).length,
      ];
      mock.fault("POST /orders", { commitThenDrop: true, times: 3 });
      mock.fault("POST /orders", { reset: true, times: 2 });
      for (const [round, count] of counts.entries()) {
        const before = await count();
        const shop = open(round * perRound, (round + 1) * perRound);
        await expect.poll(count, { interval: 3 }).toBeGreaterThan(before + 7);
        await shop.kill();
      }
      const last = open(0, 0);
      await expect.poll(async () => (await rows("state = 'new'")).length).toBe(0);
      await last.kill();

      const ledger = sqlLedger(pool);
      const listed: string[] = [];
      for await (const { reference } of listUnsettledOrders(ledger, { olderThanMs: 0 }))
        listed.push(reference);
      const committed = await rows();
      expect(committed.length).toBeGreaterThan(15);
      expect(committed.filter(({ reference }) => Number(reference.slice(6)) % 4 === 3)).toEqual([]);
      expect(new Set(customers()).size).toBe(mock.orders.length);
      const isStored = (reference: string) => customers().includes(reference.replace("order", "customer"));
      for (const { reference, state, juniper_order_id: orderId } of committed) {
        expect(state === "placed" || listed.includes(reference), `${reference} ${state}`).toBe(true);
        if (state === "placed") expect(mock.orders.map(({ id }) => id)).toContain(orderId);
        if (state === "placed") expect(isStored(reference)).toBe(true);
      }
      // Nothing was placed that was not committed.
      const references = committed.map(({ reference }) => reference.replace("order", "customer"));
      expect(customers().filter((customer) => !references.includes(customer ?? ""))).toEqual([]);
    },
  );

  check(
    "parks an order in doubt, lists it at the desk, and places it when that says that it was not placed",
    async () => {
      const atDesk = (...args: string[]) =>
        execute(process.execPath, ["desk.mjs", ...args], example, environment as Record<string, string>);
      mock.fault("POST /orders", { reset: true, times: 1 });
      const shop = open(1_000, 1_001);
      const one = "reference = 'order-1000'";
      await expect.poll(() => rows(`${one} AND state = 'in doubt'`)).toHaveLength(1);
      expect(customers()).not.toContain("customer-1000");

      const early = await atDesk("settle", "order-1000", "not-placed");
      expect(early).toMatchObject({ exitCode: 1, stderr: expect.stringMatching(/Too early/) });
      // An hour later.
      await pool.query(`UPDATE juniper_fulfillment_ledger SET value = (value::jsonb
        || jsonb_build_object('overAtMs', 1, 'startedAtMs', 0))::text
        WHERE value::text LIKE '%"reference":"order-1000"%' AND key LIKE '%:reference:%'`);
      expect((await atDesk("list")).stdout).toMatch(/^order-1000 {2}since 1970.* sent 1×/m);
      expect(await atDesk("settle", "order-1000", "not-placed")).toMatchObject({ exitCode: 0 });
      await expect.poll(() => rows(`${one} AND state = 'placed'`)).toHaveLength(1);
      expect(customers().filter((customer) => customer === "customer-1000")).toHaveLength(1);
      await shop.kill();
    },
  );
});
