import { readFile } from "node:fs/promises";
import { UsageError } from "../command.ts";
import { isObject } from "../document/document.ts";
import { codeOf } from "../error-code.ts";

/** How long half of the responses, and 95 % of them, took at most, in milliseconds. */
export interface Latency {
  readonly p50: number;
  readonly p95: number;
  readonly responses: number;
}

/** Undefined where nothing was measured. */
export function latencyOf(durationsMs: readonly number[]): Latency | undefined {
  if (durationsMs.length === 0) return undefined;
  const sorted = [...durationsMs].sort((one, other) => one - other);
  const at = (share: number): number => Math.round(sorted[Math.ceil(share * sorted.length) - 1] ?? 0);
  return { p50: at(0.5), p95: at(0.95), responses: sorted.length };
}

/**
 * The latency of an earlier run, from what it printed with `--json`. Undefined where there is no such file: the first
 * run of a CI job has none.
 *
 * @throws {UsageError} for a file that is something else.
 */
export async function readBaseline(path: string): Promise<Latency | undefined> {
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (error) {
    if (Object(error).code === "ENOENT") return undefined;
    throw new UsageError(`The file of --baseline can't be read${codeOf(error)}.`);
  }
  const { latencyMs } = Object(lastOf(text));
  if (isLatency(latencyMs)) return latencyMs;
  throw new UsageError(
    "The file of --baseline is not the --json output of an earlier run. Write each run to a file of its own.",
  );
}

/** The last line of JSON. Undefined for anything else. */
function lastOf(text: string): unknown {
  try {
    return JSON.parse(text.trimEnd().split("\n").at(-1) ?? "");
  } catch {
    return undefined;
  }
}

function isLatency(value: unknown): value is Latency {
  return isObject(value) && [value.p50, value.p95, value.responses].every(Number.isFinite);
}
