import { commandsOf } from "../../stores/redis-client.ts";
import { isEvicting, readRedisSettings } from "../../stores/redis-durability.ts";
import { codeOf } from "../error-code.ts";
import { inTime, limitMs } from "../in-time.ts";
import { loadDriver } from "../load-driver.ts";
import { isServerAddress } from "../server-address.ts";
import type { Finding } from "./finding.ts";

/** Whether Redis can hold a ledger: it must write to disk, and must not evict. */
export async function* checkRedis(url: string | undefined, variable = "REDIS_URL"): AsyncGenerator<Finding> {
  if (!url) return;
  const check = "Redis";
  if (!isServerAddress(url)) return yield noAddress(check, variable);
  const module = await loadDriver("ioredis");
  if (module === undefined) return yield notLooked(check, "ioredis", variable);
  const Redis = module.Redis as new (url: string, options: object) => RedisConnection;
  const redis = new Redis(url, {
    lazyConnect: true,
    connectTimeout: 5_000,
    maxRetriesPerRequest: 0,
    retryStrategy: null,
  });
  redis.on("error", () => {});
  try {
    await inTime(() => redis.connect());
    const { isWriting, policy } = await inTime(() =>
      readRedisSettings(commandsOf(redis), "juniper-fulfillment:doctor"),
    );
    if (isWriting === undefined || policy === undefined) {
      const message = "Reachable, but it does not tell whether it writes to disk and evicts keys.";
      return yield {
        check,
        level: "warning",
        message,
        hint: "Ask whoever runs it for appendonly yes and maxmemory-policy noeviction.",
      };
    }
    yield { check, level: "ok", message: "reachable" };
    if (!isWriting) {
      const message = "It does not write each change to disk: a ledger can lose orders in a crash.";
      yield { check, level: "error", message, hint: "Set appendonly yes." };
    }
    if (isEvicting(policy)) {
      const message = `It evicts keys when memory is short (${policy}): a ledger must not lose any.`;
      yield { check, level: "error", message, hint: "Set maxmemory-policy noeviction." };
    }
  } catch (error) {
    yield {
      check,
      level: "error",
      message: `It can't be reached${codeOf(error)}.`,
      hint: `Check ${variable}.`,
    };
  } finally {
    redis.disconnect();
  }
}

const settings = "SELECT current_setting('synchronous_commit') AS commit, current_setting('fsync') AS fsync";

/** Whether PostgreSQL can hold a ledger: what is committed must be on disk. */
export async function* checkDatabase(
  connectionString: string | undefined,
  variable = "DATABASE_URL",
): AsyncGenerator<Finding> {
  if (!connectionString) return;
  const check = "PostgreSQL";
  if (!isServerAddress(connectionString)) return yield noAddress(check, variable);
  const module = await loadDriver("pg");
  if (module === undefined) return yield notLooked(check, "pg", variable);
  const { Client } = (module.default ?? module) as { Client: new (options: object) => PgConnection };
  const limits = { connectionTimeoutMillis: 5_000, query_timeout: limitMs + 1_000 };
  const client = new Client({ connectionString, ...limits });
  client.on("error", () => {});
  try {
    await client.connect();
    const { rows } = await inTime(() => client.query(settings));
    yield { check, level: "ok", message: "reachable" };
    if (rows[0]?.commit === "off") {
      const message = "synchronous_commit is off: a ledger can lose orders in a crash.";
      yield { check, level: "error", message, hint: "Turn it on for the ledger's role at least." };
    }
    if (rows[0]?.fsync === "off") {
      const message = "fsync is off: a ledger can lose orders in a crash.";
      yield { check, level: "error", message, hint: "Turn it on." };
    }
  } catch (error) {
    yield {
      check,
      level: "error",
      message: `It can't be reached${codeOf(error)}.`,
      hint: `Check ${variable}.`,
    };
  } finally {
    await client.end().catch(() => {});
  }
}

interface RedisConnection {
  connect(): Promise<void>;
  disconnect(): void;
  on(event: "error", listener: () => void): void;
}

interface PgConnection {
  connect(): Promise<void>;
  query(text: string): Promise<{ rows: Record<string, unknown>[] }>;
  end(): Promise<void>;
  on(event: "error", listener: () => void): void;
}

function noAddress(check: string, variable: string): Finding {
  const hint = "Percent-encode special characters in its user and password (# as %23).";
  return { check, level: "error", message: `${variable} is not a server address.`, hint };
}

function notLooked(check: string, driver: string, variable: string): Finding {
  const message = `${variable} is set, but ${driver} is not installed in this folder: it was not checked.`;
  return { check, level: "warning", message };
}
