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
  set(key: string, value: string, ttlMs: number | undefined): Promise<unknown>;
  /** Runs a script of Lua, with the key as `KEYS[1]`. */
  eval(script: string, key: string, args: readonly string[]): Promise<unknown>;
  /** A setting of the server, or undefined where the client or the server does not tell. */
  config(name: string): Promise<string | undefined>;
  /** Reads a field of a hash. */
  getField(key: string, field: string): Promise<unknown>;
  setField(key: string, field: string, value: string): Promise<unknown>;
}

interface IoRedis extends RedisClient {
  set(key: string, value: string, ...options: readonly (string | number)[]): Promise<unknown>;
  eval(script: string, keys: number, ...keysAndArgs: readonly string[]): Promise<unknown>;
  config?(word: "GET", name: string): Promise<unknown>;
  hget(key: string, field: string): Promise<unknown>;
  hset(key: string, field: string, value: string): Promise<unknown>;
}

interface NodeRedis extends Omit<RedisClient, "set"> {
  set(key: string, value: string, options: { PX?: number }): Promise<unknown>;
  eval(script: string, options: { keys: string[]; arguments: string[] }): Promise<unknown>;
  configGet?(name: string): Promise<unknown>;
  hGet(key: string, field: string): Promise<unknown>;
  hSet(key: string, field: string, value: string): Promise<unknown>;
}

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
  if (has("get", "set", "del", "eval", "hget", "hset", "defineCommand")) {
    return ioRedisCommands(client as IoRedis);
  }
  if (has("get", "set", "del", "eval", "hGet", "hSet")) {
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
    set: (key, value, ttlMs) => redis.set(key, value, ...(ttlMs === undefined ? [] : ["PX", ttlMs])),
    eval: (script, key, args) => redis.eval(script, 1, key, ...args),
    async config(name) {
      const reply = await redis.config?.("GET", name);
      return Array.isArray(reply) && reply.length > 1 ? String(reply[1]) : undefined;
    },
    getField: (key, field) => redis.hget(key, field),
    setField: (key, field, value) => redis.hset(key, field, value),
  };
}

function nodeRedisCommands(redis: NodeRedis): RedisCommands {
  return {
    get: (key) => redis.get(key),
    del: (key) => redis.del(key),
    // `PX` is the form that version 4 knows too.
    set: (key, value, ttlMs) => redis.set(key, value, ttlMs === undefined ? {} : { PX: ttlMs }),
    eval: (script, key, args) => redis.eval(script, { keys: [key], arguments: [...args] }),
    async config(name) {
      const reply = await redis.configGet?.(name);
      // The client may be told to give out maps.
      const value: unknown = reply instanceof Map ? reply.get(name) : Reflect.get(Object(reply), name);
      return value === undefined ? undefined : String(value);
    },
    getField: (key, field) => redis.hGet(key, field),
    setField: (key, field, value) => redis.hSet(key, field, value),
  };
}

/** The same commands. The client's own errors are left out: ioredis's hold the arguments, and one may be a token. */
function discreet(commands: RedisCommands): RedisCommands {
  const run = async <Reply>(name: string, command: () => Promise<Reply>, key?: string): Promise<Reply> => {
    try {
      return await command();
    } catch (error) {
      const message = error instanceof Error ? error.message : "it gave no reason";
      // Inside a script, older servers say so in the midst of a message.
      if (key !== undefined && /\bWRONGTYPE\b/.test(message)) {
        throw new ConfigurationError(
          `Redis holds something else under ${key}. Give the store a prefix of its own.`,
        );
      }
      const text = `Redis did not carry out ${name}: ${message.replace(/,? with args.*/s, "")}`;
      // That of the system, such as ECONNREFUSED, or the first word of the server's reply.
      const code = Object(error).code ?? /^[A-Z]{3,}(?= )/.exec(message)?.[0];
      throw Object.assign(new Error(text), code !== undefined && { code });
    }
  };
  return {
    get: (key) => run("GET", () => commands.get(key), key),
    del: (key) => run("DEL", () => commands.del(key), key),
    set: (key, ...args) => run("SET", () => commands.set(key, ...args), key),
    eval: (script, key, args) => run("EVAL", () => commands.eval(script, key, args), key),
    config: (name) => run("CONFIG GET", () => commands.config(name)),
    getField: (key, field) => run("HGET", () => commands.getField(key, field), key),
    setField: (key, ...args) => run("HSET", () => commands.setField(key, ...args), key),
  };
}
