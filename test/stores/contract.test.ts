import { inspect } from "node:util";
import { PGlite } from "@electric-sql/pglite";
import { Redis } from "ioredis";
import { ConfigurationError, type Ledger } from "juniper-fulfillment";
import { type RedisClient, type RedisStore, redisStore, sqlLedger } from "juniper-fulfillment/stores";
import pg from "pg";
import { createClient } from "redis";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { postgresMissing, startPostgresServer } from "../support/postgres-server.ts";
import { redisMissing, startRedisServer, type TestServer } from "../support/redis-server.ts";
import { startTcpProxy } from "../support/tcp-proxy.ts";
import { type Fleet, startFleet } from "./fleet.ts";
import {
  createPool,
  type OpenStore,
  openFolder,
  openMemory,
  openPglite,
  openPool,
  redisClients,
  startFolder,
} from "./stores.ts";

interface Backend {
  readonly name: string;
  /** Why it is skipped; empty where it isn't. */
  readonly missing: string;
  readonly server?: () => Promise<TestServer>;
  readonly open: (url: string) => Promise<OpenStore>;
}

const backends: readonly Backend[] = [
  { name: "memoryLedger", missing: "", open: openMemory },
  { name: "fileLedger", missing: "", server: startFolder, open: openFolder },
  ...Object.entries(redisClients).map(([name, open]) => ({
    name: `redisStore on ${name}`,
    missing: redisMissing,
    server: startRedisServer,
    open,
  })),
  { name: "sqlLedger on PGlite", missing: "", open: openPglite },
  {
    name: "sqlLedger on a Pool of pg",
    missing: postgresMissing,
    server: startPostgresServer,
    open: openPool,
  },
];

for (const { name, missing, server, open } of backends)
  describe(`${name}${missing}`, () => {
    let running: TestServer | undefined;
    let opened: OpenStore;
    let store: Required<Ledger>;

    beforeAll(async () => {
      if (missing !== "") return;
      running = await server?.();
      opened = await open(running?.url ?? "");
      // All of ours have every member.
      store = opened.store as Required<Ledger>;
    });
    afterAll(async () => {
      await opened?.close();
      await running?.close();
    });

    const check = missing === "" ? test : test.skip;

    check("has nothing under a key that was never stored", async () => {
      expect((await store.get("never")) ?? undefined).toBeUndefined();
    });

    check("adds a value once, and keeps the first", async () => {
      expect(await store.add("once", "first")).toBe(true);
      expect(await store.add("once", "second")).toBe(false);
      expect(await store.get("once")).toBe("first");
    });

    check("of fifty that add the same key at once tells one that it did", async () => {
      const answers = await Promise.all(
        Array.from({ length: 50 }, (_, number) => store.add("race", `${number}`)),
      );
      expect(answers.filter((isFirst) => isFirst)).toHaveLength(1);
      expect(await store.get("race")).toBe(String(answers.indexOf(true)));
    });

    check("sets a value, whatever was there", async () => {
      await store.set("set", "first");
      await store.set("set", "second");
      expect(await store.get("set")).toBe("second");
      expect(await store.add("set", "third")).toBe(false);
    });

    check("forgets a key, which can then be added again", async () => {
      await store.add("forget", "first");
      await store.delete("forget");
      expect((await store.get("forget")) ?? undefined).toBeUndefined();
      expect(await store.add("forget", "second")).toBe(true);
      await store.delete("never");
    });

    check("keeps any text as it is, also one that looks like SQL", async () => {
      for (const text of ["", "'; DROP TABLE x; --", "ü\u2028\n\t\"'\\", '{"a":1}', "x".repeat(100_000)]) {
        await store.set(`text:${text.slice(0, 20)}`, text);
        expect(await store.get(`text:${text.slice(0, 20)}`)).toBe(text);
      }
    });

    check("replaces a value where the expected one is held, and only there", async () => {
      expect(await store.replace("replace", "first", "second")).toBe(false);
      expect((await store.get("replace")) ?? undefined).toBeUndefined();
      await store.add("replace", "first");
      expect(await store.replace("replace", "other", "second")).toBe(false);
      expect(await store.replace("replace", "first", "second")).toBe(true);
      expect(await store.replace("replace", "second", "third")).toBe(true);
      await store.set("replace", "fourth");
      expect(await store.replace("replace", "third", "fifth")).toBe(false);
      expect(await store.replace("replace", "fourth", "fourth")).toBe(true);
      expect(await store.get("replace")).toBe("fourth");
    });

    check("of fifty that replace the same value at once tells one that it did", async () => {
      await store.add("swap", "first");
      const replies = await Promise.all(
        Array.from({ length: 50 }, (_, number) => store.replace("swap", "first", `${number}`)),
      );
      expect(replies.filter((isDone) => isDone)).toHaveLength(1);
      expect(await store.get("swap")).toBe(String(replies.indexOf(true)));
    });

    check("of fifty that add the same value under the same key tells one that it did", async () => {
      const replies = await Promise.all(Array.from({ length: 50 }, () => store.add("same", "value")));
      expect(replies.filter((isFirst) => isFirst)).toHaveLength(1);
      expect(await store.replace("same", "value", "value")).toBe(true);
      expect(await store.get("same")).toBe("value");
    });

    check("removes a key where it holds the expected value, and only there", async () => {
      await store.add("remove", "first");
      expect(await store.remove("remove", "second")).toBe(false);
      expect(await store.get("remove")).toBe("first");
      expect(await store.remove("remove", "first")).toBe(true);
      expect(await store.remove("remove", "first")).toBe(false);
      expect(await store.add("remove", "second")).toBe(true);
    });

    check("replaces and removes any text", async () => {
      for (const [index, text] of ["", "a#b", "ü\u2028🐶'\\", "%s%1\n", "x".repeat(100_000)].entries()) {
        await store.add(`any:${index}`, text);
        expect(await store.replace(`any:${index}`, `${text}x`, "no")).toBe(false);
        expect(await store.replace(`any:${index}`, text, `${text}y`)).toBe(true);
        expect(await store.remove(`any:${index}`, text)).toBe(false);
        expect(await store.remove(`any:${index}`, `${text}y`)).toBe(true);
      }
    });

    check("keeps keys apart that look alike, whatever is in them", async () => {
      const keys = [
        "a",
        "A",
        "a ",
        "á",
        "a\u0301",
        "../a",
        "/etc/passwd",
        "a/b",
        "a\\b",
        "{a}",
        "a*",
        "%61",
        "🐶",
      ];
      keys.push("x".repeat(1_000), `${"x".repeat(999)}y`, "'; DROP TABLE juniper_fulfillment_ledger; --");
      await Promise.all(keys.map((key, index) => store.add(`alike:${key}`, String(index))));
      for (const [index, key] of keys.entries()) expect(await store.get(`alike:${key}`)).toBe(String(index));
    });

    check("gives back its place when its time is over, and not before", async () => {
      expect(await store.add("brief", "first", 300)).toBe(true);
      expect(await store.add("brief", "second", 60_000)).toBe(false);
      await expect.poll(async () => (await store.get("brief")) ?? undefined).toBeUndefined();
      expect(await store.replace("brief", "first", "second")).toBe(false);
      expect(await store.remove("brief", "first")).toBe(false);
      expect(await store.add("brief", "third", 60_000)).toBe(true);
      expect(await store.replace("brief", "third", "fourth")).toBe(true);
      expect(await store.get("brief")).toBe("fourth");
    });

    const listed = async (prefix: string): Promise<Record<string, string>> => {
      const entries: [string, string][] = [];
      for await (const [key, value] of store.list(prefix)) entries.push([key, value]);
      expect(new Set(entries.map(([key]) => key)).size).toBe(entries.length);
      return Object.fromEntries(entries);
    };

    check("lists the open keys that begin so, with their values as they are now", async () => {
      await store.add("list:open:1", "a");
      await store.set("list:open:2", "b");
      await store.add("list:open:ü/../3", "c");
      await store.add("list:other", "d");
      await store.add("listen:open:1", "e");
      await store.add("list:open:4", "f");
      await store.delete("list:open:4");
      await store.add("list:open:5", "g");
      await store.remove("list:open:5", "g");
      await store.replace("list:open:1", "a", "h");
      await store.add("list:open:6", "i", 1);
      await expect.poll(async () => (await store.get("list:open:6")) ?? undefined).toBeUndefined();
      expect(await listed("list:open:")).toEqual({
        "list:open:1": "h",
        "list:open:2": "b",
        "list:open:ü/../3": "c",
      });
      expect(await listed("nothing:open:")).toEqual({});
    });

    check("lists thousands, also while they come and go", async () => {
      const keys = Array.from({ length: 1_200 }, (_, number) => `many:open:${number}`);
      await Promise.all(keys.map((key) => store.add(key, "value")));
      const seen: string[] = [];
      for await (const [key] of store.list("many:open:")) {
        seen.push(key);
        if (seen.length % 100 === 0) await store.remove(key, "value");
        if (seen.length % 100 === 1) await store.add(`many:open:new-${seen.length}`, "value");
      }
      expect(new Set(seen).size).toBe(seen.length);
      expect(seen.filter((key) => !key.includes("new"))).toHaveLength(1_200);
    });

    if (server === undefined) return;

    check("is the same for two connections", async () => {
      const second = await open(running?.url ?? "");
      expect(await store.add("shared", "first")).toBe(true);
      expect(await second.store.add("shared", "second")).toBe(false);
      expect(await second.store.get("shared")).toBe("first");
      await second.close();
    });

    check("of four processes that add the same two hundred keys at once tells one for each key", async () => {
      const url = running?.url ?? "";
      const fleet: Fleet = await startFleet(4, { task: "add", url, count: 200 });
      const tallies = await fleet.run();
      expect(tallies.map(({ added = 0 }) => added).reduce((sum, added) => sum + added)).toBe(200);
    });
  });

describe(`redisStore${redisMissing}`, () => {
  const check = redisMissing === "" ? test : test.skip;
  let server: TestServer;
  let redis: Redis;
  beforeAll(async () => {
    if (redisMissing !== "") return;
    server = await startRedisServer();
    redis = new Redis(server.url);
  });
  afterAll(async () => {
    redis?.disconnect();
    await server?.close();
  });

  for (const [name, open] of Object.entries(redisClients)) {
    check(`on ${name} forgets a value after its time, and keeps one without`, async () => {
      const { store, close } = await open(server.url);
      expect(await store.add("short", "a", 50)).toBe(true);
      await store.set("short too", "a", 49.5);
      await store.add("long", "a", 60_000);
      await store.set("ledger", "a");
      expect(await redis.pttl("ledger")).toBe(-1);
      expect(await redis.pttl("long")).toBeGreaterThan(30_000);
      await expect.poll(() => store.get("short")).toBeNull();
      await expect.poll(() => store.get("short too")).toBeNull();
      expect(await store.add("short", "b", 50)).toBe(true);
      expect(await store.get("long")).toBe("a");
      await redis.flushall();
      await close();
    });
  }

  check("begins every key with its prefix", async () => {
    await redis.flushall();
    const store = redisStore(redis, { prefix: "shop:" });
    await store.add("a", "1");
    await store.set("b", "2");
    expect((await redis.keys("*")).sort()).toEqual(["shop:a", "shop:b"]);
    expect(await store.get("a")).toBe("1");
    await store.delete("a");
    expect(await redis.keys("*")).toEqual(["shop:b"]);
  });

  check("fails without the value in its error, which may be a token", async () => {
    await redis.config("SET", "maxmemory", "1");
    const secret = "token-that-nobody-may-see";
    try {
      const error = await redisStore(redis)
        .set("key", secret, 1_000)
        .catch((caught: unknown) => caught);
      expect(String(error)).toMatch(/^Error: Redis did not carry out SET: OOM/);
      expect(inspect(error, { depth: 9, showHidden: true })).not.toContain(secret);
    } finally {
      await redis.config("SET", "maxmemory", "0");
    }
  });

  check("refuses a time to live that is none", async () => {
    const store = redisStore(redis);
    for (const ttlMs of [0, -1, Number.NaN, Number.POSITIVE_INFINITY]) {
      await expect(store.add("ttl", "a", ttlMs)).rejects.toThrow(ConfigurationError);
    }
    expect(await store.get("ttl")).toBeNull();
  });

  /** The same client, whose commands pass through a hook. */
  const through = (hook: (command: string, run: () => Promise<unknown>) => Promise<unknown>): Redis =>
    new Proxy(redis, {
      get(target, name) {
        const use: unknown = Reflect.get(target, name);
        if (typeof use !== "function") return use;
        return (...args: unknown[]) => hook(String(name), () => Reflect.apply(use, target, args));
      },
    });

  const gate = (): { passed: Promise<void>; open: () => void } => {
    let open = (): void => {};
    const passed = new Promise<void>((resolve) => {
      open = resolve;
    });
    return { passed, open };
  };

  /**
   * Whether a key is listed that is stored right after somebody at work has not found it, or has deleted it. That one is
   * killed after so many commands, of which this is the first.
   */
  async function isListedAfter(
    commands: number,
    work: (store: RedisStore) => Promise<void>,
  ): Promise<boolean> {
    await redis.flushall();
    const [begun, mayStore, killed] = [gate(), gate(), gate()];
    const storing = redisStore(
      through(async (command, run) => {
        if (command === "set") {
          begun.open();
          await mayStore.passed;
        }
        return run();
      }),
    ).set("killed:open:1", "value");
    await begun.passed;
    let done = 0;
    const victim = redisStore(
      through(async (command, run) => {
        if (done >= commands) {
          killed.open();
          return new Promise(() => {});
        }
        const reply = await run();
        if (done > 0 || command === "get" || command === "del") done++;
        if (done === 1) {
          mayStore.open();
          await storing;
        }
        return reply;
      }),
    );
    await Promise.race([work(victim), killed.passed]);
    for await (const [key] of redisStore(redis).list("killed:open:"))
      if (key === "killed:open:1") return true;
    return false;
  }

  check.each([1, 2, 3, 4])(
    "lists a key that was stored while a reader of the list was killed (%i)",
    async (commands) => {
      const read = async (store: RedisStore): Promise<void> => {
        for await (const _ of store.list("killed:open:"));
      };
      expect(await isListedAfter(commands, read)).toBe(true);
    },
  );

  check.each([1, 2, 3, 4])(
    "lists a key that was stored again while its deleter was killed (%i)",
    async (commands) => {
      expect(await isListedAfter(commands, (store) => store.delete("killed:open:1"))).toBe(true);
    },
  );

  check("takes what is not there any more out of its index", async () => {
    await redis.flushall();
    const store = redisStore(redis);
    await store.set("gone:open:1", "value");
    // As by a process that was killed.
    await redis.del("gone:open:1");
    for await (const entry of store.list("gone:open:")) expect.fail(`lists ${entry[0]}`);
    expect(await redis.keys("*")).toEqual([]);
  });

  for (const [name, open] of Object.entries(redisClients)) {
    check(`on ${name} names a key that holds something of another type`, async () => {
      await redis.flushall();
      const { store, close } = await open(server.url);
      const index = "juniper-fulfillment:index-of-open";
      await redis.sadd(index, "what somebody else has stored");
      await redis.hset("key", "what", "somebody else has stored");
      const list = async (): Promise<void> => {
        for await (const _ of store.list("x:open:"));
      };
      for (const [use, key] of [
        [() => store.add("x:open:1", "value"), index],
        [() => store.set("x:open:1", "value"), index],
        [() => store.delete("x:open:1"), index],
        [list, index],
        [() => store.get("key"), "key"],
        [() => store.add("key", "value"), "key"],
        [() => store.replace("key", "value", "other"), "key"],
        [() => store.remove("key", "value"), "key"],
      ] as const) {
        const error = await use().catch((thrown: unknown) => thrown);
        expect(error).toBeInstanceOf(ConfigurationError);
        expect(String(error)).toContain(
          `holds something else under ${key}. Give the store a prefix of its own.`,
        );
      }
      expect(await redis.keys("x:*")).toEqual([]);
      await redis.flushall();
      await close();
    });
  }

  check("takes no reply but a yes for a yes", async () => {
    const get = async (): Promise<null> => null;
    const queued = async (): Promise<string> => "QUEUED";
    const strange = { get, del: get, set: queued, eval: queued, hget: get, hset: get, defineCommand: get };
    await expect(redisStore(strange).add("key", "value")).rejects.toThrow("neither 1 nor 0");
  });
});

test("redisStore takes a client of ioredis or node-redis that is not connected yet, and nothing else", async () => {
  expect(redisStore(new Redis({ lazyConnect: true }))).toHaveProperty("add");
  expect(redisStore(createClient())).toHaveProperty("add");
  for (const wrong of [
    undefined,
    null,
    "redis://localhost",
    {},
    new Map(),
    { get() {}, set() {}, del() {} },
  ]) {
    // A caller without types.
    expect(() => redisStore(wrong as unknown as RedisClient)).toThrow(/takes a client from ioredis/);
  }
});

test("sqlLedger takes what has a query, and a name that can be a table's", () => {
  const db = new pg.Pool();
  for (const table of ["ledger", "shop.ledger", "_Ledger2", "x".repeat(63)]) {
    expect(sqlLedger(db, { table })).toHaveProperty("add");
  }
  for (const table of ["", "a b", "a.b.c", ".a", "a.", 'a"b', "a;b", "1a", "ä", "x".repeat(64), "a\n"]) {
    expect(() => sqlLedger(db, { table }), table).toThrow(ConfigurationError);
  }
  // A caller without types.
  expect(() => sqlLedger({} as pg.Pool)).toThrow(/takes a Pool or Client of pg, or a PGlite/);
});

describe("the table of sqlLedger", () => {
  let db: PGlite;
  beforeAll(async () => {
    db = await PGlite.create();
  });
  afterAll(() => db.close());

  test("has the name that it was given, in the schema that it was given", async () => {
    await db.exec('CREATE SCHEMA "Shop"');
    await sqlLedger(db, { table: "Shop.Ledger" }).add("key", "value");
    const { rows } = await db.query('SELECT key, value FROM "Shop"."Ledger"');
    expect(rows).toEqual([{ key: "key", value: "value" }]);
  });

  test("is created once the database can do it, after a failure", async () => {
    const ledger = sqlLedger(db, { table: "shop.ledger" });
    await expect(ledger.add("key", "value")).rejects.toThrow(/shop/);
    await db.exec("CREATE SCHEMA shop");
    expect(await ledger.add("key", "value")).toBe(true);
  });

  const onServer = postgresMissing === "" ? test : test.skip;

  onServer(`goes on after its very first query got no response${postgresMissing}`, async () => {
    const server = await startPostgresServer();
    const proxy = await startTcpProxy(Number(new URL(server.url).port));
    // The pool of a shop, of which one connection has fallen silent.
    const silent = createPool(server.url.replace(/:\d+\//, `:${proxy.port}/`));
    const pool = createPool(server.url);
    let queries = 0;
    const query: pg.Pool["query"] = (...args: never[]) =>
      Reflect.apply(pool.query, queries++ === 0 ? silent : pool, args);
    try {
      await silent.query("SELECT 1");
      proxy.isStuck = true;
      const ledger = sqlLedger({ query });
      ledger.add("key", "silent").catch(() => {});
      expect(await ledger.add("key", "value")).toBe(true);
      await pool.query("DROP TABLE juniper_fulfillment_ledger");
      await expect(ledger.get("key")).rejects.toThrow(/does not exist/);
    } finally {
      await proxy.close();
      for (const each of [silent, pool]) await each.end();
      await server.close();
    }
  });

  onServer(
    `lists the same keys where somebody has made it with another collation${postgresMissing}`,
    async () => {
      const server = await startPostgresServer();
      const pool = createPool(server.url);
      try {
        const { rows } = await pool.query(
          `SELECT collname FROM pg_collation WHERE collname IN ('und-x-icu', 'en_US.utf8', 'C') ORDER BY 1 DESC`,
        );
        for (const [index, { collname }] of rows.entries()) {
          const table = `made_before_${index}`;
          await pool.query(`CREATE TABLE ${table} (key text COLLATE "${collname}" PRIMARY KEY, value text NOT NULL,
          created_at timestamptz NOT NULL DEFAULT now(), expires_at timestamptz)`);
          const ledger = sqlLedger(pool, { table });
          const keys = Array.from(
            { length: 600 },
            (_, number) => `shop:open:${number % 2 ? "a" : "B"}${number}`,
          );
          for (const key of [...keys, "shop:Open:0", "shop:open", "shop:opener:0"])
            await ledger.add(key, "value");
          const listed: string[] = [];
          for await (const [key] of ledger.list("shop:open:")) listed.push(key);
          expect(listed, collname).toEqual([...keys].sort());
        }
      } finally {
        await pool.end();
        await server.close();
      }
    },
  );

  onServer(
    `is created by sixteen connections at once, and by one that may not${postgresMissing}`,
    async () => {
      const server = await startPostgresServer();
      const admin = new pg.Client({ connectionString: server.url });
      await admin.connect();
      try {
        for (let round = 0; round < 5; round++) {
          const table = `ledger_${round}`;
          const pools = Array.from({ length: 16 }, () => createPool(server.url));
          await Promise.all(pools.map((pool) => pool.query("SELECT 1")));
          const answers = await Promise.all(
            pools.map((pool) => sqlLedger(pool, { table }).add("key", "value")),
          );
          expect(answers.filter((isFirst) => isFirst)).toHaveLength(1);
          await Promise.all(pools.map((pool) => pool.end()));
        }
        await admin.query("CREATE ROLE clerk LOGIN; REVOKE CREATE ON SCHEMA public FROM PUBLIC");
        await admin.query("GRANT SELECT, INSERT, UPDATE, DELETE ON ledger_0 TO clerk");
        const clerk = createPool(server.url.replace("postgres@", "clerk@"));
        expect(await sqlLedger(clerk, { table: "ledger_0" }).add("other", "value")).toBe(true);
        await clerk.end();
      } finally {
        await admin.end();
        await server.close();
      }
    },
  );
});
