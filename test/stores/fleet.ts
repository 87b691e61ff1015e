import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { projectRoot } from "../../scripts/package/project-root.ts";
import { bundleProcess } from "../support/bundle-process.ts";

/** What one process of a fleet is to do. */
export interface Work {
  readonly task: "add" | "submit" | "submit its own" | "sign in";
  /** The store's. */
  readonly url: string;
  /** Which client of Redis it uses; the newest ioredis where none is named. */
  readonly redisClient?: string;
  /** How many keys it adds, or orders it submits. */
  readonly count?: number;
  readonly api?: {
    readonly baseUrl: string;
    readonly tokenUrl: string;
    readonly clientId: string;
    readonly clientSecret: string;
  };
}

/** What one process has done. */
export interface Tally {
  readonly added?: number;
  readonly outcomes?: Readonly<Record<string, number>>;
  readonly errors?: readonly string[];
  readonly tokensBought?: number;
}

export interface Fleet {
  /** Lets all processes begin at the same moment, and waits for all. */
  run(): Promise<Tally[]>;
}

/** Starts processes that wait until all are ready. They end with this one at the latest. */
export async function startFleet(processes: number, work: Work): Promise<Fleet> {
  const folder = await mkdtemp(join(tmpdir(), "fleet-"));
  const file = join(folder, "process.mjs");
  await bundleProcess(join(projectRoot, "test", "stores", "fleet-process.ts"), file);
  const children = Array.from({ length: processes }, (_, number) => startProcess(file, { ...work, number }));
  await Promise.all(children.map((child) => child.ready));
  return {
    run: async () => {
      const tallies = await Promise.all(children.map((child) => child.run()));
      await rm(folder, { recursive: true });
      return tallies;
    },
  };
}

function startProcess(
  file: string,
  work: Work & { readonly number: number },
): { ready: Promise<unknown>; run: () => Promise<Tally> } {
  const child = spawn(process.execPath, [file, JSON.stringify(work)], {
    cwd: projectRoot,
    stdio: ["pipe", "pipe", "inherit"],
  });
  const kill = (): void => void child.kill("SIGKILL");
  process.once("exit", kill);
  // Not "exit", which may come before the last line of its output.
  const ended = once(child, "close").finally(() => process.off("exit", kill));
  const lines = createInterface({ input: child.stdout });
  const nextLine = async (): Promise<string> => {
    const early = ended.then(([code]) => {
      throw new Error(`Process ${work.number} ended with ${code} before its time.`);
    });
    const [line] = await Promise.race([once(lines, "line"), early]);
    return line;
  };
  return {
    ready: nextLine(),
    run: async () => {
      const tally = nextLine();
      child.stdin.end("go\n");
      const result: Tally = JSON.parse(await tally);
      // It closes its connections first.
      await ended;
      return result;
    },
  };
}
