import { randomUUID } from "node:crypto";
import type { SqlDatabase } from "juniper-fulfillment/stores";
import { commandsOf, type RedisCommands } from "../../stores/redis-client.ts";
import { readRedisSettings, shortcomingsOf } from "../../stores/redis-durability.ts";
import {
  quotedTable,
  settingsOf,
  shortcomingsOf as shortcomingsOfDatabase,
} from "../../stores/sql-ledger.ts";
import { UsageError } from "../command.ts";
import { codeOf } from "../error-code.ts";
import { inTime } from "../in-time.ts";
import { addressHint, isServerAddress } from "../server-address.ts";
import { connectRedis, openPostgres } from "../store-servers.ts";
import type { Finding } from "./finding.ts";

/** What the stores of a program are called. */
export interface StoreNames {
  /** What the keys of its redisStore begin with. */
  readonly prefix: string;
  /** The table of its sqlLedger, in quotes. */
  readonly table: string;
}

/** @throws {ConfigurationError} for a name that no table can have. */
export function storeNames(prefix: string | undefined, table: string | undefined): StoreNames {
  return { prefix: prefix ?? "", table: quotedTable(table) };
}

/** Whether Redis can hold a ledger: what the ledger itself looks at before its first order, and whether it can be written. */
export async function* checkRedis(
  url: string | undefined,
  variable: string,
  { prefix }: StoreNames,
): AsyncGenerator<Finding> {
  if (!url) return;
  const check = "Redis";
  if (!isServerAddress(url)) return yield noAddress(check, variable);
  try {
    const redis = await connectRedis(url);
    if (redis === undefined) return yield notLooked(check, "ioredis or redis", variable);
    try {
      const commands = commandsOf(redis.client);
      const key = `${prefix}juniper-fulfillment:doctor:${randomUUID()}`;
      const settings = await inTime(() => readRedisSettings(commands, key));
      const refusal = await inTime(() => refusalOf(commands, key));
      if (refusal !== undefined) return yield notWritable(check, refusal, variable);
      if (settings.isWriting === undefined || settings.policy === undefined) {
        const message = "Reachable, but it does not tell whether it writes to disk and evicts keys.";
        const hint = "Ask whoever runs it for appendonly yes and maxmemory-policy noeviction.";
        return yield { check, level: "warning", message, hint };
      }
      yield* judged(check, shortcomingsOf(settings));
    } finally {
      await redis.close();
    }
  } catch (error) {
    yield unreachable(check, error, variable);
  }
}

/** Writes nothing: a key that isn't there is replaced, and deleted. */
const writeNothing = "redis.call('SET', KEYS[1], '', 'XX') return redis.call('DEL', KEYS[1])";

/** Why it can't be written: it is a replica, say, its memory is full, or its user may not. */
async function refusalOf(commands: RedisCommands, key: string): Promise<string | undefined> {
  return commands.eval(writeNothing, key, []).then(
    () => undefined,
    (error: unknown) => `It takes nothing new${codeOf(error)}.`,
  );
}

/**
 * Whether PostgreSQL can hold a ledger: what the ledger itself looks at before its first order, and whether it can be
 * written.
 */
export async function* checkDatabase(
  connectionString: string | undefined,
  variable: string,
  { table }: StoreNames,
): AsyncGenerator<Finding> {
  if (!connectionString) return;
  const check = "PostgreSQL";
  if (!isServerAddress(connectionString)) return yield noAddress(check, variable);
  try {
    const postgres = await openPostgres(connectionString);
    if (postgres === undefined) return yield notLooked(check, "pg", variable);
    try {
      const { rows } = await inTime(() => postgres.client.query(settingsOf(table)));
      const refusal = await inTime(() => refusalOfDatabase(postgres.client, table));
      if (refusal !== undefined) return yield notWritable(check, refusal, variable);
      yield* judged(check, shortcomingsOfDatabase(rows));
    } finally {
      await postgres.close();
    }
  } catch (error) {
    yield unreachable(check, error, variable);
  }
}

/** Why orders can't be entered in a table: the database is a standby, say, or the role may not. */
async function refusalOfDatabase(database: SqlDatabase, table: string): Promise<string | undefined> {
  const schema = table.includes(".") ? `'${table.split(".", 1)[0]?.slice(1, -1)}'` : "current_schema()";
  const rights = ["SELECT", "INSERT", "UPDATE", "DELETE"].map(
    (right) => `has_table_privilege(to_regclass('${table}')::oid, '${right}')`,
  );
  const { rows } =
    await database.query(`SELECT current_setting('transaction_read_only') = 'on' AS "isReadOnly",
    coalesce(${rights.join(" AND ")},
      (SELECT has_schema_privilege(oid, 'CREATE') FROM pg_namespace WHERE nspname = ${schema}), false) AS "mayWrite"`);
  const { isReadOnly, mayWrite } = Object(rows[0]);
  if (isReadOnly) return "It is read-only.";
  return mayWrite ? undefined : "Its role may not write to the table, or not make it.";
}

function notWritable(check: string, message: string, variable: string): Finding {
  const hint = `No order can be entered there. Check that ${variable} is no replica, and that its user may write.`;
  return { check, level: "error", message, hint };
}

function* judged(check: string, shortcomings: readonly string[]): Generator<Finding> {
  yield { check, level: "ok", message: "reachable" };
  const hint = "A ledger there can forget an order that it has confirmed, and it would be placed twice.";
  for (const message of shortcomings) yield { check, level: "error", message, hint };
}

function unreachable(check: string, error: unknown, variable: string): Finding {
  const message = error instanceof UsageError ? error.message : `It can't be reached${codeOf(error)}.`;
  return { check, level: "error", message, hint: `Check ${variable}.` };
}

function noAddress(check: string, variable: string): Finding {
  return { check, level: "error", message: `${variable} is not a server address.`, hint: addressHint };
}

function notLooked(check: string, driver: string, variable: string): Finding {
  const message = `${variable} is set, but ${driver} is not installed in this folder: it was not checked.`;
  return { check, level: "warning", message };
}
