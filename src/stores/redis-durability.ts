import type { Shortcomings } from "./durability.ts";
import type { RedisCommands } from "./redis-client.ts";

/** What a Redis says of how it keeps what it confirms. Undefined where it does not tell. */
export interface RedisSettings {
  /** Whether it writes each change to disk: `appendonly`. */
  readonly isWriting: boolean | undefined;
  /** When that has to be on disk: `appendfsync`. */
  readonly appendFsync: string | undefined;
  /** What it evicts when memory is short: `maxmemory-policy`. */
  readonly policy: string | undefined;
}

/**
 * Asks the Redis that holds a key. A script asks, and not the client, so that in a cluster it is that node which replies,
 * also where CONFIG is forbidden, as with most hosted ones.
 */
export async function readRedisSettings(commands: RedisCommands, key: string): Promise<RedisSettings> {
  // What is to be stored will tell whether it can be reached.
  const [info, appendFsync] = await Promise.all([
    commands.eval(infoScript, key, []).catch(() => ""),
    commands.config("appendfsync").catch(() => undefined),
  ]);
  const settings = new Map(
    String(info)
      .split(/\r?\n/)
      .map((line) => line.split(":", 2) as [string, string | undefined]),
  );
  const enabled = settings.get("aof_enabled");
  return {
    isWriting: enabled === undefined ? undefined : enabled !== "0",
    appendFsync,
    policy: settings.get("maxmemory_policy"),
  };
}

const infoScript = "return redis.call('INFO', 'persistence') .. redis.call('INFO', 'memory')";

/** Whether a policy lets keys go before their time. */
function isEvicting(policy: string): boolean {
  return /^(allkeys|volatile)-[a-z]+$/.test(policy);
}

/** Why a Redis can't keep what it confirms. */
export function shortcomingsOf(settings: RedisSettings): Shortcomings {
  const { isWriting = true, appendFsync, policy = "noeviction" } = settings;
  return [
    ...(isWriting ? [] : ['It does not write each change to disk: set appendonly to "yes".']),
    ...(isWriting && appendFsync === "no"
      ? ['It leaves the writing to the operating system: set appendfsync to "everysec" or "always".']
      : []),
    ...(isEvicting(policy)
      ? [`It evicts keys when memory is short (${policy}): set maxmemory-policy to "noeviction".`]
      : []),
  ];
}
