import fc from "fast-check";
import { type Fault, faults } from "./order-backend.ts";
import { type LedgerTrouble, ledgerTroubles } from "./unreliable-ledger.ts";

/**
 * Random days at a partner's: a few orders, some of them alike, submitted by processes that crash or are stopped
 * between any two steps, over a ledger and against a server where anything can go wrong. At noon others send again
 * while those that were stopped wake up, and in the evening an operator cleans up.
 */
export interface Schedule {
  /** For each order: which fingerprint it has, and the processes that submit it. */
  readonly orders: readonly PlannedOrder[];
  /** What goes wrong with each request in turn. Later ones succeed. */
  readonly faults: readonly (Fault | "token revoked" | "none")[];
  readonly ledger: LedgerTrouble;
  /** For what is drawn along the way. */
  readonly seed: number;
  /** How far the server's clock is from the callers'. */
  readonly skewMs: number;
  /** How long before midnight, UTC, the day begins. */
  readonly untilMidnightMs: number;
  readonly pageSize: number;
  /** Whether the list begins with the newest order. */
  readonly isNewestFirst: boolean;
}

export interface PlannedOrder {
  readonly twin: number;
  /** Those of the morning, and those that send again at noon. */
  readonly processes: readonly Process[];
  readonly resenders: readonly Process[];
}

export interface Process {
  readonly startMs: number;
  /** The step at which it ends or stops: before it, or while it is under way. Steps are uses of ledger and client. */
  readonly endAt: number;
  readonly endsWithin: boolean;
  /** Whether it wakes up again at some time, as after a SIGSTOP. Otherwise it has crashed. */
  readonly wakes: boolean;
  /** Whether its access token comes only some hours later. */
  readonly hasLateToken: boolean;
  readonly deadlineMs: number;
}

/** A process that comes to its end. */
export const steady: Process = {
  startMs: 0,
  endAt: 99,
  endsWithin: false,
  wakes: false,
  hasLateToken: false,
  deadlineMs: 3_000,
};

const process: fc.Arbitrary<Process> = fc.record({
  startMs: fc.constantFrom(0, 0, 0, 5, 20),
  endAt: fc.oneof(
    { weight: 2, arbitrary: fc.constant(99) },
    { weight: 3, arbitrary: fc.integer({ min: 0, max: 14 }) },
  ),
  endsWithin: fc.boolean(),
  wakes: fc.boolean(),
  hasLateToken: fc.constantFrom(false, false, false, true),
  deadlineMs: fc.constantFrom(600, 3_000, 3_000, 60_000),
});

const anyFault = fc.constantFrom(...(Object.keys(faults) as Fault[]), "token revoked" as const);

export const schedule: fc.Arbitrary<Schedule> = fc.record({
  orders: fc.array(
    fc.record({
      twin: fc.integer({ min: 0, max: 2 }),
      processes: fc.array(process, { minLength: 1, maxLength: 3 }),
      resenders: fc.array(process, { maxLength: 2 }),
    }),
    { minLength: 1, maxLength: 3 },
  ),
  faults: fc.array(
    fc.oneof({ weight: 2, arbitrary: fc.constant("none" as const) }, { weight: 3, arbitrary: anyFault }),
    { maxLength: 8 },
  ),
  ledger: fc.constantFrom("none" as const, "none" as const, ...ledgerTroubles),
  seed: fc.integer(),
  skewMs: fc.integer({ min: -30_000, max: 30_000 }),
  untilMidnightMs: fc.constantFrom(100, 1_000, 40_000, 3_600_000, 40_000_000),
  pageSize: fc.constantFrom(1, 2, 100),
  isNewestFirst: fc.boolean(),
});
