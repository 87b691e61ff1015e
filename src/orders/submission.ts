import type { Order, OrderRequest } from "../generated/schema.ts";
import { CallRecord, recordCall } from "../wrapper/call-record.ts";
import { toHex } from "../wrapper/digest.ts";
import {
  ApiError,
  FulfillmentError,
  InvalidRequestError,
  OutcomeUnknownError,
  TimeoutError,
} from "../wrapper/errors.ts";
import { notify } from "../wrapper/hooks.ts";
import { unwrap } from "../wrapper/result.ts";
import type { Timing } from "../wrapper/timing.ts";
import { LedgerFailure } from "./bounded-store.ts";
import { catchUp, closingMs, complete } from "./completion.ts";
import { Deadline, Overdue } from "./deadline.ts";
import { Echo } from "./echo.ts";
import { type DoneEntry, isPending, type PendingEntry, type Stored, store } from "./entry.ts";
import * as hints from "./hints.ts";
import { type Identity, identify } from "./identity.ts";
import type { Ledger } from "./ledger.ts";
import { type LookupLimits, type LookupResult, lastLookMs, lookUpOrder } from "./lookup.ts";
import type { OrderClient } from "./order-client.ts";
import type { RecentOrders } from "./recent-orders.ts";
import { ReferenceLedger } from "./reference-ledger.ts";
import type { SubmitOrderOptions, SubmitOrderResult } from "./submit-options.ts";
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

/** How often the ledger is asked again that contradicts itself. */
const maxTries = 8;

/** How long a client may take to tell how a call ended whose time is over, in milliseconds. */
const patienceMs = 250;

/** Another call owns the entry now. */
class Overtaken extends Error {
  override readonly name = "Overtaken";
}

/** One call of submitOrder. */
export class Submission {
  readonly #parts: SubmissionParts;
  readonly #identity: Identity;
  readonly #deadline: Deadline;
  /** What may still be done when the time is over. */
  readonly #closing: Deadline;
  readonly #owner: string = toHex(crypto.getRandomValues(new Uint8Array(16)).buffer);

  private constructor(parts: SubmissionParts, identity: Identity, deadline: Deadline) {
    this.#parts = parts;
    this.#identity = identity;
    this.#deadline = deadline;
    this.#closing = deadline.extended(lastLookMs + closingMs);
  }

  static async run(parts: SubmissionParts): Promise<SubmitOrderResult> {
    const deadline = new Deadline(parts.timing, parts.deadlineMs, parts.signal);
    const identity = await identify(parts.reference, parts.order, parts.correlate);
    catchUp(parts.ledger);
    try {
      return await new Submission(parts, identity, deadline).#run();
    } catch (error) {
      if (!(error instanceof LedgerFailure)) throw error;
      throw new OutcomeUnknownError({ ...call, cause: error }, hints.ledgerFailed);
    }
  }

  async #run(): Promise<SubmitOrderResult> {
    const references = this.#references(this.#deadline);
    for (let tries = 1; tries <= maxTries; tries++) {
      const found = await references.read();
      const isFree = found === undefined || found.entry.state === "void";
      const mine = isFree ? await this.#enter(found) : undefined;
      const result = mine ? await this.#send(mine) : isFree ? undefined : await this.#meet(found);
      if (result !== undefined) return result;
      // It was freed meanwhile, or this is a copy that lags behind: neither spin nor send.
      const delayMs = Math.min(50 * 2 ** tries, this.#deadline.remainingMs());
      await this.#parts.timing.sleep(delayMs, this.#parts.signal);
    }
    throw new OutcomeUnknownError({ ...call, cause: undefined }, hints.contradiction);
  }

  #references(deadline: Deadline): ReferenceLedger {
    return new ReferenceLedger(this.#parts.ledger, this.#identity.referenceHash, deadline);
  }

  #twins(deadline: Deadline): Twins {
    return new Twins(this.#parts.ledger, deadline, this.#identity);
  }

  /** Enters the reference as this call's. Undefined when another one was faster. */
  async #enter(found: Stored | undefined): Promise<Stored<PendingEntry> | undefined> {
    const epoch = (found?.entry.epoch ?? 0) + 1;
    const entry = this.#entry({ epoch, startedAtMs: this.#parts.timing.wallMs(), sends: 1 });
    try {
      return await this.#references(this.#deadline).enter(entry, found);
    } catch (error) {
      // The ledger may have entered it all the same.
      await this.#withdraw(store(entry)).catch(() => {});
      throw error;
    }
  }

  #entry(own: Pick<PendingEntry, "epoch" | "startedAtMs" | "sends">): PendingEntry {
    const { reference, hash, fingerprintHash } = this.#identity;
    const { overAtMs } = this.#deadline;
    return {
      state: "pending",
      hash,
      owner: this.#owner,
      ...own,
      overAtMs,
      fingerprint: fingerprintHash,
      reference,
    };
  }

  /** What becomes of a reference that another call has entered. Undefined when it is free again. */
  async #meet(found: Stored): Promise<SubmitOrderResult | undefined> {
    const { hash, fingerprintHash } = this.#identity;
    const isOther =
      found.entry.hash !== hash || (isPending(found) && found.entry.fingerprint !== fingerprintHash);
    if (isOther) {
      if (!(await this.#references(this.#deadline).isCurrent(found))) return undefined;
      const hint = "Give each order its own reference.";
      throw new InvalidRequestError(`The reference has been used for another order. ${hint}`);
    }
    if (found.entry.state === "done") return this.#readAgain(found.entry);
    return isPending(found) ? this.#resolve(found, undefined) : undefined;
  }

  async #send(mine: Stored<PendingEntry>): Promise<SubmitOrderResult | undefined> {
    let current = mine;
    const record = new CallRecord(async () => {
      const confirmed = await this.#references(this.#deadline).confirm(current);
      if (confirmed === undefined) throw new Overtaken("Another call owns the reference now.");
      current = confirmed;
      this.#throwIfOver();
    });
    let order: Order;
    try {
      await this.#twins(this.#deadline).announce(this.#parts.timing.wallMs());
    } catch (error) {
      return this.#giveUp(current, error);
    }
    try {
      order = await this.#post(record);
    } catch (error) {
      if (isCertainlyNotStored(error, record)) return this.#giveUp(current, error);
      return this.#resolve(current, error);
    }
    if (typeof order?.id !== "string" || order.id === "") return this.#resolve(current, undefined);
    await Promise.all([this.#compare(order), this.#complete(current, order.id)]);
    return { outcome: "created", order };
  }

  /** Sends the order, and does not wait longer than the time that is left, whatever hangs. */
  async #post(record: CallRecord): Promise<Order> {
    this.#throwIfOver();
    const deadlineMs = Math.floor(this.#deadline.remainingMs());
    const { signal, release } = this.#deadline.toSignal(() => this.#timeout());
    const init = recordCall(record, { body: this.#identity.body, deadlineMs, signal });
    const patience = this.#deadline.extended(patienceMs);
    try {
      return unwrap(await patience.within(() => this.#parts.client.POST("/orders", init)));
    } catch (error) {
      throw error instanceof Overdue ? this.#timeout() : error;
    } finally {
      release();
    }
  }

  #throwIfOver(): void {
    this.#parts.signal?.throwIfAborted();
    if (this.#deadline.remainingMs() >= 1) return;
    throw this.#timeout();
  }

  #timeout(): TimeoutError {
    return new TimeoutError({ ...call, limit: "deadlineMs", limitMs: this.#parts.deadlineMs });
  }

  /** Ends a submission that has certainly stored nothing. Of one that sends again, that says nothing of the first time. */
  async #giveUp(mine: Stored<PendingEntry>, error: unknown): Promise<undefined> {
    if (error instanceof Overtaken) return undefined;
    const { sends } = mine.entry;
    const freed: Promise<boolean> =
      sends === 1
        ? this.#withdraw(mine)
        : this.#references(this.#closing).note(mine, {
            sends: sends - 1,
            overAtMs: this.#parts.timing.wallMs(),
          });
    // Left in the ledger, it is of unknown outcome to the next caller: inconvenient, and safe.
    const isFreed = await freed.catch((failure: unknown) => {
      notify(this.#parts.onLedgerError, causeOf(failure));
      return true;
    });
    if (!isFreed) throw new OutcomeUnknownError({ ...call, cause: causeOf(error) }, hints.overtaken);
    if (sends > 1) throw new OutcomeUnknownError({ ...call, cause: causeOf(error) }, hints.resendFailed);
    throw error;
  }

  #withdraw(mine: Stored<PendingEntry>): Promise<boolean> {
    return this.#references(new Deadline(this.#parts.timing, closingMs)).withdraw(mine);
  }

  #complete(entry: Stored<PendingEntry>, orderId: string): Promise<void> {
    const { ledger, timing, retentionMs, onLedgerError } = this.#parts;
    const references = this.#references(this.#closing);
    const remainingMs = this.#deadline.remainingMs();
    return complete(ledger, references, timing, remainingMs, { entry, orderId, retentionMs, onLedgerError });
  }

  /** Whether the order was stored as it was sent, which is what lookups rest on. */
  async #compare(order: Order): Promise<void> {
    const { ledger, timing, onDifference } = this.#parts;
    try {
      const fields = await new Echo(ledger, new Deadline(timing, closingMs)).note(this.#identity.body, order);
      if (fields.length > 0) notify(onDifference, fields);
    } catch {
      // The next order will tell.
    }
  }

  /** Finds out what became of an order that may have been stored. Undefined when its reference is free again. */
  async #resolve(found: Stored<PendingEntry>, cause: unknown): Promise<SubmitOrderResult | undefined> {
    const isOwn = found.entry.owner === this.#owner;
    const search = await this.#lookUp(found, isOwn).catch((error: unknown) => ({
      status: "failed" as const,
      error,
    }));
    if (search.status === "found") {
      await this.#complete(found, search.order.id);
      const { signal } = this.#parts;
      if (signal?.aborted) {
        const candidates = [search.order];
        throw new OutcomeUnknownError({ ...call, cause: signal.reason, candidates }, hints.foundAfterAbort);
      }
      return { outcome: "found", order: search.order };
    }
    if (search.status === "done") return this.#readAgain(search.entry);
    if (search.status === "gone" && !isOwn) return undefined;
    if (search.status !== "open") {
      const error = "error" in search ? causeOf(search.error) : undefined;
      throw new OutcomeUnknownError({ ...call, cause: cause ?? error }, hints.notLookedFor);
    }
    const { stored, candidates } = search;
    const refusal = await this.#refusalToResend(search, isOwn);
    if (refusal === undefined) return this.#resend(stored);
    if (candidates.length > 0 || isOwn) await this.#noteSighting(stored, candidates);
    throw new OutcomeUnknownError({ ...call, cause, candidates }, refusal);
  }

  #lookUp(found: Stored<PendingEntry>, isOwn: boolean): Promise<LookupResult> {
    const { recent, lookup: limits, timing, ledger } = this.#parts;
    return lookUpOrder({
      ...{ recent, limits, timing, identity: this.#identity },
      startedAtMs: found.entry.startedAtMs,
      ledger: this.#references(this.#closing),
      twins: this.#twins(this.#closing),
      echo: new Echo(ledger, this.#closing),
      deadline: this.#deadline.shortened(limits.timeoutMs),
      isLate: !isOwn && !this.#mayBeAlive(found.entry.overAtMs + limits.timeoutMs),
    });
  }

  /** Why the order is not sent again, as a hint for the caller. Undefined when it is. */
  async #refusalToResend(
    { candidates, isComplete, stored }: Extract<LookupResult, { status: "open" }>,
    isOwn: boolean,
  ): Promise<string | undefined> {
    const { resendAfterMs, timing, ledger } = this.#parts;
    if (candidates.length > 0) return hints.candidates;
    if (!isComplete) return hints.incomplete;
    const changed = await new Echo(ledger, this.#closing).changedFields();
    if (changed.length > 0) return hints.changedFields(changed);
    const { clockSkewMs } = this.#parts.lookup;
    const notBeforeMs = stored.entry.overAtMs + Math.max(clockSkewMs, resendAfterMs ?? defaultResendAfterMs);
    const isWanted = resendAfterMs !== undefined && !isOwn;
    return isWanted && timing.wallMs() >= notBeforeMs ? undefined : hints.notFound(isWanted, notBeforeMs);
  }

  /** Makes this call the one that sends again, if no other one does. */
  async #resend(from: Stored<PendingEntry>): Promise<SubmitOrderResult | undefined> {
    const { epoch, startedAtMs, sends } = from.entry;
    const next = this.#entry({ epoch: epoch + 1, startedAtMs, sends: sends + 1 });
    const mine = await this.#references(this.#deadline).takeOver(from, next, (overAtMs) =>
      this.#mayBeAlive(overAtMs),
    );
    if (mine === undefined) throw new OutcomeUnknownError({ ...call, cause: undefined }, hints.overtaken);
    return this.#send(mine);
  }

  /** Whether a call may still be at work that is over at this time by its own clock. */
  #mayBeAlive(overAtMs: number): boolean {
    return this.#parts.timing.wallMs() < overAtMs + this.#parts.lookup.clockSkewMs;
  }

  async #noteSighting(stored: Stored<PendingEntry>, candidates: readonly Order[]): Promise<void> {
    const seen = { atMs: this.#parts.timing.wallMs(), orderIds: candidates.slice(0, 10).map(({ id }) => id) };
    await this.#references(this.#closing)
      .note(stored, { seen })
      .catch(() => {});
  }

  async #readAgain({ orderId }: DoneEntry): Promise<SubmitOrderResult> {
    const outcome = "already-submitted";
    const { client, signal } = this.#parts;
    const deadlineMs = Math.max(1, Math.floor(this.#deadline.remainingMs()));
    const init = { params: { path: { orderId } }, deadlineMs, ...(signal && { signal }) };
    try {
      return {
        outcome,
        order: unwrap(await this.#deadline.within(() => client.GET("/orders/{orderId}", init))),
      };
    } catch {
      // That it exists is certain. Only what it looks like today can't be told.
      return { outcome, order: { id: orderId } };
    }
  }
}

/** When `resend` is possible unless the caller says otherwise, in milliseconds after the first call was over. */
export const defaultResendAfterMs: number = 30 * 60_000;

/** The ledger's own error, where it failed. */
function causeOf(error: unknown): unknown {
  return error instanceof LedgerFailure ? error.cause : error;
}

/**
 * Whether a failed call has stored nothing. The record knows, unless a middleware has put its own response in place of
 * one. Of a client that keeps no record, the errors of this package tell.
 */
function isCertainlyNotStored(error: unknown, record: CallRecord): boolean {
  if (error instanceof OutcomeUnknownError) return false;
  if (record.isKept) return !record.mayHaveActed;
  return error instanceof FulfillmentError && (!(error instanceof ApiError) || error.status >= 400);
}
