import { execFile } from "node:child_process";
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { projectRoot } from "../package/project-root.ts";
import { buildMutant } from "./mutants/build-mutant.ts";
import type { Mutant } from "./mutants/list.ts";
import { runVanishingHosts } from "./vanishing-hosts.ts";

/** Whether the harness has noticed a mutant. */
export interface Trial {
  /** `not run` where hosts can't vanish. */
  readonly result: "caught" | "survived" | "not run";
  /** After how many schedules, or at how many hosts. */
  readonly runs: number;
  readonly wrongs: readonly string[];
}

/**
 * Runs the harness with a mistake in the source, until it is noticed.
 *
 * @param runs How many schedules at the most.
 */
export async function tryMutant(mutant: Mutant | undefined, runs: number, seed: number): Promise<Trial> {
  const caughtBy = mutant?.caughtBy ?? "schedules";
  // Where the packages are found that are not built in.
  const cache = join(projectRoot, "node_modules", ".cache");
  await mkdir(cache, { recursive: true });
  const folder = await mkdtemp(join(cache, "mutant-"));
  try {
    const program = join(folder, "program.mjs");
    await buildMutant(mutant, caughtBy, program);
    return await (caughtBy === "schedules" ? onSchedules(program, runs, seed) : atVanishingHosts(program));
  } finally {
    await rm(folder, { recursive: true });
  }
}

async function onSchedules(program: string, runs: number, seed: number): Promise<Trial> {
  const { stdout } = await promisify(execFile)(process.execPath, [program, String(runs), String(seed)]);
  const { runs: carriedOut, wrongs } = JSON.parse(stdout) as { runs: number; wrongs: string[] };
  return { result: wrongs.length > 0 ? "caught" : "survived", runs: carriedOut, wrongs };
}

async function atVanishingHosts(program: string): Promise<Trial> {
  const cells = await runVanishingHosts({ callings: ["submitOrder, back at once"], program: [program] });
  if (cells === undefined) return { result: "not run", runs: 0, wrongs: [] };
  const wrongs = [...new Set(cells.flatMap((cell) => cell.wrongs))];
  return { result: wrongs.length > 0 ? "caught" : "survived", runs: cells.length, wrongs };
}
