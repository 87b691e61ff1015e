import { memoryLedger } from "../../src/orders/ledger.ts";
import { persist } from "../../src/orders/persist.ts";
import { type RateStore, SharedRate } from "../../src/orders/shared-rate.ts";
import { RateLimitError } from "../../src/wrapper/errors.ts";
import type { Vendor } from "./vendor.ts";
import { VirtualTime } from "./virtual-time.ts";

export interface Scenario {
  readonly processes: number;
  /** How many orders each process has under way. */
  readonly concurrency: number;
  readonly orders: number;
  readonly vendor: Vendor;
  /** Whether a 429 has a `Retry-After`, in whole seconds as the header has it. */
  readonly retryAfter: boolean;
  /** What a response takes at the least; it takes up to twice that. */
  readonly latencyMs: number;
  /** How long the store takes to respond. Without it there is no store, and each process has its own rate. */
  readonly storeLatencyMs?: number;
  /** How far the clocks of the processes are apart. */
  readonly skewMs?: number;
  readonly giveUpAfterMs?: number;
  readonly seed?: number;
  readonly onLimit?: (info: { atMs: number; perSecond: number; pauseMs: number }) => void;
}

export interface Simulated {
  readonly seconds: number;
  readonly placed: number;
  readonly givenUp: number;
  /** Requests that got a 429, for each order that was placed. */
  readonly wasted: number;
  /** Orders placed per second, for each that the vendor would take. */
  readonly throughput: number;
}

/** Places orders with a fleet whose processes, clocks and network are simulated. The rate is the real one. */
export async function simulate(scenario: Scenario): Promise<Simulated> {
  const { processes, concurrency, orders, vendor, storeLatencyMs, skewMs = 0 } = scenario;
  const time = new VirtualTime(scenario.seed ?? 1);
  const shared = memoryLedger();
  let next = 0;
  let refused = 0;
  let placed = 0;
  let givenUp = 0;
  const send = async (): Promise<object> => {
    await time.sleep(scenario.latencyMs * (0.5 + time.random() / 2));
    const result = vendor.take(time.nowMs);
    await time.sleep(scenario.latencyMs * (0.5 + time.random() / 2));
    if (result.isTaken) return {};
    refused++;
    throw limitError(scenario.retryAfter ? result.freeInMs : undefined);
  };
  const process = async (number: number): Promise<void> => {
    const timing = time.timing(skewMs * (number / processes - 0.5));
    const store = storeLatencyMs === undefined ? memoryLedger() : distant(shared, time, storeLatencyMs);
    const rate = new SharedRate(store, timing, (info) => scenario.onLimit?.({ atMs: time.nowMs, ...info }));
    const worker = async (): Promise<void> => {
      while (next++ < orders) {
        const { giveUpAfterMs = 900_000 } = scenario;
        await persist(send, { rate, timing, giveUpAfterMs, signal: undefined }).then(
          () => placed++,
          () => givenUp++,
        );
      }
    };
    await Promise.all(Array.from({ length: concurrency }, worker));
  };
  await time.run(Promise.all(Array.from({ length: processes }, (_, number) => process(number))));
  const seconds = time.nowMs / 1000;
  return {
    ...{ seconds, placed, givenUp },
    ...{ wasted: refused / placed, throughput: placed / seconds / vendor.perSecond },
  };
}

function limitError(retryAfterMs: number | undefined): RateLimitError {
  const headers = retryAfterMs === undefined ? {} : { "retry-after": `${Math.ceil(retryAfterMs / 1000)}` };
  const response = new Response(null, { status: 429, headers });
  return new RateLimitError({ method: "POST", path: "/orders", response, body: undefined });
}

/** A store at the other end of a network. What comes first is carried out first. */
function distant(store: RateStore, time: VirtualTime, latencyMs: number): RateStore {
  const away = async <Value>(work: () => Value): Promise<Awaited<Value>> => {
    await time.sleep(latencyMs / 2);
    const value = await work();
    await time.sleep(latencyMs / 2);
    return value;
  };
  return {
    get: (key) => away(() => store.get(key)),
    add: (key, value, ttlMs) => away(() => store.add(key, value, ttlMs)),
    replace: (...args) => away(() => store.replace?.(...args) ?? false),
  };
}
