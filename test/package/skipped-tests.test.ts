import { mkdtemp, readFile, realpath, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { execute } from "../../scripts/package/execute.ts";
import { projectRoot } from "../../scripts/package/project-root.ts";
import { formatSkipped, skippedTests, wronglySkipped } from "../../scripts/test/skipped.ts";

test("what is skipped is listed by file and reason, and is wrong where the program is there", async () => {
  const folder = await realpath(await mkdtemp(join(tmpdir(), "skipped-")));
  await writeFile(
    join(folder, "some.test.js"),
    `describe.skip("a ledger in Redis (skipped: redis-server is not installed)", () => {
       test("keeps", () => {});
       test("forgets", () => {});
     });
     test.skip("by hand", () => {});
     test("runs", () => {});`,
  );
  const vitest = [join(projectRoot, "node_modules/vitest/vitest.mjs"), "run", "--root", folder, "--globals"];
  const report = join(folder, "report.json");
  const flags = ["--reporter=json", `--outputFile=${report}`];
  const { exitCode, stderr } = await execute(process.execPath, [...vitest, ...flags], projectRoot);
  expect(exitCode, stderr).toBe(0);
  const skipped = skippedTests(JSON.parse(await readFile(report, "utf8")), folder);
  await rm(folder, { recursive: true });
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
}, 120_000);
