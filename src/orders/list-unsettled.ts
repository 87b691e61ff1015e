import { checkNames } from "../wrapper/check-names.ts";
import { checkWhole } from "../wrapper/check-whole.ts";
import { ConfigurationError } from "../wrapper/errors.ts";
import { systemTiming, type Timing } from "../wrapper/timing.ts";
import { Deadline } from "./deadline.ts";
import { isPending } from "./entry.ts";
import { voidTtlMs } from "./entry-cell.ts";
import type { Ledger } from "./ledger.ts";
import { openPrefix, ReferenceLedger } from "./reference-ledger.ts";
import { timedStore } from "./timed-store.ts";

/** How long one read of the ledger may take, in milliseconds. */
const readMs = 30_000;

/**
 * The options of {@link listUnsettledOrders}.
 *
 * @example
 * ```ts
 * import { type ListUnsettledOptions, listUnsettledOrders, memoryLedger } from "juniper-fulfillment";
 *
 * const options: ListUnsettledOptions = { olderThanMs: 60 * 60_000 };
 * for await (const { reference } of listUnsettledOrders(memoryLedger(), options)) console.log(reference);
 * ```
 */
export interface ListUnsettledOptions {
  /**
   * The minimum age of a reference, in milliseconds. With 0, orders that are just being sent are listed too.
   * @default 600000
   */
  olderThanMs?: number | undefined;
}

/**
 * A reference whose order may or may not exist.
 *
 * @example
 * ```ts
 * import type { UnsettledOrder } from "juniper-fulfillment";
 *
 * const describe = ({ reference, sends, seen }: UnsettledOrder): string =>
 *   `${reference}: sent at most ${sends} times, may be ${seen?.orderIds.join(" or ") ?? "none"}`;
 * ```
 */
export interface UnsettledOrder {
  /** The reference. */
  readonly reference: string;
  /** When it was first entered, in milliseconds since 1970. No order for it is older. */
  readonly sinceMs: number;
  /** The latest time at which the last call that sent it was over, in milliseconds since 1970. */
  readonly overAtMs: number;
  /** How often it may have been sent. */
  readonly sends: number;
  /** The last lookup that could not decide: when it was, and the ids of the orders that look like this one. */
  readonly seen:
    | {
        /** When, in milliseconds since 1970. */
        readonly atMs: number;
        /** The ids of the orders. */
        readonly orderIds: readonly string[];
      }
    | undefined;
}

/**
 * Lists the references in a ledger whose order may or may not exist. Submit each again with the same reference, which
 * looks for the order and sends nothing, or record what you know with {@link settleOrder}. Leftovers of killed processes
 * are removed on the way.
 *
 * @param ledger The ledger that the orders were submitted with. All ledgers of this package can list.
 * @param options How old they must be.
 * @returns The unsettled orders, in no particular order. The ledger is read as you iterate.
 * @throws {ConfigurationError} when an option can't work, or the ledger has no `list`; while iterating, after all other
 * orders, when the ledger holds an entry that this package has not written, or a damaged file.
 * @throws {Error} while iterating, when the ledger fails, or takes longer than 30 seconds.
 * @example
 * ```ts
 * import { listUnsettledOrders } from "juniper-fulfillment";
 * import { sqlLedger } from "juniper-fulfillment/stores";
 * import { Pool } from "pg";
 *
 * const ledger = sqlLedger(new Pool({ connectionString: "postgres://localhost/shop" }));
 * for await (const { reference, sinceMs, sends } of listUnsettledOrders(ledger)) {
 *   console.log(reference, new Date(sinceMs).toISOString(), sends);
 * }
 * ```
 */
export function listUnsettledOrders(
  ledger: Ledger,
  options: ListUnsettledOptions = {},
): AsyncIterable<UnsettledOrder> {
  checkNames<ListUnsettledOptions>("listUnsettledOrders", options, { olderThanMs: true });
  return listUnsettledOrdersWith(ledger, options, systemTiming);
}

/** The same with a clock of the caller's, for tests. */
export function listUnsettledOrdersWith(
  ledger: Ledger,
  { olderThanMs = 10 * 60_000 }: ListUnsettledOptions,
  timing: Timing,
): AsyncIterable<UnsettledOrder> {
  if (typeof ledger?.list !== "function") {
    throw new ConfigurationError(
      "listUnsettledOrders takes a ledger that has a list, as those of this package do.",
    );
  }
  return list(ledger, checkWhole("olderThanMs", olderThanMs, 0), timing);
}

async function* list(
  ledger: Ledger,
  olderThanMs: number,
  timing: Timing,
): AsyncGenerator<UnsettledOrder, void, void> {
  const listed = new Set<string>();
  let unreadable: ConfigurationError | undefined;
  const store = timedStore(ledger, timing);
  for await (const [key, value] of store.list(openPrefix)) {
    const [referenceHash = ""] = key.slice(openPrefix.length).split(":");
    if (listed.has(referenceHash)) continue;
    const references = new ReferenceLedger(ledger, referenceHash, new Deadline(timing, readMs));
    const stored = await references.read().catch((error: unknown) => {
      if (error instanceof ConfigurationError) return error;
      throw error;
    });
    if (stored instanceof ConfigurationError) {
      unreadable = stored;
      continue;
    }
    if (isPending(stored)) {
      const { reference, startedAtMs: sinceMs, overAtMs, sends, seen } = stored.entry;
      listed.add(referenceHash);
      // One that is still to come was made by a clock that was ahead.
      if (Math.abs(timing.wallMs() - sinceMs) >= olderThanMs)
        yield { reference, sinceMs, overAtMs, sends, seen };
    } else if (stored?.entry.state === "done" || isLongOver(value, timing)) {
      // Its call came to an end, or was killed, before it could take this out.
      await store.delete(key);
    }
  }
  // Only now, so that one entry doesn't hide all others.
  if (unreadable !== undefined) throw unreadable;
}

/** Whether the call that wrote this can no longer enter its reference. */
function isLongOver(value: string, timing: Timing): boolean {
  try {
    const { overAtMs } = JSON.parse(value) as { readonly overAtMs?: unknown };
    return typeof overAtMs === "number" && overAtMs + voidTtlMs < timing.wallMs();
  } catch {
    return false;
  }
}
