import { commandsOf } from "../../stores/redis-client.ts";
import { readRedisSettings, shortcomingsOf } from "../../stores/redis-durability.ts";
import { settingsOf, shortcomingsOf as shortcomingsOfDatabase } from "../../stores/sql-ledger.ts";
import { UsageError } from "../command.ts";
import { codeOf } from "../error-code.ts";
import { inTime } from "../in-time.ts";
import { addressHint, isServerAddress } from "../server-address.ts";
import { connectRedis, openPostgres } from "../store-servers.ts";
import type { Finding } from "./finding.ts";

/** Whether Redis can hold a ledger: what the ledger itself looks at before its first order. */
export async function* checkRedis(url: string | undefined, variable = "REDIS_URL"): AsyncGenerator<Finding> {
  if (!url) return;
  const check = "Redis";
  if (!isServerAddress(url)) return yield noAddress(check, variable);
  try {
    const redis = await connectRedis(url);
    if (redis === undefined) return yield notLooked(check, "ioredis or redis", variable);
    try {
      const commands = commandsOf(redis.client);
      const settings = await inTime(() => readRedisSettings(commands, "juniper-fulfillment:doctor"));
      if (settings.isWriting === undefined || settings.policy === undefined) {
        const message = "Reachable, but it does not tell whether it writes to disk and evicts keys.";
        const hint = "Ask whoever runs it for appendonly yes and maxmemory-policy noeviction.";
        return yield { check, level: "warning", message, hint };
      }
      yield* judged(check, shortcomingsOf(settings));
    } finally {
      await redis.close();
    }
  } catch (error) {
    yield unreachable(check, error, variable);
  }
}

/** Whether PostgreSQL can hold a ledger: what the ledger itself looks at before its first order. */
export async function* checkDatabase(
  connectionString: string | undefined,
  variable = "DATABASE_URL",
): AsyncGenerator<Finding> {
  if (!connectionString) return;
  const check = "PostgreSQL";
  if (!isServerAddress(connectionString)) return yield noAddress(check, variable);
  try {
    const postgres = await openPostgres(connectionString);
    if (postgres === undefined) return yield notLooked(check, "pg", variable);
    try {
      const { rows } = await inTime(() => postgres.client.query(settingsOf()));
      yield* judged(check, shortcomingsOfDatabase(rows));
    } finally {
      await postgres.close();
    }
  } catch (error) {
    yield unreachable(check, error, variable);
  }
}

function* judged(check: string, shortcomings: readonly string[]): Generator<Finding> {
  yield { check, level: "ok", message: "reachable" };
  const hint = "A ledger there can forget an order that it has confirmed, and it would be placed twice.";
  for (const message of shortcomings) yield { check, level: "error", message, hint };
}

function unreachable(check: string, error: unknown, variable: string): Finding {
  const message = error instanceof UsageError ? error.message : `It can't be reached${codeOf(error)}.`;
  return { check, level: "error", message, hint: `Check ${variable}.` };
}

function noAddress(check: string, variable: string): Finding {
  return { check, level: "error", message: `${variable} is not a server address.`, hint: addressHint };
}

function notLooked(check: string, driver: string, variable: string): Finding {
  const message = `${variable} is set, but ${driver} is not installed in this folder: it was not checked.`;
  return { check, level: "warning", message };
}
