import { backoffMs } from "../wrapper/backoff.ts";
import { ConfigurationError } from "../wrapper/errors.ts";
import { notify } from "../wrapper/hooks.ts";
import type { Store } from "../wrapper/store.ts";
import type { Timing } from "../wrapper/timing.ts";
import { LedgerFailure } from "./bounded-store.ts";
import { Deadline, graceMs } from "./deadline.ts";

/** How often a call tries to record how it has ended: for some four seconds, if the ledger fails at once. */
const maxTries = 6;
/** How long that may take, in milliseconds, where the ledger hangs. */
const insistMs = 10_000;
const retryBackoff = { baseMs: 200, maxMs: 2_000, fixedShare: 0.5 };
const maxWaiting = 1_000;

/** What could not be recorded yet, for each ledger. Later calls with the same ledger try again. */
const waiting = new WeakMap<Store, Set<() => Promise<unknown>>>();

export interface Insistence {
  readonly timing: Timing;
  readonly closing: Deadline;
  readonly onLedgerError: ((error: unknown) => void) | undefined;
}

/**
 * Records how a call has ended. A ledger that fails is tried again until the call has to end, then with every later call.
 * Undefined where that is so. Never rejects.
 */
export async function insist<Value>(
  ledger: Store,
  record: (deadline: Deadline) => Promise<Value>,
  { timing, closing, onLedgerError }: Insistence,
): Promise<Value | undefined> {
  const end = closing.shortened(insistMs);
  for (let failures = 1; ; failures++) {
    try {
      return await record(end);
    } catch (error) {
      const delayMs = backoffMs(retryBackoff, failures, () => timing.random());
      const mayPass = !(error instanceof ConfigurationError) && failures < maxTries;
      if (mayPass && delayMs < end.remainingMs()) {
        await timing.sleep(delayMs);
        continue;
      }
      notify(onLedgerError, LedgerFailure.reasonOf(error));
      keep(ledger, () => record(new Deadline(timing, graceMs)));
      return undefined;
    }
  }
}

function keep(ledger: Store, record: () => Promise<unknown>): void {
  const records = waiting.get(ledger) ?? new Set();
  waiting.set(ledger, records);
  if (records.size < maxWaiting) records.add(record);
}

/** Tries again, in the background, what earlier calls could not record. */
export function catchUp(ledger: Store): void {
  const records = waiting.get(ledger);
  if (records === undefined) return;
  for (const record of records) {
    records.delete(record);
    record().catch(() => records.add(record));
  }
}
