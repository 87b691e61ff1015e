import { join } from "node:path";
import { expect, test } from "vitest";
import { type Execution, execute } from "../../scripts/package/execute.ts";
import { projectRoot } from "../../scripts/package/project-root.ts";

const tsx = [join("node_modules", "tsx", "dist", "cli.mjs"), "--conditions=juniper-fulfillment-source"];

const script = (name: string, ...args: string[]): Promise<Execution> =>
  execute(process.execPath, [...tsx, `scripts/${name}.ts`, ...args], projectRoot);

test("test:runtimes says which runtimes there are when it is asked for another", async () => {
  const { exitCode, stderr } = await script("test-runtimes", "--only", "Bun,Rhino");
  expect(exitCode).toBe(2);
  expect(stderr).toContain('There is no runtime "rhino".');
  expect(stderr).toContain("Node, Bun, Deno, workerd, Chromium");
});

test("test:package takes no arguments, and says so", async () => {
  const { exitCode, stderr } = await script("test-package", "5.9");
  expect(exitCode).toBe(2);
  expect(stderr).toContain("Usage: npm run test:package");
});

test("test:previous-types says what to do about a tag that is not there", async () => {
  const { exitCode, stderr } = await script("test-previous-types", "--from", "v0.0.0-never");
  expect(exitCode).toBe(2);
  expect(stderr).toContain("v0.0.0-never is not a commit here, or has no type tests. Try git fetch --tags.");
});
