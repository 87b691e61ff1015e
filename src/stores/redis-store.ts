import type { Ledger } from "../orders/ledger.ts";
import type { WebhookStore } from "../webhooks/webhook-store.ts";
import { ConfigurationError } from "../wrapper/errors.ts";
import type { TokenStore } from "../wrapper/store.ts";

/**
 * A client of Redis as it comes from ioredis (5, 6) or node-redis (4 to 6), single or cluster. The options
 * of `set` differ between them: the two are told apart when the store is made.
 *
 * @example
 * ```ts
 * import { type RedisClient, redisStore } from "juniper-fulfillment/stores";
 * import { Redis } from "ioredis";
 *
 * const client: RedisClient = new Redis("redis://localhost");
 * console.log(await redisStore(client).get("key"));
 * ```
 */
export interface RedisClient {
  /** GET. */
  get(key: string): Promise<unknown>;
  /** SET. */
  set(key: string, value: string): Promise<unknown>;
  /** DEL. */
  del(key: string): Promise<unknown>;
}

/**
 * The options of {@link redisStore}.
 *
 * @example
 * ```ts
 * import { type RedisStoreOptions, redisStore } from "juniper-fulfillment/stores";
 * import { Redis } from "ioredis";
 *
 * const options: RedisStoreOptions = { prefix: "shop:" };
 * console.log(await redisStore(new Redis("redis://localhost"), options).get("key"));
 * ```
 */
export interface RedisStoreOptions {
  /**
   * What every key begins with, such as `"shop:"`. The keys have a prefix of their own after it.
   * @default ""
   */
  prefix?: string | undefined;
  /**
   * How long a value is kept that is stored without a time of its own, in milliseconds. Those are the entries of a
   * ledger. Once an entry is gone, its reference may be ordered again.
   * @default none: they are kept for ever
   */
  defaultTtlMs?: number | undefined;
}

/**
 * What {@link redisStore} makes: a token store, a store for webhooks and a ledger in one.
 *
 * @example
 * ```ts
 * import { type RedisStore, redisStore } from "juniper-fulfillment/stores";
 * import { Redis } from "ioredis";
 *
 * const store: RedisStore = redisStore(new Redis("redis://localhost"));
 * console.log(await store.add("key", "value", 60_000));
 * ```
 */
export interface RedisStore extends Ledger, TokenStore, WebhookStore {
  /** Stores the value if the key has none yet, for `ttlMs` milliseconds, and says whether it did. Atomic. */
  add(key: string, value: string, ttlMs?: number): Promise<boolean>;
  /** The value, or null where there is none. */
  get(key: string): Promise<string | null>;
  /** Stores the value, whatever was there, for `ttlMs` milliseconds. */
  set(key: string, value: string, ttlMs?: number): Promise<void>;
  /** Forgets the key. */
  delete(key: string): Promise<void>;
}

/**
 * Makes a store in Redis or Valkey, which a fleet of processes shares. The same one serves as `tokenStore`, as the
 * `ledger` of submitOrder and as the `store` of a webhook handler.
 *
 * A ledger must not forget: let Redis write to disk (`appendonly yes`) and evict nothing (`maxmemory-policy
 * noeviction`). A replica that takes over may miss the last moments; where that is too much, use {@link sqlLedger}.
 *
 * @param client A client from ioredis or node-redis, as it is. It stays yours: close it when you are done.
 * @param options What keys begin with, and how long the entries of a ledger are kept.
 * @throws {ConfigurationError} when the client is neither of the two, or an option can't work.
 * @example
 * ```ts
 * import { createFulfillmentClient, fromEnv, type OrderRequest, submitOrder } from "juniper-fulfillment";
 * import { redisStore } from "juniper-fulfillment/stores";
 * import { Redis } from "ioredis";
 *
 * const store = redisStore(new Redis("redis://localhost"));
 * const client = createFulfillmentClient({ ...fromEnv(), tokenStore: store });
 * declare const order: OrderRequest;
 * await submitOrder(client, order, { reference: "2026-000123", ledger: store });
 * ```
 * @see https://redis.io/docs/latest/commands/set/
 */
export function redisStore(client: RedisClient, options: RedisStoreOptions = {}): RedisStore {
  const commands = commandsOf(client);
  const { prefix = "", defaultTtlMs } = options;
  if (typeof prefix !== "string") throw new ConfigurationError("redisStore: prefix must be a string.");
  if (defaultTtlMs !== undefined) checkTtl(defaultTtlMs);
  const ttlOf = (ttlMs = defaultTtlMs): number | undefined =>
    ttlMs === undefined ? undefined : checkTtl(ttlMs);
  return {
    async add(key, value, ttlMs) {
      const reply = await run("SET", commands.set(prefix + key, value, ttlOf(ttlMs), true));
      if (reply === null || reply === undefined) return false;
      // Anything else must not pass for a yes: two of them would be two orders.
      if (String(reply) === "OK") return true;
      throw new ConfigurationError("redisStore: the client answered SET with neither OK nor null.");
    },
    async get(key) {
      const reply = await run("GET", commands.get(prefix + key));
      // A client that was told to return buffers does.
      return reply === null || reply === undefined ? null : String(reply);
    },
    async set(key, value, ttlMs) {
      await run("SET", commands.set(prefix + key, value, ttlOf(ttlMs), false));
    },
    async delete(key) {
      await run("DEL", commands.del(prefix + key));
    },
  };
}

/** The three commands, in either client's words. */
interface Commands {
  get(key: string): Promise<unknown>;
  del(key: string): Promise<unknown>;
  set(key: string, value: string, ttlMs: number | undefined, onlyNew: boolean): Promise<unknown>;
}

interface IoRedis extends RedisClient {
  set(key: string, value: string, ...options: readonly (string | number)[]): Promise<unknown>;
}

interface NodeRedis extends Omit<RedisClient, "set"> {
  set(key: string, value: string, options: { PX?: number; NX?: true }): Promise<unknown>;
}

function commandsOf(client: unknown): Commands {
  const has = (...names: readonly string[]): boolean =>
    typeof client === "object" &&
    client !== null &&
    names.every((name) => typeof Reflect.get(client, name) === "function");
  if (has("get", "set", "del", "call", "defineCommand")) {
    // These methods are ioredis's. Their many overloads can't be told at run time.
    const redis = client as IoRedis;
    return {
      get: (key) => redis.get(key),
      del: (key) => redis.del(key),
      set: (key, value, ttlMs, onlyNew) =>
        redis.set(key, value, ...(ttlMs === undefined ? [] : ["PX", ttlMs]), ...(onlyNew ? ["NX"] : [])),
    };
  }
  if (has("get", "set", "del", "sendCommand")) {
    // These are node-redis's.
    const redis = client as NodeRedis;
    return {
      get: (key) => redis.get(key),
      del: (key) => redis.del(key),
      // `PX` and `NX` are the form that version 4 knows too.
      set: (key, value, ttlMs, onlyNew) =>
        redis.set(key, value, { ...(ttlMs !== undefined && { PX: ttlMs }), ...(onlyNew && { NX: true }) }),
    };
  }
  throw new ConfigurationError(
    "redisStore takes a client from ioredis (new Redis(url)) or from node-redis (await createClient({ url }).connect()).",
  );
}

/** Redis takes whole milliseconds from 1 on. */
function checkTtl(ttlMs: number): number {
  if (typeof ttlMs === "number" && ttlMs > 0 && ttlMs <= Number.MAX_SAFE_INTEGER) return Math.ceil(ttlMs);
  throw new ConfigurationError("redisStore: a time to live must be a number of milliseconds above 0.");
}

/**
 * Waits for a reply. The client's own error is left out: ioredis's holds the arguments, and one of them may be a token.
 */
async function run(name: string, reply: Promise<unknown>): Promise<unknown> {
  try {
    return await reply;
  } catch (error) {
    const message = error instanceof Error ? error.message : "it gave no reason";
    throw new Error(`Redis did not carry out ${name}: ${message.replace(/,? with args.*/s, "")}`);
  }
}
