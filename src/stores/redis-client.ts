import { ConfigurationError } from "../wrapper/errors.ts";

/**
 * A client of ioredis (5, 6) or node-redis (4 to 6), for a single server or a cluster. The store finds out which of the
 * two it is.
 *
 * @example
 * ```ts
 * import { type RedisClient, redisStore } from "juniper-fulfillment/stores";
 * import { createClient } from "redis";
 *
 * const client: RedisClient = await createClient({ url: "redis://localhost" }).connect();
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

/** The commands that a store needs, whichever client carries them out. Each concerns one key, as a cluster wants it. */
export interface RedisCommands {
  get(key: string): Promise<unknown>;
  del(key: string): Promise<unknown>;
  exists(key: string): Promise<unknown>;
  set(key: string, value: string, ttlMs: number | undefined): Promise<unknown>;
  /** Runs a script of Lua, with the key as `KEYS[1]`. */
  eval(script: string, key: string, args: readonly string[]): Promise<unknown>;
  /** A setting of the server, or undefined where the client or the server does not tell. */
  config(name: string): Promise<string | undefined>;
  addToSet(key: string, member: string): Promise<unknown>;
  removeFromSet(key: string, member: string): Promise<unknown>;
  /** Some members of a set, and where to go on. "0" is the beginning, and the end. */
  scanSet(key: string, cursor: string): Promise<{ cursor: string; members: readonly string[] }>;
}

interface IoRedis extends RedisClient {
  set(key: string, value: string, ...options: readonly (string | number)[]): Promise<unknown>;
  exists(key: string): Promise<unknown>;
  eval(script: string, keys: number, ...keysAndArgs: readonly string[]): Promise<unknown>;
  config?(word: "GET", name: string): Promise<unknown>;
  sadd(key: string, member: string): Promise<unknown>;
  srem(key: string, member: string): Promise<unknown>;
  sscan(key: string, cursor: string, word: "COUNT", count: number): Promise<[unknown, unknown[]]>;
}

interface NodeRedis extends Omit<RedisClient, "set"> {
  set(key: string, value: string, options: { PX?: number }): Promise<unknown>;
  exists(key: string): Promise<unknown>;
  eval(script: string, options: { keys: string[]; arguments: string[] }): Promise<unknown>;
  configGet?(name: string): Promise<unknown>;
  sAdd(key: string, member: string): Promise<unknown>;
  sRem(key: string, member: string): Promise<unknown>;
  sScan(
    key: string,
    cursor: string,
    options: { COUNT: number },
  ): Promise<{ cursor: unknown; members: unknown[] }>;
}

/** How many members a scan looks at in one step. */
const scanCount = 500;

/** @throws {ConfigurationError} when the client is of neither library. */
export function commandsOf(client: unknown): RedisCommands {
  return discreet(knownCommandsOf(client));
}

function knownCommandsOf(client: unknown): RedisCommands {
  const has = (...names: readonly string[]): boolean =>
    typeof client === "object" &&
    client !== null &&
    names.every((name) => typeof Reflect.get(client, name) === "function");
  // Their many overloads can't be told at run time, but their names can.
  if (has("get", "set", "del", "exists", "eval", "sadd", "srem", "sscan", "defineCommand")) {
    return ioRedisCommands(client as IoRedis);
  }
  if (has("get", "set", "del", "exists", "eval", "sAdd", "sRem", "sScan")) {
    return nodeRedisCommands(client as NodeRedis);
  }
  throw new ConfigurationError(
    "redisStore takes a client from ioredis (new Redis(url)) or from node-redis (await createClient({ url }).connect()).",
  );
}

function ioRedisCommands(redis: IoRedis): RedisCommands {
  return {
    get: (key) => redis.get(key),
    del: (key) => redis.del(key),
    exists: (key) => redis.exists(key),
    set: (key, value, ttlMs) => redis.set(key, value, ...(ttlMs === undefined ? [] : ["PX", ttlMs])),
    eval: (script, key, args) => redis.eval(script, 1, key, ...args),
    async config(name) {
      const reply = await redis.config?.("GET", name);
      return Array.isArray(reply) && reply.length > 1 ? String(reply[1]) : undefined;
    },
    addToSet: (key, member) => redis.sadd(key, member),
    removeFromSet: (key, member) => redis.srem(key, member),
    async scanSet(key, cursor) {
      const [next, members] = await redis.sscan(key, cursor, "COUNT", scanCount);
      return { cursor: String(next), members: members.map(String) };
    },
  };
}

function nodeRedisCommands(redis: NodeRedis): RedisCommands {
  return {
    get: (key) => redis.get(key),
    del: (key) => redis.del(key),
    exists: (key) => redis.exists(key),
    // `PX` is the form that version 4 knows too.
    set: (key, value, ttlMs) => redis.set(key, value, ttlMs === undefined ? {} : { PX: ttlMs }),
    eval: (script, key, args) => redis.eval(script, { keys: [key], arguments: [...args] }),
    async config(name) {
      const reply = await redis.configGet?.(name);
      // The client may be told to give out maps.
      const value: unknown = reply instanceof Map ? reply.get(name) : Reflect.get(Object(reply), name);
      return value === undefined ? undefined : String(value);
    },
    addToSet: (key, member) => redis.sAdd(key, member),
    removeFromSet: (key, member) => redis.sRem(key, member),
    async scanSet(key, cursor) {
      const next = await redis.sScan(key, cursor, { COUNT: scanCount });
      return { cursor: String(next.cursor), members: next.members.map(String) };
    },
  };
}

/** The same commands. The client's own errors are left out: ioredis's hold the arguments, and one may be a token. */
function discreet(commands: RedisCommands): RedisCommands {
  const run = async <Reply>(name: string, command: () => Promise<Reply>): Promise<Reply> => {
    try {
      return await command();
    } catch (error) {
      const message = error instanceof Error ? error.message : "it gave no reason";
      const text = `Redis did not carry out ${name}: ${message.replace(/,? with args.*/s, "")}`;
      // That of the system, such as ECONNREFUSED, or the first word of the server's reply.
      const code = Object(error).code ?? /^[A-Z]{3,}(?= )/.exec(message)?.[0];
      throw Object.assign(new Error(text), code !== undefined && { code });
    }
  };
  return {
    get: (...args) => run("GET", () => commands.get(...args)),
    del: (...args) => run("DEL", () => commands.del(...args)),
    exists: (...args) => run("EXISTS", () => commands.exists(...args)),
    set: (...args) => run("SET", () => commands.set(...args)),
    eval: (...args) => run("EVAL", () => commands.eval(...args)),
    config: (...args) => run("CONFIG GET", () => commands.config(...args)),
    addToSet: (...args) => run("SADD", () => commands.addToSet(...args)),
    removeFromSet: (...args) => run("SREM", () => commands.removeFromSet(...args)),
    scanSet: (...args) => run("SSCAN", () => commands.scanSet(...args)),
  };
}
