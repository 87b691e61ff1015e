import { AsyncLocalStorage } from "node:async_hooks";

/** A call of which every use of the network, a database or the disk is counted, and that stops before one of them. */
export class StoppedCall {
  /** How many there were. */
  steps = 0;
  readonly #stopAt: number;
  #stop: () => void = () => {};
  /** Resolves when it has stopped: from then on it does nothing more. */
  readonly stopped: Promise<void>;

  constructor(stopAt = Number.POSITIVE_INFINITY) {
    this.#stopAt = stopAt;
    this.stopped = new Promise((resolve) => {
      this.#stop = resolve;
    });
  }

  /** Runs it to its end, or until it stops. */
  async run(work: () => Promise<unknown>): Promise<void> {
    const ended = running.run(this, work).then(
      () => {},
      () => {},
    );
    await Promise.race([ended, this.stopped]);
  }

  async take<Result>(use: () => Result | Promise<Result>): Promise<Result> {
    if (this.steps++ < this.#stopAt) return use();
    this.#stop();
    return new Promise(() => {});
  }
}

const running = new AsyncLocalStorage<StoppedCall>();

/** One use of something outside of the process. It counts for the call that it is made by, if any. */
export async function step<Result>(use: () => Result | Promise<Result>): Promise<Result> {
  const call = running.getStore();
  return call === undefined ? use() : call.take(use);
}

/** The same object, each method of which is a step. */
export function countingSteps<Target extends object>(target: Target): Target {
  return new Proxy(target, {
    get(from, name) {
      const value: unknown = Reflect.get(from, name, from);
      if (typeof value !== "function") return value;
      return (...args: unknown[]) =>
        running.getStore() === undefined
          ? Reflect.apply(value, from, args)
          : step(() => Reflect.apply(value, from, args));
    },
  });
}
