import { fileURLToPath } from "node:url";
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
