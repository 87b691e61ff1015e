import type { redisStore, SqlDatabase } from "juniper-fulfillment/stores";
import { UsageError } from "./command.ts";
import { codeOf } from "./error-code.ts";
import { inTime, limitMs } from "./in-time.ts";
import { loadDriver } from "./load-driver.ts";

type RedisClient = Parameters<typeof redisStore>[0];

/** A server that a store can be in, and how to let go of it. */
export interface StoreServer<Client> {
  readonly client: Client;
  close(): Promise<void>;
}

/**
 * Connects to a Redis, with the driver in the current folder. Undefined where there is none.
 *
 * @throws {UsageError} when its address can't be used, or it doesn't have the database; else what the driver gives for
 * a reason.
 */
export async function connectRedis(
  url: string,
  signal?: AbortSignal,
): Promise<StoreServer<RedisClient> | undefined> {
  let isConnected = false;
  /** Null ends it: who can't connect at all is told so at once. */
  const retryMs = (times: number): number | null => (isConnected ? Math.min(times * 50, 2_000) : null);
  const client = await createRedis(url, retryMs);
  if (client === undefined) return undefined;
  // ioredis tells the reason in an event alone.
  let reason: unknown;
  client.on("error", (error) => {
    reason ??= error;
  });
  const close = async (): Promise<void> => {
    if (client.destroy === undefined) await client.disconnect();
    else client.destroy();
  };
  try {
    await inTime(async () => {
      await client.connect();
      // ioredis goes on in database 0 where it can't select another, and node-redis reads no query.
      const database = databaseOf(url);
      if (database !== 0) await client.select(database);
    }, signal);
    isConnected = true;
    return { client, close };
  } catch (error) {
    // One that was never open can't be closed, says node-redis 4.
    await close().catch(() => {});
    const cause = signal?.aborted ? error : (reason ?? error);
    if (!/DB index|SELECT/.test(Object(cause).message)) throw cause;
    throw new UsageError("That Redis has no such database. Check the number in its address.");
  }
}

/** How many keys are looked through at the most, and in each step: others may be using it. */
const [mostKeys, keysOfStep] = [1_000_000, 10_000];

/** Whether a key begins so. True as well where there are too many others to tell. */
export async function hasKey(client: RedisClient, start: string): Promise<boolean> {
  const scan = async (cursor: string): Promise<[unknown, unknown[]]> => {
    const { call, sendCommand, options } = client as AnyRedis;
    // ioredis puts one of its own before every key, but not before what is looked for.
    const whole = `${options?.keyPrefix ?? ""}${start}`;
    const words = [cursor, "MATCH", `${whole.replace(/[\\*?[\]]/g, "\\$&")}*`, "COUNT", `${keysOfStep}`];
    const reply =
      call === undefined
        ? sendCommand?.call(client, ["SCAN", ...words])
        : call.call(client, "SCAN", ...words);
    return (await reply) as [unknown, unknown[]];
  };
  let cursor = "0";
  for (let seen = 0; seen < mostKeys; seen += keysOfStep) {
    const [next, keys] = await scan(cursor);
    if (keys.length > 0) return true;
    cursor = String(next);
    if (cursor === "0") return false;
  }
  return true;
}

async function createRedis(
  url: string,
  retryMs: (times: number) => number | null,
): Promise<AnyRedis | undefined> {
  const ioredis = await loadDriver("ioredis");
  if (ioredis !== undefined) {
    const Redis = ioredis.Redis as new (url: string, options: object) => AnyRedis;
    const limits = { connectTimeout: 5_000, maxRetriesPerRequest: 1 };
    return readable(() => new Redis(url, { lazyConnect: true, ...limits, retryStrategy: retryMs }));
  }
  const nodeRedis = await loadDriver("redis");
  if (nodeRedis === undefined) return undefined;
  const createClient = nodeRedis.createClient as (options: object) => AnyRedis;
  const reconnectStrategy = (times: number, cause: Error): number | Error => retryMs(times) ?? cause;
  return readable(() => createClient({ url, socket: { reconnectStrategy } }));
}

function databaseOf(url: string): number {
  if (!URL.canParse(url)) return 0;
  const { pathname, searchParams } = new URL(url);
  return Number(pathname.slice(1) || searchParams.get("db") || 0);
}

/**
 * A pool of connections to a PostgreSQL, with the driver in the current folder. Undefined where there is none.
 *
 * @throws {UsageError} when its address can't be used.
 */
export async function openPostgres(connectionString: string): Promise<StoreServer<SqlDatabase> | undefined> {
  const module = await loadDriver("pg");
  if (module === undefined) return undefined;
  const { Client, Pool } = (module.default ?? module) as PgModule;
  // It can't be closed while a query waits.
  const limits = { connectionTimeoutMillis: 5_000, query_timeout: limitMs + 1_000 };
  // A pool reads the address, and the files that it names, with its first query alone.
  readable(() => new Client({ connectionString }));
  const pool = new Pool({ connectionString, ...limits });
  pool.on("error", () => {});
  return { client: pool, close: () => pool.end() };
}

/** What a driver makes of an address. Its own error may hold the password. */
function readable<Client>(create: () => Client): Client {
  try {
    return create();
  } catch (error) {
    throw new UsageError(`The driver can't use that address${codeOf(error)}.`);
  }
}

interface AnyRedis extends RedisClient {
  on(event: "error", listener: (error: unknown) => void): void;
  connect(): Promise<unknown>;
  select(database: number): Promise<unknown>;
  readonly options?: { readonly keyPrefix?: string | undefined } | undefined;
  /** In ioredis. */
  call?(command: string, ...words: readonly string[]): Promise<unknown>;
  /** In node-redis. */
  sendCommand?(words: readonly string[]): Promise<unknown>;
  /** Since node-redis 5; before it, and in ioredis, `disconnect`. */
  destroy?(): void;
  disconnect(): Promise<void>;
}

interface PgModule {
  readonly Client: new (options: object) => unknown;
  readonly Pool: new (options: object) => PgPool;
}

interface PgPool extends SqlDatabase {
  on(event: "error", listener: () => void): void;
  end(): Promise<void>;
}
