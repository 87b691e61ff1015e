import { checkSignal } from "../wrapper/check-signal.ts";
import { ConfigurationError } from "../wrapper/errors.ts";
import { maxTimerMs } from "../wrapper/max-timer.ts";
import { memoryStore } from "../wrapper/store.ts";
import type { Timing } from "../wrapper/timing.ts";
import type { ChangesStore } from "./changes-state.ts";
import { timedStore } from "./timed-store.ts";

/**
 * The options of {@link orderChanges}.
 *
 * @example
 * ```ts
 * import { createFulfillmentClient, fromEnv, type OrderChangesOptions, orderChanges } from "juniper-fulfillment";
 * import { sqlLedger } from "juniper-fulfillment/stores";
 * import { Pool } from "pg";
 *
 * const options: OrderChangesOptions = { store: sqlLedger(new Pool()), requestsPerSecond: 0.5 };
 * for await (const { id, status } of orderChanges(createFulfillmentClient(fromEnv()), options)) console.log(id, status);
 * ```
 */
export interface OrderChangesOptions {
  /**
   * Where to resume from after a restart. Pass the same store to the webhook handler: what it has handled is then left
   * out. It must have `list`, as every store of this package does.
   * @default this process's memory: a restart begins anew
   */
  store?: ChangesStore | undefined;
  /**
   * The name of the feed, when one store holds several. A feed has one reader at a time.
   * @default "default"
   */
  name?: string | undefined;
  /**
   * The maximum number of requests per second. They count against the vendor's limits like all others.
   * @default 1
   */
  requestsPerSecond?: number | undefined;
  /**
   * How often to poll, in milliseconds, up to 24 days. A poll that takes longer is followed by the next one at once.
   * @default 60000
   */
  intervalMs?: number | undefined;
  /**
   * Where the very first poll begins: orders that were created earlier are not seen. Later polls resume from the store.
   * @default 30 days ago
   */
  since?: Date | undefined;
  /**
   * Ends the iteration and any request in flight. The loop then throws the signal's reason.
   * @default none
   */
  signal?: AbortSignal | undefined;
  /**
   * Called after each poll with the numbers of requests made, of orders yielded, and of orders that may still change.
   * @default none
   */
  onLook?:
    | ((info: { readonly requests: number; readonly changed: number; readonly open: number }) => void)
    | undefined;
  /**
   * Called for a failure that may pass (no connection, a timeout, a 429 or a 5xx), and for one order that can't be read.
   * The next poll tries again.
   * @default none
   */
  onError?: ((error: unknown) => void) | undefined;
}

/** The options with every default filled in. */
export interface ChangesSettings extends OrderChangesOptions {
  readonly store: ChangesStore;
  readonly name: string;
  readonly requestsPerSecond: number;
  readonly intervalMs: number;
  readonly sinceMs: number;
}

const monthMs = 30 * 24 * 60 * 60_000;

/**
 * How far the lists are read again each time: an order may come to be listed late, clocks differ, and one that shows local
 * time goes back an hour in autumn.
 */
export const overlapMs: number = 90 * 60_000;

/** @throws {ConfigurationError} for an option that can't work. */
export function readSettings(options: OrderChangesOptions, timing: Timing): ChangesSettings {
  const { name = "default", requestsPerSecond = 1, intervalMs = 60_000, store, since } = options;
  if (typeof name !== "string" || !/^[\w.-]{1,100}$/.test(name)) {
    throw new ConfigurationError("name must be 1 to 100 letters, digits, dots, dashes and underscores.");
  }
  for (const [option, value] of Object.entries({ requestsPerSecond, intervalMs })) {
    if (!(typeof value === "number" && value > 0 && Number.isFinite(value))) {
      throw new ConfigurationError(`${option} must be a number above 0.`);
    }
  }
  if (Math.max(intervalMs, 1_000 / requestsPerSecond) > maxTimerMs) {
    throw new ConfigurationError(
      `intervalMs, and the pause between two requests (requestsPerSecond), must be at most ${maxTimerMs} ms.`,
    );
  }
  for (const method of ["get", "set", "delete", "list"] as const) {
    if (store !== undefined && typeof store?.[method] !== "function") {
      throw new ConfigurationError(
        `The store of orderChanges must have ${method}. Every store of this package has it.`,
      );
    }
  }
  checkSignal(options.signal);
  const sinceMs = since === undefined ? timing.wallMs() - monthMs : Number(since);
  if (Number.isNaN(sinceMs)) throw new ConfigurationError("since must be a valid Date.");
  return {
    ...{ ...options, name, requestsPerSecond, intervalMs, sinceMs },
    store: timedStore(store ?? memoryStore({ maxEntries: Number.POSITIVE_INFINITY }), timing, options.signal),
  };
}
