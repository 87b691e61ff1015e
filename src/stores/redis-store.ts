import { checkNames } from "../wrapper/check-names.ts";
import { ConfigurationError } from "../wrapper/errors.ts";
import type { Store } from "../wrapper/store.ts";
import { Durability } from "./durability.ts";
import { OpenKeys } from "./open-keys.ts";
import { commandsOf, type RedisClient } from "./redis-client.ts";
import { readRedisSettings, shortcomingsOf } from "./redis-durability.ts";

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
   * What every key begins with, such as `"shop:"`. The package's own prefix comes after it.
   * @default ""
   */
  prefix?: string | undefined;
  /**
   * Use a Redis as a ledger even if it can lose what it has confirmed: without `appendonly`, or with a
   * `maxmemory-policy` that evicts. An order that it loses can be placed twice.
   * @default false
   */
  acceptDataLoss?: boolean | undefined;
}

/**
 * The store that {@link redisStore} creates: a token store, a webhook store and a ledger in one.
 *
 * @example
 * ```ts
 * import { createFulfillmentClient, fromEnv } from "juniper-fulfillment";
 * import { type RedisStore, redisStore } from "juniper-fulfillment/stores";
 * import { Redis } from "ioredis";
 *
 * const store: RedisStore = redisStore(new Redis("redis://localhost"));
 * const client = createFulfillmentClient({ ...fromEnv(), tokenStore: store });
 * ```
 */
export interface RedisStore extends Required<Store> {
  /** Stores the value if the key has none yet, for `ttlMs` milliseconds, and says whether it did. Atomic. */
  add(key: string, value: string, ttlMs?: number): Promise<boolean>;
  /** Reads the value; null if there is none. */
  get(key: string): Promise<string | null>;
  /** Stores the value for `ttlMs` milliseconds, and replaces an earlier one. */
  set(key: string, value: string, ttlMs?: number): Promise<void>;
  /** Deletes the key. */
  delete(key: string): Promise<void>;
  /** Stores the value if the key holds `expected`, for `ttlMs` milliseconds, and says whether it did. Atomic. */
  replace(key: string, expected: string, value: string, ttlMs?: number): Promise<boolean>;
  /** Deletes the key if it holds `expected`, and says whether it did. Atomic. */
  remove(key: string, expected: string): Promise<boolean>;
}

/**
 * Creates a store in Redis or Valkey, which a fleet of processes shares. The same store serves as `tokenStore`, as the
 * `ledger` of submitOrder and as the `store` of a webhook handler.
 *
 * A ledger must not lose anything: let Redis write to disk (`appendonly yes`, `appendfsync everysec` or `always`) and
 * evict nothing (`maxmemory-policy noeviction`). When the first order is entered, the store reads these settings, and
 * throws if Redis can lose data, unless `acceptDataLoss` is set. One whose user may not read them (INFO, CONFIG GET) is
 * taken at your word. With `everysec`, a power cut loses up to one second. A replica that takes over may miss the last
 * moments. Where that is too much, use {@link sqlLedger}.
 *
 * The client may have the library's defaults or stricter settings. ioredis resends a command whose reply was lost: the
 * store then recognizes its own value. A Redis that is down or hangs delays no call beyond its deadline, whatever the
 * client still has in its queue.
 *
 * An order takes about 700 bytes in three entries. Entries with a time to live, such as those of an order placed with
 * `retentionMs`, expire. The others stay for ever.
 *
 * @param client A client of ioredis or node-redis, as it is. It stays yours: close it when you are done.
 * @param options The prefix of the keys, and whether to accept data loss.
 * @returns The store. Nothing is sent to Redis before its first use.
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
  checkNames<RedisStoreOptions>("redisStore", options, { prefix: true, acceptDataLoss: true });
  const { prefix = "", acceptDataLoss = false } = options;
  if (typeof prefix !== "string") throw new ConfigurationError("redisStore: prefix must be a string.");
  const ttlOf = (ttlMs: number | undefined): number | undefined =>
    ttlMs === undefined ? undefined : checkTtl(ttlMs);
  const openKeys = new OpenKeys(commands, prefix);
  const durability = new Durability(
    "redisStore",
    acceptDataLoss
      ? undefined
      : async (key) => shortcomingsOf(await readRedisSettings(commands, prefix + key)),
  );
  const script = async (text: string, key: string, ...args: string[]): Promise<boolean> => {
    const reply = String(await commands.eval(text, prefix + key, args));
    // Anything else must not pass for a yes: two of them would be two orders.
    if (reply === "1" || reply === "0") return reply === "1";
    throw new ConfigurationError("redisStore: the client returned neither 1 nor 0 for a script.");
  };
  const get = async (key: string): Promise<string | null> => {
    const reply = await commands.get(prefix + key);
    return reply === null || reply === undefined ? null : unsealed(String(reply));
  };
  return {
    get,
    async add(key, value, ttlMs) {
      await durability.check(key);
      return openKeys.store(key, () => script(addScript, key, sealed(value), `${ttlOf(ttlMs) ?? ""}`));
    },
    set: (key, value, ttlMs) =>
      openKeys.store(key, async () => {
        await commands.set(prefix + key, value, ttlOf(ttlMs));
      }),
    delete: (key) =>
      openKeys.forget(key, async () => {
        await commands.del(prefix + key);
      }),
    replace: async (key, expected, value, ttlMs) =>
      script(replaceScript, key, expected, sealed(value), `${ttlOf(ttlMs) ?? ""}`),
    remove: (key, expected) => openKeys.forget(key, () => script(removeScript, key, expected)),
    list: (start) => openKeys.list(start, get),
  };
}

/**
 * A value with a number of its own behind it. A client of ioredis sends a command again when the connection breaks
 * before the reply: it then finds the key taken, and only the number tells whether by itself or by another one that
 * stores the same value. A number is 18 characters long.
 */
function sealed(value: string): string {
  const number = crypto.getRandomValues(new Uint32Array(2));
  return `${value}\0#${[...number].map((part) => part.toString(16).padStart(8, "0")).join("")}`;
}

function unsealed(text: string): string {
  return text.replace(/\0#[0-9a-f]{16}$/, "");
}

const holds = `local function holds(value)
  local held = redis.call('GET', KEYS[1])
  if held == false then return false end
  return held == value or (#held == #value + 18 and string.sub(held, 1, #value + 2) == value .. '\\0#')
end
local function store(value, ttl, ...)
  if ttl == '' then return redis.call('SET', KEYS[1], value, ...) end
  return redis.call('SET', KEYS[1], value, 'PX', ttl, ...)
end
`;
const addScript = `${holds}
if store(ARGV[1], ARGV[2], 'NX') then return 1 end
if redis.call('GET', KEYS[1]) == ARGV[1] then return 1 end
return 0`;
const replaceScript = `${holds}
if redis.call('GET', KEYS[1]) == ARGV[2] then return 1 end
if not holds(ARGV[1]) then return 0 end
store(ARGV[2], ARGV[3])
return 1`;
const removeScript = `${holds}
if not holds(ARGV[1]) then return 0 end
return redis.call('DEL', KEYS[1])`;

/** Redis takes whole milliseconds from 1 on. */
function checkTtl(ttlMs: number): number {
  if (typeof ttlMs === "number" && ttlMs > 0 && ttlMs <= Number.MAX_SAFE_INTEGER) return Math.ceil(ttlMs);
  throw new ConfigurationError("redisStore: a time to live must be a number of milliseconds above 0.");
}
