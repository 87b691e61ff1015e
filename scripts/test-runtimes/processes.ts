import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { compileEntry } from "./bundle.ts";
import type { ScenarioOptions, ScenarioReport } from "./scenario.ts";

const run = promisify(execFile);

const timeoutMs = 60_000;

/** Deno keeps its cache with the consumer, and none of them looks for a newer version of itself. */
const environment = (consumer: string): NodeJS.ProcessEnv => ({
  ...process.env,
  NODE_OPTIONS: "",
  NO_COLOR: "1",
  DENO_DIR: join(consumer, ".deno"),
  DENO_NO_UPDATE_CHECK: "1",
});

/** Runs the scenario as a program of the consumer's. */
export async function runProgram(
  command: readonly string[],
  consumer: string,
  options: ScenarioOptions,
): Promise<ScenarioReport> {
  const output = await runScript(command, await compileEntry(consumer, "program"), consumer, options);
  return JSON.parse(output.trim().split("\n").at(-1) ?? "");
}

/** Runs a script of the consumer's on a runtime, and resolves with its output. */
export async function runScript(
  [binary = "", ...flags]: readonly string[],
  script: string,
  consumer: string,
  options: ScenarioOptions,
): Promise<string> {
  const settings = { cwd: consumer, timeout: timeoutMs, env: environment(consumer) };
  const { stdout } = await run(binary, [...flags, script, JSON.stringify(options)], settings);
  return stdout;
}

/** What a runtime prints as its version. */
export async function versionOf(binary: string): Promise<string> {
  const { stdout } = await run(binary, ["--version"], { timeout: timeoutMs });
  return /\d+[\d.-]*\d/.exec(stdout)?.[0] ?? stdout.trim();
}
