import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Redis } from "ioredis";
import { Redis as Redis5 } from "ioredis-5";
import { type Ledger, memoryLedger } from "juniper-fulfillment";
import { fileLedger, type RedisStore, redisStore, sqlLedger } from "juniper-fulfillment/stores";
import pg from "pg";
import { createClient } from "redis";
import { createClient as createClient4 } from "redis-4";

/** A store with a connection of its own. */
export interface OpenStore<Store extends Ledger = Ledger> {
  readonly store: Store;
  close(): Promise<unknown>;
}

/** Each client of Redis that fits, in the versions that are in use. */
export const redisClients = {
  "ioredis 6": async (url: string): Promise<OpenStore<RedisStore>> => {
    const redis = new Redis(url);
    return { store: redisStore(redis), close: () => redis.quit() };
  },
  "ioredis 5": async (url: string): Promise<OpenStore<RedisStore>> => {
    const redis = new Redis5(url);
    return { store: redisStore(redis), close: () => redis.quit() };
  },
  "node-redis 6": async (url: string): Promise<OpenStore<RedisStore>> => {
    const redis = await createClient({ url }).connect();
    return { store: redisStore(redis), close: () => redis.close() };
  },
  "node-redis 4": async (url: string): Promise<OpenStore<RedisStore>> => {
    const redis = await createClient4({ url }).connect();
    return { store: redisStore(redis), close: () => redis.quit() };
  },
};

/** A pool whose idle connections may be ended by a server that stops. */
export function createPool(url: string): pg.Pool {
  return new pg.Pool({ connectionString: url }).on("error", () => {});
}

export async function openPool(url: string): Promise<OpenStore> {
  const pool = createPool(url);
  return { store: sqlLedger(pool), close: () => pool.end() };
}

export async function openPglite(): Promise<OpenStore> {
  // Loaded where it is used: it is large.
  const { PGlite } = await import("@electric-sql/pglite");
  const db = await PGlite.create();
  return { store: sqlLedger(db), close: () => db.close() };
}

export async function openMemory(): Promise<OpenStore> {
  return { store: memoryLedger(), close: async () => {} };
}

/** A folder of the test's own, which stands for its URL too. */
export async function startFolder(): Promise<{ url: string; close(): Promise<void> }> {
  const folder = await mkdtemp(join(tmpdir(), "file-ledger-"));
  return { url: folder, close: () => rm(folder, { recursive: true, force: true }) };
}

export async function openFolder(url: string): Promise<OpenStore> {
  return { store: fileLedger(url), close: async () => {} };
}

/** By its URL, for a process of its own. */
export function openStore(url: string, client = "ioredis 6"): Promise<OpenStore<Ledger | RedisStore>> {
  if (url.startsWith("postgres:")) return openPool(url);
  if (url.startsWith("/")) return openFolder(url);
  return redisClients[client as keyof typeof redisClients](url);
}
