import { ConfigurationError, ReferenceInUseError } from "../wrapper/errors.ts";
import { notify } from "../wrapper/hooks.ts";
import { LedgerFailure } from "./bounded-store.ts";
import { checkServer } from "./check-server.ts";
import { catchUp } from "./completion.ts";
import { Deadline, graceMs, Overdue } from "./deadline.ts";
import { type DoneEntry, isPending, type PendingEntry, type Stored, store } from "./entry.ts";
import * as hints from "./hints.ts";
import { identify } from "./identity.ts";
import { orderOf } from "./order-of.ts";
import type { ReferenceLedger } from "./reference-ledger.ts";
import { type Doubt, resolveOrder } from "./resolve-order.ts";
import { sendOrder } from "./send-order.ts";
import { outcomeUnknown, SubmissionContext, type SubmissionParts, timeoutOf } from "./submission-context.ts";
import type { SubmitOrderResult } from "./submit-options.ts";

/** How often the ledger is asked again that contradicts itself. */
const maxTries = 8;

/** How long the ledger may take to enter a reference, in milliseconds, and have it withdrawn if its call is over then. */
const enterMs = 30_000;

/** One call of submitOrder. */
export class Submission {
  readonly #context: SubmissionContext;
  readonly #references: ReferenceLedger;

  private constructor(context: SubmissionContext) {
    this.#context = context;
    this.#references = context.references(context.deadline);
  }

  static async run(parts: SubmissionParts): Promise<SubmitOrderResult> {
    const deadline = new Deadline(parts.timing, parts.deadlineMs, parts.signal);
    // Web Crypto takes turns with the files of a process: a disk that hangs keeps it waiting.
    const identity = await deadline
      .within(() => identify(parts.reference, parts.order, parts.correlate))
      .catch((error: unknown) => {
        throw error instanceof Overdue ? timeoutOf(parts) : error;
      });
    catchUp(parts.ledger);
    try {
      return await new Submission(new SubmissionContext(parts, identity, deadline)).#run();
    } catch (error) {
      if (!(error instanceof LedgerFailure)) throw error;
      notify(parts.onLedgerError, LedgerFailure.reasonOf(error));
      throw outcomeUnknown(hints.ledgerFailed, { cause: error });
    }
  }

  async #run(): Promise<SubmitOrderResult> {
    const { parts, deadline } = this.#context;
    for (let tries = 1; tries <= maxTries; tries++) {
      const found = await this.#read();
      const isFree = found === undefined || found.entry.state === "void";
      const mine = isFree ? await this.#enter(found) : undefined;
      const result = mine ? await this.#send(mine) : isFree ? undefined : await this.#meet(found);
      if (result !== undefined) return result;
      // It has been freed, or this is a replica that lags behind: neither spin nor send.
      const delayMs = Math.min(50 * 2 ** tries, deadline.remainingMs());
      await parts.timing.sleep(delayMs, parts.signal);
    }
    throw outcomeUnknown(hints.contradiction);
  }

  /** What can't be read may be an order. */
  async #read(): Promise<Stored | undefined> {
    try {
      return await this.#references.read();
    } catch (error) {
      if (error instanceof ConfigurationError)
        throw outcomeUnknown(hints.unreadable(error.message), { cause: error });
      throw error;
    }
  }

  /** Enters the reference as this call's. Undefined when another one was faster. */
  async #enter(found: Stored | undefined): Promise<Stored<PendingEntry> | undefined> {
    const epoch = (found?.entry.epoch ?? 0) + 1;
    const entry = this.#context.entry({
      epoch,
      startedAtMs: this.#context.parts.timing.wallMs(),
      sends: 1,
    });
    const { deadline, closing, parts } = this.#context;
    const entering = this.#context.references(new Deadline(parts.timing, enterMs)).enter(entry, found);
    try {
      return await deadline.within(() => entering);
    } catch (error) {
      if (error instanceof ConfigurationError) throw error;
      // The ledger may have entered it all the same, or do so yet.
      const free = (): Promise<boolean> => this.#context.withdraw(store(entry));
      const freed = entering.then(free, free).catch(() => {});
      await closing.within(() => freed).catch(() => {});
      throw error instanceof Overdue ? new LedgerFailure(error) : error;
    }
  }

  /** What becomes of a reference that another call has entered. Undefined when it is free again. */
  async #meet(found: Stored): Promise<SubmitOrderResult | undefined> {
    const { hash, fingerprintHash } = this.#context.identity;
    checkServer(found.entry, this.#context.parts.client);
    const isOther =
      found.entry.hash !== hash || (isPending(found) && found.entry.fingerprint !== fingerprintHash);
    if (isOther) {
      if (!(await this.#references.isCurrent(found))) return undefined;
      throw new ReferenceInUseError(found.entry.state === "done" ? found.entry.orderId : undefined);
    }
    if (found.entry.state === "done") return this.#readAgain(found.entry);
    if (!isPending(found)) return undefined;
    const { timing, lookup } = this.#context.parts;
    const entry = await this.#references.meet(found, timing.wallMs(), lookup.clockSkewMs);
    return this.#resolve({ entry, cause: undefined });
  }

  /** Undefined when another call has taken the reference over. */
  async #send(mine: Stored<PendingEntry>): Promise<SubmitOrderResult | undefined> {
    const sent = await sendOrder(this.#context, mine);
    if (sent.status === "created") return { outcome: "created", order: sent.order };
    if (sent.status === "overtaken") return undefined;
    const { closing, parts } = this.#context;
    const echo = this.#context.echo(closing.shortened(graceMs));
    // Without it a proof needs more luck.
    await echo.noteLatest(parts.timing.wallMs()).catch(() => {});
    return this.#resolve(sent);
  }

  /** Undefined when its reference is free again. */
  async #resolve(doubt: Doubt): Promise<SubmitOrderResult | undefined> {
    const resolved = await resolveOrder(this.#context, doubt);
    if (resolved.status === "settled") return resolved.result;
    if (resolved.status === "done") return this.#readAgain(resolved.entry);
    return resolved.status === "resend" ? this.#send(resolved.mine) : undefined;
  }

  async #readAgain({ orderId }: DoneEntry): Promise<SubmitOrderResult> {
    const outcome = "already-submitted";
    const { parts, deadline } = this.#context;
    const { client, signal } = parts;
    const deadlineMs = Math.max(1, Math.floor(deadline.remainingMs()));
    const init = { params: { path: { orderId } }, deadlineMs, ...(signal && { signal }) };
    try {
      // It says nothing of the form in which orders come back: it may have been corrected since.
      return {
        outcome,
        order: orderOf(await deadline.within(() => client.GET("/orders/{orderId}", init)), orderId),
      };
    } catch {
      // That it exists is certain. Only what it looks like today can't be told.
      return { outcome, order: { id: orderId } };
    }
  }
}
