import { type FulfillmentClient, memoryLedger, OutcomeUnknownError } from "juniper-fulfillment";
import { Agent, fetch as undiciFetch } from "undici";
import { listUnsettledOrders } from "../../../src/orders/list-unsettled.ts";
import { submitOrderWith } from "../../../src/orders/submit-order.ts";
import { createClientWith } from "../../../src/wrapper/client.ts";
import { systemTiming, type Timing } from "../../../src/wrapper/timing.ts";
import { orderRequest } from "../../samples/requests.ts";
import { toldBy } from "../told.ts";
import { type Told, type Witness, type Wrong, wrongsOf } from "../verdict.ts";
import type { Hosts } from "./hosts.ts";
import { allWays, type Host, ip, type Way } from "./network.ts";

const moments = ["before it connects", "before it stores", "after it has stored"] as const;
/** What is called, and when the host is back. */
export const callings = ["POST", "submitOrder, back at once", "submitOrder, back afterwards"] as const;
export type Calling = (typeof callings)[number];
export const isCalling = (word: string): word is Calling => callings.some((calling) => calling === word);
const transports = ["the node transport", "a fetch"] as const;

/** One way in which a host vanishes from under an order. */
export interface Plan {
  readonly way: Way;
  readonly moment: (typeof moments)[number];
  readonly calling: Calling;
  readonly transport: (typeof transports)[number];
}

export interface Cell extends Plan {
  readonly told: Told["said"];
  /** The code that the connection ended with, of a POST. */
  readonly code: string | undefined;
  readonly stored: number;
  readonly wrongs: readonly Wrong[];
}

export const plans: readonly Plan[] = allWays.flatMap((way) =>
  moments.flatMap((moment) =>
    callings.flatMap((calling) => transports.map((transport) => ({ way, moment, calling, transport }))),
  ),
);

const hurried: Timing = { ...systemTiming, sleep: (ms, signal) => systemTiming.sleep(ms / 50, signal) };

/** Places an order at a host that vanishes, and lets the application call again when the host is back. */
export async function runCell(plan: Plan, host: Host, hosts: Hosts): Promise<Cell> {
  const name = `cell-${host.address}`;
  const outage = new Outage(plan, host, hosts);
  const client = connectClient(plan, host, `${hosts.port}/${name}`, () => outage.end());
  if (plan.moment !== "before it connects") await client.GET("/products", { headers: { "x-call": "first" } });
  // Undici is loaded all the same, or the outage would be over before it begins.
  await import("undici");
  await outage.begin(name);
  const ledger = memoryLedger();
  const call = (own: string): Promise<Witness & { code?: string | undefined }> =>
    plan.calling === "POST"
      ? post(client, own)
      : submit(withName(client, own), ledger).then((told) => ({ call: own, told }));
  const first = await call("call-1");
  await outage.end();
  const witnesses: Witness[] = [first];
  const isCertain = first.told.said === "placed";
  if (plan.calling !== "POST" && !isCertain) witnesses.push(await call("call-2"));
  const stored = await hosts.orders(name);
  let isListed = plan.calling === "POST" && first.told.said === "unknown";
  for await (const _ of listUnsettledOrders(ledger, { olderThanMs: 0 })) isListed = true;
  const wrongs = wrongsOf({ witnesses, stored, entry: "none", isListed }, true);
  return { ...plan, told: first.told.said, code: first.code, stored: stored.length, wrongs };
}

/** The time in which the host is gone. */
class Outage {
  readonly #plan: Plan;
  readonly #host: Host;
  readonly #hosts: Hosts;
  #isOn = false;
  #changing: Promise<void> = Promise.resolve();

  constructor(plan: Plan, host: Host, hosts: Hosts) {
    this.#plan = plan;
    this.#host = host;
    this.#hosts = hosts;
  }

  /** Lets the host vanish now, or once it has stored an order. */
  async begin(world: string): Promise<void> {
    await this.#hosts.ip(this.#host.muting);
    const vanish = (): void => {
      this.#isOn = true;
      this.#change("gone");
    };
    if (this.#plan.moment === "after it has stored") await this.#hosts.hold(world, vanish);
    else vanish();
    await this.#changing;
  }

  async end(): Promise<void> {
    if (this.#isOn) {
      this.#isOn = false;
      this.#change("back");
    }
    await this.#changing;
  }

  #change(to: "gone" | "back"): void {
    const { here = [], there = [] } = this.#host.vanishing(this.#plan.way)[to];
    this.#changing = this.#changing.then(async () => {
      if (to === "back") await this.#hosts.ip(this.#host.unmuting);
      ip(here);
      await this.#hosts.ip(there);
    });
  }
}

/** A client that reaches the host by a name of this machine's, for which plain http will do. */
function connectClient(
  { calling, transport }: Plan,
  { address }: Host,
  place: string,
  endOutage: () => Promise<void>,
): FulfillmentClient {
  const lookup = (_name: string, _options: object, found: (...result: unknown[]) => void): void =>
    found(null, [{ address, family: 4 }]);
  const isBackAtOnce = calling !== "submitOrder, back afterwards";
  const dispatcher = new Agent({ connect: { lookup: lookup as never } });
  const send = async (request: Request): Promise<Response> => {
    const { url, method, headers, signal } = request;
    const body = method === "GET" ? undefined : await request.text();
    const init = { method, headers: [...headers], body, signal, dispatcher };
    return (await undiciFetch(url, init as never)) as unknown as Response;
  };
  // The system is to end the connections, not the client.
  const limits = { timeoutMs: 20_000, deadlineMs: 60_000, maxRetries: 1 };
  return createClientWith(
    {
      ...{ accessToken: "token", baseUrl: `http://vanishing.localhost:${place}/v1`, ...limits },
      ...(transport === "a fetch" ? { fetch: send } : { node: { tls: { lookup } } }),
      onRetry: () => {
        if (isBackAtOnce) void endOutage();
      },
    },
    hurried,
  );
}

async function post(client: FulfillmentClient, call: string) {
  try {
    const { data } = await client.POST("/orders", { body: orderRequest, headers: { "x-call": call } });
    const told: Told =
      data === undefined ? { said: "not placed" } : { said: "placed", orderId: data.id, isByThisCall: true };
    return { call, told };
  } catch (error) {
    const told: Told = { said: error instanceof OutcomeUnknownError ? "unknown" : "not placed" };
    return { call, told, code: codeOf(error) };
  }
}

function submit(client: FulfillmentClient, ledger: ReturnType<typeof memoryLedger>): Promise<Told> {
  const options = { reference: "reference-1", ledger, deadlineMs: 60_000, lookup: { timeoutMs: 3_000 } };
  return toldBy(submitOrderWith(client, orderRequest, options, hurried));
}

/** The client, which tells the host whose call it is. */
function withName(client: FulfillmentClient, call: string): FulfillmentClient {
  const named = (init: { readonly headers?: object }): never =>
    ({ ...init, headers: { ...init.headers, "x-call": call } }) as never;
  return {
    GET: (path: never, init: never) => client.GET(path, named(init)),
    POST: (path: never, init: never) => client.POST(path, named(init)),
  } as unknown as FulfillmentClient; // It passes on what it is given.
}

function codeOf(error: unknown): string | undefined {
  const { code, cause } = Object(error) as { readonly code?: unknown; readonly cause?: unknown };
  return cause === undefined ? (typeof code === "string" ? code : undefined) : codeOf(cause);
}
