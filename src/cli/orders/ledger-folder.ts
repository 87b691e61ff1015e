import { opendir, readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { keyPrefix } from "../../orders/reference-ledger.ts";
import { UsageError } from "../command.ts";
import { hasStrayBlanks } from "../stray-blanks.ts";

/**
 * The folder that `file:FOLDER` names: a path as it stands, also one of Windows, or that of a URL.
 *
 * @throws {UsageError} for what no folder of this machine can be meant by.
 */
export function ledgerFolder(where: string, windows: boolean = process.platform === "win32"): string {
  const path = where.slice("file:".length);
  // As an .env file with Windows line ends has it, or a secret with a line break.
  if (hasStrayBlanks(path)) {
    throw new UsageError(
      "The ledger's name begins or ends with a blank, or has a line break: without it, it would be another ledger.",
    );
  }
  if (path.startsWith("~")) {
    throw new UsageError('No shell expands the ~ after "file:". Write the whole path, or $HOME.');
  }
  // file:/C:/ledger is what some programs make of file:///C:/ledger.
  if (windows && /^\/[a-z]:[\\/]/i.test(path)) return path.slice(1);
  if (!path.startsWith("//")) return path;
  try {
    return fileURLToPath(where, { windows });
  } catch {
    throw new UsageError("--ledger file://… is not the URL of a folder here. Write file:FOLDER.");
  }
}

/** How many entries of others are looked through at the most. */
const mostOthers = 10_000;

/** Whether there is an entry of an order in a ledger's folder. True as well where there are too many others to tell. */
export async function holdsOrders(folder: string): Promise<boolean> {
  const entries = join(folder, "entries");
  const shards = (await readdir(entries)).map((shard) => join(entries, shard));
  let others = 0;
  for (const path of [join(folder, "open"), ...shards]) {
    for await (const { name } of await opendir(path)) {
      if (others >= mostOthers || (await mayBeOfOrder(join(path, name)))) return true;
      others += 1;
    }
  }
  return false;
}

/** One that can't be read may be. One that is gone meanwhile is not. */
async function mayBeOfOrder(file: string): Promise<boolean> {
  const text = await readFile(file, "utf8").catch((error: unknown) => {
    if (Object(error).code !== "ENOENT") throw error;
  });
  if (text === undefined) return false;
  try {
    const { key } = JSON.parse(text);
    return typeof key !== "string" || key.startsWith(`${keyPrefix}:`);
  } catch {
    return true;
  }
}
