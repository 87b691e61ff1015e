import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parse } from "yaml";
import { type Execution, execute } from "./execute.ts";
import { projectRoot } from "./project-root.ts";

export interface Step {
  readonly id?: string;
  readonly name?: string;
  readonly if?: string;
  readonly uses?: string;
  readonly run?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly with?: Readonly<Record<string, unknown>>;
}

export interface Job {
  readonly if?: string;
  readonly needs?: string | readonly string[];
  readonly permissions?: Readonly<Record<string, string>>;
  readonly outputs?: Readonly<Record<string, string>>;
  readonly "timeout-minutes"?: number;
  readonly steps: readonly Step[];
}

export interface Workflow {
  readonly on: unknown;
  readonly permissions?: unknown;
  readonly jobs: Readonly<Record<string, Job>>;
}

/** Where the workflows are. */
export const workflowsFolder: string = join(projectRoot, ".github/workflows");

/** Reads a workflow of this project, such as `ci.yml`. */
export async function readWorkflow(name: string): Promise<Workflow> {
  return parse(await readFile(join(workflowsFolder, name), "utf8"));
}

/** The step of a job with this name, id or command. */
export function stepOf(workflow: Workflow, job: string, called: string): Step {
  const step = workflow.jobs[job]?.steps.find(({ name, id, run }) => [name, id, run].includes(called));
  if (step === undefined) throw new Error(`No step of the job ${job} is called "${called}".`);
  return step;
}

export interface StepRun extends Execution {
  /** What it wrote to `GITHUB_OUTPUT`. */
  readonly outputs: Readonly<Record<string, string>>;
}

/** Runs a step's script as GitHub does on Linux. Its expressions are the caller's to fill in, as variables. */
export async function runStep(
  { run = "" }: Step,
  cwd: string,
  env: Readonly<Record<string, string>> = {},
): Promise<StepRun> {
  const folder = await mkdtemp(join(tmpdir(), "step-"));
  const [script, output] = [join(folder, "script.sh"), join(folder, "output")];
  try {
    await writeFile(script, run);
    await writeFile(output, "");
    const execution = await execute("bash", ["-e", script], cwd, { GITHUB_OUTPUT: output, ...env });
    const lines = (await readFile(output, "utf8")).split("\n").filter((line) => line !== "");
    const pairs = lines.map((line) => line.split(/=(.*)/s).slice(0, 2));
    return { ...execution, outputs: Object.fromEntries(pairs) };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
