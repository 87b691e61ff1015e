// Not the globals: calls go on where a test has replaced them.
import { nextTick } from "node:process";
import { setImmediate } from "node:timers";

/** What there is to do at the end of a turn. It does not throw. */
export interface Finishable {
  finish(): void;
}

let finishing: Finishable[] = [];
let endPromise: Promise<void> | undefined;
let resolveEnd: (() => void) | undefined;
let isScheduled = false;
let isAtEnd = false;

/** Whether what runs now follows on the end of a turn: before anything else happens, Node will look at its sockets. */
export function isAtEndOfTurn(): boolean {
  return isAtEnd;
}

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
  setImmediate(endTurn);
}

function endTurn(): void {
  const finished = finishing;
  const resolve = resolveEnd;
  finishing = [];
  isScheduled = false;
  endPromise = undefined;
  resolveEnd = undefined;
  isAtEnd = true;
  for (const finishable of finished) finishable.finish();
  resolve?.();
  // A tick that a promise asks for comes when all promises have had their turn.
  Promise.resolve().then(() => nextTick(leaveEnd));
}

function leaveEnd(): void {
  isAtEnd = false;
}
