import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { stringify } from "yaml";
import { applyOverlay, readOverlay } from "../../scripts/document/overlay.ts";
import { generateFiles } from "../../scripts/generate/generate-files.ts";
import { execute } from "../../scripts/package/execute.ts";
import { projectRoot } from "../../scripts/package/project-root.ts";
import { retireCorrections } from "../../scripts/spec/pull/retire-corrections.ts";
import { corrections, wire, withoutMarks } from "../support/documents.ts";

const published = "openapi/published/index.yaml";
const overlay = "openapi/corrections.yaml";
const table = "src/generated/corrections.ts";

let root: string;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "generation-"));
  await cp(join(projectRoot, "test/fixtures/generation"), root, { recursive: true });
});
afterEach(() => rm(root, { recursive: true, force: true }));

const read = (path: string) => readFile(join(root, path), "utf8");

async function edit(path: string, change: (text: string) => string): Promise<void> {
  const before = await read(path);
  const after = change(before);
  expect(after, `the edit of ${path} changed nothing`).not.toBe(before);
  await writeFile(join(root, path), after);
}

/** The overlay without the actions of one discrepancy. */
function withoutGroup(id: string): (text: string) => string {
  return (text) => retireCorrections(text, [id]);
}

const generate = (...flags: string[]) =>
  execute("npx", ["tsx", "scripts/generate.ts", "--root", root, ...flags], projectRoot);

describe("npm run generate", () => {
  test("writes the corrected document, its types, and both tables, and then finds them up to date", async () => {
    expect((await generate()).exitCode).toBe(0);
    expect(await read("openapi/corrected.yaml")).toContain("x-wire-name: zip");
    expect(await read("src/generated/schema.ts")).toMatch(/zipCode: string/);
    expect(await read("src/generated/schema.ts")).toContain("export const statusValues");
    expect(await read(table)).toContain('"zipCode":{"wireName":"zip","id":"JH-01"}');
    expect(await read("src/generated/pagination.ts")).toContain('"/parcels": "parcels"');
    const { exitCode, stdout } = await generate("--check");
    expect(stdout).toContain("up to date");
    expect(exitCode).toBe(0);
  });

  test("--check fails on a stale file, and says which", async () => {
    await generate();
    await edit("src/generated/pagination.ts", (text) => `${text}// by hand\n`);
    const { exitCode, stderr } = await generate("--check");
    expect(stderr).toContain("src/generated/pagination.ts is stale");
    expect(stderr).not.toContain("schema.ts");
    expect(exitCode).toBe(1);
  });

  test("fails by id when the vendor has fixed a discrepancy, touches nothing, and works once its group is gone", async () => {
    await generate();
    const before = await read(table);
    await edit(published, (text) => text.replace("[zip]", "[zipCode]").replace("zip: {", "zipCode: {"));
    const failed = await generate();
    expect(failed.stderr).toContain("JH-01 no longer applies: delete it");
    expect(failed.stderr).not.toContain("JH-02 no longer");
    expect(failed.exitCode).toBe(1);
    expect(await read(table)).toBe(before);

    await edit(overlay, withoutGroup("JH-01"));
    expect((await generate()).exitCode).toBe(0);
    expect(await read(table)).not.toContain("JH-01");
    expect(await read(table)).toContain("JH-02");
  });

  test("an unknown flag ends with the usage", async () => {
    const { exitCode, stderr } = await generate("--chekc");
    expect(stderr).toContain("Usage: npm run generate");
    expect(exitCode).toBe(2);
  });
});

describe("a list that paginate reads", () => {
  /** What is generated of it where a piece of the document is another, and what is said of it. */
  async function paginationOf(piece: string, replacement: string): Promise<string> {
    const before = await read(published);
    await edit(published, (text) => text.replace(piece, replacement));
    const { files, notes } = await generateFiles(root);
    await writeFile(join(root, published), before);
    const table = files.get("src/generated/pagination.ts") ?? "";
    const found = /"\/parcels": "\w+"|"\/parcels": \d+/g;
    return [...(table.match(found) ?? []), ...notes.filter((note) => note.includes("paginate"))].join(" ");
  }
  const cursor = "- { name: cursor, in: query, schema: { type: string } }";
  const withLimit = (schema: string, name = "limit"): Promise<string> =>
    paginationOf(cursor, `- { name: ${name}, in: query, schema: ${schema} }\n        ${cursor}`);

  test("is asked for the largest page that it gives, of a hundred at most, in whatever words it says so", async () => {
    const sizes: [schema: string, size: number][] = [
      ["{ type: integer }", 100],
      ["{ type: integer, maximum: 500 }", 100],
      ["{ type: integer, maximum: 50 }", 50],
      ["{ type: number, maximum: 99.5 }", 99],
      ["{ type: integer, exclusiveMaximum: 51 }", 50],
      ["{ type: integer, enum: [10, 25, 50] }", 50],
      ["{ oneOf: [{ type: integer, maximum: 50 }, { const: 0 }] }", 50],
      ["{ type: integer, multipleOf: 30 }", 90],
    ];
    for (const [schema, size] of sizes)
      expect(await withLimit(schema), schema).toBe(`"/parcels": "parcels" "/parcels": ${size}`);
  });

  test("is asked for no size where it takes none, which is said", async () => {
    const left =
      '"/parcels": "parcels" `paginate` leaves the size of the pages of /parcels to the API: it has';
    expect(await withLimit("{ type: integer }", "pageSize")).toBe(`${left} no \`limit\` in its query.`);
    expect(await withLimit("{ type: integer, maximum: 0 }")).toBe(
      `${left} a \`limit\` that is no number up to 100.`,
    );
  });

  test("keeps its pages where something stands beside its items, or its cursors have a pattern", async () => {
    const size = "{ type: integer }";
    const beside = await paginationOf(
      "        cursor: { type: string }",
      "        cursor: { type: string, pattern: '[0-9]+' }\n        errors: { type: array, items: { type: integer } }",
    );
    expect(beside).toContain('"/parcels": "parcels"');
    expect(await withLimit(size)).toContain('"/parcels": "parcels"');
  });

  test("is none where it can't be read to its end as it is documented, and the reason is said", async () => {
    const because = (why: string): string =>
      `\`paginate\` doesn't read /parcels: ${why}. Teach it to src/pagination/paginate.ts. What in src/ reads it by \`paginate\` doesn't compile until then.`;
    expect(await paginationOf("        cursor: { type: string }", "        cursor: { type: integer }")).toBe(
      because("its cursor is no string"),
    );
    expect(await paginationOf(cursor, cursor.replace("string", "integer"))).toBe(
      because("its cursor is no string"),
    );
    expect(await paginationOf('"200"', "2XX")).toBe(because("its response is documented under no 200"));
    expect(
      await paginationOf(
        cursor,
        `- { name: depot, in: query, required: true, schema: {} }\n        ${cursor}`,
      ),
    ).toBe(because("it needs depot in its query"));
    expect(
      await paginationOf(
        "        cursor: { type: string }",
        "        cursor: { type: string }\n        others: { type: array, items: { type: object } }",
      ),
    ).toBe(because("its response has 2 lists of objects"));
  });
});

describe("when the vendor's document is fixed the way we want it", () => {
  const actions = readOverlay(corrections, overlay);
  for (const id of new Set(actions.map((action) => action.id))) {
    test(`${id} is refused by name, and without its group everything is generated again`, async () => {
      await cp(join(projectRoot, "openapi"), join(root, "openapi"), { recursive: true });
      const fixed = await applyOverlay(
        wire,
        actions.filter((action) => action.id === id),
      );
      await writeFile(
        join(root, published),
        stringify(withoutMarks(fixed), { aliasDuplicateObjects: false }),
      );
      await expect(generateFiles(root)).rejects.toThrow(`${id} no longer applies: delete it`);

      await edit(overlay, withoutGroup(id));
      const { files } = await generateFiles(root);
      expect(files.get(table)).not.toContain(id);
    });
  }
});

describe("what stops the generation", () => {
  async function problems(): Promise<string> {
    try {
      await generateFiles(root);
    } catch (error) {
      return (error as Error).message;
    }
    return "";
  }

  test("an update that the document already holds, such as an enum value that was added", async () => {
    await edit(published, (text) => text.replace("[CREATED,", "[NEW, CREATED,"));
    expect(await problems()).toMatch(/JH-03 no longer applies: delete it[\s\S]*Status changes nothing/);
  });

  test("an action without a discrepancy", async () => {
    await edit(overlay, (text) => text.replace("    x-discrepancy:\n      id: JH-03", "    x-discrepancy:"));
    expect(await problems()).toMatch(/action 6 does not name its discrepancy/);
  });

  test("an action without evidence", async () => {
    await edit(overlay, (text) => text.replace(/ {6}absent: .*\n/, ""));
    expect(await problems()).toMatch(/JH-03 has no evidence/);
  });

  test("an action that does nothing, and one without a target", async () => {
    const action = "    x-discrepancy: JH-03\n";
    await edit(
      overlay,
      (text) => `${text}  - target: $.info\n${action}  - target: info\n${action}    remove: true\n`,
    );
    expect(await problems()).toMatch(
      /action 7 \(JH-03\) does nothing[\s\S]*action 8 \(JH-03\) has no target/,
    );
  });

  test("a mark that no operation reaches", async () => {
    const update = "    update: { Unused: { enum: [A], x-wire-values: { A: B }, x-discrepancy: JH-03 } }\n";
    const action = `  - target: $.components.schemas\n    x-discrepancy: JH-03\n${update}`;
    await edit(overlay, (text) => text + action);
    expect(await problems()).toMatch(
      /JH-03: no operation.* reaches the mark at #\/components\/schemas\/Unused/,
    );
  });

  test("two operations with one operationId", async () => {
    await edit(published, (text) => text.replace("operationId: listParcels", "operationId: createParcel"));
    expect(await problems()).toMatch(/operationId "createParcel" names GET \/parcels and POST \/parcels/);
  });

  test("a $ref that points at nothing", async () => {
    await edit(published, (text) => text.replace("schemas/ParcelList", "schemas/Parcels"));
    expect(await problems()).toMatch(/\$ref "#\/components\/schemas\/Parcels" at .* points at nothing/);
  });

  test("a $ref into another file", async () => {
    await edit(published, (text) => text.replace("#/components/schemas/ParcelList", "parcels.yaml#/List"));
    expect(await problems()).toMatch(/leaves the document\. Bundle it/);
  });

  test("a document that is Swagger 2, one that is a web page, and one that is no YAML", async () => {
    await writeFile(join(root, published), "swagger: '2.0'\n");
    expect(await problems()).toMatch(/not an OpenAPI 3 document: it has Swagger 2\.0/);
    await writeFile(join(root, published), "<!doctype html><title>Sign in</title>");
    expect(await problems()).toMatch(/index\.yaml does not hold an object/);
    await writeFile(join(root, published), "a: b: c");
    expect(await problems()).toMatch(/index\.yaml is not valid YAML/);
  });

  test("a document that can't be read", async () => {
    await rm(join(root, published));
    await mkdir(join(root, published));
    expect(await problems()).toMatch(/published\/index\.yaml can't be read/);
  });
});
