import { scheduler } from "node:timers/promises";

/** What there is to do at the end of a turn. It does not throw. */
export interface Finishable {
  finish(): void;
}

let finishing: Finishable[] = [];
let endPromise: Promise<void> | undefined;
let resolveEnd: (() => void) | undefined;
let isScheduled = false;

/**
 * Resolves when this turn of the event loop has heard of all that has happened on its sockets. Immediates run right
 * after the phase that polls them.
 */
export function endOfTurn(): Promise<void> {
  endPromise ??= new Promise((resolve) => {
    resolveEnd = resolve;
    schedule();
  });
  return endPromise;
}

/** Finishes this then, together with all that waits for the same. */
export function finishAtEndOfTurn(finishable: Finishable): void {
  finishing.push(finishable);
  schedule();
}

function schedule(): void {
  if (isScheduled) return;
  isScheduled = true;
  // An immediate that no test replaces with the timers, as it does the global one and that of node:timers.
  void scheduler.yield().then(endTurn);
}

function endTurn(): void {
  const finished = finishing;
  const resolve = resolveEnd;
  finishing = [];
  isScheduled = false;
  endPromise = undefined;
  resolveEnd = undefined;
  for (const finishable of finished) finishable.finish();
  resolve?.();
}
