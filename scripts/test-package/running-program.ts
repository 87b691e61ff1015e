import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { open, readFile } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";

/** How long a program may take, in milliseconds. None does: it is for one that hangs. */
const patienceMs = 180_000;
const lookEveryMs = 50;

/** A program that prints into a file: its results and its notes in the order in which a terminal shows them. */
export class RunningProgram {
  readonly #child: ChildProcess;
  readonly #output: string;

  private constructor(child: ChildProcess, output: string) {
    this.#child = child;
    this.#output = output;
  }

  static async start(
    [program, ...args]: readonly [program: string, ...args: string[]],
    { cwd, env, output }: { cwd: string; env: Readonly<Record<string, string>>; output: string },
  ): Promise<RunningProgram> {
    const file = await open(output, "w");
    const child = spawn(program, args, { cwd, env, stdio: ["pipe", file.fd, file.fd] });
    await file.close();
    return new RunningProgram(child, output);
  }

  /** What it has printed so far. */
  async lines(): Promise<string[]> {
    const text = await readFile(this.#output, "utf8");
    return text === "" ? [] : text.replace(/\n$/, "").split("\n");
  }

  /** So many lines after the first ones, as soon as they are there. */
  async waitForLines(count: number, after = 0): Promise<string[]> {
    for (let waitedMs = 0; ; waitedMs += lookEveryMs) {
      const isOver = this.#child.exitCode !== null || waitedMs > patienceMs;
      const lines = await this.lines();
      if (lines.length >= after + count) return lines.slice(after, after + count);
      if (isOver) throw new Error(`A program printed too little:\n${lines.join("\n")}`);
      await sleep(lookEveryMs);
    }
  }

  type(line: string): void {
    this.#child.stdin?.write(`${line}\n`);
  }

  /** Waits for its end, and returns its exit code. */
  async end(): Promise<number | null> {
    const timer = setTimeout(() => this.stop(), patienceMs);
    if (this.#child.exitCode === null && this.#child.signalCode === null) await once(this.#child, "exit");
    clearTimeout(timer);
    return this.#child.exitCode;
  }

  /** Ends it, and waits until its files are free. */
  async stop(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const exit = once(this.#child, "exit");
    this.#child.kill("SIGKILL");
    await exit;
  }
}
