import { readdir, readFile, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { describe, expect, test } from "vitest";
import { execute } from "../../scripts/package/execute.ts";
import { projectRoot } from "../../scripts/package/project-root.ts";
import { program, runCli } from "../support/cli.ts";

describe("juniper-fulfillment", () => {
  test("without a command lists them, and ends with 2", async () => {
    const { exitCode, stdout, stderr } = await runCli([]);
    expect([exitCode, stdout]).toEqual([2, ""]);
    for (const name of ["mock", "contract", "orders", "doctor", "trigger", "replay"])
      expect(stderr).toContain(`\n  ${name} `);
  });

  test("says which commands there are to one that it does not know", async () => {
    const { exitCode, stderr } = await runCli(["mokc"]);
    expect(exitCode).toBe(2);
    expect(stderr).toContain('There is no command "mokc". Did you mean "mock"?');
    expect(stderr).toContain("  mock ");
  });

  test("--version prints the version of the package alone", async () => {
    const { version } = JSON.parse(await readFile(join(projectRoot, "package.json"), "utf8"));
    expect(await runCli(["--version"])).toMatchObject({ exitCode: 0, stdout: `${version}\n`, stderr: "" });
  });

  test("says that Node is too old before it reads what an old one can't", async () => {
    const old =
      "Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '18.20.8' } })";
    const flags = ["--import", `data:text/javascript,${encodeURIComponent(old)}`];
    const { exitCode, stdout, stderr } = await execute(
      process.execPath,
      [...flags, program, "doctor"],
      projectRoot,
    );
    expect([exitCode, stdout, stderr]).toEqual([
      2,
      "",
      "Node 18.20.8 is too old. Install Node 20.19 or later.\n",
    ]);
    // What is bundled with the entry is read before a line of it runs.
    const entry = await readFile(program, "utf8");
    expect(entry).not.toMatch(/from ?"(node:util|juniper-fulfillment)/);
  });

  test.each([
    "mock",
    "contract",
    "orders",
    "orders check",
    "orders submit",
    "orders unsettled",
    "orders settle",
    "orders watch",
    "listen",
    "doctor",
    "trigger",
    "replay",
  ])("%s --help prints its usage and ends with 0", async (name) => {
    const { exitCode, stdout } = await runCli([...name.split(" "), "--help"]);
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(new RegExp(`^Usage: juniper-fulfillment ${name} `));
  });

  test("an unknown option ends with 2 and the usage of its command", async () => {
    const { exitCode, stderr } = await runCli(["mock", "--prot", "1"]);
    expect(exitCode).toBe(2);
    expect(stderr).toMatch(/'--prot'. Did you mean '--port'\?[\s\S]*Usage: juniper-fulfillment mock/);
  });

  test.each([
    ["orders", "unsettled", "postgres://shop:hidden@db.example/shop"],
    ["orders", "unsettled", "--ledgers=postgres://shop:hidden@db.example/shop"],
    ["orders", "unsettled", "--postgres://shop:hidden@db.example/shop"],
    ["orders", "check", "--format", "csv", "postgres://shop:hidden@db.example/shop"],
    ["replay", "postgres://shop:hidden@db.example/shop", "--to", "http://127.0.0.1:9", "--secret", "s"],
    ["doctor", "postgres://shop:hidden@db.example/shop"],
    ["orders", "redis://:hidden@db.example"],
    ["redis://:hidden@db.example"],
  ])("repeats no word that may hold a password: %s %s", async (...args) => {
    const { exitCode, stdout, stderr } = await runCli(args);
    expect(exitCode).toBe(2);
    expect(stderr).toMatch(
      /^(There is no such command|Unknown option( '--ledgers')?|This command takes options alone|The file can't be read \(ENOENT\))\./,
    );
    expect(stdout + stderr).not.toContain("hidden");
  });

  test("reads no code of another command: what orders are checked with is large", async () => {
    const seen = new Set<string>();
    const read = async (file: string): Promise<void> => {
      if (seen.has(file)) return;
      seen.add(file);
      const text = await readFile(join(projectRoot, "dist", "cli", file), "utf8");
      // The main file imports each command when it is called, with import().
      for (const [, path = ""] of text.matchAll(/\bfrom"\.\/([^"]+)"/g))
        await read(join(dirname(file), path));
    };
    await read("main.js");
    for (const name of await readdir(join(projectRoot, "dist", "cli", "chunks"))) {
      if (name.startsWith("mock-")) await read(`chunks/${name}`);
    }
    const sizes = [...seen].map(async (file) => (await stat(join(projectRoot, "dist", "cli", file))).size);
    expect([...seen].join()).toMatch(/chunks.mock-/);
    expect((await Promise.all(sizes)).reduce((sum, size) => sum + size)).toBeLessThan(30_000);
  });

  test("has the licences of all that it holds", async () => {
    const licences = await readFile(join(projectRoot, "dist", "cli", "licences.txt"), "utf8");
    for (const name of ["csv-parse", "ajv", "yaml"])
      expect(licences).toMatch(new RegExp(`^${name} \\d`, "m"));
  });
});
