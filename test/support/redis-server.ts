import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { findProgram, freePort, startProgram } from "./programs.ts";

const program = findProgram("redis-server");

/** Why tests with a Redis are skipped; empty where they run. */
export const redisMissing = program === undefined ? " (skipped: redis-server is not installed)" : "";

export interface TestServer {
  readonly url: string;
  close(): Promise<void>;
}

/** A Redis of the test's own, on a free port, fit for a ledger unless told otherwise. Its folder goes with it. */
export async function startRedisServer(settings: Record<string, string> = {}): Promise<TestServer> {
  const folder = await mkdtemp(join(tmpdir(), "redis-"));
  const port = await freePort();
  const options = {
    bind: "127.0.0.1",
    port: String(port),
    dir: folder,
    save: "",
    appendonly: "yes",
    ...settings,
  };
  const server = await startProgram(program ?? "redis-server", {
    args: Object.entries(options).flatMap(([name, value]) => [`--${name}`, value]),
    readyWhen: /Ready to accept connections/,
  });
  return {
    url: `redis://127.0.0.1:${port}`,
    close: async () => {
      await server.stop("SIGKILL");
      await rm(folder, { recursive: true, force: true });
    },
  };
}
