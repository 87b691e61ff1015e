/** One process of a fleet: `fleet.ts` starts several of them, each with its work as JSON on the command line. */
import { once } from "node:events";
import {
  createFulfillmentClient,
  type Ledger,
  type OrderSubmission,
  submitOrders,
  unwrap,
} from "juniper-fulfillment";
import type { RedisStore } from "juniper-fulfillment/stores";
import { orderRequest } from "../../scripts/samples/requests.ts";
import type { Tally, Work } from "./fleet.ts";
import { openStore } from "./stores.ts";

const work: Work & { readonly number: number } = JSON.parse(process.argv[2] ?? "");
const { store, close } = await openStore(work.url, work.redisClient);
const tasks = { add, submit, "submit its own": submit, "sign in": signIn };
console.log("ready");
await once(process.stdin, "data");
console.log(JSON.stringify(await tasks[work.task](store)));
await close();

async function add(ledger: Ledger): Promise<Tally> {
  const keys = Array.from({ length: work.count ?? 0 }, (_, number) => `key-${number}`);
  const answers = await Promise.all(keys.map((key) => ledger.add(key, String(work.number))));
  return { added: answers.filter((isFirst) => isFirst).length };
}

async function signIn(ledger: Ledger): Promise<Tally> {
  let tokensBought = 0;
  const client = createFulfillmentClient({
    ...work.api,
    // Only a Redis is asked to.
    tokenStore: ledger as RedisStore,
    onToken: ({ requestCount }) => {
      tokensBought = requestCount;
    },
  });
  unwrap(await client.GET("/orders"));
  return { tokensBought };
}

async function submit(ledger: Ledger): Promise<Tally> {
  const client = createFulfillmentClient({ ...work.api });
  const outcomes: Record<string, number> = {};
  const errors: string[] = [];
  const concurrency = work.task === "submit" ? 8 : 32;
  const options = { ledger, concurrency, lookup: { maxPages: 100 } };
  for await (const { outcome, error } of submitOrders(client, submissions(), options)) {
    outcomes[outcome] = (outcomes[outcome] ?? 0) + 1;
    if (error !== undefined) errors.push(String(error));
  }
  return { outcomes, errors: errors.slice(0, 5) };
}

/** The same orders in every process, each process beginning somewhere else. All meet all in the end. */
function* submissions(): Generator<OrderSubmission> {
  const count = work.count ?? 0;
  const first = Math.floor((work.number * count) / 8);
  for (let step = 0; step < count; step++) {
    const name = work.task === "submit" ? `${(first + step) % count}` : `${work.number}-${step}`;
    const customer = { ...orderRequest.customer, sourceId: `customer-${name}` };
    yield { reference: `reference-${name}`, order: { ...orderRequest, customer } };
  }
}
