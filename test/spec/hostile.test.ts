import { cp, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { withHarmlessComments } from "../../scripts/docs/documented-sources.ts";
import { generateFiles } from "../../scripts/generate/generate-files.ts";
import { projectRoot } from "../../scripts/package/project-root.ts";
import { compareSources } from "../../scripts/spec/diff/compare-sources.ts";
import { markdown } from "../../scripts/spec/printable.ts";
import { lintDocument } from "../../scripts/spec/pull/lint-document.ts";
import { pullDocument } from "../../scripts/spec/pull/pull-document.ts";
import { createSpecProject, publishedPath } from "../support/spec-project.ts";

const folder = join(projectRoot, "test/fixtures/hostile");
const names = (await readdir(folder)).filter((name) => name.endsWith(".yaml"));

/** Why something was refused; undefined if it was not. */
async function refusal(run: () => Promise<unknown>): Promise<string | undefined> {
  return run().then(
    () => undefined,
    (error: Error) => `${error.name}: ${error.message}`,
  );
}

/** A refusal in our words, in which no line begins with the vendor's. */
function expectOurWords(text: string | undefined): void {
  expect(text).toMatch(/^(SpecError|GenerationError): /);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must not be there.
  expect(text).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/);
  expect(text).not.toMatch(/^\s*::/m);
  expect(text).not.toMatch(/^\s+at .*\.[jt]s:\d+/m);
}

describe("a hostile document is refused by every script that reads one", () => {
  for (const name of names) {
    test(name, async () => {
      const project = await createSpecProject();
      const from = join(folder, name);
      const text = await readFile(from, "utf8");
      const refused = await refusal(() => pullDocument({ root: project.root, from, force: true }));
      expectOurWords(refused);
      // That is the one which is here, and nothing is wrong with it.
      expect(refused).not.toContain(`${publishedPath}: `);
      expectOurWords(
        await refusal(() => compareSources(join(project.root, publishedPath), from, project.root)),
      );
      await writeFile(join(project.root, publishedPath), text);
      expectOurWords(await refusal(() => generateFiles(project.root)));
      await project.remove();
    });
  }
});

describe("what a document must not reach", () => {
  test("a file beside it that is no document, a link out of its folder, and another origin", async () => {
    const place = await mkdtemp(join(tmpdir(), "hostile-"));
    const text = await readFile(
      join(projectRoot, "test/fixtures/generation/openapi/published/index.yaml"),
      "utf8",
    );
    const referring = (reference: string) => text.replace('"#/components/schemas/ParcelList"', reference);
    await cp(join(projectRoot, "test/fixtures/spec/split"), join(place, "split"), { recursive: true });
    await writeFile(join(place, "secret.yaml"), "TOKEN: abc\n");
    await writeFile(join(place, "split/.env"), "TOKEN: abc\n");
    const { symlink } = await import("node:fs/promises");
    await symlink(join(place, "secret.yaml"), join(place, "split/linked.yaml"));
    const project = await createSpecProject();
    for (const reference of [".env", "linked.yaml", "../secret.yaml", "https://example.com/x.yaml"]) {
      const from = join(place, "split/hostile.yaml");
      await writeFile(from, referring(reference));
      const text = await refusal(() => pullDocument({ root: project.root, from }));
      expect(text, reference).toMatch(/It is refused/);
    }
    await project.remove();
    await rm(place, { recursive: true });
  });

  test("the client's own marks: they are left out of the wire document", async () => {
    const project = await createSpecProject();
    const text = await project.edited(
      "status: {",
      "size: { type: string, x-wire-name: zip, x-discrepancy: JH-01 }\n        status: {",
    );
    await writeFile(join(project.root, publishedPath), text);
    const { files } = await generateFiles(project.root);
    expect(files.get("openapi/wire.yaml")).toContain("size:");
    expect(files.get("openapi/wire.yaml")).not.toContain("x-wire-name");
    await project.remove();
  });

  test("the machine's time: a pattern that never ends stops the linter, which is said", async () => {
    const text = `openapi: 3.1.0
info: { title: T, version: "1" }
paths: {}
components:
  schemas:
    A: { type: string, pattern: "^(a+)+$", example: "${"a".repeat(60)}!" }
`;
    await expect(lintDocument(text, false, 15_000)).rejects.toThrow(/did not end within 15 s.*pattern/);
  });
});

describe("the vendor's words", () => {
  test("can't begin anything in a pull request's Markdown", () => {
    const words = "``` ![x](https://e.vil/x.png) ``` @all `` @bob` <img src=x> www.e.vil [a](b) #12";
    const text = markdown(words);
    expect(text).not.toMatch(/@\w|<img|:\/\/|www\.e|#1/);
    expect(text).not.toMatch(/(?<!\\)[[\]!]/);
    expect(markdown("`Order` has `@all`")).toBe("`Order` has `@all`");
  });

  test("reach TypeDoc without anything that it acts on", () => {
    const source =
      'type A = {\n  /** {@include ../.env} {@includeCode x} <script>alert(1)</script> */\n  a: "<b>";\n};\n';
    const harmless = withHarmlessComments(source);
    expect(harmless).not.toMatch(/\{@|<script/);
    expect(harmless).toContain('a: "<b>"');
  });
});
