import { ConfigurationError } from "./errors.ts";

/**
 * Keeps strings under keys, for one process or for many. The stores of this package are all of this one shape: the
 * same one can serve as `tokenStore`, as the `ledger` of submitOrder and as the `store` of a webhook handler.
 *
 * `get`, `set`, `add` and `delete` are needed. What is lost without the others is said at each of them.
 *
 * A time to live is a lower bound: a store may keep a value for longer, and must not lose it before. Without one a
 * value is kept until it is deleted.
 */
export interface Store {
  /**
   * Reads a value. It may lag behind, as a replica does: where that matters, a write that fails decides.
   *
   * @param key What it is stored under.
   * @returns The value, or null or undefined where there is none.
   */
  get(key: string): string | null | undefined | Promise<string | null | undefined>;
  /**
   * Stores the value, whatever was there.
   *
   * @param key What to store it under.
   * @param value What to store.
   * @param ttlMs How long to keep it, in milliseconds.
   */
  set(key: string, value: string, ttlMs?: number): unknown;
  /**
   * Stores the value if the key has none yet, and says whether it did. This must be atomic: of two calls with the
   * same key at the same time, from any process, exactly one is told `true`.
   *
   * @param key What to store it under.
   * @param value What to store.
   * @param ttlMs How long to keep it, in milliseconds.
   * @returns Whether it was stored.
   */
  add(key: string, value: string, ttlMs?: number): boolean | Promise<boolean>;
  /**
   * Forgets the key.
   *
   * @param key What the value is stored under.
   */
  delete(key: string): unknown;
  /**
   * Stores the value if the key holds `expected`, and says whether it did. This must be atomic, and must ask the copy
   * that takes the writes. Without it a process that was taken for dead and wakes up again can overwrite what another
   * one has stored since.
   *
   * @param key What to store it under.
   * @param expected What the key must hold.
   * @param value What to store.
   * @param ttlMs How long to keep it from now on, in milliseconds.
   * @returns Whether it was stored.
   */
  replace?(key: string, expected: string, value: string, ttlMs?: number): boolean | Promise<boolean>;
  /**
   * Forgets the key if it holds `expected`, and says whether it did. As atomic as `replace`.
   *
   * @param key What the value is stored under.
   * @param expected What the key must hold.
   * @returns Whether it was there and is gone.
   */
  remove?(key: string, expected: string): boolean | Promise<boolean>;
  /**
   * Yields the keys that begin with `prefix`, each with its value, in any order. Without it what is unsettled can't
   * be listed.
   *
   * Only prefixes that end in `:open:` are ever listed. There are few keys of that kind, since each is deleted when its
   * work is done, so listing must not read everything else. A database with ordered keys has the index already
   * (PostgreSQL: a primary key with `COLLATE "C"`, and `key >= prefix AND key < next`). Redis has none: keep a set of
   * the keys that contain `:open:`, add to it before such a key is stored, and take out of it after the key is deleted.
   * A folder gives these keys a folder of their own.
   *
   * What is stored before the call and not deleted until its end is yielded. What comes or goes meanwhile may be
   * yielded or not, and no key twice. The caller reads on at leisure: hold no lock and no transaction open for it.
   *
   * @param prefix What the keys begin with.
   */
  list?(prefix: string): AsyncIterable<readonly [key: string, value: string]>;
}

/**
 * A place to share tokens between instances and processes. Any Keyv instance fits, and so does a `Map`.
 * What is kept there can be used until it expires: protect it like the client's secret.
 *
 * With `add` a fleet that starts at once requests one token, and not one for each process. `redisStore` has it.
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
  /** Stores a value if the key holds another one, and says whether it did, atomically: see {@link Store}. */
  replace?: Store["replace"];
  /** Forgets the key if it holds a value, and says whether it did, atomically: see {@link Store}. */
  remove?: Store["remove"];
  /**
   * Reads a value. Anything but a string counts as none.
   *
   * @param key What it is stored under.
   * @returns The value, undefined where there is none, or a promise of either.
   */
  get(key: string): unknown;
  /**
   * Stores a value, whatever was there.
   *
   * @param key What to store it under.
   * @param value What to store.
   * @param ttlMs How long the value is good for, in milliseconds.
   */
  set(key: string, value: string, ttlMs: number): unknown;
}

/** What {@link memoryStore} can be told. */
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

/** A store in this process's memory, with every member. It answers at once, and is gone with the process. */
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

/** A {@link Store} with every member, whose replies need no waiting. */
export interface MemoryStore extends Required<Store> {
  get(key: string): string | undefined;
  set(key: string, value: string, ttlMs?: number): void;
  add(key: string, value: string, ttlMs?: number): boolean;
  delete(key: string): void;
  replace(key: string, expected: string, value: string, ttlMs?: number): boolean;
  remove(key: string, expected: string): boolean;
}
