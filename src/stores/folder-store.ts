import { createHash, randomUUID } from "node:crypto";
import { constants } from "node:fs";
import { link, mkdir, open, opendir, rename, rm, stat, unlink } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { ConfigurationError } from "../wrapper/errors.ts";
import type { Store } from "../wrapper/store.ts";
import { withLock } from "./folder-lock.ts";

/**
 * The ledger that `fileLedger` creates: a folder with one file for each key, named by the key's hash, so that no key can
 * choose a file name.
 *
 * - A file holds its key and a checksum. One that doesn't match them is an error, and no entry.
 * - A file is written under another name first, flushed, and then linked or renamed into place, which is atomic. On a
 *   full disk writing fails, and the entry stays as it was.
 * - A new entry is linked, which fails when there is one. Operations that depend on what an entry holds take the key's
 *   lock.
 * - Keys that contain `:open:` are in a subfolder, the only one that is listed.
 * - Expired entries count as gone. They are deleted a few at a time when something is stored.
 *
 * @example
 * ```ts
 * import { type FileLedger, fileLedger } from "juniper-fulfillment/stores";
 *
 * const ledger: FileLedger = fileLedger("/var/lib/shop/orders");
 * console.log(await ledger.get("key"));
 * ```
 */
export interface FileLedger extends Required<Store> {
  get(key: string): Promise<string | undefined>;
  set(key: string, value: string, ttlMs?: number): Promise<void>;
  add(key: string, value: string, ttlMs?: number): Promise<boolean>;
  delete(key: string): Promise<void>;
  replace(key: string, expected: string, value: string, ttlMs?: number): Promise<boolean>;
  remove(key: string, expected: string): Promise<boolean>;
}

interface Entry {
  readonly key: string;
  readonly value: string;
  readonly expiresAtMs?: number;
}

/** One of so many that store something looks for files that have expired, in one of the folders. */
const sweepOneIn = 200;
const mostSwept = 500;
/** A file that is still being written is younger. */
const draftLifeMs = 60 * 60_000;

export async function openFolder(base: string, path: string): Promise<FileLedger> {
  const folder = new Folder(resolve(base, path));
  await folder.make();
  return {
    get: (key) => folder.read(key).then((entry) => entry?.value),
    set: (key, value, ttlMs) => folder.locked(key, () => folder.write(key, value, ttlMs)),
    async add(key, value, ttlMs) {
      folder.sweepSometimes();
      if (await folder.writeNew(key, value, ttlMs)) return true;
      if ((await folder.read(key)) !== undefined) return false;
      // It has expired, or has just gone.
      return folder.locked(key, async () => {
        await folder.eraseExpired(key);
        return folder.writeNew(key, value, ttlMs);
      });
    },
    delete: (key) => folder.locked(key, () => folder.erase(key)),
    replace: (key, expected, value, ttlMs) =>
      folder.locked(key, async () => {
        if ((await folder.read(key))?.value !== expected) return false;
        await folder.write(key, value, ttlMs);
        return true;
      }),
    remove: (key, expected) =>
      folder.locked(key, async () => {
        if ((await folder.read(key))?.value !== expected) return false;
        await folder.erase(key);
        return true;
      }),
    list: (prefix) => folder.list(prefix),
  };
}

/** Node's own way to make those above too never ends where the file system denies that the one above is there (/proc). */
async function makeFolder(path: string): Promise<void> {
  const make = (): Promise<void> => mkdir(path, { mode: 0o700 });
  try {
    await make().catch(async (error: unknown) => {
      if (!hasCode(error, "ENOENT") || dirname(path) === path) throw error;
      await makeFolder(dirname(path));
      await make();
    });
  } catch (error) {
    // It is there, or somebody else has just made it.
    if (!hasCode(error, "EEXIST") || !(await stat(path)).isDirectory()) throw error;
  }
}

class Folder {
  readonly #path: string;

  constructor(path: string) {
    this.#path = path;
  }

  async make(): Promise<void> {
    for (const name of ["entries", "open", "drafts", "locks"]) await makeFolder(join(this.#path, name));
  }

  locked<Result>(key: string, work: () => Promise<Result>): Promise<Result> {
    return withLock(join(this.#path, "locks", hashOf(key)), work);
  }

  async read(key: string): Promise<Entry | undefined> {
    const entry = await readEntry(this.#pathOf(key));
    return entry === undefined || hasExpired(entry) ? undefined : entry;
  }

  /** Stores an entry if there is no file of its name, and says whether it did. */
  async writeNew(key: string, value: string, ttlMs: number | undefined): Promise<boolean> {
    return this.#place(key, value, ttlMs, async (draft, path) => {
      try {
        // Of several links to one name at the same time, the file system lets one through.
        await link(draft, path);
        return true;
      } catch (error) {
        if (hasCode(error, "EEXIST")) return false;
        throw error;
      } finally {
        await unlink(draft);
      }
    });
  }

  async write(key: string, value: string, ttlMs: number | undefined): Promise<void> {
    await this.#place(key, value, ttlMs, rename);
  }

  async erase(key: string): Promise<void> {
    const path = this.#pathOf(key);
    await rm(path, { force: true });
    await flushFolder(join(path, ".."));
  }

  /** With the key's lock. A file that isn't there may be made at any moment, also without the lock. */
  async eraseExpired(key: string): Promise<void> {
    const entry = await readEntry(this.#pathOf(key));
    if (entry !== undefined && hasExpired(entry)) await this.erase(key);
  }

  async *list(prefix: string): AsyncGenerator<readonly [string, string], void, undefined> {
    const folder = join(this.#path, "open");
    let failure: unknown;
    for await (const { name } of await opendir(folder)) {
      if (!isEntry(name)) continue;
      const entry = await readEntry(join(folder, name)).catch((error: unknown) => {
        failure ??= error;
      });
      if (entry === undefined || hasExpired(entry) || !entry.key.startsWith(prefix)) continue;
      yield [entry.key, entry.value] as const;
    }
    // Only now, so that one file doesn't hide all others.
    if (failure !== undefined) throw failure;
  }

  sweepSometimes(): void {
    if (Math.random() * sweepOneIn >= 1) return;
    const shard = Math.floor(Math.random() * 256);
    // It is nobody's concern when it fails: the next one comes.
    for (const name of ["open", "drafts", join("entries", shard.toString(16).padStart(2, "0"))]) {
      this.#sweep(name).catch(() => {});
    }
  }

  async #sweep(name: string): Promise<void> {
    const folder = join(this.#path, name);
    const isOwn = name === "drafts" ? isDraft : isEntry;
    let seen = 0;
    for await (const file of await opendir(folder)) {
      if (!isOwn(file.name)) continue;
      if (++seen > mostSwept) return;
      const path = join(folder, file.name);
      // One that fails, such as a damaged file, doesn't keep the others.
      await (name === "drafts" ? eraseOldDraft(path) : this.#eraseIfExpired(path)).catch(() => {});
    }
  }

  async #eraseIfExpired(path: string): Promise<void> {
    const entry = await readEntry(path);
    if (entry !== undefined && hasExpired(entry))
      await this.locked(entry.key, () => this.eraseExpired(entry.key));
  }

  #pathOf(key: string): string {
    const hash = hashOf(key);
    if (key.includes(":open:")) return join(this.#path, "open", hash);
    return join(this.#path, "entries", hash.slice(0, 2), hash);
  }

  async #place<Result>(
    key: string,
    value: string,
    ttlMs: number | undefined,
    place: (draft: string, path: string) => Promise<Result>,
  ): Promise<Result> {
    const path = this.#pathOf(key);
    const entry: Entry = { key, value, ...(ttlMs !== undefined && { expiresAtMs: Date.now() + ttlMs }) };
    const draft = join(this.#path, "drafts", randomUUID());
    await mkdir(join(path, ".."), { recursive: true, mode: 0o700 });
    try {
      await writeDurably(draft, JSON.stringify({ ...entry, checksum: checksumOf(entry) }));
      const result = await place(draft, path);
      await flushFolder(join(path, ".."));
      return result;
    } catch (error) {
      await rm(draft, { force: true });
      throw error;
    }
  }
}

function hashOf(key: string): string {
  return createHash("sha256").update(key).digest("hex");
}

/** Whether a name is that of an entry's file. What others leave in the folder is none of the ledger's concern. */
function isEntry(name: string): boolean {
  return /^[0-9a-f]{64}$/.test(name);
}

/** The same for a file that is still being written, or never was in full. */
function isDraft(name: string): boolean {
  return /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(name);
}

async function eraseOldDraft(path: string): Promise<void> {
  if (Date.now() - (await stat(path)).mtimeMs > draftLifeMs) await rm(path, { force: true });
}

function hasExpired({ expiresAtMs = Number.POSITIVE_INFINITY }: Entry): boolean {
  return expiresAtMs <= Date.now();
}

function checksumOf({ key, value, expiresAtMs }: Entry): string {
  return hashOf(JSON.stringify([key, value, expiresAtMs]));
}

/**
 * @throws {ConfigurationError} when the file isn't what was written under its name: a broken one must not pass for an order
 * that was never sent, nor for another order.
 */
async function readEntry(path: string): Promise<Entry | undefined> {
  const text = await readText(path);
  return text === undefined ? undefined : entryOf(text, basename(path));
}

/** Of a folder, of a link on Linux and on FreeBSD, and of a bad disk. */
const unreadableCodes = ["EISDIR", "ELOOP", "EMLINK", "EIO"];

async function readText(path: string): Promise<string | undefined> {
  try {
    // A link at its place would lead out of the folder.
    const file = await open(path, constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0));
    try {
      return await file.readFile("utf8");
    } finally {
      await file.close();
    }
  } catch (error) {
    if (hasCode(error, "ENOENT")) return undefined;
    if (unreadableCodes.some((code) => hasCode(error, code)))
      throw damaged(basename(path), "it is no file that can be read");
    throw error;
  }
}

function entryOf(text: string, name: string): Entry {
  const { checksum, ...entry } = parsed(text);
  if (typeof entry.key !== "string" || typeof entry.value !== "string")
    throw damaged(name, "it holds no entry");
  if (checksum === undefined)
    throw damaged(name, "it has no checksum, which every entry of this version has");
  if (checksum !== checksumOf(entry as Entry)) throw damaged(name, "its checksum doesn't match");
  if (hashOf(entry.key) !== name) throw damaged(name, "it holds another key's entry");
  return entry as Entry;
}

function parsed(text: string): Partial<Entry & { readonly checksum: string }> {
  try {
    return Object(JSON.parse(text));
  } catch {
    return {};
  }
}

function damaged(name: string, reason: string): ConfigurationError {
  const remedy =
    "Restore it from a backup. If you delete it, the order that it is about can be placed again.";
  return new ConfigurationError(`The ledger's file ${name} is damaged: ${reason}. ${remedy}`);
}

async function writeDurably(path: string, text: string): Promise<void> {
  const file = await open(path, "wx", 0o600);
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** Makes sure that a name survives a power cut too. Where folders can't be flushed, as on Windows, it is left out. */
async function flushFolder(path: string): Promise<void> {
  const folder = await open(path, "r").catch(() => undefined);
  try {
    await folder?.sync();
  } catch {
    // As above.
  } finally {
    await folder?.close();
  }
}

function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && "code" in error && error.code === code;
}
