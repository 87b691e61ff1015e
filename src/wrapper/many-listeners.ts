import { builtinModule } from "./builtin-module.ts";

interface Events {
  readonly defaultMaxListeners?: number;
  getMaxListeners?(target: EventTarget): number;
  setMaxListeners?(count: number, target: EventTarget): void;
}

/** How many listeners the platform's fetch expects of a signal. */
const expected = 1_500;

/** Lets many calls share a signal, as those of fetch do. Node would take so many listeners for a leak, and warn. */
export function expectManyListeners(signal: AbortSignal): void {
  raiseMaxListeners(signal, (limit, usual) => (limit === usual ? expected : limit));
}

/** Lets so many more listen to a signal at once. */
export function expectMoreListeners(signal: AbortSignal, count: number): void {
  // 0 is no limit.
  raiseMaxListeners(signal, (limit) => (limit > 0 ? limit + count : limit));
}

function raiseMaxListeners(
  signal: AbortSignal,
  raise: (limit: number, usual: number | undefined) => number,
): void {
  const events = builtinModule<Events>("node:events");
  try {
    const limit = events?.getMaxListeners?.(signal) ?? 0;
    const raised = raise(limit, events?.defaultMaxListeners);
    if (raised !== limit) events?.setMaxListeners?.(raised, signal);
  } catch {
    // One that isn't Node's own, such as jsdom's, which doesn't count its listeners.
  }
}
