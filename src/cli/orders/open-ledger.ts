import { stat } from "node:fs/promises";
import { join } from "node:path";
import type { Ledger } from "juniper-fulfillment";
import { fileLedger, redisStore, type SqlDatabase, sqlLedger } from "juniper-fulfillment/stores";
import { CommandError, type Terminal, UsageError } from "../command.ts";
import { codeOf } from "../error-code.ts";
import { inTime } from "../in-time.ts";
import { addressHint, isServerAddress } from "../server-address.ts";
import { connectRedis, openPostgres } from "../store-servers.ts";
import { ledgerFolder } from "./ledger-folder.ts";

/** The options of every command that needs a ledger, for parseArgs. */
export const ledgerOptions = { ledger: { type: "string" } } as const;

/** What the usage says of it. */
export const ledgerUsage = `  --ledger WHERE        where references are remembered: file:FOLDER, redis://HOST or postgres://HOST/DATABASE; the last
                        two need ioredis or redis, or pg, installed in the current folder (default: JUNIPER_LEDGER, which
                        other users of this machine can't see)`;

/** A ledger, and how to let go of it. */
export interface OpenLedger {
  readonly ledger: Ledger;
  /** Whether it is certain that there was none. A Redis doesn't tell. */
  readonly isNew: boolean;
  close(): Promise<void>;
}

/**
 * Opens a ledger that orders are submitted with. Where there is none, the first order makes it.
 *
 * @throws {UsageError} when it can't be one, or its driver is not installed. The message holds no address.
 */
export function openLedger(option: string | undefined, terminal: Terminal): Promise<OpenLedger> {
  return open(option, terminal, false);
}

/**
 * Opens a ledger that is there already: who only looks something up is not to make one, and to be told that all is well.
 *
 * @throws {UsageError} when there is none, and as {@link openLedger} does.
 */
export function openExistingLedger(option: string | undefined, terminal: Terminal): Promise<OpenLedger> {
  return open(option, terminal, true);
}

async function open(option: string | undefined, terminal: Terminal, mustExist: boolean): Promise<OpenLedger> {
  const where = option ?? terminal.env.JUNIPER_LEDGER;
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
  if (opener !== openFile && !isServerAddress(where)) {
    throw new UsageError(`--ledger is not a server address. ${addressHint}`);
  }
  return opener(where, mustExist, terminal);
}

type Opener = (where: string, mustExist: boolean, terminal: Terminal) => Promise<OpenLedger>;

const openers: Readonly<Record<string, Opener>> = {
  file: openFile,
  redis: openRedis,
  rediss: openRedis,
  postgres: openSql,
  postgresql: openSql,
};

async function openFile(where: string, mustExist: boolean): Promise<OpenLedger> {
  const folder = ledgerFolder(where);
  const isNew = !(await isFolder(join(folder, "open")));
  if (mustExist && isNew) {
    throw new UsageError("There is no ledger in that folder. Check its name, and the current folder.");
  }
  return { ledger: fileLedger(folder), isNew, close: async () => {} };
}

async function isFolder(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory();
  } catch (error) {
    if (["ENOENT", "ENOTDIR"].includes(Object(error).code)) return false;
    throw ledgerFailed(error);
  }
}

async function openRedis(url: string, _mustExist: boolean, { signal }: Terminal): Promise<OpenLedger> {
  const redis = await connectRedis(url, signal).catch((error: unknown) => {
    throw error instanceof UsageError ? error : ledgerFailed(error);
  });
  if (redis === undefined) throw notInstalled("ioredis or redis");
  return { ledger: redisStore(redis.client), isNew: false, close: redis.close };
}

async function openSql(url: string, mustExist: boolean): Promise<OpenLedger> {
  const postgres = await openPostgres(url);
  if (postgres === undefined) throw notInstalled("pg");
  const { client, close } = postgres;
  try {
    const isNew = !(await inTime(() => hasTable(client)));
    if (!isNew || !mustExist) return { ledger: sqlLedger(client), isNew, close };
  } catch (error) {
    await close();
    throw ledgerFailed(error);
  }
  await close();
  throw new UsageError("There is no ledger in that database. Check its name.");
}

async function hasTable(database: SqlDatabase): Promise<boolean> {
  const { rows } = await database.query("SELECT to_regclass('juniper_fulfillment_ledger') AS found");
  return Object(rows[0]).found !== null;
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
