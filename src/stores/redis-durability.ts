import type { Shortcomings } from "./durability.ts";
import type { RedisCommands } from "./redis-client.ts";

/**
 * Asks the Redis that holds a key whether it keeps what it confirms. A script asks, and not the client, so that in a
 * cluster it is that node which replies, also where CONFIG is forbidden, as with most hosted ones.
 */
export async function shortcomingsOf(commands: RedisCommands, key: string): Promise<Shortcomings> {
  // The entry itself will tell whether it can be reached.
  const [info, appendFsync] = await Promise.all([
    commands.eval(infoScript, key, []).catch(() => ""),
    commands.config("appendfsync").catch(() => undefined),
  ]);
  const settings = new Map(
    String(info)
      .split(/\r?\n/)
      .map((line) => line.split(":", 2) as [string, string | undefined]),
  );
  const policy = settings.get("maxmemory_policy") ?? "noeviction";
  const isWriting = settings.get("aof_enabled") !== "0";
  return [
    ...(isWriting ? [] : ['It does not write each change to disk: set appendonly to "yes".']),
    ...(isWriting && appendFsync === "no"
      ? ['It leaves the writing to the operating system: set appendfsync to "everysec" or "always".']
      : []),
    ...(/^(allkeys|volatile)-[a-z]+$/.test(policy)
      ? [`It evicts keys when memory is short (${policy}): set maxmemory-policy to "noeviction".`]
      : []),
  ];
}

const infoScript = "return redis.call('INFO', 'persistence') .. redis.call('INFO', 'memory')";
