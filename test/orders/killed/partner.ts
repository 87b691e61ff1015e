import type {
  Ledger,
  Order,
  OrderClient,
  SettledOrder,
  SettleOrderOptions,
  SubmitOrderOptions,
  SubmitOrderResult,
  UnsettledOrder,
} from "juniper-fulfillment";
import { orderRequest } from "../../../scripts/samples/requests.ts";
import { listUnsettledOrdersWith } from "../../../src/orders/list-unsettled.ts";
import { settleOrderWith } from "../../../src/orders/settle-order.ts";
import { submitOrderWith } from "../../../src/orders/submit-order.ts";
import { paginate } from "../../../src/pagination/paginate.ts";
import { createClientWith } from "../../../src/wrapper/client.ts";
import { systemTiming, type Timing } from "../../../src/wrapper/timing.ts";
import { step } from "./stopped-call.ts";
import type { Reaction } from "./vendor.ts";

const hourMs = 3_600_000;

/** What one call of a partner meets. */
export interface Circumstances {
  /** What the vendor does with a POST. */
  readonly reaction?: Reaction;
  /** Whether the vendor lists no order of the reference. */
  readonly isHidden?: boolean;
  /** Whether it lists no order of any other. */
  readonly areOthersHidden?: boolean;
  /** The partner's time, in hours from now. */
  readonly hour?: number;
}

/** A partner whose calls are steps, each reference with a customer of its own. */
export class Partner {
  readonly ledger: Required<Ledger>;
  readonly #client: OrderClient;

  constructor(vendor: string, ledger: Required<Ledger>) {
    this.ledger = ledger;
    const options = { accessToken: "token", baseUrl: `${vendor}/v1`, maxRetries: 0 };
    this.#client = createClientWith(options, systemTiming);
  }

  submit(
    reference: string,
    circumstances: Circumstances = {},
    options: Partial<SubmitOrderOptions> = {},
  ): Promise<SubmitOrderResult> {
    const person = { firstName: reference, email: `${reference}@example.com` };
    const customer = { ...orderRequest.customer, ...person, sourceId: reference };
    const order = { ...orderRequest, customer };
    const own = { reference, ledger: this.ledger, lookup: { timeoutMs: 1 }, ...options };
    return submitOrderWith(this.#clientOf(reference, circumstances), order, own, timingAt(circumstances));
  }

  settle(
    reference: string,
    as: SettleOrderOptions["as"],
    circumstances: Circumstances = {},
  ): Promise<SettledOrder> {
    const options = { reference, ledger: this.ledger, as };
    return settleOrderWith(this.#clientOf(reference, circumstances), options, timingAt(circumstances));
  }

  async unsettled(circumstances: Circumstances = {}): Promise<UnsettledOrder[]> {
    const all: UnsettledOrder[] = [];
    const options = { olderThanMs: 0 };
    for await (const one of listUnsettledOrdersWith(this.ledger, options, timingAt(circumstances))) {
      all.push(one);
    }
    return all;
  }

  async ordersOf(reference: string): Promise<readonly Order[]> {
    const orders: Order[] = [];
    for await (const order of paginate(this.#clientOf(reference, { areOthersHidden: true }), "/orders"))
      if (order.customer?.sourceId === reference) orders.push(order);
    return orders;
  }

  #clientOf(
    reference: string,
    { reaction = "store", isHidden = false, areOthersHidden = false, hour = 0 }: Circumstances,
  ): OrderClient {
    const headers = {
      "x-reference": reference,
      "x-reaction": reaction,
      "x-hidden": isHidden ? "yes" : "no",
      "x-others-hidden": areOthersHidden ? "yes" : "no",
      // Their clocks agree.
      "x-hour": String(hour),
    };
    return {
      // Its overloads pass through as they are.
      GET: ((path: never, init: object) =>
        step(() => this.#client.GET(path, { ...init, headers } as never))) as OrderClient["GET"],
      POST: (path, init) => step(() => this.#client.POST(path, { ...init, headers })),
    };
  }
}

function timingAt({ hour = 0 }: Circumstances): Timing {
  return {
    ...systemTiming,
    wallMs: () => systemTiming.wallMs() + hour * hourMs,
    sleep: (ms, signal) => systemTiming.sleep(ms / 100, signal),
  };
}
