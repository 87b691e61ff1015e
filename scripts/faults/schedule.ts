import fc from "fast-check";
import { type Fault, faults } from "./order-backend.ts";
import { type LedgerTrouble, ledgerTroubles } from "./unreliable-ledger.ts";

/**
 * Random days at a partner's: a few orders, some of them identical to each other or to older ones, submitted by processes
 * that crash or are stopped between any two steps, over a ledger and against a server where anything can go wrong. At
 * noon others come, some of which send again, while operators settle what they find and those that were stopped wake up.
 * In the evening every application calls once more, and operators clean up.
 */
export interface Schedule {
  readonly orders: readonly PlannedOrder[];
  /** Orders from before that day, which no ledger knows. */
  readonly earlier: readonly EarlierOrder[];
  /** Whether another order was placed with this ledger and server the day before. */
  readonly hasHistory: boolean;
  /** How many orders of others were placed in the minute before the day. */
  readonly crowd: number;
  /** What goes wrong with each request in turn, from the morning and from noon on. Later ones succeed. */
  readonly faults: readonly PlannedFault[];
  readonly noonFaults: readonly PlannedFault[];
  readonly ledger: LedgerTrouble;
  /** For what is drawn along the way. */
  readonly seed: number;
  /** How far the server's clock is from the callers'. */
  readonly skewMs: number;
  /** How long before midnight, UTC, the day begins. */
  readonly untilMidnightMs: number;
  readonly pageSize: number;
  /** How many pages a lookup reads at the most. */
  readonly maxPages: number;
  /** Whether the list begins with the newest order. */
  readonly isNewestFirst: boolean;
  /** Whether the server returns orders as they were sent. */
  readonly isFaithful: boolean;
}

type PlannedFault = Fault | "token revoked" | "none";

export interface PlannedOrder {
  /** Orders with the same number have the same fingerprint. */
  readonly twin: number;
  /** Whether it is identical to such orders in every field. */
  readonly isIdentical: boolean;
  readonly morning: readonly Process[];
  readonly noon: readonly Process[];
  /** When operators settle it at noon, after so many milliseconds. */
  readonly operators: readonly number[];
}

export interface EarlierOrder {
  /** The position of the order that it is identical to. */
  readonly like: number;
  /** How long before the day it was placed, by the server's clock. */
  readonly agoMs: number;
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
  /** Whether it has its client in common with others, as concurrent calls of one process do. */
  readonly sharesClient: boolean;
  readonly deadlineMs: number;
  /** Whether it sends again where that is possible. */
  readonly resends: boolean;
}

/** A process that comes to its end. */
export const steady: Process = {
  startMs: 0,
  endAt: Number.POSITIVE_INFINITY,
  endsWithin: false,
  wakes: false,
  hasLateToken: false,
  sharesClient: false,
  deadlineMs: 3_000,
  resends: false,
};

const hourMs = 3_600_000;

const processOf = (resends: fc.Arbitrary<boolean>): fc.Arbitrary<Process> =>
  fc.record({
    startMs: fc.constantFrom(0, 0, 0, 5, 20),
    endAt: fc.oneof(
      { weight: 2, arbitrary: fc.constant(99) },
      { weight: 1, arbitrary: fc.integer({ min: 0, max: 14 }) },
      // Around the steps at which a reference is entered, confirmed and sent.
      { weight: 2, arbitrary: fc.integer({ min: 2, max: 8 }) },
    ),
    endsWithin: fc.boolean(),
    wakes: fc.boolean(),
    hasLateToken: fc.constantFrom(false, false, false, true),
    sharesClient: fc.boolean(),
    deadlineMs: fc.constantFrom(600, 3_000, 3_000, 60_000),
    resends,
  });

const fault = fc.oneof(
  { weight: 2, arbitrary: fc.constant("none" as const) },
  {
    weight: 3,
    // What comes when others have looked already is the worst.
    arbitrary: fc.constantFrom(
      ...(Object.keys(faults) as Fault[]),
      ...(["token revoked", "stall, then commit", "stall, then commit", "stall, then commit"] as const),
    ),
  },
);

export const schedule: fc.Arbitrary<Schedule> = fc.record({
  orders: fc.array(
    fc.record({
      twin: fc.constantFrom(0, 0, 1),
      isIdentical: fc.constantFrom(true, true, false),
      morning: fc.array(processOf(fc.constantFrom(false, false, true)), { minLength: 1, maxLength: 3 }),
      noon: fc.array(processOf(fc.constantFrom(false, true, true)), { maxLength: 3 }),
      operators: fc.array(fc.constantFrom(0, 5, 20, 100, 400), { maxLength: 2 }),
    }),
    { minLength: 1, maxLength: 3 },
  ),
  // Clocks may be 60 s apart: whether one of the last minute is the order that was sent, nobody can tell.
  earlier: fc.array(
    fc.record({
      like: fc.integer({ min: 0, max: 2 }),
      agoMs: fc.constantFrom(120_000, hourMs, 24 * hourMs, 28 * 24 * hourMs),
    }),
    { maxLength: 2 },
  ),
  // From ten on, the order of a list counts.
  crowd: fc.constantFrom(0, 0, 0, 12),
  hasHistory: fc.boolean(),
  faults: fc.array(fault, { maxLength: 8 }),
  noonFaults: fc.array(fault, { maxLength: 4 }),
  ledger: fc.constantFrom("none" as const, "none" as const, ...ledgerTroubles),
  seed: fc.integer(),
  skewMs: fc.integer({ min: -30_000, max: 30_000 }),
  untilMidnightMs: fc.constantFrom(100, 1_000, 40_000, hourMs, 40_000_000),
  pageSize: fc.constantFrom(1, 2, 100),
  maxPages: fc.constantFrom(50, 50, 50, 1),
  isNewestFirst: fc.boolean(),
  isFaithful: fc.boolean(),
});
