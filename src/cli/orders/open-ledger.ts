import { stat } from "node:fs/promises";
import { join } from "node:path";
import type { Ledger } from "juniper-fulfillment";
import { fileLedger, redisStore, sqlLedger } from "juniper-fulfillment/stores";
import { CommandError, UsageError } from "../command.ts";
import { codeOf } from "../error-code.ts";
import { inTime, limitMs } from "../in-time.ts";
import { loadDriver } from "../load-driver.ts";
import { isServerAddress } from "../server-address.ts";
import { ledgerFolder } from "./ledger-folder.ts";

/** The options of every command that needs a ledger, for parseArgs. */
export const ledgerOptions = { ledger: { type: "string" } } as const;

/** What the usage says of it. */
export const ledgerUsage = `  --ledger WHERE        where references are remembered: file:FOLDER, redis://HOST or postgres://HOST/DATABASE; the last
                        two need ioredis or redis, or pg, installed in the current folder (default: JUNIPER_LEDGER, which
                        other users of this machine can't see)`;

/** A ledger, and how to let go of it. */
export interface OpenLedger {
  readonly ledger: Ledger;
  close(): Promise<void>;
}

/**
 * Opens a ledger that orders are submitted with. Where there is none, the first order makes it.
 *
 * @throws {UsageError} when it can't be one, or its driver is not installed. The message holds no address.
 */
export function openLedger(option: string | undefined, env: Env): Promise<OpenLedger> {
  return open(option, env, false);
}

/**
 * Opens a ledger that is there already: who only looks something up is not to make one, and to be told that all is well.
 *
 * @throws {UsageError} when there is none, and as {@link openLedger} does.
 */
export function openExistingLedger(option: string | undefined, env: Env): Promise<OpenLedger> {
  return open(option, env, true);
}

async function open(option: string | undefined, env: Env, mustExist: boolean): Promise<OpenLedger> {
  const where = option ?? env.JUNIPER_LEDGER;
  if (!where) {
    throw new UsageError(
      "Name the ledger, where references are remembered: --ledger file:FOLDER, or JUNIPER_LEDGER.",
    );
  }
  const [, scheme = ""] = /^([a-z]+):./i.exec(where) ?? [];
  const opener = openers[scheme.toLowerCase()];
  if (opener === undefined) {
    throw new UsageError("--ledger must be file:FOLDER, redis://HOST or postgres://HOST/DATABASE.");
  }
  if (opener !== openFile && !isServerAddress(where)) {
    throw new UsageError(
      "--ledger is not a server address: percent-encode special characters in its user and password (# as %23).",
    );
  }
  return opener(where, mustExist);
}

type Env = Readonly<Record<string, string | undefined>>;

const openers: Readonly<Record<string, (where: string, mustExist: boolean) => Promise<OpenLedger>>> = {
  file: openFile,
  redis: openRedis,
  rediss: openRedis,
  postgres: openPostgres,
  postgresql: openPostgres,
};

async function openFile(where: string, mustExist: boolean): Promise<OpenLedger> {
  const folder = ledgerFolder(where);
  if (mustExist && !(await isFolder(join(folder, "open")))) {
    throw new UsageError("There is no ledger in that folder. Check its name, and the current folder.");
  }
  return { ledger: fileLedger(folder), close: async () => {} };
}

async function isFolder(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory();
  } catch (error) {
    if (["ENOENT", "ENOTDIR"].includes(Object(error).code)) return false;
    throw ledgerFailed(error);
  }
}

async function openRedis(url: string): Promise<OpenLedger> {
  const ioredis = await loadDriver("ioredis");
  if (ioredis !== undefined) {
    const Redis = ioredis.Redis as new (url: string, options: object) => IoRedis;
    const redis = new Redis(url, { lazyConnect: true, connectTimeout: 5_000, maxRetriesPerRequest: 1 });
    redis.on("error", () => {});
    return { ledger: redisStore(redis), close: async () => redis.disconnect() };
  }
  const nodeRedis = await loadDriver("redis");
  if (nodeRedis === undefined) throw notInstalled("ioredis or redis");
  const redis = (nodeRedis.createClient as (options: object) => NodeRedis)({ url });
  redis.on("error", () => {});
  const close = async (): Promise<void> => redis.destroy?.() ?? redis.disconnect?.();
  await inTime(() => redis.connect()).catch(async (error: unknown) => {
    await close();
    throw ledgerFailed(error);
  });
  return { ledger: redisStore(redis), close };
}

async function openPostgres(connectionString: string, mustExist: boolean): Promise<OpenLedger> {
  const module = await loadDriver("pg");
  if (module === undefined) throw notInstalled("pg");
  const { Pool } = (module.default ?? module) as { Pool: new (options: object) => PgPool };
  // It can't be closed while a query waits.
  const limits = { connectionTimeoutMillis: 5_000, query_timeout: limitMs + 1_000 };
  const pool = new Pool({ connectionString, ...limits });
  pool.on("error", () => {});
  const opened = { ledger: sqlLedger(pool), close: () => pool.end() };
  if (!mustExist) return opened;
  try {
    if (await inTime(() => hasTable(pool))) return opened;
  } catch (error) {
    await opened.close();
    throw ledgerFailed(error);
  }
  await opened.close();
  throw new UsageError("There is no ledger in that database. Check its name.");
}

async function hasTable(pool: PgPool): Promise<boolean> {
  const { rows } = await pool.query("SELECT to_regclass('juniper_fulfillment_ledger') AS found");
  return Object(rows[0]).found !== null;
}

/** The message of a driver may hold an address and its password: only its code is shown. */
export function ledgerFailed(error: unknown): CommandError {
  const isLate = Object(error).code === "ETIMEDOUT";
  return new CommandError(
    isLate ? "The ledger did not respond in time." : `The ledger failed${codeOf(error)}.`,
  );
}

function notInstalled(driver: string): UsageError {
  return new UsageError(`This ledger needs ${driver}. Install it in the current folder.`);
}

type RedisClient = Parameters<typeof redisStore>[0];

interface IoRedis extends RedisClient {
  on(event: "error", listener: () => void): void;
  disconnect(): void;
}

interface NodeRedis extends RedisClient {
  on(event: "error", listener: () => void): void;
  connect(): Promise<unknown>;
  /** Since node-redis 5; before it, `disconnect`. */
  destroy?(): void;
  disconnect?(): Promise<void>;
}

interface PgPool {
  on(event: "error", listener: () => void): void;
  query(text: string, values?: (string | null)[]): Promise<{ rows: readonly unknown[] }>;
  end(): Promise<void>;
}
