import type { TokenStore } from "../store.ts";
import type { Timing } from "../timing.ts";
import { waitWithin } from "../wait-within.ts";

/** How long a store that hung is left alone, in milliseconds. */
const restMs = 30_000;

/**
 * The same store for those who can't wait: an operation that takes longer than `limitMs` fails. For 30 s after that all
 * operations fail at once, so that a store that hangs costs that time once and not for each operation.
 */
export function impatientStore(store: TokenStore, limitMs: number, timing: Timing): TokenStore {
  let restsUntilMs = Number.NEGATIVE_INFINITY;
  const timeoutError = (): Error => new Error(`The tokenStore took longer than ${limitMs} ms.`);
  const within = async <Value>(operate: () => Value | Promise<Value>): Promise<Value> => {
    if (timing.monotonicMs() < restsUntilMs) throw timeoutError();
    const onTimeout = (): Error => {
      restsUntilMs = timing.monotonicMs() + restMs;
      return timeoutError();
    };
    return waitWithin(Promise.resolve(operate()), { limitMs, timeoutError: onTimeout });
  };
  const impatient: Record<string, (...args: unknown[]) => Promise<unknown>> = {};
  for (const name of ["get", "set", "add", "delete", "replace", "remove"] as const) {
    const operate = store[name] as ((...args: unknown[]) => unknown) | undefined;
    if (typeof operate === "function")
      impatient[name] = (...args) => within(() => operate.apply(store, args));
  }
  // Each operation takes what the store's own takes, and gives a promise of the same.
  return impatient as unknown as TokenStore;
}
