import type { Ledger } from "../orders/ledger.ts";
import { ConfigurationError } from "../wrapper/errors.ts";

/**
 * A PostgreSQL database, as far as a ledger needs one: a `Pool` or `Client` of pg, or a `PGlite`.
 *
 * @example
 * ```ts
 * import { type SqlDatabase, sqlLedger } from "juniper-fulfillment/stores";
 * import { Pool } from "pg";
 *
 * const database: SqlDatabase = new Pool({ connectionString: "postgres://localhost/shop" });
 * console.log(await sqlLedger(database).get("key"));
 * ```
 */
export interface SqlDatabase {
  /**
   * Runs one statement.
   *
   * @param text The statement, with `$1` for the first value.
   * @param values The values.
   * @returns The rows that it gives.
   */
  query(
    text: string,
    values?: string[],
  ): Promise<{
    /** The rows, each an object by its columns. */
    readonly rows: readonly unknown[];
  }>;
}

/**
 * The options of {@link sqlLedger}.
 *
 * @example
 * ```ts
 * import { type SqlLedgerOptions, sqlLedger } from "juniper-fulfillment/stores";
 * import { Pool } from "pg";
 *
 * const options: SqlLedgerOptions = { table: "shop.ledger" };
 * console.log(await sqlLedger(new Pool(), options).get("key"));
 * ```
 */
export interface SqlLedgerOptions {
  /**
   * The table, with its schema where that isn't the default one. Letters, digits and `_`; capitals count.
   * @default "juniper_fulfillment_ledger"
   */
  table?: string | undefined;
}

/**
 * Makes a ledger in a PostgreSQL database. Its table is created by the first use, if it isn't there, also when many
 * processes come at once.
 *
 * What it stores must be there at once and for good: don't give it a client inside a transaction of yours, and leave
 * `synchronous_commit` on.
 *
 * @param db A `Pool` of pg for a fleet, or a `PGlite` for one process. It stays yours: close it when you are done.
 * @param options The table's name.
 * @throws {ConfigurationError} when `db` has no `query`, or the name of the table can't be one.
 * @example
 * ```ts
 * import { createFulfillmentClient, fromEnv, type OrderRequest, submitOrder } from "juniper-fulfillment";
 * import { sqlLedger } from "juniper-fulfillment/stores";
 * import { Pool } from "pg";
 *
 * const ledger = sqlLedger(new Pool({ connectionString: "postgres://localhost/shop" }));
 * const client = createFulfillmentClient(fromEnv());
 * declare const order: OrderRequest;
 * await submitOrder(client, order, { reference: "2026-000123", ledger });
 * ```
 */
export function sqlLedger(db: SqlDatabase, options: SqlLedgerOptions = {}): Ledger {
  if (typeof db?.query !== "function") {
    throw new ConfigurationError(
      "sqlLedger takes a Pool or Client of pg, or a PGlite: it has no query method.",
    );
  }
  const table = quoteTable(options.table ?? "juniper_fulfillment_ledger");
  let created: Promise<unknown> | undefined;
  const query = async (text: string, ...values: string[]): Promise<readonly unknown[]> => {
    created ??= db.query(creationOf(table)).catch((error: unknown) => {
      // The next one tries anew.
      created = undefined;
      throw error;
    });
    await created;
    return (await db.query(text, values)).rows;
  };
  return {
    async add(key, value) {
      const insert = `INSERT INTO ${table} (key, value) VALUES ($1, $2)`;
      const rows = await query(`${insert} ON CONFLICT (key) DO NOTHING RETURNING key`, key, value);
      return rows.length === 1;
    },
    async get(key) {
      const [row] = await query(`SELECT value FROM ${table} WHERE key = $1`, key);
      return textOf(row);
    },
    async set(key, value) {
      const insert = `INSERT INTO ${table} (key, value) VALUES ($1, $2)`;
      await query(`${insert} ON CONFLICT (key) DO UPDATE SET value = excluded.value`, key, value);
    },
    async delete(key) {
      await query(`DELETE FROM ${table} WHERE key = $1`, key);
    },
  };
}

/** Any number will do that no other program is likely to lock. This one is "juniper" in ASCII. */
const creationLock = "29965464607155570";

/**
 * One statement, and so one transaction on one connection. Two `CREATE TABLE IF NOT EXISTS` at the same time can
 * both find nothing, and one of them then breaks a unique index of the catalogue; hence the lock. Where the table is
 * there, the right to create one isn't needed.
 */
function creationOf(table: string): string {
  return `DO $juniper$ BEGIN
  IF to_regclass('${table}') IS NULL THEN
    PERFORM pg_advisory_xact_lock(${creationLock});
    CREATE TABLE IF NOT EXISTS ${table} (
      key text PRIMARY KEY,
      value text NOT NULL,
      created_at timestamptz NOT NULL DEFAULT now()
    );
  END IF;
END $juniper$`;
}

/** A name in quotes, so that it is nothing but a name. PostgreSQL cuts off what is longer than 63 bytes. */
function quoteTable(name: unknown): string {
  const parts = typeof name === "string" ? name.split(".") : [];
  if (parts.length > 2 || !parts.every((part) => /^[A-Za-z_]\w{0,62}$/.test(part)) || parts.length === 0) {
    throw new ConfigurationError(
      'sqlLedger: table must be a name, or a schema and a name, such as "shop.ledger": letters, digits and _ only.',
    );
  }
  return parts.map((part) => `"${part}"`).join(".");
}

function textOf(row: unknown): string | undefined {
  if (typeof row !== "object" || row === null || !("value" in row)) return undefined;
  return String(row.value);
}
