/** One mistake that somebody could make in the source, and that the harness has to notice. */
export interface Mutant {
  /** What the code does then. */
  readonly name: string;
  /** The file, from src/ on. */
  readonly file: string;
  /** The piece of it that is replaced. It stands there exactly once. */
  readonly from: string;
  readonly to: string;
  /** What has to notice it. */
  readonly caughtBy: "schedules" | "vanishing hosts";
}

/**
 * Not among them are mistakes that a second guard makes up for, so that no order goes wrong: a sender that does not look
 * whether its entry is still its own (its time is over by then, which ends every use of the ledger), or looks at the clock
 * only before it has a connection or only then, a 5xx that the transport takes for a refusal (`unwrap` does not), senders
 * that don't announce themselves (a lookup never decides then).
 *
 * The schedules don't reach three others within a thousand runs, equivalent or not: a found order that is not claimed, and
 * a copy of the ledger that lags behind and is believed, of a settled reference or of the list of identical orders.
 */
export const mutants: readonly Mutant[] = [
  {
    name: "the entry of a reference is made without looking whether there is one",
    file: "orders/entry-cell.ts",
    from: "if (await add(this.key, text, ttlMs)) return true;",
    to: "await set(this.key, text, ttlMs); return true;",
    caughtBy: "schedules",
  },
  {
    name: "a sender frees its reference, whoever owns it by then",
    file: "orders/reference-ledger.ts",
    from: 'const isOurs = await this.#cell.change(mine, () => ({ state: "void", hash, owner, epoch }));',
    to: 'const isOurs = true; await this.#store.set(this.#key, JSON.stringify({ state: "void", hash, owner, epoch }));',
    caughtBy: "schedules",
  },
  {
    name: "two callers can both take a reference over",
    file: "orders/reference-ledger.ts",
    from: "if (await this.#cell.swap(from.text, mine.text)) {",
    to: "await this.#store.set(this.#key, mine.text); if (true) {",
    caughtBy: "schedules",
  },
  {
    name: "nothing is checked right before the first byte",
    file: "wrapper/transport/retry.ts",
    from: "if (record?.beforeAttempt) await",
    to: "if (record) Object.assign(record, { whyTooLate: () => undefined }); if (false) await",
    caughtBy: "schedules",
  },
  {
    name: "a sender does not look at the clock right before the first byte",
    file: "orders/submission-context.ts",
    from: "return this.deadline.remainingMs() < 1 ? this.timeout() : undefined;",
    to: "return undefined;",
    caughtBy: "schedules",
  },
  {
    name: "a POST is repeated that the server may have processed",
    file: "wrapper/transport/retry.ts",
    from: "return result.isTransient && (isRepeatable || !result.mayHaveActed);",
    to: "return result.isTransient;",
    caughtBy: "schedules",
  },
  {
    name: "an EHOSTUNREACH is taken for proof that nothing was sent",
    file: "wrapper/transport/attempt.ts",
    from: "const { maybeSent } = exchange;",
    to: 'const maybeSent = exchange.maybeSent && !JSON.stringify([error.code, error.cause?.code]).includes("EHOSTUNREACH");',
    caughtBy: "vanishing hosts",
  },
  {
    name: "a lookup takes orders that were placed before the reference was entered",
    file: "orders/lookup.ts",
    from: "const sinceMs = earliestOf(entry, timing.wallMs(), clockSkewMs);",
    to: "const sinceMs = Number.NEGATIVE_INFINITY;",
    caughtBy: "schedules",
  },
  {
    name: "a lookup takes orders that another settled reference owns",
    file: "orders/lookup.ts",
    from: "const candidates = alike.filter(({ id }) => !orderIds.has(id));",
    to: "const candidates = alike;",
    caughtBy: "schedules",
  },
  {
    name: "a lookup takes an order that another unsettled reference may own",
    file: "orders/lookup.ts",
    from: "const order = unsettled.length === 0 ? only(candidates) : undefined;",
    to: "const order = only(candidates);",
    caughtBy: "schedules",
  },
  {
    name: "an exact lookup takes an order that another unsettled reference may own",
    file: "orders/lookup.ts",
    from: "const isAlone = isCorrelated || !unsettled.includes(strictHash);",
    to: "const isAlone = true;",
    caughtBy: "schedules",
  },
  {
    name: "senders forget who else announced an identical order",
    file: "orders/twins.ts",
    from: "JSON.stringify([...others, own])",
    to: "JSON.stringify([own])",
    caughtBy: "schedules",
  },
  {
    name: "an order is sent again while an earlier call may be at work",
    file: "orders/resolve-order.ts",
    from: "isResendWanted(context, entry) && timing.wallMs() >= resendTimeOf(context, entry),",
    to: "isResendWanted(context, entry),",
    caughtBy: "schedules",
  },
  {
    name: "an order is sent again although not all orders were read",
    file: "orders/resolve-order.ts",
    from: "if (gap !== undefined) return hints.incomplete(gap);",
    to: "",
    caughtBy: "schedules",
  },
  {
    name: "an operator can settle a reference while a call is at work",
    file: "orders/settle-order.ts",
    from: "timeUntil(overAtMs + skewOf(entry, clockSkewMs), timing)",
    to: "timeUntil(0, timing)",
    caughtBy: "schedules",
  },
  {
    name: "a reference is entered without being listed",
    file: "orders/reference-ledger.ts",
    from: "await this.#open(entry);\n    if (await this.#cell.swap(found?.text",
    to: "if (await this.#cell.swap(found?.text",
    caughtBy: "schedules",
  },
];
