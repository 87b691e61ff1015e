import { cp, mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { execute } from "../../scripts/package/execute.ts";
import { projectRoot } from "../../scripts/package/project-root.ts";

test("the next version begins the changelog, with every change in words and the explanation at the end", async () => {
  const folder = await mkdtemp(join(tmpdir(), "changelog-"));
  for (const name of ["package.json", "CHANGELOG.md", ".changeset"])
    await cp(join(projectRoot, name), join(folder, name), { recursive: true });
  const run = async (command: string, ...args: string[]): Promise<void> => {
    const { exitCode, stdout, stderr } = await execute(command, args, folder);
    expect(exitCode, stdout + stderr).toBe(0);
  };
  // The changelog names commits.
  await run("git", "init", "--quiet");
  await run("git", "add", "--all");
  const author = ["-c", "user.name=test", "-c", "user.email=test@example.com", "-c", "commit.gpgsign=false"];
  await run("git", ...author, "commit", "--quiet", "--message", "all");
  await run(process.execPath, join(projectRoot, "node_modules/@changesets/cli/bin.js"), "version");
  const changelog = await readFile(join(folder, "CHANGELOG.md"), "utf8");
  const { version } = JSON.parse(await readFile(join(folder, "package.json"), "utf8"));
  expect(changelog).toMatch(new RegExp(`^# Changelog\n\n## ${version.replaceAll(".", "\\.")}\n`));
  expect(changelog.indexOf("## How to read this file")).toBe(changelog.lastIndexOf("\n## ") + 1);
  const changesets = join(projectRoot, ".changeset");
  for (const name of (await readdir(changesets)).filter((file) => file.endsWith(".md"))) {
    const [, first = ""] =
      /^---\n[\s\S]*?\n---\n+([^\n]+)/.exec(await readFile(join(changesets, name), "utf8")) ?? [];
    expect(changelog).toContain(first);
  }
  await rm(folder, { recursive: true });
});
