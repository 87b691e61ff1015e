import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs, styleText } from "node:util";
import { runCommand } from "./run-command.ts";
import { runScript } from "./run-script.ts";
import { failedTests, formatSkipped, type Report, skippedTests, wronglySkipped } from "./test/report.ts";

const usage = `Usage: npm test [-- --installed PROGRAMS]

Runs every check: lint, documents, generated files, types, build and the test suites. At the end it lists the skipped tests
with the reasons, what failed, and how many passed. To run some of the tests: npx vitest run PATTERN

  --installed PROGRAMS  such as redis-server,PostgreSQL: skipping a test that needs one of them is a failure`;

const bin = (...path: string[]): string => join("node_modules", ...path);

await runScript(usage, async () => {
  const { values } = parseArgs({ options: { installed: { type: "string", default: "" } } });
  const installed = values.installed.split(",").filter((name) => name !== "");
  const folder = await mkdtemp(join(tmpdir(), "juniper-fulfillment-"));
  const report = join(folder, "vitest.json");
  const steps: readonly (readonly [title: string, ...command: string[]])[] = [
    ["Lint and format", bin("@biomejs", "biome", "bin", "biome"), "ci", "."],
    ["OpenAPI documents", bin("@redocly", "cli", "bin", "cli.js"), "lint", "--format=stylish"],
    ["Generated files", bin("tsx", "dist", "cli.mjs"), "scripts/generate.ts", "--check"],
    ["Types", bin("typescript", "bin", "tsc")],
    ["Build", bin("tsx", "dist", "cli.mjs"), "scripts/build.ts"],
    [
      "Tests",
      bin("vitest", "vitest.mjs"),
      "run",
      "--reporter=default",
      "--reporter=json",
      `--outputFile.json=${report}`,
    ],
  ];
  const failures: string[] = [];
  let passed = 0;
  let failed = 0;
  let skipped = 0;
  for (const [title, ...command] of steps) {
    console.log(`\n${styleText("bold", `── ${title} ──`)}`);
    const code = await runCommand(process.execPath, command);
    if (code === 0) passed++;
    else {
      failed++;
      failures.push(title);
    }
  }
  const tests = await readReport(report);
  await rm(folder, { recursive: true, force: true });
  passed += tests.numPassedTests;
  failed += tests.numFailedTests;
  skipped += tests.numPendingTests;
  const skips = skippedTests(tests, process.cwd());
  if (skips.length > 0) console.log(`\nSkipped:\n${formatSkipped(skips)}`);
  const wrong = wronglySkipped(skips, installed);
  if (wrong.length > 0) {
    const count = wrong.reduce((total, one) => total + one.tests.length, 0);
    failed += count;
    skipped -= count;
    console.log(styleText("red", `\nSkipped, though what they need is installed:\n${formatSkipped(wrong)}`));
  }
  failures.push(...failedTests(tests, process.cwd()), ...wrong.flatMap((one) => one.tests));
  if (failures.length > 0) console.log(`\nFailed:\n${failures.map((name) => `  ${name}`).join("\n")}`);
  console.log(`\n${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ""}`);
  return failed === 0 ? 0 : 1;
});

/** What vitest counted. A run that broke down before its report has failed already as a step. */
async function readReport(path: string): Promise<Report> {
  const text = await readFile(path, "utf8").catch(() => undefined);
  return text === undefined
    ? { numPassedTests: 0, numFailedTests: 0, numPendingTests: 0, testResults: [] }
    : JSON.parse(text);
}
