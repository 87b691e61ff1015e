import type { Store } from "../wrapper/store.ts";
import type { Timing } from "../wrapper/timing.ts";
import { useWithin } from "./bounded-store.ts";
import { Deadline } from "./deadline.ts";

/** How long one use may take, in milliseconds. */
const limitMs = 30_000;

type ListedStore = Pick<Store, "get" | "set" | "delete"> & Required<Pick<Store, "list">>;

/**
 * A store for work that has no end of its own: each use ends in time and with the signal, and what the store says of a
 * failure is kept out of the error.
 */
export function timedStore(
  store: Pick<Store, "get" | "set" | "delete" | "list">,
  timing: Timing,
  signal?: AbortSignal,
): ListedStore {
  const timed = <Value>(use: () => Value | Promise<Value>): Promise<Value> =>
    useWithin(new Deadline(timing, limitMs, signal), use);
  return {
    get: (key) => timed(() => store.get(key)),
    set: (key, value, ttlMs) => timed(() => store.set(key, value, ttlMs)),
    delete: (key) => timed(() => store.delete(key)),
    async *list(prefix) {
      const iterator = await timed(() => store.list?.(prefix)[Symbol.asyncIterator]());
      let isOver = iterator === undefined;
      try {
        while (!isOver && iterator !== undefined) {
          const { done, value } = await timed(() => iterator.next());
          isOver = done === true;
          if (!isOver) yield value;
        }
      } finally {
        // One that hangs is not waited for.
        if (!isOver) Promise.resolve(iterator?.return?.()).catch(() => {});
      }
    },
  };
}
