import { setImmediate } from "node:timers/promises";
import type { Timing } from "../../src/wrapper/timing.ts";

interface Sleeper {
  readonly untilMs: number;
  readonly wake: () => void;
}

/**
 * Time that passes only where everybody sleeps, and then at once. An hour of a fleet is simulated in a second, with
 * the same result on any machine.
 */
export class VirtualTime {
  nowMs = 0;
  #seed: number;
  #sleepers: Sleeper[] = [];

  constructor(seed: number) {
    this.#seed = seed;
  }

  /** The clocks of one machine, which may be wrong by some milliseconds. */
  timing(skewMs = 0): Timing {
    return {
      monotonicMs: () => this.nowMs,
      wallMs: () => Date.UTC(2026, 0, 1) + this.nowMs + skewMs,
      random: () => this.random(),
      sleep: (ms, signal) => this.sleep(ms, signal),
    };
  }

  /** Mulberry32: a small generator that always gives the same numbers for a seed. */
  random(): number {
    this.#seed = (this.#seed + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.#seed ^ (this.#seed >>> 15), 1 | this.#seed);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const abort = (): void => {
        this.#sleepers = this.#sleepers.filter((other) => other !== sleeper);
        reject(signal?.reason);
      };
      const wake = (): void => {
        signal?.removeEventListener("abort", abort);
        resolve();
      };
      const sleeper = { untilMs: this.nowMs + Math.max(0, ms), wake };
      this.#add(sleeper);
      signal?.addEventListener("abort", abort, { once: true });
    });
  }

  /** Lets time pass until the work is done. */
  async run(work: Promise<unknown>): Promise<void> {
    let isDone = false;
    const end = (): void => {
      isDone = true;
    };
    work.then(end, end);
    for (;;) {
      // All that can happen without time passing has happened by then.
      await setImmediate();
      if (isDone) return;
      const next = this.#sleepers.shift();
      if (next === undefined) throw new Error("Everybody waits, and nobody sleeps.");
      this.nowMs = next.untilMs;
      next.wake();
    }
  }

  #add(sleeper: Sleeper): void {
    let low = 0;
    let high = this.#sleepers.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      const other = this.#sleepers[middle];
      if (other !== undefined && other.untilMs <= sleeper.untilMs) low = middle + 1;
      else high = middle;
    }
    this.#sleepers.splice(low, 0, sleeper);
  }
}
