import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { execute } from "../../scripts/package/execute.ts";
import { projectRoot } from "../../scripts/package/project-root.ts";
import { compileErrors } from "../support/compile-examples.ts";
import { allExamples, examplesIn } from "../support/examples.ts";

const examples = allExamples();

describe("the examples of the documentation", () => {
  const errors = compileErrors(examples);
  for (const { place } of examples) {
    test(`compile: ${place}`, () => {
      expect(errors.get(place)).toEqual([]);
    });
  }

  test("are found", () => {
    expect(examples.length).toBeGreaterThan(5);
  });

  test("of the quick start run against the mock as they stand", async () => {
    const [quickStart] = examplesIn("README.md");
    const file = join(projectRoot, `quick-start-${process.pid}.mts`);
    await writeFile(file, quickStart?.code ?? "");
    try {
      const { exitCode, stdout, stderr } = await execute(
        "npx",
        ["tsx", "--conditions=juniper-fulfillment-source", file],
        projectRoot,
      );
      expect(stderr.replace(/^npm warn.*\n/gm, "")).toBe("");
      expect(stdout).toMatch(/^\d+\.\d\d 94301\n\w+ CREATED\n$/);
      expect(exitCode).toBe(0);
    } finally {
      await rm(file, { force: true });
    }
  });
});
