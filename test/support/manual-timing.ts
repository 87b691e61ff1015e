import type { Timing } from "../../src/wrapper/timing.ts";

/** Time that passes only when the test says so. Sleepers wake when their time has come. */
export class ManualTiming implements Timing {
  #monotonicMs = 1_000;
  #wallMs = Date.UTC(2026, 0, 1);
  #sleepers: { untilMs: number; wake: () => void }[] = [];
  chance = 0.5;

  monotonicMs(): number {
    return this.#monotonicMs;
  }

  wallMs(): number {
    return this.#wallMs;
  }

  random(): number {
    return this.chance;
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
      const sleeper = { untilMs: this.#monotonicMs + ms, wake };
      this.#sleepers.push(sleeper);
      if (signal?.aborted) abort();
      else signal?.addEventListener("abort", abort, { once: true });
    });
  }

  get sleeping(): number {
    return this.#sleepers.length;
  }

  /** Lets time pass on both clocks. */
  advance(ms: number): void {
    this.#monotonicMs += ms;
    this.#wallMs += ms;
    const due = this.#sleepers.filter(({ untilMs }) => untilMs <= this.#monotonicMs);
    this.#sleepers = this.#sleepers.filter((sleeper) => !due.includes(sleeper));
    for (const { wake } of due) wake();
  }

  /** Sets the wall clock, as an operator or NTP would. */
  stepWallClock(ms: number): void {
    this.#wallMs += ms;
  }
}
