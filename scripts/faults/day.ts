import { AsyncLocalStorage } from "node:async_hooks";
import { memoryLedger, type OrderRequest, type SubmitOrderOptions } from "juniper-fulfillment";
import { Deadline } from "../../src/orders/deadline.ts";
import { listUnsettledOrdersWith } from "../../src/orders/list-unsettled.ts";
import type { OrderClient } from "../../src/orders/order-client.ts";
import { ReferenceLedger } from "../../src/orders/reference-ledger.ts";
import { settleOrderWith } from "../../src/orders/settle-order.ts";
import { submitOrderWith } from "../../src/orders/submit-order.ts";
import { createClientWith } from "../../src/wrapper/client.ts";
import { sha256 } from "../../src/wrapper/digest.ts";
import type { Store } from "../../src/wrapper/store.ts";
import { systemTiming, type Timing } from "../../src/wrapper/timing.ts";
import { orderRequest } from "../samples/requests.ts";
import { chanceOf } from "./chance.ts";
import type { OrderBackend, StoredOrder, World } from "./order-backend.ts";
import { type Process, type Schedule, steady } from "./schedule.ts";
import type { Tally } from "./schedules.ts";
import { toldBy, toldBySettling } from "./told.ts";
import { UnreliableLedger } from "./unreliable-ledger.ts";
import { type Caller, type Step, unsteady } from "./unsteady-client.ts";
import { type Evidence, type Told, type Witness, type Wrong, wrongsOf } from "./verdict.ts";

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;
/** Calls with a shorter deadline have to be over when a day ends. Timers run in real time, and so not much longer. */
const overBeforeEveningMs = 3_000;

/** A call, and how far it has come. */
interface Call {
  readonly name: string;
  readonly own: Process;
  readonly ended: Promise<Told>;
  told: Told | undefined;
  /** Whether it was stopped and has not woken up. */
  isAsleep: boolean;
}

/** Who makes a request over a client that several calls share. */
const caller = new AsyncLocalStorage<Caller>();

const nobody: Caller = { name: "nobody", step: (use) => use(), sending: (use) => use() };

/** One schedule, carried out. */
export class Day {
  readonly #backend: OrderBackend;
  readonly #name: string;
  readonly #schedule: Schedule;
  readonly #tally: Tally;
  readonly #world: World;
  readonly #ledger: UnreliableLedger;
  readonly #timing: Timing;
  readonly #chance: () => number;
  readonly #shared: OrderClient;
  /** The calls of each order. */
  readonly #calls: Call[][];
  readonly #wrongs = new Set<Wrong>();
  /** Everyone who was stopped or waits for a token goes on with this. */
  #wake: () => void = () => {};
  #awakening: Promise<void> = Promise.resolve();
  #clockMs: number;
  /** How many orders are being sent. */
  #sendings = 0;

  constructor(backend: OrderBackend, name: string, schedule: Schedule, tally: Tally) {
    this.#backend = backend;
    this.#name = name;
    this.#schedule = schedule;
    this.#tally = tally;
    this.#world = backend.world(name);
    this.#chance = chanceOf(schedule.seed);
    this.#calls = schedule.orders.map(() => []);
    // Every store of this package has all members.
    this.#ledger = new UnreliableLedger(memoryLedger() as Required<Store>, schedule.ledger, this.#chance);
    const nowMs = systemTiming.wallMs();
    this.#clockMs = dayMs - (nowMs % dayMs) - schedule.untilMidnightMs;
    const wallMs = (): number => systemTiming.wallMs() + this.#clockMs;
    this.#timing = { ...systemTiming, wallMs, sleep: (ms, signal) => systemTiming.sleep(ms / 100, signal) };
    this.#world.nowMs = () => wallMs() + schedule.skewMs;
    this.#world.pageSize = schedule.pageSize;
    this.#world.isNewestFirst = schedule.isNewestFirst;
    this.#world.isFaithful = schedule.isFaithful;
    this.#sleepUntilWoken();
    const client = this.#client(async () => "token");
    this.#shared = unsteady(client, () => caller.getStore() ?? nobody);
  }

  /** Resolves with all that went wrong. */
  async run(): Promise<Wrong[]> {
    const { orders, noonFaults, hasHistory } = this.#schedule;
    if (hasHistory) await this.#placeYesterdays();
    this.#addEarlier();
    this.#plan(this.#schedule.faults);
    for (const [index, { morning }] of orders.entries()) for (const own of morning) this.#submit(index, own);
    await this.#quiet();
    this.#clockMs += hourMs;
    this.#plan(noonFaults);
    for (const [index, { noon, operators }] of orders.entries()) {
      for (const own of noon) this.#submit(index, own);
      for (const startMs of operators) this.#settle(index, startMs);
    }
    // Those who were stopped in the morning wake up in the middle of it, or when others have taken over.
    await systemTiming.sleep(this.#chance() * (this.#chance() < 0.5 ? 20 : 500));
    this.#wakeAll();
    await this.#ended(1_500);
    await this.#quiet();
    // The day is over: nothing goes wrong any more, and what was under way has arrived or never will.
    this.#plan([]);
    this.#ledger.isRepaired = true;
    this.#clockMs += 2 * hourMs;
    this.#wakeAll();
    await this.#ended(4_000);
    await this.#quiet();
    for (const index of orders.keys()) await this.#evening(index);
    this.#tally.requests += this.#world.requests;
    this.#tally.calls += this.#calls.flat().length;
    this.#backend.forget(this.#name);
    return [...this.#wrongs];
  }

  /** From it the ledger knows whether the server returns orders as they were sent. */
  async #placeYesterdays(): Promise<void> {
    const { store } = this.#ledger;
    const options = { reference: "yesterday's", ledger: store, deadlineMs: 30_000 };
    const order = { ...orderRequest, customer: { ...orderRequest.customer, sourceId: "yesterday's" } };
    this.#clockMs -= dayMs;
    // However much this machine is held up.
    const client = this.#client(async () => "token", options.deadlineMs);
    await submitOrderWith(client, order, options, this.#timing);
    this.#clockMs += dayMs;
  }

  /** Every application that was not told of an order calls once more. Then operators clean up. */
  async #evening(index: number): Promise<void> {
    await this.#hungEnd(index);
    await this.#judge(index, false);
    this.#tally.asked++;
    if (!this.#isTold(index)) {
      this.#tally.open++;
      await this.#submit(index, steady).ended;
      await this.#judge(index, true);
      if (this.#isTold(index)) this.#tally.recovered++;
      else await this.#cleanUp(index);
    }
    const { stored, isListed } = await this.#evidence(index);
    this.#tally.stored += stored.length;
    if (isListed) this.#tally.unsettled++;
  }

  /** Two operators and one who sends again, all at once. */
  async #cleanUp(index: number): Promise<void> {
    const operators = [
      this.#settle(index, 0),
      this.#submit(index, { ...steady, resends: true }),
      this.#settle(index, 0),
    ];
    await Promise.all(operators.map(({ ended }) => ended));
    await this.#submit(index, steady).ended;
    await this.#judge(index, true);
    if (this.#isTold(index)) this.#tally.settled++;
  }

  #isTold(index: number): boolean {
    return (this.#calls[index] ?? []).some(({ told }) => told?.said === "placed");
  }

  /** One process. It ends with what it was told, and may be stopped, or may crash, at any step. */
  #submit(index: number, own: Process): Call {
    const name = `order-${index} call-${this.#calls[index]?.length}`;
    let crash: () => void = () => {};
    const crashed = new Promise<Told>((resolve) => {
      crash = () => resolve({ said: "nothing" });
    });
    let steps = 0;
    const step: Step = async (use) => {
      const endsHere = steps === own.endAt;
      const isGone = steps++ > own.endAt && !own.wakes;
      if (isGone) return new Promise(() => {});
      if (!endsHere) return use();
      const under = own.endsWithin ? use() : undefined;
      under?.catch(() => {});
      if (own.wakes) {
        this.#tally.wakings++;
        call.isAsleep = true;
        await this.#awakening;
        call.isAsleep = false;
        return under ?? use();
      }
      this.#tally.crashes++;
      crash();
      return new Promise(() => {});
    };
    const isLate = own.hasLateToken && !own.sharesClient;
    const token = isLate ? this.#awakening.then(() => "token") : Promise.resolve("token");
    const sending: Step = (use) => this.#whileSending(token, use);
    const client = (): OrderClient => {
      const late = this.#client(() => token);
      return own.sharesClient ? this.#shared : unsteady(late, () => ({ name, step, sending }), step);
    };
    const run = async (): Promise<Told> => {
      await systemTiming.sleep(own.startMs);
      const submission = submitOrderWith(
        client(),
        this.#order(index),
        this.#options(index, own, step),
        this.#timing,
      );
      return toldBy(submission);
    };
    const ended = caller.run({ name, step, sending }, () => Promise.race([crashed, run()]));
    const call: Call = this.#begin(index, { name, own, ended });
    return call;
  }

  /** Counts what is being sent. Who waits for a token isn't sending yet. */
  async #whileSending<Value>(token: Promise<unknown>, use: () => Promise<Value>): Promise<Value> {
    const sending = { hasBegun: false, isOver: false };
    token.then(() => {
      if (sending.isOver) return;
      sending.hasBegun = true;
      this.#sendings++;
    });
    try {
      return await use();
    } finally {
      if (sending.hasBegun) this.#sendings--;
      sending.isOver = true;
    }
  }

  #begin(index: number, parts: Pick<Call, "name" | "own" | "ended">): Call {
    const call: Call = { ...parts, told: undefined, isAsleep: false };
    this.#calls[index]?.push(call);
    parts.ended.then((told) => {
      call.told ??= told;
    });
    return call;
  }

  #options(index: number, own: Process, step: Step): SubmitOrderOptions {
    const { maxPages } = this.#schedule;
    return {
      ...{ reference: `order-${index}`, ledger: this.#ledger.connect(step), deadlineMs: own.deadlineMs },
      lookup: { timeoutMs: 400, clockSkewMs: 60_000, maxPages },
      resend: own.resends && { afterMs: 0 },
    };
  }

  /** Records what the server says, as an operator who has looked there right before. */
  #settle(index: number, startMs: number): Call {
    const name = `order-${index} operator-${this.#calls[index]?.length}`;
    const run = async (): Promise<Told> => {
      await systemTiming.sleep(startMs);
      const [order] = this.#stored(index);
      const as = order === undefined ? ("not-placed" as const) : { orderId: order.id };
      const options = { reference: `order-${index}`, ledger: this.#ledger.connect((use) => use()), as };
      const client = this.#client(async () => "token");
      return toldBySettling(
        settleOrderWith(client, { ...options, deadlineMs: 3_000, withoutLooking: true }, this.#timing),
      );
    };
    return this.#begin(index, { name, own: steady, ended: run() });
  }

  #client(accessToken: () => Promise<string>, timeoutMs = 300): OrderClient {
    const baseUrl = `${this.#backend.origin}/${this.#name}/v1`;
    return createClientWith({ accessToken, baseUrl, timeoutMs, maxRetries: 1 }, this.#timing);
  }

  async #judge(index: number, isFinal: boolean): Promise<void> {
    for (const wrong of wrongsOf(await this.#evidence(index), isFinal)) {
      if (!this.#wrongs.has(wrong)) this.#tally[wrong]++;
      this.#wrongs.add(wrong);
    }
  }

  /** What everybody knows of an order now. Who has not come to an end was told nothing. */
  async #evidence(index: number): Promise<Evidence> {
    const witnesses = (this.#calls[index] ?? []).map(
      ({ name, told = { said: "nothing" } }): Witness => ({ call: name, told }),
    );
    const { store } = this.#ledger;
    const reference = `order-${index}`;
    const deadline = new Deadline(this.#timing, 30_000);
    const stored = await new ReferenceLedger(store, await sha256(reference), deadline).read();
    const { entry } = stored ?? {};
    // A ledger without a list says of a reference that it is unsettled when it is submitted again.
    let isListed = this.#schedule.ledger === "plain" && entry?.state === "pending";
    for await (const unsettled of listUnsettledOrdersWith(store, { olderThanMs: 0 }, this.#timing)) {
      isListed ||= unsettled.reference === reference;
    }
    return {
      witnesses,
      stored: this.#stored(index),
      entry: entry?.state === "done" ? entry : entry?.state === "pending" ? "pending" : "none",
      isListed,
    };
  }

  /** The orders that the calls of one reference have placed. */
  #stored(index: number): { id: string; call: string }[] {
    return this.#world.orders
      .map(({ id }) => ({ id, call: this.#world.callOf.get(id) ?? "" }))
      .filter(({ call }) => call.startsWith(`order-${index} `));
  }

  #order(index: number): OrderRequest {
    const { twin, isIdentical } = this.#schedule.orders[index] ?? { twin: 0, isIdentical: true };
    // The fingerprint does not look at the first name.
    const firstName = isIdentical ? "Ada" : `Ada ${index}`;
    return {
      ...orderRequest,
      customer: { ...orderRequest.customer, sourceId: `customer-${twin}`, firstName },
    };
  }

  /** Puts the orders of earlier times into the server, in the order in which they were placed. */
  #addEarlier(): void {
    const { earlier, orders, crowd } = this.#schedule;
    const place = (order: OrderRequest, id: string, agoMs: number): void => {
      const createdAt = new Date(this.#world.nowMs() - agoMs).toISOString();
      const stored: StoredOrder = { ...order, id, createdAt };
      this.#world.orders.push(stored);
    };
    for (const { like, agoMs } of earlier.toSorted((a, b) => b.agoMs - a.agoMs)) {
      place(this.#order(like % orders.length), `earlier-${agoMs}-${like}`, agoMs);
    }
    // The list is in the order of time, also where yesterday's order is in it already.
    this.#world.orders.sort((a, b) => Date.parse(a.createdAt) - Date.parse(b.createdAt));
    for (let left = crowd; left > 0; left--) {
      const customer = { ...orderRequest.customer, sourceId: `customer of another partner ${left}` };
      place({ ...orderRequest, customer }, `crowd-${left}`, 1_000 * left);
    }
  }

  #plan(faults: Schedule["faults"]): void {
    const planned = [...faults];
    this.#world.nextFault = () => {
      const fault = planned.shift();
      return fault === "none" ? undefined : fault;
    };
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

  /** Waits for all that don't sleep, and so long at the most. */
  async #ended(limitMs: number): Promise<void> {
    const ended = this.#calls.flat().map((call) => (call.isAsleep ? undefined : call.ended));
    await Promise.race([Promise.all(ended), systemTiming.sleep(limitMs)]);
  }

  /** Gives those that should have ended long ago some time more, as on a machine that is held up. */
  async #hungEnd(index: number): Promise<void> {
    const late = (this.#calls[index] ?? []).filter(
      ({ told, own }) => told === undefined && own.deadlineMs <= overBeforeEveningMs,
    );
    if (late.length === 0) return;
    await Promise.race([Promise.all(late.map(({ ended }) => ended)), systemTiming.sleep(20_000)]);
    for (const call of late) call.told ??= { said: "hung" };
  }

  /**
   * Waits until no order is being sent, and nothing has happened at the server and the ledger for a moment in which this
   * process was not held up: on a busy machine a request may be on its way for long. An hour passes afterwards, and nothing is on its way for so
   * long: a call that has made sure that it may send, and sends an hour later, is what nobody can exclude.
   */
  async #quiet(): Promise<void> {
    let idle = 0;
    let happened = -1;
    for (let round = 0; round < 2_000 && idle < 20; round++) {
      const startMs = systemTiming.monotonicMs();
      await systemTiming.sleep(5);
      const isHeldUp = systemTiming.monotonicMs() - startMs > 20;
      const isIdle =
        !isHeldUp &&
        this.#sendings + this.#world.busy === 0 &&
        this.#world.requests + this.#ledger.trips === happened;
      idle = isIdle ? idle + 1 : 0;
      happened = this.#world.requests + this.#ledger.trips;
    }
  }
}
