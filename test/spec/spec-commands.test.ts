import { spawnSync } from "node:child_process";
import { mkdir, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { stripVTControlCharacters } from "node:util";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { generateFiles } from "../../scripts/generate/generate-files.ts";
import { staleFiles, writeFiles } from "../../scripts/generate/write-files.ts";
import { type Execution, execute } from "../../scripts/package/execute.ts";
import { projectRoot } from "../../scripts/package/project-root.ts";
import { type ScriptedServer, startScriptedServer } from "../../scripts/samples/scripted-server.ts";
import { compareSources } from "../../scripts/spec/diff/compare-sources.ts";
import { sha256 } from "../../scripts/spec/pull/source-record.ts";
import { createSpecProject, publishedPath, type SpecProject } from "../support/spec-project.ts";

let server: ScriptedServer;
let project: SpecProject;
beforeEach(async () => {
  server = await startScriptedServer(() => ({ status: 404 }));
  project = await createSpecProject(`${server.origin}/index.yaml`);
});
afterEach(async () => {
  await server.close();
  await project.remove();
});

async function run(script: string, ...args: string[]): Promise<Execution> {
  const command = ["--import", "tsx", `scripts/${script}.ts`, ...args];
  const { exitCode, stdout, stderr } = await execute(process.execPath, command, projectRoot);
  // Colours depend on where the tests run.
  return { exitCode, stdout: stripVTControlCharacters(stdout), stderr };
}
const pull = (...args: string[]): Promise<Execution> => run("spec-pull", "--root", project.root, ...args);

/** Every file of the project with its text and time. */
async function everything(): Promise<Map<string, string>> {
  const found = new Map<string, string>();
  for (const path of await readdir(project.root, { recursive: true })) {
    const file = join(project.root, path);
    const { mtimeMs } = await stat(file);
    found.set(path, `${mtimeMs} ${await readFile(file, "utf8").catch(() => "a folder")}`);
  }
  return found;
}

describe("npm run spec:pull", () => {
  test("takes a new document, generates everything again, and finds nothing new afterwards", async () => {
    const text = await project.edited("[CREATED, SHIPPED]", "[CREATED, LOST, SHIPPED]");
    server.script = ({ headers }) =>
      headers["if-none-match"] === '"2"' ? { status: 304 } : { text, headers: { etag: '"2"' } };
    const report = join(project.root, "report.md");
    const first = await pull("--report", report);
    expect(first.stderr).toBe("");
    expect(first.exitCode).toBe(0);
    expect(first.stdout).toMatch(
      /## What our users see\n\n- `Status`: Enum .* gained values: 'LOST': listParcels, createParcel\./,
    );
    expect(first.stdout).toMatch(/JH-03, corrected: holds\./);
    expect(first.stdout).toMatch(/The next release: \*\*major\*\*/);
    expect(first.stdout).toContain("written   src/generated/schema.ts");
    expect(await project.read(publishedPath)).toBe(text);
    expect(JSON.parse(await project.read("openapi/published/source.json"))).toMatchObject({
      url: `${server.origin}/index.yaml`,
      origin: "downloaded",
      sha256: sha256(text),
      etag: '"2"',
    });
    expect(await project.read("src/generated/schema.ts")).toContain('"LOST"');
    expect(await readFile(report, "utf8")).toContain("# The vendor's document changed");
    expect(await readdir(join(project.root, ".changeset"))).toEqual([
      `vendor-document-${sha256(text).slice(0, 8)}.md`,
    ]);

    const before = await everything();
    const second = await pull();
    expect(second.stdout).toMatch(/Nothing new since \d{4}-\d\d-\d\d .* Nothing was written\./);
    expect(second.exitCode).toBe(0);
    expect(server.requests.at(-1)?.headers["if-none-match"]).toBe('"2"');
    expect(await everything()).toEqual(before);
  });

  test("writes nothing when its report can't be written, and says why", async () => {
    const text = await project.edited("[CREATED, SHIPPED]", "[CREATED, LOST, SHIPPED]");
    server.script = () => ({ text });
    const before = await everything();
    const report = join(project.root, "nowhere", "report.md");
    const refused = await pull("--report", report);
    expect(refused.stderr).toMatch(
      /^error: The report can't be written to .*report\.md: ENOENT.*\n\nNothing was written\.\n$/,
    );
    expect(refused.exitCode).toBe(1);
    expect(await everything()).toEqual(before);
    const difference = await run(
      "spec-diff",
      join(project.root, publishedPath),
      join(project.root, publishedPath),
      "--report",
      report,
    );
    expect([difference.exitCode, difference.stderr]).toEqual([1, refused.stderr]);
  });

  test("ends with 3 at a correction that has become unnecessary, and --retire goes on from there", async () => {
    await writeFiles(project.root, (await generateFiles(project.root)).files);
    const text = await project.edited(
      "required: [zip]\n      properties:\n        zip:",
      "required: [zipCode]\n      properties:\n        zipCode:",
    );
    server.script = () => ({ text });
    const stopped = await pull();
    expect(stopped.exitCode).toBe(3);
    expect(stopped.stdout).toMatch(/JH-01, corrected: \*\*unnecessary\*\*/);
    expect(stopped.stderr).toContain("error: JH-01 no longer applies: delete it.");
    expect(await project.read(publishedPath)).toBe(text);

    const ids = join(project.root, "src/ids.ts");
    await mkdir(join(project.root, "src"), { recursive: true });
    await writeFile(join(project.root, "tsconfig.json"), '{ "include": ["src"] }');
    await writeFile(ids, 'export const corrections = { "JH-01": false };\n');
    const retired = await pull("--retire");
    expect(retired.stderr).toBe("");
    expect(await readFile(ids, "utf8")).toBe('export const corrections = { "JH-02": false };\n');
    expect(retired.exitCode).toBe(0);
    expect(await project.read("openapi/corrections.yaml")).not.toContain("JH-01");
    expect(await project.read("src/generated/corrections.ts")).not.toContain("JH-01");
    expect(await staleFiles(project.root, (await generateFiles(project.root)).files)).toEqual([]);
  });

  test("that ends between two files leaves the comparison and the changeset to the next one", async () => {
    const text = await project.edited("[CREATED, SHIPPED]", "[CREATED, LOST, SHIPPED]");
    server.script = () => ({ text });
    // Nothing can be moved to where a folder is.
    const inTheWay = join(project.root, "src/generated/schema.ts");
    await mkdir(join(inTheWay, "x"), { recursive: true });
    expect((await pull()).exitCode).toBe(1);
    await rm(inTheWay, { recursive: true });
    const again = await pull();
    expect(again.stdout).toMatch(/The next release: \*\*major\*\*/);
    expect(again.exitCode).toBe(0);
    expect(await project.read(publishedPath)).toBe(text);
    expect(await readdir(join(project.root, ".changeset"))).toEqual([
      `vendor-document-${sha256(text).slice(0, 8)}.md`,
    ]);
  });

  test("is refused while another process writes, as a generation is", async () => {
    const text = await project.edited("[CREATED, SHIPPED]", "[CREATED, LOST, SHIPPED]");
    server.script = () => ({ text });
    await mkdir(join(project.root, `.writing-${process.pid}`));
    const before = await everything();
    for (const refused of [await pull(), await run("generate", "--root", project.root)]) {
      expect(refused.stderr).toMatch(
        new RegExp(
          `^error: Process ${process.pid} is writing these files\\. [^]*\n\nNothing was written\\.\n$`,
        ),
      );
      expect(refused.exitCode).toBe(1);
    }
    // The folder's own time says that a process looked into it.
    expect([...(await everything()).keys()]).toEqual([...before.keys()]);
    expect(await readFile(join(project.root, publishedPath), "utf8")).toContain("[CREATED, SHIPPED]");
  });

  test("removes what a killed process has left", async () => {
    const killed = spawnSync(process.execPath, ["--version"]).pid;
    const left = join(project.root, `.writing-${killed}`);
    await mkdir(left);
    await writeFile(join(left, "0.tmp"), "half");
    expect((await run("generate", "--root", project.root)).exitCode).toBe(0);
    expect((await readdir(project.root)).filter((name) => name.startsWith(".writing"))).toEqual([]);
  });

  test("refuses what can't be a document, in words, and leaves every file as it was", async () => {
    const before = await everything();
    server.script = () => ({ text: "<!doctype html><title>Maintenance</title>" });
    const page = await pull();
    expect(page.stderr).toMatch(
      /^error: .*\/index\.yaml is a page of HTML or XML.*\n\nNothing was written\.\n$/,
    );
    expect(page.exitCode).toBe(1);
    expect(await everything()).toEqual(before);
  });

  test("says how to be right when it is told something wrong", async () => {
    const { exitCode, stderr } = await pull("--form", "x");
    expect(stderr).toContain("Usage: npm run spec:pull");
    expect(exitCode).toBe(2);
  });
});

describe("npm run spec:diff", () => {
  test("compares a file and an address, writes a report, and fails on the level that it is told", async () => {
    const text = await project.edited("[CREATED, SHIPPED]", "[CREATED]");
    server.script = () => ({ text });
    const report = join(project.root, "report.md");
    const published = join(project.root, publishedPath);
    const args = [published, `${server.origin}/index.yaml`, "--report", report];
    const { exitCode, stdout } = await run("spec-diff", ...args, "--fail-on", "minor");
    expect(stdout).toMatch(
      /\*\*major\*\*.*`Parcel`.*\n\n## Changes\n\n- `.*`: Enum .* lost values: 'SHIPPED'/,
    );
    expect(stdout).toMatch(/touched: `GET \/parcels`/);
    expect(await readFile(report, "utf8")).toContain("## Changes\n\n- `");
    expect(exitCode).toBe(1);
  });

  test("says how to be right when it is told something wrong", async () => {
    const { exitCode, stderr } = await run("spec-diff", "one.yaml");
    expect(stderr).toMatch(/^Two documents are needed, and 1 given\.\n\nUsage: npm run spec:diff/);
    expect(exitCode).toBe(2);
  });
});

describe("two documents", () => {
  test("that are the same have no change", async () => {
    const published = join(project.root, publishedPath);
    const { comparison, release } = await compareSources(published, published);
    expect(comparison).toMatchObject({ isSame: true, changes: [] });
    expect(comparison.operations).toEqual({ added: [], removed: [], touched: [] });
    expect(release.impact).toBe("none");
  });

  test("of which one is Swagger 2 are not compared", async () => {
    const swagger = join(projectRoot, "test/fixtures/spec/swagger-2.yaml");
    await expect(compareSources(join(project.root, publishedPath), swagger)).rejects.toThrow(
      /swagger-2\.yaml is a Swagger 2\.0 document/,
    );
  });
});
