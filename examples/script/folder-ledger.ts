import { createHash, randomUUID } from "node:crypto";
import { link, mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Ledger } from "juniper-fulfillment";

/**
 * A ledger in a folder, with one file for each key. It lasts, and several processes on one machine can share it.
 * A file appears under its name with all that is in it, or not at all: a crash leaves no half of one.
 */
export async function folderLedger(folder: string): Promise<Ledger> {
  await mkdir(folder, { recursive: true });
  const pathOf = (key: string): string => join(folder, createHash("sha256").update(key).digest("hex"));
  const draft = async (value: string): Promise<string> => {
    const path = join(folder, `${randomUUID()}.draft`);
    await writeFile(path, value, { flush: true });
    return path;
  };
  return {
    async add(key, value) {
      const path = await draft(value);
      try {
        // Of several links to one name at the same time, the file system lets one through.
        await link(path, pathOf(key));
        return true;
      } catch (error) {
        if (hasCode(error, "EEXIST")) return false;
        throw error;
      } finally {
        await rm(path);
      }
    },
    async get(key) {
      try {
        return await readFile(pathOf(key), "utf8");
      } catch (error) {
        if (hasCode(error, "ENOENT")) return undefined;
        throw error;
      }
    },
    set: async (key, value) => rename(await draft(value), pathOf(key)),
    delete: (key) => rm(pathOf(key), { force: true }),
  };
}

function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && "code" in error && error.code === code;
}
