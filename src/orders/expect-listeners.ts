import { builtinModule } from "../wrapper/builtin-module.ts";

interface Events {
  getMaxListeners?(target: EventTarget): number;
  setMaxListeners?(count: number, target: EventTarget): void;
}

/** How many listeners one order has at a time, at most. */
const perOrder = 4;

/** Says that so many orders listen to a signal at once, so that Node doesn't take that for a leak and warn. */
export function expectListeners(signal: AbortSignal | undefined, orders: number): void {
  const events = builtinModule<Events>("node:events");
  if (!signal || !events?.getMaxListeners || !events.setMaxListeners) return;
  const limit = events.getMaxListeners(signal);
  // 0 is no limit.
  if (limit > 0) events.setMaxListeners(limit + perOrder * orders, signal);
}
