import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { type Execution, execute } from "../../scripts/package/execute.ts";
import { projectRoot } from "../../scripts/package/project-root.ts";

/** The built command. */
export const program: string = join(projectRoot, "dist", "cli", "main.js");

/** Runs the built command to its end, as an installed package has it. */
export function runCli(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<Execution> {
  return execute(process.execPath, [program, ...args], projectRoot, env);
}

/** A command that goes on until it is stopped. */
export interface RunningCli {
  readonly child: ChildProcess;
  /** Resolves with what matches, as soon as it is printed. */
  said(pattern: RegExp): Promise<RegExpExecArray>;
  /** Stops it as Ctrl+C does, and resolves with its exit code and all that it wrote. */
  stop(): Promise<{ readonly exitCode: number | null; readonly output: string }>;
}

export function startCli(args: readonly string[], env: Readonly<Record<string, string>> = {}): RunningCli {
  const child = spawn(process.execPath, [program, ...args], {
    cwd: projectRoot,
    env: { ...process.env, ...env },
  });
  let output = "";
  const looks = new Set<() => void>();
  for (const stream of [child.stdout, child.stderr]) {
    stream.on("data", (chunk) => {
      output += chunk;
      for (const look of looks) look();
    });
  }
  return {
    child,
    said: (pattern) =>
      new Promise((resolve) => {
        const look = (): void => {
          const found = pattern.exec(output);
          if (found === null) return;
          looks.delete(look);
          resolve(found);
        };
        looks.add(look);
        look();
      }),
    async stop() {
      const closed = once(child, "close");
      child.kill("SIGINT");
      const [exitCode] = await closed;
      return { exitCode, output };
    },
  };
}
