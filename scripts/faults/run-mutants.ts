import { mutants } from "./mutants/list.ts";
import { type Trial, tryMutant } from "./mutants.ts";

/** As many schedules as are carried out before a mutant counts as not noticed. */
const mostSchedules = 1_500;
const schedulesOfNone = 300;

/**
 * Runs the harness once for each known mistake, and says which of them it does not notice. Returns the exit code.
 *
 * @param seed The seed of the schedules.
 */
export async function runMutants(seed: number): Promise<number> {
  const none = await tryMutant(undefined, schedulesOfNone, seed);
  console.log(line(none, "the source as it is"));
  let isWrong = none.result !== "survived";
  for (const mutant of mutants) {
    const trial = await tryMutant(mutant, mostSchedules, seed);
    console.log(line(trial, mutant.name));
    isWrong ||= trial.result === "survived";
  }
  console.log(isWrong ? "Not every mistake is noticed." : `All of ${mutants.length} mistakes are noticed.`);
  return isWrong ? 1 : 0;
}

function line({ result, runs, wrongs }: Trial, name: string): string {
  const how =
    result === "not run" ? "there is no network namespace" : `${runs} runs ${wrongs.join(", ")}`.trim();
  return `${result.padEnd(8)} ${name} (${how})`;
}
