import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type OrderHouse, startOrderHouse } from "../faults/order-house.ts";
import { postgresMissing, startPostgresServer } from "../support/postgres-server.ts";
import { redisMissing, startRedisServer, type TestServer } from "../support/redis-server.ts";
import { startFleet, type Tally } from "./fleet.ts";

const credentials = { clientId: "partner", clientSecret: "secret" };
const total = (tallies: readonly Tally[], outcome: string): number =>
  tallies.reduce((sum, { outcomes = {} }) => sum + (outcomes[outcome] ?? 0), 0);

let house: OrderHouse;
beforeAll(async () => {
  house = await startOrderHouse();
});
afterAll(() => house.close());

const apiOf = (world: string) => ({
  ...credentials,
  baseUrl: `${house.origin}/${world}/v1`,
  tokenUrl: `${house.origin}/${world}/token`,
});

const ledgers = [
  { name: `Redis${redisMissing}`, missing: redisMissing, start: startRedisServer },
  { name: `PostgreSQL${postgresMissing}`, missing: postgresMissing, start: startPostgresServer },
];

for (const { name, missing, start } of ledgers) {
  const check = missing === "" ? test : test.skip;
  check(
    `eight processes submit the same 1,000 references, and 1,000 orders exist: ledger in ${name}`,
    async () => {
      const server = await start();
      try {
        const work = {
          task: "submit",
          url: server.url,
          count: 1000,
          api: apiOf(name.replaceAll(" ", "-")),
        } as const;
        const tallies = await (await startFleet(8, work)).run();
        const { orders } = house.world(name.replaceAll(" ", "-"));
        expect(orders).toHaveLength(1000);
        const customers = orders.map(({ customer }) => (customer as { sourceId: string }).sourceId);
        expect(new Set(customers).size).toBe(1000);
        expect(total(tallies, "created")).toBe(1000);
        const others = total(tallies, "already-submitted") + total(tallies, "found");
        expect(others, JSON.stringify(tallies)).toBe(7000);
      } finally {
        await server.close();
      }
    },
    240_000,
  );
}

describe(`eight processes that sign in at once with a shared token store${redisMissing}`, () => {
  const check = redisMissing === "" ? test : test.skip;
  let server: TestServer;
  beforeAll(async () => {
    if (redisMissing === "") server = await startRedisServer();
  });
  afterAll(() => server?.close());

  for (const redisClient of ["ioredis 6", "node-redis 6"]) {
    check(`buy one token: ${redisClient}`, async () => {
      const api = apiOf(`sign-in-${redisClient.replace(" ", "-")}`);
      const fleet = await startFleet(8, { task: "sign in", url: server.url, redisClient, api });
      const tallies = await fleet.run();
      expect(tallies.reduce((sum, { tokensBought = 0 }) => sum + tokensBought, 0)).toBe(1);
    });
  }
});
