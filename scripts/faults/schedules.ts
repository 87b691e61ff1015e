import fc from "fast-check";
import {
  FulfillmentError,
  memoryLedger,
  type OrderRequest,
  OutcomeUnknownError,
  type SubmitOrderOptions,
} from "juniper-fulfillment";
import type { OrderClient } from "../../src/orders/order-client.ts";
import { settleOrderWith } from "../../src/orders/settle-order.ts";
import { submitOrderWith } from "../../src/orders/submit-order.ts";
import { createClientWith } from "../../src/wrapper/client.ts";
import type { Store } from "../../src/wrapper/store.ts";
import { systemTiming, type Timing } from "../../src/wrapper/timing.ts";
import { orderRequest } from "../samples/requests.ts";
import { type OrderBackend, startOrderBackend, type World } from "./order-backend.ts";
import { type Process, type Schedule, schedule, steady } from "./schedule.ts";
import { UnreliableLedger } from "./unreliable-ledger.ts";

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
  /** Processes that were stopped and woke up later. */
  wakings: number;
  /** The seeds' positions at which something was duplicated or lost. */
  readonly failures: number[];
}

/** Runs random schedules. The same seed makes the same schedules. */
export async function runSchedules(options: {
  readonly runs: number;
  readonly seed: number;
  readonly onProgress?: (tally: Tally) => void;
}): Promise<Tally> {
  const backend = await startOrderBackend();
  // The transport is loaded by the first call, which may take longer than the limits of a schedule.
  await createClientWith(
    { accessToken: "token", baseUrl: `${backend.origin}/first/v1` },
    systemTiming,
  ).warmup();
  const schedules = fc.sample(schedule, { numRuns: options.runs, seed: options.seed });
  const tally: Tally = {
    ...{ runs: 0, asked: 0, stored: 0, duplicated: 0, lost: 0, unknown: 0, settled: 0 },
    ...{ requests: 0, crashes: 0, wakings: 0, failures: [] },
  };
  let next = 0;
  const work = async (): Promise<void> => {
    for (let index = next++; index < schedules.length; index = next++) {
      const run = new Run(backend, `run-${index}`, schedules[index] as Schedule, tally);
      await run.run();
      if (run.hasFailed) tally.failures.push(index);
      tally.runs++;
      options.onProgress?.(tally);
    }
  };
  await Promise.all(Array.from({ length: 24 }, work));
  await backend.close();
  return tally;
}

type Report = "success" | "another's order" | "not stored" | "unknown" | "crashed";

const limits = { timeoutMs: 300, maxRetries: 1 };
const hourMs = 3_600_000;
const dayMs = 24 * hourMs;

class Run {
  readonly #backend: OrderBackend;
  readonly #name: string;
  readonly #schedule: Schedule;
  readonly #tally: Tally;
  readonly #world: World;
  readonly #ledger: UnreliableLedger;
  readonly #timing: Timing;
  readonly #chance: () => number;
  hasFailed = false;
  /** Everyone who was stopped or waits for a token goes on with this. */
  #wake: () => void = () => {};
  #awakening: Promise<void> = Promise.resolve();
  #clockMs: number;

  constructor(backend: OrderBackend, name: string, schedule: Schedule, tally: Tally) {
    this.#backend = backend;
    this.#name = name;
    this.#schedule = schedule;
    this.#tally = tally;
    this.#world = backend.world(name);
    this.#chance = chanceOf(schedule.seed);
    // Every store of this package has all members.
    this.#ledger = new UnreliableLedger(memoryLedger() as Required<Store>, schedule.ledger, this.#chance);
    const nowMs = systemTiming.wallMs();
    this.#clockMs = dayMs - (nowMs % dayMs) - schedule.untilMidnightMs;
    const wallMs = (): number => systemTiming.wallMs() + this.#clockMs;
    this.#timing = { ...systemTiming, wallMs, sleep: (ms, signal) => systemTiming.sleep(ms / 100, signal) };
    const planned = [...schedule.faults];
    this.#world.nextFault = () => {
      const fault = planned.shift();
      return fault === "none" ? undefined : fault;
    };
    this.#world.nowMs = () => wallMs() + schedule.skewMs;
    this.#world.pageSize = schedule.pageSize;
    this.#world.isNewestFirst = schedule.isNewestFirst;
    this.#sleepUntilWoken();
  }

  async run(): Promise<void> {
    const { orders } = this.#schedule;
    const morning = orders.map(({ processes }, index) => processes.map((own) => this.#once(index, own)));
    await this.#quiet();
    this.#clockMs += hourMs;
    const noon = orders.map(({ resenders }, index) => resenders.map((own) => this.#once(index, own, true)));
    // Those who were stopped in the morning wake up in the middle of it.
    await systemTiming.sleep(this.#chance() * 20);
    this.#wakeAll();
    const later = await this.#allEnded([...morning, ...noon].flat());
    await this.#quiet();
    // The day is over: nothing goes wrong any more, and what was under way has arrived or never will.
    this.#world.nextFault = () => undefined;
    this.#ledger.isRepaired = true;
    this.#clockMs += 2 * hourMs;
    this.#wakeAll();
    await later();
    await this.#quiet();
    for (const index of orders.keys())
      await this.#evening(index, [...(morning[index] ?? []), ...(noon[index] ?? [])]);
    this.#tally.requests += this.#world.requests;
    this.#backend.forget(this.#name);
  }

  #sleepUntilWoken(): void {
    this.#awakening = new Promise((resolve) => {
      this.#wake = resolve;
    });
  }

  #wakeAll(): void {
    this.#wake();
    this.#sleepUntilWoken();
  }

  /** Waits until all have ended but those who sleep on, and returns how to wait for these too. */
  async #allEnded(processes: readonly Promise<Report>[]): Promise<() => Promise<unknown>> {
    const all = Promise.all(processes);
    await Promise.race([all, systemTiming.sleep(1_500)]);
    return () => Promise.race([all, systemTiming.sleep(4_000)]);
  }

  /** One process. It ends with what it was told, and may be stopped, or may crash, at any step. */
  async #once(index: number, own: Process, isResender = false): Promise<Report> {
    await systemTiming.sleep(own.startMs);
    const awakening = this.#awakening;
    const client = createClientWith(
      {
        accessToken: () => (own.hasLateToken ? awakening.then(() => "token") : "token"),
        baseUrl: `${this.#backend.origin}/${this.#name}/v1`,
        ...limits,
      },
      this.#timing,
    );
    let steps = 0;
    let crash: () => void = () => {};
    const crashed = new Promise<Report>((resolve) => {
      crash = () => resolve("crashed");
    });
    const step = async <Value>(use: () => Promise<Value>): Promise<Value> => {
      const endsHere = steps === own.endAt;
      const isGone = steps++ > own.endAt && !own.wakes;
      if (isGone) return new Promise(() => {});
      if (!endsHere) return use();
      const under = own.endsWithin ? use() : undefined;
      under?.catch(() => {});
      if (own.wakes) {
        this.#tally.wakings++;
        await awakening;
        return under ?? use();
      }
      this.#tally.crashes++;
      crash();
      return new Promise(() => {});
    };
    const unsteady = {
      GET: (path: never, init: never) => step(() => client.GET(path, init)),
      POST: (path: never, init: never) => step(() => client.POST(path, init)),
    } as unknown as OrderClient; // It passes on what it is given.
    const options: SubmitOrderOptions = {
      ...{ reference: `order-${index}`, ledger: this.#ledger.connect(step) },
      ...{ deadlineMs: own.deadlineMs, lookup: { timeoutMs: 400, clockSkewMs: 60_000 } },
      resend: isResender && { afterMs: 0 },
    };
    const submission = submitOrderWith(unsteady, this.#order(index), options, this.#timing);
    return Promise.race([crashed, report(submission, this.#orderIdsOf(index))]);
  }

  /** Compares what was told in the day, and lets two operators settle what is unknown: at once, each in its way. */
  async #evening(index: number, processes: readonly Promise<Report>[]): Promise<void> {
    const told = await Promise.all(
      processes.map((own) => Promise.race([own, systemTiming.sleep(0).then(() => "crashed" as const)])),
    );
    for (const one of told) this.#judge(index, one);
    this.#tally.asked++;
    if (!told.includes("success")) {
      this.#tally.unknown++;
      const operators = await Promise.all([
        this.#settle(index),
        this.#once(index, steady, true),
        this.#settle(index),
      ]);
      operators.push(await this.#once(index, steady));
      await this.#quiet();
      for (const one of operators) this.#judge(index, one);
      if (operators.includes("success")) this.#tally.settled++;
    }
    this.#tally.stored += this.#orderIdsOf(index)().size;
  }

  /** Records what the server says, as an operator who has looked there. */
  async #settle(index: number): Promise<Report> {
    const ids = [...this.#orderIdsOf(index)()];
    const [orderId] = ids;
    const client = createClientWith(
      { accessToken: "token", baseUrl: `${this.#backend.origin}/${this.#name}/v1`, ...limits },
      this.#timing,
    );
    const as = orderId === undefined ? ("not-placed" as const) : { orderId };
    const ledger = this.#ledger.connect((use) => use());
    try {
      const { outcome } = await settleOrderWith(
        client,
        { reference: `order-${index}`, ledger, as },
        this.#timing,
      );
      return outcome === "placed" ? "success" : "unknown";
    } catch (error) {
      if (error instanceof FulfillmentError) return "unknown";
      throw error;
    }
  }

  /** Compares what a caller was told with what the server holds. */
  #judge(index: number, told: Report): void {
    const stored = this.#orderIdsOf(index)().size;
    const isLost = told === "another's order" || (told === "success" && stored === 0);
    if (stored > 1) this.#tally.duplicated++;
    if (isLost) this.#tally.lost++;
    this.hasFailed ||= stored > 1 || isLost;
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

  /**
   * Waits until nothing has happened at the server for a moment in which this process was not held up: on a busy
   * machine a request may be on its way for long. An hour passes afterwards, and nothing is on its way for so long.
   */
  async #quiet(): Promise<void> {
    let idle = 0;
    let requests = -1;
    for (let round = 0; round < 2_000 && idle < 20; round++) {
      const startMs = systemTiming.monotonicMs();
      await systemTiming.sleep(5);
      const isHeldUp = systemTiming.monotonicMs() - startMs > 20;
      const isIdle = !isHeldUp && this.#world.busy === 0 && this.#world.requests === requests;
      idle = isIdle ? idle + 1 : 0;
      requests = this.#world.requests;
    }
  }
}

/** What the caller of submitOrder was told. Nobody is told "not stored" while another process may store it. */
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

/** Marsaglia's xorshift: chance that a seed repeats. */
function chanceOf(seed: number): () => number {
  let state = seed | 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
}

/** The tally in one line a figure. */
export function formatTally(tally: Tally, seed: number): string {
  const { runs, asked, stored, duplicated, lost, unknown, settled, requests, crashes, wakings } = tally;
  return [
    `${runs} random schedules with seed ${seed}: ${crashes} crashes, ${wakings} wakings, ${requests} requests`,
    `  asked for   ${asked}`,
    `  stored      ${stored}`,
    `  duplicated  ${duplicated}`,
    `  lost        ${lost}`,
    `  unknown     ${unknown}, of which ${settled} were settled afterwards`,
  ].join("\n");
}
