import { ConfigurationError } from "./errors.ts";

/**
 * A key-value store of strings, for one process or for many. All stores of this package have this shape: the same one
 * can serve as `tokenStore`, as the `ledger` of submitOrder and as the `store` of a webhook handler.
 *
 * `get`, `set`, `add` and `delete` are required. Each other member says what doesn't work without it.
 *
 * A time to live is a minimum: a store may keep a value longer, but must not lose it earlier. Without one, a value is
 * kept until it is deleted.
 *
 * @example
 * ```ts
 * import type { Store } from "juniper-fulfillment";
 *
 * const values = new Map<string, string>();
 * // For one process, which keeps every value until it is deleted.
 * export const store: Store = {
 *   get: (key) => values.get(key),
 *   set: (key, value) => values.set(key, value),
 *   add: (key, value) => !values.has(key) && values.set(key, value).has(key),
 *   delete: (key) => values.delete(key),
 * };
 * ```
 */
export interface Store {
  /**
   * Reads a value. It may be out of date, as on a replica: where that matters, an atomic write decides.
   *
   * @param key The key.
   * @returns The value, or null or undefined if there is none.
   */
  get(key: string): string | null | undefined | Promise<string | null | undefined>;
  /**
   * Stores a value, and replaces an earlier one.
   *
   * @param key The key.
   * @param value The value.
   * @param ttlMs How long to keep it, in milliseconds.
   */
  set(key: string, value: string, ttlMs?: number): unknown;
  /**
   * Stores the value if the key has none yet, and says whether it did. This must be atomic: of two calls with the
   * same key at the same time, from any process, exactly one returns `true`.
   *
   * @param key The key.
   * @param value The value.
   * @param ttlMs How long to keep it, in milliseconds.
   * @returns Whether it was stored. Anything but `true` and `false`, such as what a driver returns, is refused.
   */
  add(key: string, value: string, ttlMs?: number): boolean | Promise<boolean>;
  /**
   * Deletes the key.
   *
   * @param key The key.
   */
  delete(key: string): unknown;
  /**
   * Stores the value if the key holds `expected`, and says whether it did. This must be atomic, and must run where
   * writes go, not on a replica. Without it, a process that was paused and wakes up again can overwrite what another
   * one has stored since.
   *
   * @param key The key.
   * @param expected What the key must hold.
   * @param value The value.
   * @param ttlMs How long to keep it from now on, in milliseconds.
   * @returns Whether it was stored.
   */
  replace?(key: string, expected: string, value: string, ttlMs?: number): boolean | Promise<boolean>;
  /**
   * Deletes the key if it holds `expected`, and says whether it did. As atomic as `replace`.
   *
   * @param key The key.
   * @param expected What the key must hold.
   * @returns Whether it was there and is gone.
   */
  remove?(key: string, expected: string): boolean | Promise<boolean>;
  /**
   * Yields the keys that begin with `prefix`, each with its value, in any order. Without it, unsettled orders can't be
   * listed.
   *
   * Only prefixes that end in `:open:` are ever listed. There are few such keys, since each is deleted when its work is
   * done, so listing them must not read all others. A database with ordered keys already has the index (PostgreSQL: a
   * primary key with `COLLATE "C"`, and `key >= prefix AND key < next`). Redis has none: keep a set of the keys that
   * contain `:open:`, add a key to it before storing the key, and remove it after deleting the key. A folder can keep
   * them in a subfolder.
   *
   * Keys that exist during the whole call must be yielded, each once. Those that are stored or deleted meanwhile may be
   * yielded or not. The caller may read slowly: hold no lock or transaction open for it.
   *
   * @param prefix What the keys begin with.
   */
  list?(prefix: string): AsyncIterable<readonly [key: string, value: string]>;
}

/** @throws {ConfigurationError} for what can't be a store, such as a `Map` or the client of a database. */
export function checkStore(name: string, store: unknown): void {
  for (const method of ["add", "get", "set", "delete"] as const) {
    if (typeof Object(store)[method] !== "function")
      throw new ConfigurationError(`${name} must have the method ${method}.`);
  }
}

/**
 * What an atomic write of a store says. What a driver returns in its place would always pass for a yes.
 *
 * @throws {ConfigurationError} for anything but true and false.
 */
export function checkAnswer(method: "add" | "replace" | "remove", answer: unknown): boolean {
  if (typeof answer === "boolean") return answer;
  throw new ConfigurationError(
    `The store's ${method} must return whether it was carried out: true or false.`,
  );
}

/**
 * Shares access tokens between clients and processes. Any Keyv instance fits, and so does a `Map`. A stored token can
 * be used until it expires: protect it like the client's secret.
 *
 * With `add`, a fleet that starts all at once requests one token, not one for each process. All of
 * `juniper-fulfillment/stores` have it.
 *
 * @example
 * ```ts
 * import { createFulfillmentClient, fromEnv, type TokenStore } from "juniper-fulfillment";
 *
 * const tokenStore: TokenStore = new Map();
 * const clients = [1, 2].map(() => createFulfillmentClient({ ...fromEnv(), tokenStore }));
 * ```
 */
export interface TokenStore extends Pick<Store, "delete"> {
  /** Stores a value if the key has none yet, and says whether it did, atomically: see {@link Store}. */
  add?: Store["add"];
  /** Stores a value if the key holds the expected one, and says whether it did, atomically: see {@link Store}. */
  replace?: Store["replace"];
  /** Deletes the key if it holds a value, and says whether it did, atomically: see {@link Store}. */
  remove?: Store["remove"];
  /**
   * Reads a value. Anything but a string counts as none.
   *
   * @param key The key.
   * @returns The value, undefined if there is none, or a promise of either.
   */
  get(key: string): unknown;
  /**
   * Stores a value, and replaces an earlier one.
   *
   * @param key The key.
   * @param value The value.
   * @param ttlMs How long the value is valid, in milliseconds.
   */
  set(key: string, value: string, ttlMs: number): unknown;
}

/** The options of {@link memoryStore}. */
export interface MemoryStoreOptions {
  /** The most entries that it holds. The oldest that may be forgotten goes first. */
  readonly maxEntries: number;
  /**
   * Whether an entry may be forgotten before its time when the store is full. By default any may. Where too few may, the
   * store refuses what is new.
   */
  readonly mayForget?: (value: string, key: string) => boolean;
  /** The clock, in milliseconds since 1970. */
  readonly wallMs?: () => number;
}

interface Entry {
  readonly value: string;
  readonly expiresAtMs: number;
}

/** How many entries are looked at to make room for one. */
const mostLooks = 1_000;

/** A store in this process's memory, with every member. It responds at once, and is lost with the process. */
export function memoryStore({
  maxEntries,
  mayForget = () => true,
  wallMs = () => Date.now(),
}: MemoryStoreOptions): MemoryStore {
  // A Map is in the order of insertion, so that what was stored last goes last.
  const entries = new Map<string, Entry>();
  const get = (key: string): string | undefined => {
    const entry = entries.get(key);
    if (entry === undefined || entry.expiresAtMs > wallMs()) return entry?.value;
    entries.delete(key);
    return undefined;
  };
  const makeRoom = (newKey: string): void => {
    let looks = mostLooks;
    for (const [key, entry] of entries) {
      if (entries.size <= maxEntries) return;
      if (key === newKey || --looks < 0) break;
      entries.delete(key);
      // What is kept goes last, so that it is not looked at every time.
      if (entry.expiresAtMs > wallMs() && !mayForget(entry.value, key)) entries.set(key, entry);
    }
    if (entries.size <= maxEntries) return;
    entries.delete(newKey);
    throw new ConfigurationError(
      `This process's memory holds ${maxEntries} entries that must not be forgotten. Settle orders of unknown outcome, or use a store that lasts.`,
    );
  };
  const set = (key: string, value: string, ttlMs = Number.POSITIVE_INFINITY): void => {
    entries.delete(key);
    entries.set(key, { value, expiresAtMs: wallMs() + ttlMs });
    if (entries.size > maxEntries) makeRoom(key);
  };
  return {
    get,
    set,
    add(key, value, ttlMs) {
      if (get(key) !== undefined) return false;
      set(key, value, ttlMs);
      return true;
    },
    delete: (key) => void entries.delete(key),
    replace(key, expected, value, ttlMs) {
      if (get(key) !== expected) return false;
      set(key, value, ttlMs);
      return true;
    },
    remove: (key, expected) => get(key) === expected && entries.delete(key),
    async *list(prefix) {
      for (const key of [...entries.keys()]) {
        const value = key.startsWith(prefix) ? get(key) : undefined;
        if (value !== undefined) yield [key, value] as const;
      }
    },
  };
}

/** A {@link Store} with every member, all of them synchronous but `list`. */
export interface MemoryStore extends Required<Store> {
  get(key: string): string | undefined;
  set(key: string, value: string, ttlMs?: number): void;
  add(key: string, value: string, ttlMs?: number): boolean;
  delete(key: string): void;
  replace(key: string, expected: string, value: string, ttlMs?: number): boolean;
  remove(key: string, expected: string): boolean;
}
