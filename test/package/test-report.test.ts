import { mkdtemp, readFile, realpath, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { execute } from "../../scripts/package/execute.ts";
import { projectRoot } from "../../scripts/package/project-root.ts";
import {
  failedTests,
  formatSkipped,
  type Report,
  skippedTests,
  wronglySkipped,
} from "../../scripts/test/report.ts";

/** Runs tests of the given text with vitest, and has its report. */
async function reportOf(text: string): Promise<{ report: Report; folder: string; exitCode: number | null }> {
  const folder = await realpath(await mkdtemp(join(tmpdir(), "test-report-")));
  try {
    await writeFile(join(folder, "some.test.js"), text);
    const vitest = [
      join(projectRoot, "node_modules/vitest/vitest.mjs"),
      "run",
      "--root",
      folder,
      "--globals",
    ];
    const file = join(folder, "report.json");
    const flags = ["--reporter=json", `--outputFile=${file}`];
    const { exitCode } = await execute(process.execPath, [...vitest, ...flags], projectRoot);
    return { report: JSON.parse(await readFile(file, "utf8")), folder, exitCode };
  } finally {
    await rm(folder, { recursive: true });
  }
}

test("what is skipped is listed by file and reason, and is wrong where the program is there", async () => {
  const { report, folder, exitCode } = await reportOf(
    `describe.skip("a ledger in Redis (skipped: redis-server is not installed)", () => {
       test("keeps", () => {});
       test("forgets", () => {});
     });
     test.skip("by hand", () => {});
     test("runs", () => {});`,
  );
  expect(exitCode).toBe(0);
  const skipped = skippedTests(report, folder);
  expect(formatSkipped(skipped)).toBe(
    [
      "  some.test.js: redis-server is not installed",
      "    a ledger in Redis keeps",
      "    a ledger in Redis forgets",
      "  some.test.js: no reason in its name: see its note above",
      "    by hand",
    ].join("\n"),
  );
  expect(wronglySkipped(skipped, ["PostgreSQL"])).toEqual([]);
  expect(wronglySkipped(skipped, ["PostgreSQL", "redis-server"])).toEqual([skipped[0]]);
});

test("what failed is listed by its name, and a file that failed without a test by its own", async () => {
  const failing = await reportOf(
    `describe("a ledger", () => {
       test("keeps", () => {});
       test("forgets", () => expect(1).toBe(2));
     });`,
  );
  expect(failing.exitCode).toBe(1);
  expect(failedTests(failing.report, failing.folder)).toEqual(["some.test.js: a ledger forgets"]);
  const broken = await reportOf(`throw new Error("before any test");`);
  expect(broken.exitCode).toBe(1);
  expect(failedTests(broken.report, broken.folder)).toEqual(["some.test.js"]);
});
