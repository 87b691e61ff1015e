import { access, constants, stat } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { UsageError } from "../command.ts";
import { codeOf } from "../error-code.ts";
import { ledgerFolder } from "../orders/ledger-folder.ts";
import type { Finding } from "./finding.ts";
import { checkDatabase, checkRedis } from "./stores.ts";

const variable = "JUNIPER_LEDGER";

/** Whether orders can be submitted with the ledger that JUNIPER_LEDGER names. */
export async function* checkLedger(where: string | undefined): AsyncGenerator<Finding> {
  if (!where) return;
  if (/^rediss?:./i.test(where)) return yield* checkRedis(where, variable);
  if (/^postgres(ql)?:./i.test(where)) return yield* checkDatabase(where, variable);
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

/** Nothing is made: one that isn't there is made by the first order, in the nearest folder that is. */
async function checkFolder(folder: string): Promise<Finding> {
  let nearest = folder;
  while (!(await isThere(nearest))) nearest = dirname(nearest);
  // The dot fails where it is a file.
  await access(`${nearest}/.`, constants.R_OK | constants.W_OK | constants.X_OK);
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
