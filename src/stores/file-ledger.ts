import { ConfigurationError } from "../wrapper/errors.ts";
import type { FileLedger } from "./folder-store.ts";

/**
 * Creates a ledger in a folder, for the programs of one machine: a cron job, or a few processes. It needs no server. It
 * can serve as a token store and as a webhook store too.
 *
 * - An entry is on disk in full or not at all, even after `kill -9`, a power cut or on a full disk.
 * - A file that is damaged all the same, as by a bad disk, leaves its reference unknown until it is restored. A checksum
 *   tells, also of one that has come to bear another one's name.
 * - Several processes can use the folder at once. They must run on the same machine, and in the same container if in
 *   any. The folder must be on a local disk: a network drive guarantees too little.
 * - An entry is a small file. Entries with a time to live, such as those of an order placed with `retentionMs`, are
 *   deleted after it, some of them whenever about 200 others have been added. The others stay for ever.
 *
 * It runs on Node, Bun and Deno.
 *
 * @param folder The path of the folder, from the working directory of now on. It is created on first use, readable by its
 * owner only.
 * @returns The ledger. Nothing is read or written before its first use.
 * @throws {ConfigurationError} when `folder` isn't a path.
 * @example
 * ```ts
 * import { createFulfillmentClient, fromEnv, type OrderRequest, submitOrder } from "juniper-fulfillment";
 * import { fileLedger } from "juniper-fulfillment/stores";
 *
 * const ledger = fileLedger("/var/lib/shop/orders");
 * const client = createFulfillmentClient(fromEnv());
 * declare const order: OrderRequest;
 * await submitOrder(client, order, { reference: "2026-000123", ledger });
 * ```
 */
export function fileLedger(folder: string): FileLedger {
  if (typeof folder !== "string" || folder === "" || folder.includes("\0")) {
    throw new ConfigurationError("fileLedger takes the path of a folder.");
  }
  // The same folder whatever becomes the working directory later.
  const base = /^(?:[/\\]|[a-z]:)/i.test(folder) ? "" : process.cwd();
  let opening: Promise<FileLedger> | undefined;
  const open = (): Promise<FileLedger> => {
    opening ??= import("./folder-store.ts")
      .then(({ openFolder }) => openFolder(base, folder))
      .catch((error: unknown) => {
        // The next one tries anew.
        opening = undefined;
        throw error;
      });
    return opening;
  };
  return {
    get: async (key) => (await open()).get(key),
    set: async (key, value, ttlMs) => (await open()).set(key, value, ttlMs),
    add: async (key, value, ttlMs) => (await open()).add(key, value, ttlMs),
    delete: async (key) => (await open()).delete(key),
    replace: async (key, expected, value, ttlMs) => (await open()).replace(key, expected, value, ttlMs),
    remove: async (key, expected) => (await open()).remove(key, expected),
    async *list(prefix) {
      yield* (await open()).list(prefix);
    },
  };
}
