import { sqlLedger } from "juniper-fulfillment/stores";
import type pg from "pg";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { postgresMissing, startPostgresServer } from "../support/postgres-server.ts";
import type { TestServer } from "../support/redis-server.ts";
import { createPool } from "./stores.ts";

const rows = 120_000;
const prefix = "juniper-fulfillment:order";

/** A ledger of some years: most references are settled for ever or for a while, few have expired, fewer are open. */
const fill = `INSERT INTO juniper_fulfillment_ledger (key, value, expires_at)
  SELECT CASE n % 3 WHEN 0 THEN '${prefix}:alike:' WHEN 1 THEN '${prefix}:reference:' ELSE '${prefix}:claim:' END
      || encode(sha256(n::text::bytea), 'hex'),
    '{"state":"done","hash":"' || encode(sha256((-n)::text::bytea), 'hex') || '"}',
    CASE WHEN n % 3 = 0 THEN now() + n * interval '1 second' - interval '1 hour' END
  FROM generate_series(1, ${rows}) AS n
  UNION ALL SELECT '${prefix}:open:' || n, '{}', NULL FROM generate_series(1, 50) AS n`;

describe(`sqlLedger in a table of ${rows} entries${postgresMissing}`, () => {
  const check = postgresMissing === "" ? test : test.skip;
  let server: TestServer;
  let pool: pg.Pool;
  const statements: { text: string; values: (string | null)[] }[] = [];

  beforeAll(async () => {
    if (postgresMissing !== "") return;
    server = await startPostgresServer();
    pool = createPool(server.url);
    const ledger = sqlLedger({
      query: (text, values = []) => {
        statements.push({ text, values });
        return pool.query(text, values);
      },
    });
    await ledger.get("creates the table");
    await pool.query(fill);
    await pool.query("ANALYZE juniper_fulfillment_ledger");
    statements.length = 0;
    const random = vi.spyOn(Math, "random").mockReturnValue(0);
    await ledger.add(`${prefix}:open:new`, "a");
    random.mockRestore();
    await ledger.add(`${prefix}:reference:new`, "a", 60_000);
    await ledger.set(`${prefix}:echo`, "a");
    await ledger.get(`${prefix}:reference:new`);
    await ledger.replace(`${prefix}:reference:new`, "a", "b");
    await ledger.remove(`${prefix}:reference:new`, "b");
    await ledger.delete(`${prefix}:open:new`);
    for await (const entry of ledger.list(`${prefix}:open:`)) expect(entry).toHaveLength(2);
    for await (const [key] of ledger.list(`${prefix}:`)) if (key > `${prefix}:alike:05`) break;
  });
  afterAll(async () => {
    await pool?.end();
    await server?.close();
  });

  check("no statement reads the table from one end to the other", async () => {
    const plans = new Map<string, string>();
    for (const { text, values } of statements.filter(
      ({ text }) => text.includes("juniper_fulfillment_ledger") && !text.includes("pg_class"),
    )) {
      const { rows } = await pool.query(`EXPLAIN ${text}`, values);
      plans.set(text, rows.map((row) => row["QUERY PLAN"]).join("\n"));
    }
    // Each kind of statement, of which one lists from a key on.
    expect(plans.size).toBe(9);
    for (const [text, plan] of plans) {
      expect(plan, text).not.toContain("Seq Scan");
      if (!text.startsWith("INSERT")) expect(plan, text).toMatch(/Index (Only )?Scan|Bitmap Index Scan/);
    }
  });

  check("what has expired is deleted by those who add, also when all of it has", async () => {
    await pool.query(
      "UPDATE juniper_fulfillment_ledger SET expires_at = now() - interval '1 day' WHERE expires_at > now()",
    );
    const sweep = statements.find(({ text }) => /^DELETE.*expires_at/s.test(text));
    const { rows } = await pool.query(`EXPLAIN ${sweep?.text}`);
    const plan = rows.map((row) => row["QUERY PLAN"]).join("\n");
    expect(plan).not.toContain("Seq Scan");
    expect(plan).toContain("juniper_fulfillment_ledger_expires");
    expect((await pool.query(sweep?.text ?? "")).rowCount).toBe(1_000);
  });
});
