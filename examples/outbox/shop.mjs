/** The shop's database: its orders, the queue and the ledger, all in one. */
import { fromEnv } from "juniper-fulfillment";
import { sqlLedger } from "juniper-fulfillment/stores";
import pg from "pg";
import PgBoss from "pg-boss";

export const queue = "juniper-orders";
/** The most that one submission may take. A job that takes longer than twice as long belonged to a killed worker. */
export const deadlineMs = Number(process.env.OUTBOX_DEADLINE_MS ?? 60_000);

/** Opens the database of DATABASE_URL, and creates what is missing in it. */
export async function openShop() {
  const connectionString = process.env.DATABASE_URL;
  if (connectionString === undefined)
    throw new Error("Set DATABASE_URL to a PostgreSQL, version 13 or later.");
  const pool = new pg.Pool({ connectionString });
  pool.on("error", (error) => console.error(`A connection to the database was lost: ${error.message}`));
  const boss = new PgBoss({ connectionString, maintenanceIntervalSeconds: 1, deleteAfterDays: 7 });
  boss.on("error", (error) => console.error(`The queue failed for now: ${error.message}`));
  await boss.start();
  await boss.createQueue(queue);
  await pool.query(`DO $$ BEGIN
    PERFORM pg_advisory_xact_lock(7465);
    CREATE TABLE IF NOT EXISTS shop_orders (
      reference text PRIMARY KEY,
      body jsonb NOT NULL,
      state text NOT NULL DEFAULT 'new' CHECK (state IN ('new', 'placed', 'refused', 'in doubt')),
      juniper_order_id text UNIQUE,
      reason text
    );
  END $$`);
  return {
    pool,
    boss,
    ledger: sqlLedger(pool),
    async close() {
      await boss.stop({ graceful: true });
      await pool.end();
    },
  };
}

/** Does what belongs together in one transaction: all of it is there at the end, or nothing. */
export async function inTransaction({ pool }, work) {
  const connection = await pool.connect();
  try {
    await connection.query("BEGIN");
    const result = await work(connection);
    await connection.query("COMMIT");
    return result;
  } catch (error) {
    await connection.query("ROLLBACK").catch(() => {});
    throw error;
  } finally {
    connection.release();
  }
}

/** Writes the job that places an order, in the caller's transaction. */
export async function queueOrder({ boss }, connection, reference) {
  await boss.send(
    queue,
    { reference },
    {
      db: { executeSql: (text, values) => connection.query(text, values) },
      expireInSeconds: Math.ceil((2 * deadlineMs) / 1_000),
      // Until it has an end: a job that is given up would be an order that nobody hears of.
      ...{ retryLimit: 1_000_000, retryDelay: 5, retentionDays: 3_650 },
    },
  );
}

/** The client's options, from the environment. */
export function clientOptions() {
  return fromEnv();
}
