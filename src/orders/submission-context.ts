import type { OrderRequest } from "../generated/schema.ts";
import { toHex } from "../wrapper/digest.ts";
import { OutcomeUnknownError, TimeoutError } from "../wrapper/errors.ts";
import { serverOfClient } from "../wrapper/server-of-client.ts";
import type { Timing } from "../wrapper/timing.ts";
import { LedgerFailure } from "./bounded-store.ts";
import { Claims } from "./claims.ts";
import { insist } from "./completion.ts";
import { Deadline, graceMs } from "./deadline.ts";
import { Echo } from "./echo.ts";
import { type EntryTimes, type PendingEntry, type Stored, skewOf, timesOf } from "./entry.ts";
import type { Identity } from "./identity.ts";
import type { Ledger } from "./ledger.ts";
import type { LookupLimits } from "./lookup.ts";
import type { OrderClient } from "./order-client.ts";
import type { RecentOrders } from "./recent-orders.ts";
import { ReferenceLedger } from "./reference-ledger.ts";
import type { SubmitOrderOptions } from "./submit-options.ts";
import { Twins } from "./twins.ts";

/** The checked options of one submission. */
export interface SubmissionParts
  extends Pick<SubmitOrderOptions, "correlate" | "signal" | "onLedgerError" | "onDifference"> {
  readonly client: OrderClient;
  readonly reference: string;
  readonly order: OrderRequest;
  readonly ledger: Ledger;
  readonly recent: RecentOrders;
  readonly timing: Timing;
  readonly lookup: LookupLimits;
  readonly resendAfterMs: number | undefined;
  readonly retentionMs: number | undefined;
  readonly deadlineMs: number;
}

const call = { method: "POST", path: "/orders" };

/** An error that says so when the order may or may not exist. */
export function outcomeUnknown(
  hint: string,
  details: { readonly cause?: unknown; readonly candidates?: OutcomeUnknownError["candidates"] } = {},
): OutcomeUnknownError {
  return new OutcomeUnknownError({ ...call, cause: undefined, ...details }, hint);
}

/** What sending and looking have in common within one call of submitOrder. */
export class SubmissionContext {
  readonly parts: SubmissionParts;
  readonly identity: Identity;
  readonly deadline: Deadline;
  /** For all that may still be done when the time is over. */
  readonly closing: Deadline;
  readonly owner: string = toHex(crypto.getRandomValues(new Uint8Array(16)).buffer);

  constructor(parts: SubmissionParts, identity: Identity, deadline: Deadline) {
    this.parts = parts;
    this.identity = identity;
    this.deadline = deadline;
    this.closing = deadline.extended(graceMs);
  }

  references(deadline: Deadline): ReferenceLedger {
    return new ReferenceLedger(this.parts.ledger, this.identity.referenceHash, deadline);
  }

  twins(deadline: Deadline): Twins {
    return new Twins(this.parts.ledger, serverOfClient(this.parts.client), deadline, this.identity);
  }

  claims(deadline: Deadline): Claims {
    const { ledger, client } = this.parts;
    return new Claims(ledger, serverOfClient(client), this.identity.referenceHash, deadline);
  }

  /** In which form the API returns orders. */
  echo(deadline: Deadline): Echo {
    return new Echo(this.parts.ledger, serverOfClient(this.parts.client), deadline);
  }

  /**
   * An entry of this call's.
   *
   * @param clockSkewMs How far apart clocks may be, as the call before it knows.
   */
  entry(own: Pick<PendingEntry, "epoch" | "startedAtMs" | "sends">, clockSkewMs = 0): PendingEntry {
    const { reference, hash, fingerprintHash: fingerprint, customerHashes: customer } = this.identity;
    const { overAtMs } = this.deadline;
    const server = serverOfClient(this.parts.client);
    const order = {
      ...{ hash, fingerprint, customer, reference, server },
      clockSkewMs: Math.max(clockSkewMs, this.parts.lookup.clockSkewMs),
    };
    return { state: "pending", ...order, owner: this.owner, ...own, overAtMs };
  }

  /** Frees the reference, if the entry is still its owner's. Whether it was. It may be late for that. */
  withdraw(mine: Stored<PendingEntry>): Promise<boolean> {
    return this.references(new Deadline(this.parts.timing, graceMs)).withdraw(mine);
  }

  /** Records which order it is, unless another reference has it: then it is false. Never rejects. */
  async complete(entry: Stored<PendingEntry>, orderId: string): Promise<boolean> {
    const { retentionMs } = this.parts;
    const record = async (deadline: Deadline): Promise<boolean> => {
      if (!(await this.claims(deadline).take(orderId, retentionMs))) return false;
      await this.references(deadline).complete(entry, orderId, retentionMs);
      return true;
    };
    // Where the ledger fails, nothing speaks against it. Until it works the reference counts as unknown, which is safe.
    return (await this.insist(record)) ?? true;
  }

  /** Records how this call has ended. Undefined where that has to wait for later calls. Never rejects. */
  insist<Value>(record: (deadline: Deadline) => Promise<Value>): Promise<Value | undefined> {
    const { ledger, timing, onLedgerError } = this.parts;
    return insist(ledger, record, { timing, closing: this.closing, onLedgerError });
  }

  /** Whether a call with this entry may still be at work that is over at this time by its own clock. */
  mayBeAlive(overAtMs: number, entry: PendingEntry): boolean {
    const { timing, lookup } = this.parts;
    return timing.wallMs() < overAtMs + skewOf(entry, lookup.clockSkewMs);
  }

  /** Whether what a call has sent may still be on its way into the list of orders. */
  mayArrive(entry: PendingEntry): boolean {
    return this.mayBeAlive(this.timesOf(entry).overAtMs + this.parts.lookup.timeoutMs, entry);
  }

  /** When an entry was made, and when its owner is done, as of now. */
  timesOf(entry: PendingEntry): EntryTimes {
    const { timing, lookup } = this.parts;
    return timesOf(entry, timing.wallMs(), lookup.clockSkewMs);
  }

  /** Why nothing is to be sent any more: the reason of the signal, or a {@link TimeoutError}. Undefined while it may be. */
  whyOver(): unknown {
    const { signal } = this.parts;
    if (signal?.aborted) return signal.reason;
    return this.deadline.remainingMs() < 1 ? this.timeout() : undefined;
  }

  /** @throws why nothing is to be sent any more. */
  throwIfOver(): void {
    const reason = this.whyOver();
    if (reason !== undefined) throw reason;
  }

  timeout(): TimeoutError {
    return timeoutOf(this.parts);
  }
}

/** What a submission ends with whose time is over, and that has sent nothing. */
export function timeoutOf({ deadlineMs }: Pick<SubmissionParts, "deadlineMs">): TimeoutError {
  return new TimeoutError({ ...call, limit: "deadlineMs", limitMs: deadlineMs });
}

/**
 * The cause of an error after something may have been sent. A {@link LedgerFailure} as the cause means that this call
 * has sent nothing, so there it is an error of another class.
 */
export function causeAfterSending(error: unknown): unknown {
  return error instanceof LedgerFailure ? new Error(error.message) : error;
}
