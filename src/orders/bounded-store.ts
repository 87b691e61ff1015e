import { ConfigurationError } from "../wrapper/errors.ts";
import { checkAnswer, type Store } from "../wrapper/store.ts";
import type { Deadline } from "./deadline.ts";

/**
 * The ledger failed, or did not respond in time: nothing is known of the reference.
 *
 * Its message holds names and codes alone. A driver's own words may hold a connection string, so its error is private,
 * and stays out of logs.
 */
export class LedgerFailure extends Error {
  override readonly name = "LedgerFailure";
  /** The code of the driver's error, such as `ECONNREFUSED`, where it can be nothing else. */
  readonly code: string | undefined;
  readonly #reason: unknown;

  constructor(reason: unknown) {
    super(`The ledger failed${describe(reason)}.`);
    this.#reason = reason;
    this.code = wordIn(reason, "code");
  }

  /** What the ledger's own `failure` was, or what else it is. */
  static reasonOf(failure: unknown): unknown {
    return failure instanceof LedgerFailure ? failure.#reason : failure;
  }
}

/** The name of an error and its code, such as `ECONNREFUSED` or PostgreSQL's `57P01`, where they can be nothing else. */
function describe(reason: unknown): string {
  const words = [wordIn(reason, "name"), wordIn(reason, "code")].filter((word) => word !== undefined);
  return words.length === 0 ? "" : ` (${words.join(" ")})`;
}

function wordIn(reason: unknown, property: "name" | "code"): string | undefined {
  try {
    const word: unknown = Reflect.get(Object(reason), property);
    return typeof word === "string" && /^[A-Za-z0-9_]{2,40}$/.test(word) ? word : undefined;
  } catch {
    // Anything can be thrown, also what can't be looked at.
    return undefined;
  }
}

/**
 * The store, each use of which ends at the deadline: what hangs is treated as what fails.
 *
 * Its members reject with a {@link LedgerFailure}, with the reason of the deadline's signal, or with a
 * `ConfigurationError` of the store's own.
 */
export function boundedStore(store: Store, deadline: Deadline): Store {
  const bounded = <Value>(use: () => Value | Promise<Value>): Promise<Value> => useWithin(deadline, use);
  const { replace, remove } = store;
  return {
    get: (key) => bounded(() => store.get(key)),
    set: (key, value, ttlMs) => bounded(() => store.set(key, value, ttlMs)),
    add: async (key, value, ttlMs) => checkAnswer("add", await bounded(() => store.add(key, value, ttlMs))),
    delete: (key) => bounded(() => store.delete(key)),
    ...(replace && {
      replace: async (key: string, expected: string, value: string, ttlMs?: number) =>
        checkAnswer("replace", await bounded(() => replace.call(store, key, expected, value, ttlMs))),
    }),
    ...(remove && {
      remove: async (key: string, expected: string) =>
        checkAnswer("remove", await bounded(() => remove.call(store, key, expected))),
    }),
  };
}

/** One use of a store, with the errors of a {@link boundedStore}. */
export async function useWithin<Value>(
  deadline: Deadline,
  use: () => Value | Promise<Value>,
): Promise<Value> {
  try {
    return await deadline.within(use);
  } catch (error) {
    if (deadline.signal?.aborted && deadline.isOver) throw deadline.signal.reason;
    throw error instanceof ConfigurationError ? error : new LedgerFailure(error);
  }
}
