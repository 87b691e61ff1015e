import {
  type FulfillmentClient,
  type Ledger,
  memoryLedger,
  type SettledOrder,
  type SettleOrderOptions,
  type SubmitOrderOptions,
  type SubmitOrderResult,
} from "juniper-fulfillment";
import { afterAll, beforeAll, beforeEach } from "vitest";
import {
  type Fault,
  type OrderBackend,
  startOrderBackend,
  type World,
} from "../../scripts/faults/order-backend.ts";
import { orderRequest } from "../../scripts/samples/requests.ts";
import { listUnsettledOrdersWith, type UnsettledOrder } from "../../src/orders/list-unsettled.ts";
import { settleOrderWith } from "../../src/orders/settle-order.ts";
import { submitOrderWith } from "../../src/orders/submit-order.ts";
import { createClientWith } from "../../src/wrapper/client.ts";
import type { FulfillmentClientOptions } from "../../src/wrapper/options.ts";
import { systemTiming, type Timing } from "../../src/wrapper/timing.ts";

export const hourMs = 3_600_000;

/** One partner of a backend: its orders there, its ledger, and its clock. */
export class OrderWorld {
  readonly world: World;
  readonly baseUrl: string;
  ledger: Required<Ledger> = memoryLedger() as Required<Ledger>;
  /** How far the wall clock has been set forward, in milliseconds. */
  clockMs = 0;
  /** Waits at a hundredth of their length, and a wall clock that the test can set forward. */
  readonly timing: Timing = {
    ...systemTiming,
    wallMs: () => systemTiming.wallMs() + this.clockMs,
    sleep: (ms, signal) => systemTiming.sleep(ms / 100, signal),
  };

  constructor(backend: OrderBackend, name: string) {
    this.world = backend.world(name);
    this.baseUrl = `${backend.origin}/${name}/v1`;
    this.world.nowMs = () => this.timing.wallMs();
  }

  client(options: Partial<FulfillmentClientOptions> = {}): FulfillmentClient {
    const { baseUrl } = this;
    return createClientWith({ accessToken: "token", baseUrl, maxRetries: 0, ...options }, this.timing);
  }

  /** Submits under the reference `r-1`, unless the options say otherwise. */
  submit(
    options: Partial<SubmitOrderOptions> = {},
    order = orderRequest,
    client = this.client(),
  ): Promise<SubmitOrderResult> {
    const own = { reference: "r-1", ledger: this.ledger, lookup: { timeoutMs: 100 } };
    return submitOrderWith(client, order, { ...own, ...options }, this.timing);
  }

  /** Lets the ledger know in which form the API returns orders, by one of another customer, which counts as an earlier one. */
  async placeAnother(ledger: Ledger = this.ledger): Promise<void> {
    const customer = { ...orderRequest.customer, sourceId: "another" };
    const { world } = this;
    const { asCreated } = world;
    world.asCreated = (order) => asCreated({ ...order, id: "another" });
    await this.submit({ reference: "another", ledger }, { ...orderRequest, customer });
    world.asCreated = asCreated;
    for (const order of world.orders.splice(0)) world.earlier.push({ ...order, id: "another" });
  }

  settle(as: SettleOrderOptions["as"], options: Partial<SettleOrderOptions> = {}): Promise<SettledOrder> {
    const own = { reference: "r-1", ledger: this.ledger, as };
    return settleOrderWith(this.client(), { ...own, ...options }, this.timing);
  }

  async unsettled(olderThanMs = 0): Promise<UnsettledOrder[]> {
    const all: UnsettledOrder[] = [];
    for await (const one of listUnsettledOrdersWith(this.ledger, { olderThanMs }, this.timing)) all.push(one);
    return all;
  }

  /** Lets the faults strike one request each. */
  strike(...list: Fault[]): void {
    this.world.nextFault = () => list.shift();
  }
}

/** Begins each test of the file with a new partner, of whom nothing is known yet. One backend serves all of them. */
export function beginEachTestAs(begin: (partner: OrderWorld) => void): void {
  let backend: OrderBackend;
  let number = 0;
  beforeAll(async () => {
    backend = await startOrderBackend();
    // It loads the transport, which may take longer than a test's limits.
    const first = { accessToken: "token", baseUrl: `${backend.origin}/first/v1` };
    await createClientWith(first, systemTiming).warmup();
  });
  afterAll(() => backend.close());
  beforeEach(() => begin(new OrderWorld(backend, `world-${number++}`)));
}

/** What a call ends with: its outcome, or its error. */
export function endOf(call: Promise<{ readonly outcome: string }>): Promise<unknown> {
  return call.then(
    ({ outcome }) => outcome,
    (error: unknown) => error,
  );
}
