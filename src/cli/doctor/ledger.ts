import { access, constants, stat } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { UsageError } from "../command.ts";
import { codeOf } from "../error-code.ts";
import { ledgerFolder } from "../orders/ledger-folder.ts";
import type { Finding } from "./finding.ts";
import { checkDatabase, checkRedis, type StoreNames } from "./stores.ts";

const variable = "JUNIPER_LEDGER";

/** Whether orders can be submitted with the ledger that JUNIPER_LEDGER names. */
export async function* checkLedger(where: string | undefined, names: StoreNames): AsyncGenerator<Finding> {
  if (!where) return;
  if (/^rediss?:./i.test(where)) return yield* checkRedis(where, variable, names);
  if (/^postgres(ql)?:./i.test(where)) return yield* checkDatabase(where, variable, names);
  const at = { check: "ledger", level: "error" } as const;
  if (!/^file:./i.test(where)) {
    const hint = "It must be file:FOLDER, redis://HOST or postgres://HOST/DATABASE.";
    return yield { ...at, message: `${variable} is not a ledger.`, hint };
  }
  try {
    yield await checkFolder(resolve(ledgerFolder(where)));
  } catch (error) {
    if (error instanceof UsageError) yield { ...at, message: error.message, hint: `Check ${variable}.` };
    else yield { ...at, message: `Its folder can't be used${codeOf(error)}.`, hint: `Check ${variable}.` };
  }
}

/** The folders that `fileLedger` makes in its own. */
const ledgerFolders = ["entries", "open", "drafts", "locks"];

/** Nothing is made: one that isn't there is made by the first order, in the nearest folder that is. */
async function checkFolder(folder: string): Promise<Finding> {
  let nearest = folder;
  while (!(await isThere(nearest))) nearest = dirname(nearest);
  const within = nearest === folder ? ledgerFolders.map((name) => join(folder, name)) : [];
  for (const path of [nearest, ...within]) {
    // The dot fails where it is a file.
    if (await isThere(path)) await access(`${path}/.`, constants.R_OK | constants.W_OK | constants.X_OK);
  }
  const message = nearest === folder ? "a writable folder" : "The first order will create its folder.";
  return { check: "ledger", level: "ok", message };
}

async function isThere(path: string): Promise<boolean> {
  try {
    await stat(path);
    return true;
  } catch (error) {
    if (Object(error).code === "ENOENT") return false;
    throw error;
  }
}
