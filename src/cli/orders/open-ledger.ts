import { fileURLToPath } from "node:url";
import type { Ledger } from "juniper-fulfillment";
import { fileLedger, redisStore, sqlLedger } from "juniper-fulfillment/stores";
import { CommandError, UsageError } from "../command.ts";
import { codeOf } from "../error-code.ts";
import { loadDriver } from "../load-driver.ts";
import { isServerAddress } from "../server-address.ts";

/** The options of every command that needs a ledger, for parseArgs. */
export const ledgerOptions = { ledger: { type: "string" } } as const;

/** What the usage says of it. */
export const ledgerUsage = `  --ledger WHERE        where references are remembered (default: JUNIPER_LEDGER, which other users of this machine can't
                        see): file:FOLDER, redis://HOST or postgres://HOST/DATABASE; the last two use ioredis or redis, and
                        pg, of the folder that you are in`;

/** A ledger, and how to let go of it. */
export interface OpenLedger {
  readonly ledger: Ledger;
  close(): Promise<void>;
}

/** @throws {UsageError} when it can't be one, or its driver is not installed. The message holds no address. */
export async function openLedger(
  option: string | undefined,
  env: Readonly<Record<string, string | undefined>>,
): Promise<OpenLedger> {
  const where = option ?? env.JUNIPER_LEDGER;
  if (!where) {
    throw new UsageError("Say where references are remembered: --ledger file:FOLDER, or JUNIPER_LEDGER.");
  }
  const [, scheme = ""] = /^([a-z]+):./i.exec(where) ?? [];
  const open = openers[scheme.toLowerCase()];
  if (open === undefined) {
    throw new UsageError("--ledger must be file:FOLDER, redis://HOST or postgres://HOST/DATABASE.");
  }
  if (open !== openFile && !isServerAddress(where)) {
    throw new UsageError(
      "--ledger is no address of a server: encode what is special in its user and password (# as %23).",
    );
  }
  return open(where);
}

const openers: Readonly<Record<string, (where: string) => Promise<OpenLedger>>> = {
  file: openFile,
  redis: openRedis,
  rediss: openRedis,
  postgres: openPostgres,
  postgresql: openPostgres,
};

async function openFile(where: string): Promise<OpenLedger> {
  const folder = where.startsWith("file://") ? fileURLToPath(where) : where.slice("file:".length);
  return { ledger: fileLedger(folder), close: async () => {} };
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
  await redis.connect().catch((error: unknown) => {
    throw ledgerFailed(error);
  });
  return { ledger: redisStore(redis), close: async () => redis.destroy?.() ?? redis.disconnect?.() };
}

async function openPostgres(connectionString: string): Promise<OpenLedger> {
  const module = await loadDriver("pg");
  if (module === undefined) throw notInstalled("pg");
  const { Pool } = (module.default ?? module) as { Pool: new (options: object) => PgPool };
  const pool = new Pool({ connectionString, connectionTimeoutMillis: 5_000 });
  pool.on("error", () => {});
  return { ledger: sqlLedger(pool), close: () => pool.end() };
}

/** The words of a driver may hold an address and its password: its code alone is shown. */
export function ledgerFailed(error: unknown): CommandError {
  return new CommandError(`The ledger fails${codeOf(error)}.`);
}

function notInstalled(driver: string): UsageError {
  return new UsageError(`This ledger needs ${driver}. Install it in the folder that you are in.`);
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
