import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { Redis } from "ioredis";
import { signWebhook } from "juniper-fulfillment";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { projectRoot } from "../../scripts/package/project-root.ts";
import { event, secret } from "../../scripts/samples/deliveries.ts";
import { bundleProcess } from "../support/bundle-process.ts";
import { redisMissing, startRedisServer, type TestServer } from "../support/redis-server.ts";

const statuses = ["CREATED", "PROCESSING", "FULFILLED", "AWAITING_SHIPMENT", "SHIPPED"];
const orders = 60;
const copies = 3;

interface Delivery {
  readonly orderId: string;
  readonly payload: string;
}

/** Every event of every order, each several times, in no order at all. */
function flood(): Delivery[] {
  const deliveries = Array.from({ length: orders }, (_, number) => `order-${number}`).flatMap((orderId) =>
    statuses.flatMap((status, hour) => {
      const updatedAt = `2026-01-01T0${hour}:00:00Z`;
      const payload = JSON.stringify({ order: { ...event.order, orderId, status, updatedAt } });
      return Array.from({ length: copies }, () => ({ orderId, payload }));
    }),
  );
  return deliveries
    .map((delivery) => ({ delivery, at: Math.random() }))
    .sort((a, b) => a.at - b.at)
    .map(({ delivery }) => delivery);
}

/** Starts one process of the endpoint, and resolves to its port. */
async function startReceiver(file: string, redisUrl: string): Promise<{ port: number; stop(): void }> {
  const child = spawn(process.execPath, [file, redisUrl, secret], { stdio: ["pipe", "pipe", "inherit"] });
  const [line] = await once(child.stdout, "data");
  return { port: Number(String(line)), stop: () => child.stdin.end() };
}

describe(`a flood of deliveries over one Redis${redisMissing}`, () => {
  let server: TestServer;
  let redis: Redis;
  let folder: string;
  let receivers: Awaited<ReturnType<typeof startReceiver>>[];

  beforeAll(async () => {
    if (redisMissing) return;
    server = await startRedisServer();
    redis = new Redis(server.url);
    folder = await mkdtemp(join(tmpdir(), "flood-"));
    const file = join(folder, "receiver.mjs");
    await bundleProcess(join(projectRoot, "test", "webhooks", "receiver-process.ts"), file);
    receivers = await Promise.all([1, 2, 3].map(() => startReceiver(file, server.url)));
  });
  afterAll(async () => {
    if (redisMissing) return;
    for (const receiver of receivers) receiver.stop();
    redis.disconnect();
    await server.close();
    await rm(folder, { recursive: true });
  });

  /** Delivers until a process responds with 200, as a sender that delivers at least once does. */
  async function deliver({ payload }: Delivery): Promise<void> {
    for (;;) {
      const { port } = receivers[Math.floor(Math.random() * receivers.length)] ?? { port: 0 };
      const headers = { "x-juniper-signature": await signWebhook({ payload, secret }) };
      const init = { method: "POST", headers, body: payload };
      const { status } = await fetch(`http://127.0.0.1:${port}/`, init);
      if (status === 200) return;
      await delay(20 + Math.random() * 80);
    }
  }

  test.skipIf(redisMissing)(
    "to several processes leaves every order with its newest status, and drops duplicates",
    async () => {
      const queue = flood();
      const senders = Array.from({ length: 48 }, async () => {
        for (let next = queue.pop(); next !== undefined; next = queue.pop()) await deliver(next);
      });
      await Promise.all(senders);
      const stored = await redis.hgetall("statuses");
      expect(Object.keys(stored)).toHaveLength(orders);
      expect(Object.entries(stored).filter(([, status]) => status !== "SHIPPED")).toEqual([]);
      // Some events come twice because their handler failed, but not each copy of them.
      const handled = Object.values(await redis.hgetall("events")).reduce(
        (sum, count) => sum + Number(count),
        0,
      );
      expect(handled).toBeGreaterThanOrEqual(orders * statuses.length);
      expect(handled).toBeLessThan(orders * statuses.length * 1.5);
      expect(await redis.keys("juniper-fulfillment:webhook:turn:*")).toEqual([]);
    },
  );
});
