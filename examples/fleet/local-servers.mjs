import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Redis } from "ioredis";

/** Starts a Redis of this run's own, behind a socket in a temporary folder. Undefined where it isn't installed. */
export async function startRedis() {
  const folder = await mkdtemp(join(tmpdir(), "fleet-redis-"));
  const path = join(folder, "redis.sock");
  const args = ["--port", "0", "--unixsocket", path, "--dir", folder, "--save", "", "--appendonly", "yes"];
  const child = spawn("redis-server", args, { stdio: "ignore", detached: true });
  const kill = () => child.kill("SIGKILL");
  process.once("exit", kill);
  const ended = once(child, "exit").catch(() => {});
  const stop = async () => {
    process.off("exit", kill);
    kill();
    await ended;
    await rm(folder, { recursive: true, force: true });
  };
  const started = await Promise.race([
    once(child, "spawn"),
    once(child, "error").then(() => undefined),
  ]).catch(() => undefined);
  if (started === undefined) {
    process.off("exit", kill);
    await rm(folder, { recursive: true, force: true });
    return undefined;
  }
  const redis = new Redis(path, { maxRetriesPerRequest: 100, retryStrategy: () => 50 });
  redis.on("error", () => {});
  await redis.ping();
  redis.disconnect();
  return { url: path, stop };
}

/** Starts the package's own mock of the API, which keeps the orders that it is sent. */
export async function startMock() {
  const { startMockServer } = await import("juniper-fulfillment/testing");
  const mock = await startMockServer({ stateful: true });
  const { clientId, clientSecret, baseUrl, tokenUrl } = mock.clientOptions;
  return {
    environment: {
      JUNIPER_CLIENT_ID: clientId,
      JUNIPER_CLIENT_SECRET: clientSecret,
      JUNIPER_BASE_URL: baseUrl,
      JUNIPER_TOKEN_URL: tokenUrl,
    },
    orders: () => mock.orders,
    stop: () => mock.close(),
  };
}
