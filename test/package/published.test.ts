import { readFile } from "node:fs/promises";
import { join, posix } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Execution, execute } from "../../scripts/package/execute.ts";
import { createTarball, type Tarball } from "../../scripts/package/packed.ts";
import { projectRoot } from "../../scripts/package/project-root.ts";

let tarball: Tarball;

beforeAll(async () => {
  tarball = await createTarball();
});
afterAll(() => tarball.remove());

const tool = (path: string, ...args: string[]): Promise<Execution> =>
  execute(process.execPath, [join(projectRoot, "node_modules", path), ...args], projectRoot);

describe("what is published", () => {
  test("is these files, and no others", async () => {
    // To take a change over: npx vitest run test/package/published.test.ts -u
    await expect(`${tarball.files.join("\n")}\n`).toMatchFileSnapshot("files.txt");
  });

  test("has what its pages link to", async () => {
    // A folder is there with its files.
    const isThere = (path: string): boolean =>
      tarball.files.some((file) => file === path || file.startsWith(`${path}/`));
    const missing: string[] = [];
    for (const page of tarball.files.filter((file) => file.endsWith(".md"))) {
      const text = await readFile(join(projectRoot, page), "utf8");
      for (const [, target = ""] of text.matchAll(/\]\(((?![a-z]+:|#)[^)#\s]+)/gi)) {
        const path = posix.join(posix.dirname(page), target).replace(/\/$/, "");
        if (!isThere(path)) missing.push(`${page}: ${path}`);
      }
    }
    expect(missing).toEqual([]);
  });

  test("has nothing that publint objects to", async () => {
    const { exitCode, stdout, stderr } = await tool("publint/src/cli.js", "run", tarball.path, "--strict");
    expect(exitCode, stdout + stderr).toBe(0);
    expect(stdout).toContain("All good!");
  });

  test("has types for every resolver of ECMAScript modules", async () => {
    const flags = ["--profile", "esm-only", "--format", "json"];
    const { exitCode, stdout, stderr } = await tool(
      "@arethetypeswrong/cli/dist/index.js",
      tarball.path,
      ...flags,
    );
    expect(exitCode, stdout + stderr).toBe(0);
  });

  test("stays within its budgets of bytes", async () => {
    const { stdout, stderr } = await tool("size-limit/bin.js", "--json");
    const sizes: { name: string; size: number; sizeLimit: number }[] = JSON.parse(stdout || stderr);
    expect(sizes.length).toBeGreaterThan(0);
    expect(sizes.filter(({ size, sizeLimit }) => !(size <= sizeLimit))).toEqual([]);
  });
});
