import { rm } from "node:fs/promises";
import { join } from "node:path";
import { parseArgs, styleText } from "node:util";
import { execute } from "./package/execute.ts";
import { runScript } from "./run-script.ts";
import { createCopy, experiments } from "./test-register/experiments.ts";

const usage = `Usage: npm run test:register [-- PATTERN …]

In copies of this project, adds and removes a correction by changing only its group in openapi/corrections.yaml and running
\`npm run generate\`. Generated files, lint, types and tests must still pass.

  PATTERN …  the test files to run (default: all)`;

const bin = (...path: string[]): string => join("node_modules", ...path);

await runScript(usage, async () => {
  const { positionals } = parseArgs({ allowPositionals: true });
  const steps: readonly (readonly string[])[] = [
    [bin("tsx", "dist", "cli.mjs"), "scripts/generate.ts"],
    [bin("tsx", "dist", "cli.mjs"), "scripts/generate.ts", "--check"],
    [bin("@biomejs", "biome", "bin", "biome"), "ci", "."],
    [bin("typescript", "bin", "tsc")],
    [bin("vitest", "vitest.mjs"), "run", ...positionals],
  ];
  let failed = 0;
  for (const experiment of experiments) {
    console.log(`\n${styleText("bold", experiment.title)}`);
    const root = await createCopy(experiment);
    try {
      // Some tests ask git what is published, and the linter what is ignored.
      await execute("git", ["init", "-q"], root);
      for (const step of steps) {
        const { exitCode, stdout, stderr } = await execute(process.execPath, step, root);
        console.log(`${exitCode === 0 ? "✓" : "✗"} ${step.join(" ")}`);
        if (exitCode === 0) continue;
        failed++;
        console.log(`${stdout}${stderr}`.slice(-20_000));
      }
    } finally {
      await rm(root, { recursive: true, force: true });
    }
  }
  console.log(`\n${experiments.length * steps.length - failed} passed, ${failed} failed`);
  return failed === 0 ? 0 : 1;
});
