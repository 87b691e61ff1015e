import { checkAnswer, type Store } from "../wrapper/store.ts";
import type { Timing } from "../wrapper/timing.ts";
import { within } from "./within.ts";

/** How long a store may take to respond. One that hangs is treated as one that fails. */
const timeoutMs = 5_000;

/** A user's store, with a time limit on every call and a check of what it returns. */
export class BoundedStore {
  readonly #store: Store;
  readonly #timing: Pick<Timing, "sleep">;

  constructor(store: Store, timing: Pick<Timing, "sleep">) {
    this.#store = store;
    this.#timing = timing;
  }

  async get(key: string): Promise<string | undefined> {
    return (await this.#bound("get", this.#store.get(key))) ?? undefined;
  }

  async set(key: string, value: string, ttlMs: number): Promise<void> {
    await this.#bound("set", this.#store.set(key, value, ttlMs));
  }

  /** `undo` is called for what is added after the time is up: nobody waits for it any more. */
  async add(key: string, value: string, ttlMs: number, undo?: () => Promise<void>): Promise<boolean> {
    return checkAnswer("add", await this.#bound("add", this.#store.add(key, value, ttlMs), undo));
  }

  /** Without `replace` in the store, a write that comes in between is lost. `undo` is as for `add`. */
  async replace(
    key: string,
    expected: string,
    value: string,
    ttlMs: number,
    undo?: () => Promise<void>,
  ): Promise<boolean> {
    if (this.#store.replace !== undefined) {
      const answer = this.#bound("replace", this.#store.replace(key, expected, value, ttlMs), undo);
      return checkAnswer("replace", await answer);
    }
    await this.#bound("set", this.#store.set(key, value, ttlMs), undo);
    return true;
  }

  /** Without `remove` in the store, the key is only deleted when the caller is sure to own it. */
  async remove(key: string, expected: string, isSurelyOurs: boolean): Promise<void> {
    if (this.#store.remove !== undefined) {
      await this.#bound("remove", this.#store.remove(key, expected));
    } else if (isSurelyOurs) {
      await this.#bound("delete", this.#store.delete(key));
    }
  }

  #bound<Value>(
    method: string,
    result: Value | PromiseLike<Value>,
    undo?: () => Promise<void>,
  ): Promise<Value> {
    const late = (): Error => {
      if (undo !== undefined) {
        Promise.resolve(result)
          .then((isDone) => (isDone === false ? undefined : undo()))
          .catch(() => {});
      }
      return new Error(`The webhook store did not respond to ${method} within ${timeoutMs} ms.`);
    };
    return within(result, timeoutMs, this.#timing, late);
  }
}
