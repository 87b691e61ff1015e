import { cp, mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { projectRoot } from "../../scripts/package/project-root.ts";
import { commandPage, playCommandPage } from "../../scripts/test-package/command-page.ts";
import { commands, type Entry } from "../../src/cli/commands.ts";
import { program, runCli } from "../support/cli.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "cli-transcript-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

test("docs/orders.md shows what orders check prints", async () => {
  const page = await readFile(join(projectRoot, "docs/orders.md"), "utf8");
  const [, command = "", shown] =
    /```console\n\$ juniper-fulfillment (orders check [^\n]*)\n([\s\S]*?)```/.exec(page) ?? [];
  const file = join(folder, "orders.csv");
  await cp(join(projectRoot, "examples", "orders", "spoiled.csv"), file);
  const { stdout, exitCode } = await runCli(
    command.split(" ").map((word) => (word === "orders.csv" ? file : word)),
  );
  expect(exitCode).toBe(1);
  expect(stdout).toBe(shown);
});

describe("COMMAND.md", () => {
  // `npx vitest run test/cli/transcript.test.ts -u` writes what the commands print.
  test("shows what each command prints", async () => {
    const { played } = await playCommandPage({ command: [process.execPath, program], folder });
    await expect(played).toMatchFileSnapshot(commandPage);
  });

  test("shows every command", async () => {
    const page = await readFile(commandPage, "utf8");
    const names = (entries: readonly Entry[], words: string): string[] =>
      entries.flatMap((entry) =>
        "entries" in entry ? names(entry.entries, `${words} ${entry.name}`) : [`${words} ${entry.name}`],
      );
    for (const words of names(commands, "juniper-fulfillment"))
      expect(page).toMatch(new RegExp(`\n\\$ ${words}[ \n]`));
  });
});
