import { stat } from "node:fs/promises";
import { join } from "node:path";
import { ConfigurationError, type Ledger } from "juniper-fulfillment";
import { fileLedger, redisStore, sqlLedger } from "juniper-fulfillment/stores";
import { keyPrefix } from "../../orders/reference-ledger.ts";
import { commandsOf } from "../../stores/redis-client.ts";
import { readRedisSettings, shortcomingsOf } from "../../stores/redis-durability.ts";
import {
  quotedTable,
  settingsOf,
  shortcomingsOf as shortcomingsOfDatabase,
} from "../../stores/sql-ledger.ts";
import { CommandError, type Terminal, UsageError } from "../command.ts";
import { codeOf } from "../error-code.ts";
import { inTime } from "../in-time.ts";
import { addressHint, isServerAddress } from "../server-address.ts";
import { connectRedis, hasKey, openPostgres } from "../store-servers.ts";
import { holdsOrders, ledgerFolder } from "./ledger-folder.ts";

/** The options of every command that needs a ledger, for parseArgs. */
export const ledgerOptions = {
  ledger: { type: "string" },
  "ledger-prefix": { type: "string" },
  "ledger-table": { type: "string" },
} as const;

/** What the usage says of them. */
export const ledgerUsage = `  --ledger WHERE        where references are remembered: file:FOLDER, redis://HOST or postgres://HOST/DATABASE; the last
                        two need ioredis or redis, or pg, installed in the current folder (default: JUNIPER_LEDGER, which
                        other users of this machine can't see)
  --ledger-prefix TEXT  the prefix of your redisStore, if it has one
  --ledger-table NAME   the table of your sqlLedger, if it has another one than the default`;

export interface LedgerValues {
  readonly ledger?: string | undefined;
  readonly "ledger-prefix"?: string | undefined;
  readonly "ledger-table"?: string | undefined;
}

/** A ledger, and how to let go of it. */
export interface OpenLedger {
  readonly ledger: Ledger;
  /** Whether it is certain that there is no order in it. Webhooks and tokens may be. */
  readonly isEmpty: boolean;
  close(): Promise<void>;
}

/**
 * Opens a ledger that orders are submitted with. Where there is none, the first order makes it.
 *
 * @throws {UsageError} when it can't be one, or its driver is not installed. The message holds no address.
 */
export function openLedger(values: LedgerValues, terminal: Terminal): Promise<OpenLedger> {
  return open(values, terminal, false);
}

/**
 * Opens a ledger that is there already: who only looks something up is not to make one, and to be told that all is well.
 * Says so where there is no order in it.
 *
 * @throws {UsageError} when there is none, and as {@link openLedger} does.
 */
export async function openExistingLedger(values: LedgerValues, terminal: Terminal): Promise<OpenLedger> {
  const opened = await open(values, terminal, true);
  if (opened.isEmpty) {
    terminal.note(
      "There is no order in that ledger. If orders were submitted with it, check its address, --ledger-prefix and --ledger-table.",
    );
  }
  return opened;
}

async function open(values: LedgerValues, terminal: Terminal, mustExist: boolean): Promise<OpenLedger> {
  const where = values.ledger ?? terminal.env.JUNIPER_LEDGER;
  if (!where) {
    throw new UsageError(
      "Name the ledger, where references are remembered: --ledger file:FOLDER, or JUNIPER_LEDGER.",
    );
  }
  const [, scheme = ""] = /^([a-z]+):./i.exec(where) ?? [];
  const opener = openers[scheme.toLowerCase()];
  if (opener === undefined) {
    throw new UsageError("--ledger must be file:FOLDER, redis://HOST or postgres://HOST/DATABASE.");
  }
  const [prefix, table] = [values["ledger-prefix"], values["ledger-table"]];
  if (prefix !== undefined && opener !== openRedis) throw new UsageError("--ledger-prefix is for a Redis.");
  if (table !== undefined && opener !== openSql) throw new UsageError("--ledger-table is for a PostgreSQL.");
  if (opener !== openFile && !isServerAddress(where)) {
    throw new UsageError(`--ledger is not a server address. ${addressHint}`);
  }
  return opener({ where, prefix, table, mustExist }, terminal);
}

interface Place {
  readonly where: string;
  readonly prefix: string | undefined;
  readonly table: string | undefined;
  readonly mustExist: boolean;
}

type Opener = (place: Place, terminal: Terminal) => Promise<OpenLedger>;

const openers: Readonly<Record<string, Opener>> = {
  file: openFile,
  redis: openRedis,
  rediss: openRedis,
  postgres: openSql,
  postgresql: openSql,
};

async function openFile({ where, mustExist }: Place): Promise<OpenLedger> {
  const folder = ledgerFolder(where);
  const isThere = await isFolder(join(folder, "open"));
  if (mustExist && !isThere) {
    throw new UsageError("There is no ledger in that folder. Check its name, and the current folder.");
  }
  const hasOrders =
    isThere &&
    (await holdsOrders(folder).catch((error: unknown) => {
      throw ledgerFailed(error);
    }));
  return { ledger: fileLedger(folder), isEmpty: !hasOrders, close: async () => {} };
}

async function isFolder(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory();
  } catch (error) {
    if (["ENOENT", "ENOTDIR"].includes(Object(error).code)) return false;
    throw ledgerFailed(error);
  }
}

async function openRedis(
  { where, prefix = "", mustExist }: Place,
  { signal }: Terminal,
): Promise<OpenLedger> {
  const redis = await connectRedis(where, signal).catch((error: unknown) => {
    throw error instanceof UsageError ? error : ledgerFailed(error);
  });
  if (redis === undefined) throw notInstalled("ioredis or redis");
  const { client, close } = redis;
  return openedOrClosed(close, signal, async () => {
    const ledger = redisStore(client, { prefix });
    if (!mustExist) {
      const settings = await readRedisSettings(commandsOf(client), `${prefix}juniper-fulfillment:submit`);
      checkKeepsAll(shortcomingsOf(settings));
    }
    // A user who may not look through the keys can use the ledger all the same.
    const hasOrders = await hasKey(client, `${prefix}${keyPrefix}:`).catch(() => true);
    return { ledger, isEmpty: !hasOrders, close };
  });
}

async function openSql({ where, table, mustExist }: Place, { signal }: Terminal): Promise<OpenLedger> {
  const postgres = await openPostgres(where);
  if (postgres === undefined) throw notInstalled("pg");
  const { client, close } = postgres;
  return openedOrClosed(close, signal, async () => {
    const ledger = sqlLedger(client, { table });
    const name = quotedTable(table);
    const { rows } = await client.query("SELECT to_regclass($1) AS found", [name]);
    const isThere = Object(rows[0]).found !== null;
    if (mustExist && !isThere) {
      throw new UsageError("There is no ledger in that database. Check its name, and --ledger-table.");
    }
    if (!mustExist) checkKeepsAll(shortcomingsOfDatabase((await client.query(settingsOf(name))).rows));
    const anOrder = `SELECT 1 FROM ${name} WHERE key LIKE '${keyPrefix}:%' LIMIT 1`;
    const hasOrders = isThere && (await client.query(anOrder)).rows.length > 0;
    return { ledger, isEmpty: !hasOrders, close };
  });
}

/** @throws {UsageError} where it can forget an order that it has confirmed, which would be placed twice. */
function checkKeepsAll(shortcomings: readonly string[]): void {
  if (shortcomings.length === 0) return;
  throw new UsageError(
    `A ledger there can forget an order, and it would be placed twice. ${shortcomings.join(" ")}`,
  );
}

/** What opens a ledger whose server is connected. The connection is closed if it fails. */
async function openedOrClosed(
  close: () => Promise<void>,
  signal: AbortSignal,
  opening: () => Promise<OpenLedger>,
): Promise<OpenLedger> {
  try {
    return await inTime(opening, signal);
  } catch (error) {
    await close();
    throw error instanceof UsageError || error instanceof ConfigurationError ? error : ledgerFailed(error);
  }
}

/** The message of a driver may hold an address and its password: only its code is shown. */
export function ledgerFailed(error: unknown): CommandError {
  const isLate = Object(error).code === "ETIMEDOUT";
  return new CommandError(
    isLate ? "The ledger did not respond in time." : `The ledger failed${codeOf(error)}.`,
  );
}

function notInstalled(driver: string): UsageError {
  return new UsageError(`This ledger needs ${driver}. Install it in the current folder.`);
}
