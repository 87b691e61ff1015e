import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { execute } from "../../scripts/package/execute.ts";
import { projectRoot } from "../../scripts/package/project-root.ts";

const tsx = [join("node_modules", "tsx", "dist", "cli.mjs"), "--conditions=juniper-fulfillment-source"];

/** What an example prints, line by line. It must end well and complain of nothing. */
async function output(...args: string[]): Promise<string[]> {
  const { exitCode, stdout, stderr } = await execute(process.execPath, [...tsx, ...args], projectRoot);
  expect(stderr).toBe("");
  expect(exitCode).toBe(0);
  return stdout.trim().split("\n");
}

describe("the examples", () => {
  test("script: a second run places nothing again", async () => {
    expect(await output("examples/script/try.ts")).toEqual([
      "The first run:",
      "2026-000123: created",
      "2026-000124: created",
      "The second run:",
      "2026-000123: already-submitted",
      "2026-000124: already-submitted",
      "The API was sent 2 orders.",
    ]);
  });

  test("nextjs-route: a checkout that is clicked twice is one order", async () => {
    expect(await output("examples/nextjs-route/try.ts")).toEqual([
      "an order: 201 created",
      "the same, clicked twice: 200 already-submitted",
      "an unknown checkout: 404 There is no such checkout.",
    ]);
  });

  test("lambda: it signs in while it is loaded, and answers", async () => {
    const [loaded, order, none] = await output("examples/lambda/try.ts");
    expect(loaded).toContain("POST /oauth2/token");
    expect(order).toMatch(/^an order: 200 {"status":"\w+"/);
    expect(none).toBe('no order: 400 {"problem":"Which order?"}');
  });

  test("lambda: a cold start is measured", async () => {
    const lines = await output("examples/lambda/cold-start.ts", "1");
    expect(lines[0]).toBe(`Node ${process.version}, medians of 1 process`);
    const measured = lines.filter((line) => /^\S.* \d+\.\d +\d+\.\d\d$/.test(line));
    expect(measured.map((line) => line.split(/ {2,}/)[0])).toEqual([
      "Node itself",
      "import, and a client",
      "warmup()",
      "the first call after warmup()",
      "the first call without, in its place",
    ]);
  });

  test("opentelemetry: prints the traces that its README shows, but for times and ports", async () => {
    const readme = await readFile(join(projectRoot, "examples/opentelemetry/README.md"), "utf8");
    const [, transcript = ""] = /```console\n(.*?)```/s.exec(readme) ?? [];
    const timeless = (line: string): string =>
      line.replace(/\d+\.\d ms/, "1.0 ms").replace(/127\.0\.0\.1:\d+/, "127.0.0.1:4010");
    const lines = await output("examples/opentelemetry/try.ts");
    expect(lines.map(timeless)).toEqual(transcript.trim().split("\n").map(timeless));
  });
});
