import { setImmediate as immediate } from "node:timers/promises";
import fc from "fast-check";
import {
  FulfillmentError,
  type Ledger,
  memoryLedger,
  type OrderClient,
  type OrderRequest,
  OutcomeUnknownError,
} from "juniper-fulfillment";
import { submitOrderWith } from "../../src/orders/submit-order.ts";
import { createClientWith } from "../../src/wrapper/client.ts";
import { systemTiming, type Timing } from "../../src/wrapper/timing.ts";
import { orderRequest } from "../samples/requests.ts";
import { type Fault, faults, type OrderHouse, startOrderHouse, type World } from "./order-backend.ts";

/**
 * Random days at a partner's: a few orders, some of them alike, submitted by processes that crash between any two
 * steps and are started again, against a server where anything can go wrong; then an operator who cleans up.
 */
interface Schedule {
  /** For each order: which fingerprint it has, and the processes that submit it. */
  readonly orders: readonly { readonly twin: number; readonly processes: readonly Process[] }[];
  /** What goes wrong with each request in turn. Later ones succeed. */
  readonly faults: readonly (Fault | "token revoked" | "none")[];
  /** How far the server's clock is from the callers'. */
  readonly skewMs: number;
  readonly pageSize: number;
}

interface Process {
  readonly startMs: number;
  /** The step at which it crashes: before it, or while it is under way. Steps are uses of ledger and client. */
  readonly crashAt: number;
  readonly crashWithin: boolean;
}

/** What became of all orders of all schedules. */
export interface Tally {
  runs: number;
  asked: number;
  stored: number;
  /** Orders that exist more than once. */
  duplicated: number;
  /** Orders that were reported as stored and are not, that are another one, or that exist although reported as not stored. */
  lost: number;
  /** Orders whose outcome was unknown to their last caller, before the operator cleaned up. */
  unknown: number;
  /** Orders that the operator could settle. */
  settled: number;
  /** Requests that reached the server. */
  requests: number;
  crashes: number;
  /** The seeds' positions at which something was duplicated or lost. */
  readonly failures: number[];
}

const process: fc.Arbitrary<Process> = fc.record({
  startMs: fc.constantFrom(0, 0, 0, 5, 20),
  crashAt: fc.oneof(
    { weight: 2, arbitrary: fc.constant(99) },
    { weight: 3, arbitrary: fc.integer({ min: 0, max: 12 }) },
  ),
  crashWithin: fc.boolean(),
});

const anyFault = fc.constantFrom(...(Object.keys(faults) as Fault[]), "token revoked" as const);

const schedule: fc.Arbitrary<Schedule> = fc.record({
  orders: fc.array(
    fc.record({
      twin: fc.integer({ min: 0, max: 2 }),
      processes: fc.array(process, { minLength: 1, maxLength: 3 }),
    }),
    { minLength: 1, maxLength: 3 },
  ),
  faults: fc.array(
    fc.oneof({ weight: 2, arbitrary: fc.constant("none" as const) }, { weight: 3, arbitrary: anyFault }),
    {
      maxLength: 8,
    },
  ),
  skewMs: fc.integer({ min: -30_000, max: 30_000 }),
  pageSize: fc.constantFrom(1, 2, 100),
});

/** Runs random schedules. The same seed makes the same schedules. */
export async function runSchedules(options: {
  readonly runs: number;
  readonly seed: number;
  readonly onProgress?: (tally: Tally) => void;
}): Promise<Tally> {
  const house = await startOrderHouse();
  const schedules = fc.sample(schedule, { numRuns: options.runs, seed: options.seed });
  const tally: Tally = {
    ...{
      runs: 0,
      asked: 0,
      stored: 0,
      duplicated: 0,
      lost: 0,
      unknown: 0,
      settled: 0,
      requests: 0,
      crashes: 0,
    },
    failures: [],
  };
  let next = 0;
  const work = async (): Promise<void> => {
    for (let index = next++; index < schedules.length; index = next++) {
      const before = tally.duplicated + tally.lost;
      await new Run(house, `run-${index}`, schedules[index] as Schedule, tally).run();
      if (tally.duplicated + tally.lost > before) tally.failures.push(index);
      tally.runs++;
      options.onProgress?.(tally);
    }
  };
  await Promise.all(Array.from({ length: 32 }, work));
  await house.close();
  return tally;
}

type Report = "success" | "another's order" | "not stored" | "unknown" | "crashed";

const limits = { timeoutMs: 300, deadlineMs: 3_000, maxRetries: 1 };

class Run {
  readonly #house: OrderHouse;
  readonly #name: string;
  readonly #schedule: Schedule;
  readonly #tally: Tally;
  readonly #world: World;
  readonly #ledger: Ledger = memoryLedger();
  readonly #timing: Timing;
  #clockMs = 0;

  constructor(house: OrderHouse, name: string, schedule: Schedule, tally: Tally) {
    this.#house = house;
    this.#name = name;
    this.#schedule = schedule;
    this.#tally = tally;
    this.#world = house.world(name);
    const wallMs = (): number => systemTiming.wallMs() + this.#clockMs;
    this.#timing = { ...systemTiming, wallMs, sleep: (ms, signal) => systemTiming.sleep(ms / 100, signal) };
    const planned = [...schedule.faults];
    this.#world.nextFault = () => {
      const fault = planned.shift();
      return fault === "none" ? undefined : fault;
    };
    this.#world.nowMs = () => wallMs() + schedule.skewMs;
    this.#world.pageSize = schedule.pageSize;
  }

  async run(): Promise<void> {
    const world = this.#world;
    const reports = await Promise.all(
      this.#schedule.orders.map(({ processes }, index) => this.#submit(index, processes)),
    );
    await this.#quiet();
    // The day is over: nothing goes wrong any more, and what was under way has arrived or never will.
    world.nextFault = () => undefined;
    this.#clockMs += 3_600_000;
    for (const [index, list] of reports.entries()) {
      const last = list.at(-1) ?? "crashed";
      this.#judge(index, last);
      if (last === "unknown" || last === "crashed") await this.#cleanUp(index);
      this.#tally.asked++;
      this.#tally.stored += this.#orderIdsOf(index)().size;
    }
    this.#tally.requests += world.requests;
    this.#house.forget(this.#name);
  }

  /** The processes of one order, each started again when it has crashed, until none crashes any more. */
  async #submit(index: number, processes: readonly Process[]): Promise<Report[]> {
    const reports: Report[] = [];
    await Promise.all(
      processes.map(async (own) => {
        await systemTiming.sleep(own.startMs);
        reports.push(await this.#once(index, own));
      }),
    );
    if (!reports.includes("crashed")) return reports;
    return [...reports, await this.#once(index, { startMs: 0, crashAt: 99, crashWithin: false })];
  }

  async #once(index: number, { crashAt, crashWithin }: Process, resend = false): Promise<Report> {
    const client = createClientWith(
      {
        accessToken: () => "token",
        baseUrl: `${this.#house.origin}/${this.#name}/v1`,
        ...limits,
      },
      this.#timing,
    );
    let steps = 0;
    let crash: () => void = () => {};
    const crashed = new Promise<Report>((resolve) => {
      crash = () => resolve("crashed");
    });
    const isUp = (): boolean => steps <= crashAt;
    /** One use of the ledger or the client. A process that has crashed never comes back from it. */
    const step = async <Value>(use: () => Value | Promise<Value>): Promise<Value> => {
      if (!isUp()) return new Promise(() => {});
      const crashesHere = steps++ === crashAt;
      if (!crashesHere) {
        const value = await use();
        return isUp() ? value : new Promise(() => {});
      }
      this.#tally.crashes++;
      if (crashWithin) Promise.resolve(use()).catch(() => {});
      crash();
      return new Promise(() => {});
    };
    const own = this.#ledger;
    const ledger: Ledger = {
      add: (key, value) => step(() => travel().then(() => own.add(key, value))),
      get: (key) => step(() => travel().then(() => own.get(key))),
      set: (key, value) => step(() => travel().then(() => own.set(key, value))),
      delete: (key) => step(() => travel().then(() => own.delete(key))),
    };
    const crashing = {
      GET: (path: never, init: never) => step(() => client.GET(path, init)),
      POST: (path: never, init: never) => step(() => client.POST(path, init)),
    } as unknown as OrderClient; // It passes on what it is given.
    const options = {
      ...{ reference: `order-${index}`, ledger, resend },
      ...{ deadlineMs: limits.deadlineMs, lookup: { timeoutMs: 400, clockSkewMs: 60_000 } },
    };
    return Promise.race([
      crashed,
      report(submitOrderWith(crashing, this.#order(index), options, this.#timing), this.#orderIdsOf(index)),
    ]);
  }

  /** After an unknown outcome: ask again, and send again when there is no such order. Two operators do it at once. */
  async #cleanUp(index: number): Promise<void> {
    this.#tally.unknown++;
    const steady: Process = { startMs: 0, crashAt: 99, crashWithin: false };
    const existed = this.#orderIdsOf(index)().size > 0;
    const operators = await Promise.all([
      this.#once(index, steady, !existed),
      this.#once(index, steady, !existed),
    ]);
    await this.#quiet();
    for (const outcome of operators) this.#judge(index, outcome);
    if (operators.includes("success")) this.#tally.settled++;
  }

  /** Compares what the last caller was told with what the server holds. */
  #judge(index: number, told: Report): void {
    const stored = this.#orderIdsOf(index)().size;
    if (stored > 1) this.#tally.duplicated++;
    if (told === "another's order" || (told === "not stored" && stored > 0)) this.#tally.lost++;
  }

  /** Each order carries its own name where the fingerprint does not look. */
  #order(index: number): OrderRequest {
    const { twin = 0 } = this.#schedule.orders[index] ?? {};
    const customer = { ...orderRequest.customer, sourceId: `customer-${twin}`, firstName: `order-${index}` };
    return { ...orderRequest, customer };
  }

  #orderIdsOf(index: number): () => Set<string> {
    const isOwn = (order: unknown): boolean =>
      (order as OrderRequest).customer.firstName === `order-${index}`;
    return () => new Set(this.#world.orders.filter(isOwn).map(({ id }) => id));
  }

  /** Waits until the server has dealt with everything that it was sent. */
  async #quiet(): Promise<void> {
    const idle = (): boolean => this.#world.busy === 0;
    for (let round = 0; round < 100 && !idle(); round++) await systemTiming.sleep(5);
  }
}

/** A shared ledger is a few turns of the event loop away, so that others come between. */
async function travel(): Promise<void> {
  await immediate();
  await immediate();
}

/** What the caller of submitOrder was told. */
async function report(
  submission: ReturnType<typeof submitOrderWith>,
  ownIds: () => Set<string>,
): Promise<Report> {
  try {
    const { order } = await submission;
    return ownIds().has(order.id) ? "success" : "another's order";
  } catch (error) {
    if (error instanceof OutcomeUnknownError) return "unknown";
    if (error instanceof FulfillmentError) return "not stored";
    throw error;
  }
}

/** The tally in one line a figure. */
export function formatTally(tally: Tally, seed: number): string {
  const { runs, asked, stored, duplicated, lost, unknown, settled, requests, crashes } = tally;
  return [
    `${runs} random schedules with seed ${seed}: ${crashes} crashes, ${requests} requests`,
    `  asked for   ${asked}`,
    `  stored      ${stored}`,
    `  duplicated  ${duplicated}`,
    `  lost        ${lost}`,
    `  unknown     ${unknown}, of which ${settled} were settled afterwards`,
  ].join("\n");
}
