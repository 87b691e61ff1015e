import { maxTimerMs } from "../wrapper/check-whole.ts";
import { ConfigurationError } from "../wrapper/errors.ts";
import { memoryStore, type Store } from "../wrapper/store.ts";
import type { Timing } from "../wrapper/timing.ts";
import { OrderTurns } from "./order-turns.ts";
import type { WebhookHandlerOptions } from "./webhook-handler.ts";

/** The limits of a handler, with every default filled in. */
export interface HandlerLimits {
  readonly toleranceSeconds: number;
  readonly retentionMs: number;
  readonly leaseMs: number;
  readonly maxBodyBytes: number;
}

/** @throws {ConfigurationError} for a limit that can't work. */
export function checkHandlerLimits({
  toleranceSeconds = 300,
  retentionSeconds = 7 * 24 * 60 * 60,
  leaseSeconds = 60,
  maxBodyBytes = 1024 * 1024,
}: WebhookHandlerOptions): HandlerLimits {
  for (const [name, value] of Object.entries({
    toleranceSeconds,
    retentionSeconds,
    leaseSeconds,
    maxBodyBytes,
  })) {
    if (typeof value === "number" && value > 0 && Number.isFinite(value)) continue;
    throw new ConfigurationError(`${name} must be a number above 0.`);
  }
  if (leaseSeconds * 1000 > maxTimerMs) {
    throw new ConfigurationError(`leaseSeconds must be at most ${Math.floor(maxTimerMs / 1000)}.`);
  }
  // A delivery can be signed ahead of our clock by the tolerance, and come again until it is as old as that.
  if (retentionSeconds <= 2 * toleranceSeconds) {
    throw new ConfigurationError(
      "retentionSeconds must be more than twice toleranceSeconds, or a delivery could be replayed after it is forgotten.",
    );
  }
  return {
    toleranceSeconds,
    retentionMs: retentionSeconds * 1000,
    leaseMs: leaseSeconds * 1000,
    maxBodyBytes,
  };
}

const maxDeliveries = 10_000;
/** Room for the turns of deliveries that are being handled at the same time. */
const maxTurns = 1_000;

/**
 * The store, or one in this process's memory.
 *
 * @throws {ConfigurationError} for a store that lacks a method.
 */
export function storeOf(store: Store | undefined, timing: Pick<Timing, "wallMs">): Store {
  if (store === undefined) {
    // A delivery leaves two entries at most: its own, and its order's.
    const maxEntries = 2 * maxDeliveries + maxTurns;
    return memoryStore({ maxEntries, mayForget: OrderTurns.mayForget, wallMs: () => timing.wallMs() });
  }
  for (const method of ["add", "get", "set", "delete"] as const) {
    if (typeof store[method] !== "function")
      throw new ConfigurationError(`store must have the method ${method}.`);
  }
  return store;
}
