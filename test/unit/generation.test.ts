import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { generateFiles } from "../../scripts/generation/generate-files.ts";
import { execute } from "../support/execute.ts";
import { projectRoot } from "../support/project-root.ts";

let root: string;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "generation-"));
  await cp(join(projectRoot, "openapi"), join(root, "openapi"), { recursive: true });
  await cp(join(projectRoot, "src/generated"), join(root, "src/generated"), { recursive: true });
});
afterEach(() => rm(root, { recursive: true, force: true }));

const published = "openapi/published/index.yaml";
const overlay = "openapi/corrections.yaml";

async function edit(path: string, change: (text: string) => string): Promise<void> {
  const file = join(root, path);
  const before = await readFile(file, "utf8");
  const after = change(before);
  expect(after, `the edit of ${path} changed nothing`).not.toBe(before);
  await writeFile(file, after);
}

/** The overlay without the actions of one discrepancy. */
function withoutGroup(id: string): (text: string) => string {
  return (text) =>
    text
      .split(/(?=^ {2}- target:)/m)
      .filter((action) => !action.includes(`x-discrepancy: ${id}`))
      .join("");
}

const generate = (...flags: string[]) =>
  execute("npx", ["tsx", "scripts/generate.ts", "--root", root, ...flags], projectRoot);

describe("npm run generate", () => {
  test("finds every generated file of this repository up to date", async () => {
    const { exitCode, stdout } = await generate("--check");
    expect(stdout).toContain("up to date");
    expect(exitCode).toBe(0);
  });

  test("--check fails on a stale file, and says which", async () => {
    await edit("src/generated/pagination.ts", (text) => `${text}// by hand\n`);
    const { exitCode, stderr } = await generate("--check");
    expect(stderr).toContain("src/generated/pagination.ts is stale");
    expect(stderr).not.toContain("schema.ts");
    expect(exitCode).toBe(1);
  });

  test("fails by id when the vendor has fixed a discrepancy, touches nothing, and works once its group is gone", async () => {
    const table = join(root, "src/generated/corrections.ts");
    const before = await readFile(table, "utf8");
    await edit(published, (text) =>
      text.replace("state, zip]", "state, zipCode]").replace(/^ {8}zip:$/m, "        zipCode:"),
    );
    const failed = await generate();
    expect(failed.stderr).toMatch(/JH-01 no longer applies: delete it/);
    expect(failed.stderr).not.toContain("JH-02 no longer");
    expect(failed.exitCode).toBe(1);
    expect(await readFile(table, "utf8")).toBe(before);

    await edit(overlay, withoutGroup("JH-01"));
    const { exitCode } = await generate();
    expect(exitCode).toBe(0);
    const after = await readFile(table, "utf8");
    expect(after).not.toContain("JH-01");
    expect(after).toContain("JH-02");
  }, 60_000);

  test("an unknown flag ends with the usage", async () => {
    const { exitCode, stderr } = await generate("--chekc");
    expect(stderr).toContain("Usage: npm run generate");
    expect(exitCode).toBe(2);
  });
});

describe("what stops the generation", () => {
  async function problemsOf(): Promise<string> {
    try {
      await generateFiles(root);
    } catch (error) {
      return (error as Error).message;
    }
    return "";
  }

  test("an update that the document already holds, such as an enum value that was added", async () => {
    await edit(published, (text) => text.replace("[CREATED, CANCELLED,", "[NEW, CREATED, CANCELLED,"));
    expect(await problemsOf()).toMatch(
      /JH-03 no longer applies: delete it[\s\S]*OrderStatus changes nothing/,
    );
  });

  test("an action without a discrepancy, without evidence, or without effect", async () => {
    await edit(overlay, (text) => text.replace("    x-discrepancy: JH-10\n", ""));
    expect(await problemsOf()).toMatch(/action \d+ does not name its discrepancy/);
    await edit(overlay, (text) =>
      text
        .replace(/ {4}x-evidence: cancelOrder.*\n/, "    x-discrepancy: JH-03\n")
        .replace("    x-discrepancy: JH-03\n", ""),
    );
    expect(await problemsOf()).toMatch(/\(JH-03\) has no evidence/);
  });

  test("a mark that no operation reaches", async () => {
    await edit(published, (text) => `${text}    Unused:\n      type: string\n      enum: [A]\n`);
    await edit(
      overlay,
      (text) =>
        `${text}  - target: $.components.schemas.Unused\n    x-discrepancy: JH-12\n    x-evidence: none\n    update:\n      x-wire-values: { A: B }\n      x-discrepancy: JH-12\n`,
    );
    expect(await problemsOf()).toMatch(
      /JH-12: no operation.* reaches the mark at #\/components\/schemas\/Unused/,
    );
  });

  test("two operations with one operationId", async () => {
    await edit(published, (text) => text.replace("operationId: listOrders", "operationId: createOrder"));
    expect(await problemsOf()).toMatch(/operationId "createOrder" names GET \/orders and POST \/orders/);
  });

  test("a $ref that points at nothing", async () => {
    await edit(published, (text) =>
      text.replace('"#/components/schemas/OrderList"', '"#/components/schemas/Orders"'),
    );
    expect(await problemsOf()).toMatch(/\$ref "#\/components\/schemas\/Orders" at .* points at nothing/);
  });

  test("a $ref into another file", async () => {
    await edit(published, (text) => text.replace('"#/components/schemas/OrderList"', '"orders.yaml#/List"'));
    expect(await problemsOf()).toMatch(/leaves the document\. Bundle it/);
  });

  test("a document that is Swagger 2, and one that is no YAML", async () => {
    await writeFile(join(root, published), "swagger: '2.0'\n");
    expect(await problemsOf()).toMatch(/not an OpenAPI 3 document: it has Swagger 2\.0/);
    await writeFile(join(root, published), "<!doctype html>\n<p>a: b: c</p>");
    expect(await problemsOf()).toMatch(/published\/index\.yaml/);
  });

  test("a document that can't be read, before anything is written", async () => {
    await rm(join(root, published));
    await mkdir(join(root, published));
    expect(await problemsOf()).toMatch(/published\/index\.yaml can't be read/);
  });
});
