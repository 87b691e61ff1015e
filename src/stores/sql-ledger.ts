import { checkNames } from "../wrapper/check-names.ts";
import { ConfigurationError } from "../wrapper/errors.ts";
import type { Store } from "../wrapper/store.ts";
import { Durability, type Shortcomings } from "./durability.ts";

/**
 * The PostgreSQL database of a ledger: a `Pool` or `Client` of pg, or a `PGlite`.
 *
 * @example
 * ```ts
 * import { type SqlDatabase, sqlLedger } from "juniper-fulfillment/stores";
 * import { Pool } from "pg";
 *
 * const db: SqlDatabase = new Pool();
 * console.log(await sqlLedger(db).get("key"));
 * ```
 */
export interface SqlDatabase {
  /**
   * Runs one statement.
   *
   * @param text The statement, with `$1` for the first value.
   * @param values The values.
   * @returns Its result.
   */
  query(
    text: string,
    values?: (string | null)[],
  ): Promise<{
    /** The rows, each an object with a property for each column. */
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
   * The table, with its schema unless that is the default one. Letters, digits and `_`; case matters.
   * @default "juniper_fulfillment_ledger"
   */
  table?: string | undefined;
  /**
   * Use a database even if it can lose what it has confirmed: `synchronous_commit` or `fsync` is off, or the table is
   * unlogged or temporary. An order that it loses can be placed twice.
   * @default false
   */
  acceptDataLoss?: boolean | undefined;
}

/**
 * The ledger that {@link sqlLedger} creates. It can serve as a token store and as a webhook store too.
 *
 * @example
 * ```ts
 * import { type SqlLedger, sqlLedger } from "juniper-fulfillment/stores";
 * import { Pool } from "pg";
 *
 * const ledger: SqlLedger = sqlLedger(new Pool());
 * console.log(await ledger.get("key"));
 * ```
 */
export interface SqlLedger extends Required<Store> {
  get(key: string): Promise<string | undefined>;
  set(key: string, value: string, ttlMs?: number): Promise<void>;
  add(key: string, value: string, ttlMs?: number): Promise<boolean>;
  delete(key: string): Promise<void>;
  replace(key: string, expected: string, value: string, ttlMs?: number): Promise<boolean>;
  remove(key: string, expected: string): Promise<boolean>;
}

/**
 * Creates a ledger in a PostgreSQL database. The table is created on first use if it doesn't exist, even when many
 * processes start at once. One that is dropped later is not: the ledger fails, rather than forget all orders. The ledger
 * can serve as a token store and as a webhook store too.
 *
 * What it stores must last: don't pass a client that is inside a transaction, and leave `synchronous_commit` and `fsync`
 * on. When the first order is entered, the ledger throws if one of them is off, or the table is unlogged or temporary,
 * unless `acceptDataLoss` is set. A `PGlite` has no `fsync`: a power cut can cost it the last orders. A standby with
 * asynchronous replication that takes over may miss the last moments: orders placed in them can be placed again.
 *
 * An order takes three entries of about 500 bytes each with their indexes. Every operation uses the primary key, also in
 * a table of millions of rows. If you make the table yourself, give `key` the collation `"C"`: with another one,
 * listUnsettledOrders and the start of orderChanges read all of it. Entries with a time to live, such as those of an
 * order placed with `retentionMs`, are deleted after it, up to a thousand whenever about 200 others have been added.
 * The others stay for ever. To let older orders expire, set `expires_at` where it is null and `value` begins with
 * `{"state":"done"`, or `key` with `juniper-fulfillment:order:claim:`. Once an entry is gone, its reference can be
 * placed again.
 *
 * @param db A `Pool` of pg for a fleet, or a `PGlite` for one process. It stays yours: close it when you are done.
 * @param options The table's name, and whether to accept data loss.
 * @returns The ledger. Nothing is sent to the database before its first use.
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
export function sqlLedger(db: SqlDatabase, options: SqlLedgerOptions = {}): SqlLedger {
  if (typeof db?.query !== "function") {
    throw new ConfigurationError(
      "sqlLedger takes a Pool or Client of pg, or a PGlite: it has no query method.",
    );
  }
  checkNames<SqlLedgerOptions>("sqlLedger", options, { table: true, acceptDataLoss: true });
  const table = quotedTable(options.table);
  const statements = statementsOf(table);
  const durability = new Durability(
    "sqlLedger",
    options.acceptDataLoss === true
      ? undefined
      : async () => shortcomingsOf(await query(statements.settings)),
  );
  let isCreated = false;
  const query = async (text: string, ...values: (string | null)[]): Promise<readonly unknown[]> => {
    // Nobody waits for another one's: it may be on a connection that never responds.
    if (!isCreated) await db.query(creationOf(table));
    isCreated = true;
    return (await db.query(text, values)).rows;
  };
  return {
    get: async (key) => readRow((await query(statements.get, key))[0])?.value,
    async set(key, value, ttlMs) {
      await query(statements.set, key, value, checkTtl(ttlMs));
    },
    async add(key, value, ttlMs) {
      await durability.check(key);
      // It is nobody's concern when it fails: the next one comes.
      if (Math.random() * sweepOneIn < 1) await query(statements.sweep).catch(() => {});
      return (await query(statements.add, key, value, checkTtl(ttlMs))).length === 1;
    },
    async delete(key) {
      await query(statements.delete, key);
    },
    replace: async (key, expected, value, ttlMs) =>
      (await query(statements.replace, key, expected, value, checkTtl(ttlMs))).length === 1,
    remove: async (key, expected) => (await query(statements.remove, key, expected)).length === 1,
    async *list(prefix) {
      const end = endOf(prefix);
      let rows = (await query(statements.listFrom, prefix, end)).map(readRow);
      for (;;) {
        for (const row of rows) if (row !== undefined) yield [row.key, row.value] as const;
        const last = rows.at(-1)?.key;
        if (last === undefined || rows.length < pageSize) return;
        rows = (await query(statements.listAfter, last, end)).map(readRow);
      }
    },
  };
}

/** One of so many that are added deletes some of those that have expired. */
const sweepOneIn = 200;
const mostSwept = 1_000;
const pageSize = 500;

/** One statement each, and so one transaction. `current` leaves out what has expired and is still there. */
function statementsOf(table: string) {
  const current = "(expires_at IS NULL OR expires_at > now())";
  const insert = `INSERT INTO ${table} (key, value, expires_at) VALUES ($1, $2, now() + ${interval("$3")})`;
  const update = "value = excluded.value, expires_at = excluded.expires_at, created_at = now()";
  // By its bytes also where somebody else has made the table: in most other orders, no key is in the range of a prefix.
  const key = 'key COLLATE "C"';
  const page = `ORDER BY ${key} LIMIT ${pageSize}`;
  return {
    settings: settingsOf(table),
    get: `SELECT key, value FROM ${table} WHERE key = $1 AND ${current}`,
    set: `${insert} ON CONFLICT (key) DO UPDATE SET ${update}`,
    add: `${insert} ON CONFLICT (key) DO UPDATE SET ${update} WHERE ${table}.expires_at <= now() RETURNING key`,
    delete: `DELETE FROM ${table} WHERE key = $1`,
    replace: `UPDATE ${table} SET value = $3, expires_at = now() + ${interval("$4")}
      WHERE key = $1 AND value = $2 AND ${current} RETURNING key`,
    remove: `DELETE FROM ${table} WHERE key = $1 AND value = $2 AND ${current} RETURNING key`,
    listFrom: `SELECT key, value FROM ${table} WHERE ${key} >= $1 AND ${key} < $2 AND ${current} ${page}`,
    listAfter: `SELECT key, value FROM ${table} WHERE ${key} > $1 AND ${key} < $2 AND ${current} ${page}`,
    // By their places in the table: joined by their keys, they would be looked for from one end to the other.
    sweep: `DELETE FROM ${table} WHERE expires_at <= now() AND ctid = ANY (ARRAY(SELECT ctid FROM ${table}
      WHERE expires_at <= now() ORDER BY expires_at LIMIT ${mostSwept} FOR UPDATE SKIP LOCKED))`,
  };
}

/** Asks for what {@link shortcomingsOf} takes. The table need not be there yet. */
export function settingsOf(table: string = quotedTable()): string {
  // A PGlite has no fsync to turn on.
  return `SELECT current_setting('synchronous_commit') AS commit,
    current_setting('fsync') = 'off' AND version() NOT LIKE '%PGlite%' AS "leavesWriting",
    (SELECT relpersistence FROM pg_class WHERE oid = to_regclass('${table}')) AS persistence`;
}

/** Why a database can't keep what it confirms. */
export function shortcomingsOf([row]: readonly unknown[]): Shortcomings {
  const { commit, leavesWriting, persistence } = Object(row) as {
    readonly commit?: unknown;
    readonly leavesWriting?: unknown;
    readonly persistence?: unknown;
  };
  const isOff = commit === "off";
  // A crash empties both kinds of table.
  const isVolatile = persistence === "u" || persistence === "t";
  return [
    ...(isOff
      ? ["It confirms before anything is on disk: turn synchronous_commit on, for this role at least."]
      : []),
    ...(leavesWriting === true ? ["It leaves the writing to the operating system: turn fsync on."] : []),
    ...(isVolatile ? ["Its table is unlogged or temporary: make it an ordinary one."] : []),
  ];
}

/** Milliseconds, or no end. */
function interval(parameter: string): string {
  return `${parameter}::double precision * interval '1 millisecond'`;
}

function checkTtl(ttlMs: number | undefined): string | null {
  if (ttlMs === undefined) return null;
  // PostgreSQL knows no time after the year 294276.
  if (typeof ttlMs === "number" && ttlMs > 0 && ttlMs <= 1e15) return String(ttlMs);
  throw new ConfigurationError("sqlLedger: a time to live must be a number of milliseconds above 0.");
}

/** The first text after all that begin so, in the order of their bytes. */
function endOf(prefix: string): string {
  return prefix.slice(0, -1) + String.fromCharCode(prefix.charCodeAt(prefix.length - 1) + 1);
}

/** Any number will do that no other program is likely to lock. This one is "juniper" in ASCII. */
const creationLock = "29965464607155570";

/**
 * One statement, and so one transaction on one connection. Two `CREATE TABLE IF NOT EXISTS` at the same time can
 * both find nothing, and one of them then breaks a unique index of the catalogue; hence the lock. Where the table is
 * there, the right to create one isn't needed. Keys are compared by their bytes, so that those that begin alike are a
 * range of the primary key.
 */
function creationOf(table: string): string {
  // It is in the table's schema, and a name has 63 bytes.
  const [name = ""] = table.slice(1, -1).split('"').reverse();
  const index = `"${name.slice(0, 55)}_expires"`;
  return `DO $juniper$ BEGIN
  IF to_regclass('${table}') IS NULL THEN
    PERFORM pg_advisory_xact_lock(${creationLock});
    CREATE TABLE IF NOT EXISTS ${table} (
      key text COLLATE "C" PRIMARY KEY,
      value text NOT NULL,
      created_at timestamptz NOT NULL DEFAULT now(),
      expires_at timestamptz
    );
    CREATE INDEX IF NOT EXISTS ${index} ON ${table} (expires_at) WHERE expires_at IS NOT NULL;
  END IF;
END $juniper$`;
}

/**
 * The name of a ledger's table in quotes, so that it is nothing but a name. PostgreSQL cuts off what is longer than 63 bytes.
 *
 * @throws {ConfigurationError} for what can't be one.
 */
export function quotedTable(name: unknown = "juniper_fulfillment_ledger"): string {
  const parts = typeof name === "string" ? name.split(".") : [];
  if (parts.length > 2 || !parts.every((part) => /^[A-Za-z_]\w{0,62}$/.test(part)) || parts.length === 0) {
    throw new ConfigurationError(
      'sqlLedger: table must be a name, or a schema and a name, such as "shop.ledger": letters, digits and _ only.',
    );
  }
  return parts.map((part) => `"${part}"`).join(".");
}

function readRow(row: unknown): { readonly key: string; readonly value: string } | undefined {
  if (typeof row !== "object" || row === null || !("key" in row) || !("value" in row)) return undefined;
  return { key: String(row.key), value: String(row.value) };
}
