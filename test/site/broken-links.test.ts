import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { checkLinks } from "../../scripts/docs/check-links.ts";
import { copyLinkedFiles, readGuides } from "../../scripts/docs/guides.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "links-"));
});
afterEach(() => rm(folder, { recursive: true }));

async function write(files: Readonly<Record<string, string>>): Promise<void> {
  for (const [path, content] of Object.entries(files)) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), content);
  }
}

describe("a built site", () => {
  test.each([
    [
      "a page that isn't there",
      '<a href="./gone.html">',
      "/docs/index.html links to ./gone.html, which isn't there.",
    ],
    [
      "an anchor that isn't there",
      '<a href="a/b.html#gone">',
      "links to a/b.html#gone, which isn't a heading.",
    ],
    ["an anchor of its own that isn't there", '<a href="#gone">', "links to #gone, which isn't a heading."],
    ["an address outside its base", '<a href="/index.html">', "links to /index.html, which isn't there."],
    [
      "a script that isn't there",
      '<script src="/docs/gone.js">',
      "links to /docs/gone.js, which isn't there.",
    ],
  ])("fails for %s", async (_, link, fault) => {
    await write({ "index.html": `<h1 id="it">It</h1>${link}`, "a/b.html": "<h1>B</h1>" });
    await expect(checkLinks(folder, "/docs/")).rejects.toThrow(fault);
  });

  test("fails for a page without content, which VitePress takes for a success", async () => {
    await write({ "index.html": "<main></main>" });
    await expect(checkLinks(folder, "/")).rejects.toThrow("/index.html is empty.");
  });

  test("passes where all links lead somewhere", async () => {
    const links =
      '<a href="a/b.html#b"></a><a href="#it"></a><a href="/docs/"></a><a href="https://example.com/#x"></a>';
    await write({
      "index.html": `<h1 id="it">It</h1>${links}`,
      "a/b.html": '<h1 id="b">B</h1><a href="../#it"></a>',
    });
    await checkLinks(folder, "/docs/");
  });
});

describe("the repository's Markdown", () => {
  test("fails for a link to a file that isn't there", async () => {
    await write({ "README.md": "# It\n\n[x](docs/gone.md)\n" });
    await expect(readGuides(folder)).rejects.toThrow("README.md links to docs/gone.md, which isn't there.");
  });

  test("fails for a page without a title", async () => {
    await write({ "docs/words.md": "Words.\n" });
    await expect(readGuides(folder)).rejects.toThrow("docs/words.md has no title");
  });

  test("has its links rewritten to pages and copies, and none in code", async () => {
    await write({
      "README.md":
        "# It\n\n[a](docs/a.md#b) [c](examples/c) ![d](bench/d.svg) `[x](y)`\n\n```md\n[x](y)\n```\n",
      "docs/a.md": "# A\n\n## B\n\n[up](../README.md) [r](recipes/r.md)\n<!-- note -->\n",
      "docs/recipes/r.md":
        "# R\n\n[up](../a.md) [code](../../examples/c/c.ts) [home]\n\n[home]: ../../README.md#it\n",
      "examples/c/README.md": "# C\n",
      "examples/c/c.ts": "export {};\n",
      "bench/d.svg": "<svg/>",
    });
    const { pages, files } = await readGuides(folder);
    const textOf = (path: string): string | undefined => pages.find((page) => page.path === path)?.text;
    expect(textOf("index.md")).toBe(
      "# It\n\n[a](guides/a.md#b) [c](examples/c.md) ![d](bench/d.svg) `[x](y)`\n\n```md\n[x](y)\n```\n",
    );
    expect(textOf("guides/a.md")).toBe("# A\n\n## B\n\n[up](../index.md) [r](../recipes/r.md)\n");
    expect(textOf("recipes/r.md")).toBe(
      "# R\n\n[up](../guides/a.md) [code](../examples/c/c.ts) [home]\n\n[home]: ../index.md#it\n",
    );
    expect(pages.find(({ path }) => path === "recipes/r.md")).toMatchObject({
      section: "Recipes",
      title: "R",
    });
    await copyLinkedFiles(files, join(folder, "site"), folder);
    expect(await readFile(join(folder, "site/examples/c/c.ts"), "utf8")).toBe("export {};\n");
  });
});
