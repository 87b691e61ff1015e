import { describe, expect, test } from "vitest";
import { runCli } from "../support/cli.ts";

describe("juniper-fulfillment", () => {
  test("without a command lists them, and ends with 2", async () => {
    const { exitCode, stdout, stderr } = await runCli([]);
    expect([exitCode, stdout]).toEqual([2, ""]);
    for (const name of ["mock", "doctor", "trigger", "replay"]) expect(stderr).toContain(`\n  ${name} `);
  });

  test("says which commands there are to one that it does not know", async () => {
    const { exitCode, stderr } = await runCli(["mokc"]);
    expect(exitCode).toBe(2);
    expect(stderr).toContain('There is no command "mokc".');
    expect(stderr).toContain("  mock ");
  });

  test.each([
    "mock",
    "doctor",
    "trigger",
    "replay",
  ])("%s --help prints its usage and ends with 0", async (name) => {
    const { exitCode, stdout } = await runCli([name, "--help"]);
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(new RegExp(`^Usage: juniper-fulfillment ${name} `));
  });

  test("an unknown option ends with 2 and the usage of its command", async () => {
    const { exitCode, stderr } = await runCli(["mock", "--prot", "1"]);
    expect(exitCode).toBe(2);
    expect(stderr).toMatch(/'--prot'[\s\S]*Usage: juniper-fulfillment mock/);
  });
});
