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
  const events = signal instanceof EventTarget ? builtinModule<Events>("node:events") : undefined;
  if (events?.getMaxListeners?.(signal) === events?.defaultMaxListeners)
    events?.setMaxListeners?.(expected, signal);
}
