import type { Store } from "../wrapper/store.ts";
import type { Deadline } from "./deadline.ts";

/** The ledger failed, or did not answer in time: nothing is known of the reference. */
export class LedgerFailure extends Error {
  override readonly name = "LedgerFailure";

  constructor(cause: unknown) {
    super("The ledger failed.", { cause });
  }
}

/**
 * The store, each use of which ends at the deadline: what hangs is treated as what fails.
 *
 * Its members reject with a {@link LedgerFailure}, or with the reason of the deadline's signal.
 */
export function boundedStore(store: Store, deadline: Deadline): Store {
  const bounded = async <Value>(use: () => Value | Promise<Value>): Promise<Value> => {
    try {
      return await deadline.within(use);
    } catch (error) {
      if (deadline.signal?.aborted) throw deadline.signal.reason;
      throw new LedgerFailure(error);
    }
  };
  const { replace, remove } = store;
  return {
    get: (key) => bounded(() => store.get(key)),
    set: (key, value, ttlMs) => bounded(() => store.set(key, value, ttlMs)),
    add: (key, value, ttlMs) => bounded(() => store.add(key, value, ttlMs)),
    delete: (key) => bounded(() => store.delete(key)),
    ...(replace && {
      replace: (key: string, expected: string, value: string, ttlMs?: number) =>
        bounded(() => replace.call(store, key, expected, value, ttlMs)),
    }),
    ...(remove && {
      remove: (key: string, expected: string) => bounded(() => remove.call(store, key, expected)),
    }),
  };
}
