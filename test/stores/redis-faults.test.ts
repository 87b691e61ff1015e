import { setTimeout as delay } from "node:timers/promises";
import { Redis } from "ioredis";
import { Redis as Redis5 } from "ioredis-5";
import { createFulfillmentClient, submitOrder } from "juniper-fulfillment";
import { redisStore } from "juniper-fulfillment/stores";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type OrderBackend, startOrderBackend, type World } from "../../scripts/faults/order-backend.ts";
import { orderRequest } from "../../scripts/samples/requests.ts";
import { redisMissing, startRedisServer, type TestServer } from "../support/redis-server.ts";
import { startTcpProxy, type TcpProxy } from "../support/tcp-proxy.ts";

describe.skipIf(redisMissing !== "")(`over a link to Redis that breaks${redisMissing}`, () => {
  let server: TestServer;
  let proxy: TcpProxy;
  let backend: OrderBackend;
  let world: World;
  const clients: { disconnect(): void }[] = [];

  beforeAll(async () => {
    server = await startRedisServer();
  });
  afterAll(() => server?.close());
  beforeEach(async () => {
    proxy = await startTcpProxy(Number(new URL(server.url).port));
    backend = await startOrderBackend();
    world = backend.world("w");
  });
  afterEach(async () => {
    for (const redis of clients.splice(0)) redis.disconnect();
    await proxy.close();
    await backend.close();
  });

  /** With the library's own defaults, as most have it. */
  const connect = (): Redis => kept(new Redis(proxy.port, "127.0.0.1"));
  const connect5 = (): Redis5 => kept(new Redis5(proxy.port, "127.0.0.1"));
  function kept<Client extends Redis | Redis5>(redis: Client): Client {
    // Of either version. A connection that breaks is what is tested.
    (redis as Redis).on("error", () => {});
    clients.push(redis);
    return redis;
  }
  const order = (name: string) => ({
    ...orderRequest,
    customer: { ...orderRequest.customer, sourceId: `customer-${name}` },
  });

  for (const [name, open] of [
    ["ioredis 6", connect],
    ["ioredis 5", connect5],
  ] as const) {
    test(`${name} sends a command again whose reply was lost, and the store knows its own value`, async () => {
      const store = redisStore(open(), { prefix: `${name}:` });
      await store.get("warm");
      proxy.loseNextReply();
      expect(await store.add("key", "value")).toBe(true);
      expect(proxy.isLosing).toBe(false);
      proxy.loseNextReply();
      expect(await store.replace("key", "value", "other")).toBe(true);
      expect(proxy.isLosing).toBe(false);
      expect(await store.get("key")).toBe("other");
      // Another one's, though it is the same.
      expect(await store.add("key", "other")).toBe(false);
    });

    test(`${name} sends a removal again whose reply was lost, and nobody else's value goes with it`, async () => {
      const store = redisStore(open(), { prefix: `${name}:again:` });
      await store.add("key", "mine");
      proxy.loseNextReply();
      const removed = store.remove("key", "mine");
      await expect.poll(() => proxy.isLosing).toBe(false);
      const direct = new Redis(server.url);
      kept(direct);
      await redisStore(direct, { prefix: `${name}:again:` }).add("key", "another's");
      await removed;
      expect(await store.get("key")).toBe("another's");
    });
  }

  test("a submission through lost replies places one order, and ends as created", async () => {
    const store = redisStore(connect(), { prefix: "lost:" });
    const client = createFulfillmentClient({ accessToken: "t", baseUrl: `${backend.origin}/w/v1` });
    for (let round = 0; round < 10; round++) {
      const submitted = submitOrder(client, order(`${round}`), {
        ...{ reference: `lost-${round}`, ledger: store },
      });
      await delay(round);
      proxy.loseNextReply();
      expect((await submitted).outcome).toBe("created");
    }
    expect(world.orders).toHaveLength(10);
  });

  for (const [how, breakIt] of [
    ["hangs", () => (proxy.isStuck = true)],
    ["is down", () => proxy.cut()],
  ] as const) {
    test(`a submission ends within its deadline when Redis ${how}, and sends nothing`, async () => {
      const redis = connect();
      await redis.ping();
      breakIt();
      const client = createFulfillmentClient({ accessToken: "t", baseUrl: `${backend.origin}/w/v1` });
      const startMs = performance.now();
      const submitted = submitOrder(client, order(how), {
        ...{ reference: how, ledger: redisStore(redis), deadlineMs: 1_500 },
      });
      await expect(submitted).rejects.toThrow();
      // ioredis itself goes on for twenty attempts, or for ever.
      expect(performance.now() - startMs).toBeLessThan(8_000);
      expect(world.orders).toHaveLength(0);
    });

    test(`a call gets a token of its own when the token store in Redis ${how}`, async () => {
      const redis = connect();
      await redis.ping();
      breakIt();
      const client = createFulfillmentClient({
        ...{ clientId: "id", clientSecret: "secret", tokenStore: redisStore(redis) },
        ...{ baseUrl: `${backend.origin}/w/v1`, tokenUrl: `${backend.origin}/w/token` },
      });
      const { response } = await client.GET("/orders", { deadlineMs: 8_000 });
      expect(response.status).toBe(200);
      expect(world.tokensSold).toBe(1);
    });
  }

  test("workers that wait for tokens while the link is cut, and send again at once, place no order twice", async () => {
    const count = 60;
    let isSlow = false;
    const workers = Array.from({ length: 3 }, () => {
      const client = createFulfillmentClient({
        // The token endpoint is slow while the link is cut, as when both are in the part of the network that fails.
        accessToken: async () => {
          if (isSlow) await delay(1_500);
          return "t";
        },
        ...{ baseUrl: `${backend.origin}/w/v1`, timeoutMs: 1_000 },
      });
      return { client, ledger: redisStore(connect(), { prefix: "cut:" }) };
    });
    const settled = new Set<string>();
    const work = async ({ client, ledger }: (typeof workers)[number], first: number): Promise<void> => {
      for (let step = 0; step < 3 * count && settled.size < count; step++) {
        const name = String((first + step) % count);
        if (settled.has(name)) continue;
        const options = { reference: `cut-${name}`, ledger, deadlineMs: 1_000, resend: { afterMs: 0 } };
        await submitOrder(client, order(`cut-${name}`), {
          ...options,
          lookup: { timeoutMs: 200, clockSkewMs: 200 },
        }).then(
          () => settled.add(name),
          // Unknown, or failed: the next round tries again.
          () => {},
        );
      }
    };
    const running = Promise.all(
      workers.flatMap((worker, number) =>
        Array.from({ length: 4 }, (_, lane) => work(worker, number * 20 + lane * 5)),
      ),
    );
    for (let round = 0; round < 4; round++) {
      await delay(150);
      isSlow = true;
      proxy.cut();
      await delay(1_200);
      proxy.mend();
      await delay(400);
      isSlow = false;
    }
    await running;
    const customers = world.orders.map(({ customer }) => (customer as { sourceId: string }).sourceId);
    expect(customers.length).toBeGreaterThan(10);
    expect(customers.length).toBe(new Set(customers).size);
    // Whatever was reported as done exists.
    for (const name of settled) expect(customers).toContain(`customer-cut-${name}`);
  });
});
