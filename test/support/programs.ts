import { spawn } from "node:child_process";
import { once } from "node:events";
import { accessSync, constants, readdirSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { createServer } from "node:net";
import { delimiter, join } from "node:path";

/** Where a program is, on PATH or in one of the folders; undefined where it isn't installed. */
export function findProgram(name: string, folders: readonly string[] = []): string | undefined {
  const path = (process.env.PATH ?? "").split(delimiter).filter((folder) => folder !== "");
  return [...path, ...folders].map((folder) => join(folder, name)).find(isExecutable);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** The names in a folder, or none where there is no such folder. */
export function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

/** A port that was free a moment ago, for a program that can't choose one by itself. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}

export interface RunningProgram {
  /** Sends the signal, and waits for the end. */
  stop(signal: NodeJS.Signals): Promise<void>;
}

interface ProgramOptions {
  readonly args: readonly string[];
  /** What it prints when it is ready. */
  readonly readyWhen: RegExp;
  /** Who runs it, where that isn't the one who runs the test. */
  readonly user?: { readonly uid: number; readonly gid: number } | undefined;
}

/** Starts a program and waits until it is ready. It ends with this process at the latest. */
export async function startProgram(
  program: string,
  { args, readyWhen, user }: ProgramOptions,
): Promise<RunningProgram> {
  const child = spawn(program, args, { cwd: "/", stdio: ["ignore", "pipe", "pipe"], ...user });
  const kill = (): void => void child.kill("SIGKILL");
  process.once("exit", kill);
  const ended = once(child, "exit").finally(() => process.off("exit", kill));
  let output = "";
  await new Promise<void>((resolve, reject) => {
    const read = (chunk: Buffer): void => {
      output += chunk;
      if (readyWhen.test(output)) resolve();
    };
    child.stdout.on("data", read);
    child.stderr.on("data", read);
    const fail = (): void => reject(new Error(`${program} did not start:\n${output}`));
    ended.then(fail, fail);
  });
  return {
    stop: async (signal) => {
      child.kill(signal);
      await ended;
    },
  };
}
