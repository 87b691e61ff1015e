import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
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

test("test:package takes no names of compilers, and says so", async () => {
  const { exitCode, stderr } = await script("test-package", "5.9");
  expect(exitCode).toBe(2);
  expect(stderr).toContain("Usage: npm run test:package");
});

test("test:previous-types says what to do about a tag that is not there", async () => {
  const { exitCode, stderr } = await script("test-previous-types", "--from", "v0.0.0-never");
  expect(exitCode).toBe(2);
  expect(stderr).toContain("v0.0.0-never is not a commit here, or has no type tests. Try git fetch --tags.");
});

describe("release:check", () => {
  const urls = { bugs: "https://github.com/acme/thing/issues", homepage: "https://github.com/acme/thing" };

  /** Checks a package.json, as if it were released from `acme/thing`. */
  async function check(manifest: object, readme = "# A thing\n"): Promise<Execution> {
    const folder = await mkdtemp(join(tmpdir(), "release-check-"));
    await writeFile(join(folder, "package.json"), JSON.stringify(manifest));
    await writeFile(join(folder, "README.md"), readme);
    const command = [...tsx, "scripts/release-check.ts", "--root", folder];
    const execution = await execute(process.execPath, command, projectRoot, {
      GITHUB_SERVER_URL: "https://github.com",
      GITHUB_REPOSITORY: "acme/thing",
    });
    await rm(folder, { recursive: true });
    return execution;
  }

  test.each([
    [{}, 'package.json has no "repository", "bugs", or "homepage": set what is missing'],
    [{ ...urls, repository: {} }, 'package.json has no "repository": set what is missing'],
    [
      { ...urls, repository: "github:acme/another" },
      "package.json names the repository github:acme/another, but this runs in https://github.com/acme/thing: set",
    ],
  ])("refuses %j in a sentence that says what to do", async (manifest, sentence) => {
    const { exitCode, stderr } = await check(manifest);
    expect(stderr).toContain(`error: ${sentence}`);
    expect(stderr.trim().split("\n")).toHaveLength(1);
    expect(exitCode).toBe(1);
  });

  test("refuses a README that tells readers on npm that it is not there", async () => {
    const { exitCode, stderr } = await check({ ...urls, repository: "acme/thing" }, "It is not on npm yet.");
    expect(stderr).toContain(
      'error: README.md says that the package is not on npm: change "Status" and "Install"',
    );
    expect(exitCode).toBe(1);
  });

  test.each([
    "acme/thing",
    "github:acme/thing",
    "https://github.com/Acme/thing",
    { type: "git", url: "git+https://github.com/acme/thing.git" },
  ])("takes the repository that it runs in, written as %j", async (repository) => {
    const { exitCode, stderr } = await check({ ...urls, repository });
    expect(stderr).toBe("");
    expect(exitCode).toBe(0);
  });
});
