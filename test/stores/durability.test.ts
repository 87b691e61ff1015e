import { Redis } from "ioredis";
import { ConfigurationError, createFulfillmentClient, type Ledger, submitOrder } from "juniper-fulfillment";
import { redisStore, sqlLedger } from "juniper-fulfillment/stores";
import type pg from "pg";
import { createClient, RESP_TYPES } from "redis";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { orderRequest } from "../../scripts/samples/requests.ts";
import { type ScriptedServer, startScriptedServer } from "../../scripts/samples/scripted-server.ts";
import { postgresMissing, startPostgresServer } from "../support/postgres-server.ts";
import { redisMissing, startRedisServer } from "../support/redis-server.ts";
import { createPool, redisClients } from "./stores.ts";

let api: ScriptedServer;
const closing: (() => unknown)[] = [];
beforeEach(async () => {
  api = await startScriptedServer(({ body, number }) => ({
    status: 201,
    json: { ...JSON.parse(body), id: `o-${number}` },
  }));
  closing.push(() => api.close());
});
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

async function submit(ledger: Ledger, reference = "r-1"): Promise<string> {
  const client = createFulfillmentClient({ accessToken: "t", baseUrl: api.origin });
  return (await submitOrder(client, orderRequest, { reference, ledger })).outcome;
}

const posts = () => api.requests.length;

/** A Redis with settings, and a connection that may change them. */
async function startRedis(settings: Record<string, string>): Promise<{ url: string; redis: Redis }> {
  const server = await startRedisServer(settings);
  const redis = new Redis(server.url);
  closing.push(server.close, () => redis.disconnect());
  return { url: server.url, redis };
}

describe.skipIf(redisMissing !== "")(`redisStore as a ledger${redisMissing}`, () => {
  test.each(
    Object.entries(redisClients),
  )("refuses a Redis that does not write to disk, until it does, over %s", async (_name, open) => {
    const { url, redis } = await startRedis({ appendonly: "no" });
    const { store, close } = await open(url);
    closing.push(close);
    const refusal = await submit(store).catch((error: unknown) => error);
    expect(refusal).toBeInstanceOf(ConfigurationError);
    expect(String(refusal)).toMatch(
      /^ConfigurationError: redisStore: .* set appendonly to "yes"\. Nothing was sent\./,
    );
    expect(posts()).toBe(0);
    expect(await redis.keys("*")).toEqual([]);
    await redis.config("SET", "appendonly", "yes");
    expect(await submit(store)).toBe("created");
  });

  test.each([
    ["appendfsync", "no", /set appendfsync to "everysec" or "always"/],
    ["maxmemory-policy", "allkeys-lru", /\(allkeys-lru\): set maxmemory-policy to "noeviction"/],
    ["maxmemory-policy", "volatile-ttl", /\(volatile-ttl\): set maxmemory-policy/],
  ])("refuses %s %s, over both clients", async (setting, value, message) => {
    const { url } = await startRedis({ [setting]: value });
    for (const open of Object.values(redisClients)) {
      const { store, close } = await open(url);
      closing.push(close);
      await expect(submit(store)).rejects.toThrow(message);
    }
    expect(posts()).toBe(0);
  });

  test("refuses one also where the client gives out maps", async () => {
    const { url } = await startRedis({ appendfsync: "no" });
    const options = { url, RESP: 3, commandOptions: { typeMapping: { [RESP_TYPES.MAP]: Map } } } as const;
    const client = await createClient(options).connect();
    closing.push(() => client.close());
    await expect(submit(redisStore(client))).rejects.toThrow(/set appendfsync to/);
  });

  test("takes a Redis that can forget where the user accepts it", async () => {
    const { redis } = await startRedis({ appendonly: "no", "maxmemory-policy": "allkeys-lru" });
    expect(await submit(redisStore(redis, { acceptDataLoss: true }))).toBe("created");
  });

  test("takes a Redis that does not say what it is, as hosted ones may", async () => {
    const { url, redis } = await startRedis({ appendonly: "no" });
    await redis.call("ACL", "SETUSER", "shop", "on", ">pw", "~*", "+@all", "-config", "-info");
    const shop = new Redis(url, { username: "shop", password: "pw" });
    closing.push(() => shop.disconnect());
    expect(await submit(redisStore(shop))).toBe("created");
  });

  test("asks once, and only when an order is entered: tokens and deliveries may be forgotten", async () => {
    const { redis } = await startRedis({});
    const store = redisStore(redis);
    const asked = async () => /cmdstat_info:calls=(\d+)/.exec(await redis.info("commandstats"))?.[1] ?? "0";
    const before = Number(await asked());
    await store.set("token", "value", 1_000);
    await store.add("delivery", "value", 1_000);
    expect(Number(await asked()) - before).toBe(1);
    await submit(store, "r-1");
    await submit(store, "r-2");
    // Each question about the count counts too, and a look at the settings is two.
    expect(Number(await asked()) - before).toBe(4);
  });
});

describe.skipIf(postgresMissing !== "")(`sqlLedger${postgresMissing}`, () => {
  test("refuses a database that confirms before anything is on disk, until that is changed", async () => {
    const server = await startPostgresServer();
    closing.push(() => server.close());
    const setting = (value: string) => `ALTER ROLE postgres SET synchronous_commit = ${value}`;
    const open = (): pg.Pool => {
      const pool = createPool(server.url);
      closing.push(() => pool.end());
      return pool;
    };
    await open().query(setting("off"));
    await expect(submit(sqlLedger(open()))).rejects.toThrow(/sqlLedger: .* turn synchronous_commit on/);
    expect(posts()).toBe(0);
    expect(await submit(sqlLedger(open(), { acceptDataLoss: true }))).toBe("created");
    await open().query(setting("local"));
    expect(await submit(sqlLedger(open()), "r-2")).toBe("created");
  });

  test("refuses a database that leaves the writing to the operating system", async () => {
    const server = await startPostgresServer(["fsync=off"]);
    closing.push(() => server.close());
    const pool = createPool(server.url);
    closing.push(() => pool.end());
    await expect(submit(sqlLedger(pool))).rejects.toThrow(/sqlLedger: .* turn fsync on/);
    expect(posts()).toBe(0);
    expect(await submit(sqlLedger(pool, { acceptDataLoss: true }))).toBe("created");
  });

  test("refuses a table that a crash empties", async () => {
    const server = await startPostgresServer();
    closing.push(() => server.close());
    const pool = createPool(server.url);
    closing.push(() => pool.end());
    const ledger = sqlLedger(pool, { table: "orders" });
    await ledger.set("key", "value");
    await pool.query("ALTER TABLE orders SET UNLOGGED");
    await expect(submit(ledger)).rejects.toThrow(
      /Its table is unlogged or temporary: make it an ordinary one/,
    );
    expect(posts()).toBe(0);
    await pool.query("ALTER TABLE orders SET LOGGED");
    expect(await submit(ledger)).toBe("created");
  });
});
