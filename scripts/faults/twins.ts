import { AsyncLocalStorage } from "node:async_hooks";
import { memoryLedger, type OrderRequest, OutcomeUnknownError } from "juniper-fulfillment";
import { submitOrderWith } from "../../src/orders/submit-order.ts";
import { createClientWith } from "../../src/wrapper/client.ts";
import { systemTiming } from "../../src/wrapper/timing.ts";
import { orderRequest } from "../samples/requests.ts";
import { chanceOf } from "./chance.ts";
import { type OrderBackend, startOrderBackend } from "./order-backend.ts";
import { unsteady } from "./unsteady-client.ts";

/** How many orders of the same customer, items and terms there are of each, under references of their own. */
const twinsEach = 2;
/** How many POSTs in a hundred break: half of them before the order is stored, half after. */
const broken = 5;
/** How many groups of twins are placed at the same time. */
const atOnce = 8;

interface Variant {
  readonly name: string;
  /** Whether the server returns orders as they were sent. */
  readonly isFaithful: boolean;
  /** Whether the twins differ in a field that only the strict fingerprint looks at. */
  readonly differ?: true;
  /** Whether the reference is put into the order. */
  readonly correlates?: true;
}

const variants: readonly Variant[] = [
  { name: "alike in every field, returned as sent", isFaithful: true },
  { name: "alike in every field, returned with a change", isFaithful: false },
  { name: "of different first names, returned as sent", isFaithful: true, differ: true },
  { name: "of different first names, returned with a change", isFaithful: false, differ: true },
  { name: "with the reference in packDescription", isFaithful: true, correlates: true },
];

/** What became of the twins of one variant. */
export interface TwinsResult {
  readonly name: string;
  readonly orders: number;
  /** Orders that were stored and whose response was lost. */
  readonly lost: number;
  /** Those of them that a lookup found at once, that a later call found, and that stay for a person. */
  readonly found: number;
  readonly foundLater: number;
  readonly unsettled: number;
  /** Orders that were never stored: they stay listed until somebody resends or settles them. */
  readonly neverStored: number;
  /** References that were told of an order that another one has placed. */
  readonly wrong: number;
  /** Orders that were stored more than once. */
  readonly duplicated: number;
}

/** Places twins while connections break. The same seed breaks the same share of them. */
export async function runTwins(orders: number, seed: number): Promise<TwinsResult[]> {
  const backend = await startOrderBackend();
  const results: TwinsResult[] = [];
  for (const variant of variants) results.push(await place(backend, variant, orders, seed));
  await backend.close();
  return results;
}

/** Who makes a request over the client that all share. */
const caller = new AsyncLocalStorage<string>();

async function place(
  backend: OrderBackend,
  variant: Variant,
  orders: number,
  seed: number,
): Promise<TwinsResult> {
  const world = backend.world(String(variants.indexOf(variant)));
  world.isFaithful = variant.isFaithful;
  const chance = chanceOf(seed + variants.indexOf(variant));
  let lost = 0;
  const breakSome = (method: string) => {
    if (method !== "POST" || chance() * 100 >= broken) return undefined;
    if (chance() < 0.5) return "reset before headers, nothing done";
    lost++;
    return "commit, then drop";
  };
  const baseUrl = `${backend.origin}/${variants.indexOf(variant)}/v1`;
  const client = unsteady(createClientWith({ accessToken: "token", baseUrl }, systemTiming), () => ({
    name: caller.getStore() ?? "nobody",
    step: (use) => use(),
    sending: (use) => use(),
  }));
  const ledger = memoryLedger();
  const told = new Map<string, string>();

  /** Whether it was told what became of the order. */
  const submit = (reference: string, order: OrderRequest): Promise<boolean> =>
    caller.run(reference, async () => {
      const lookup = { timeoutMs: 200 };
      const correlate = variant.correlates && correlated;
      try {
        const options = { reference, ledger, lookup, correlate };
        told.set(reference, (await submitOrderWith(client, order, options, systemTiming)).order.id);
        return true;
      } catch (error) {
        if (error instanceof OutcomeUnknownError) return false;
        throw error;
      }
    });

  // From them the ledger knows how the server returns orders.
  await submit("first", orderOf(variant, 0, "first"));
  world.nextFault = breakSome;
  const unknown: { reference: string; order: OrderRequest }[] = [];
  const groups = Array.from({ length: Math.ceil(orders / twinsEach) }, (_, index) => index + 1);
  const placeGroups = async (): Promise<void> => {
    for (let group = groups.shift(); group !== undefined; group = groups.shift()) {
      const twins = Array.from({ length: twinsEach }, (_, twin) => `${group}-${twin}`);
      await Promise.all(
        twins.map(async (reference) => {
          const order = orderOf(variant, group, reference);
          if (!(await submit(reference, order))) unknown.push({ reference, order });
        }),
      );
    }
  };
  await Promise.all(Array.from({ length: atOnce }, placeGroups));

  world.nextFault = () => undefined;
  let open = unknown;
  for (let round = 0; round < 2; round++) {
    const still: typeof open = [];
    for (const one of open) if (!(await submit(one.reference, one.order))) still.push(one);
    open = still;
  }
  const calls = [...world.callOf.values()];
  const stored = new Set(calls);
  const isStored = ({ reference }: (typeof unknown)[number]): boolean => stored.has(reference);
  const unsettled = open.filter(isStored).length;
  return {
    ...{ name: variant.name, orders, lost, found: lost - unknown.filter(isStored).length },
    ...{ foundLater: unknown.filter(isStored).length - unsettled, unsettled },
    neverStored: open.length - unsettled,
    wrong: [...told].filter(([reference, id]) => world.callOf.get(id) !== reference).length,
    duplicated: calls.length - stored.size,
  };
}

function orderOf({ differ }: Variant, group: number, reference: string): OrderRequest {
  const { customer } = orderRequest;
  const firstName = differ ? `Ada ${reference}` : "Ada";
  return { ...orderRequest, customer: { ...customer, sourceId: `customer-${group}`, firstName } };
}

function correlated(reference: string, order: OrderRequest): OrderRequest {
  const [first, ...rest] = order.lineItems;
  if (first === undefined) return order;
  const packDescription = `${first.packDescription} ${reference}`;
  return { ...order, lineItems: [{ ...first, packDescription }, ...rest] };
}

/** A line for each variant. */
export function formatTwins(results: readonly TwinsResult[], seed: number): string {
  const [first] = results;
  const columns = ["lost", "found", "foundLater", "unsettled", "neverStored", "wrong", "duplicated"] as const;
  const head = ["lost", "found", "later", "unsettled", "not stored", "wrong", "twice"];
  return [
    `${first?.orders} orders in pairs of the same customer, items and terms, ${broken} % of the POSTs break, seed ${seed}`,
    `${"".padEnd(50)}${head.map((name) => name.padStart(11)).join("")}`,
    ...results.map(
      (result) =>
        `${result.name.padEnd(50)}${columns.map((column) => String(result[column]).padStart(11)).join("")}`,
    ),
  ].join("\n");
}
