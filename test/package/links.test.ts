import { existsSync, readFileSync } from "node:fs";
import { join, posix } from "node:path";
import { describe, expect, test } from "vitest";
import { projectRoot } from "../../scripts/package/project-root.ts";
import { markdownFiles } from "../support/examples.ts";

/** The anchor of a heading, as GitHub makes it. */
function slugOf(title: string): string {
  return title
    .trim()
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\s_-]/gu, "")
    .replaceAll(" ", "-");
}

/** A document without its blocks of code, in which nothing is a link or a heading. */
function proseOf(path: string): string {
  return readFileSync(join(projectRoot, path), "utf8").replaceAll(/^```[\s\S]*?^```$/gm, "");
}

function headingsOf(path: string): readonly string[] {
  return [...proseOf(path).matchAll(/^#{1,6} (.+)$/gm)].map(([, title = ""]) => slugOf(title));
}

const documents = markdownFiles();

describe.each(documents)("%s", (path) => {
  const targets = [...proseOf(path).matchAll(/\]\(([^)\s]+)\)/g)].map(([, target = ""]) => target);
  const links = targets.filter((target) => !/^[a-z]+:/i.test(target));

  test("links to files and headings that are there", () => {
    const broken = links.filter((target) => {
      const [file = "", anchor] = target.split("#");
      const to = file === "" ? path : posix.join(posix.dirname(path), file);
      if (!existsSync(join(projectRoot, to))) return true;
      return anchor !== undefined && !headingsOf(to).includes(anchor);
    });
    expect(broken).toEqual([]);
  });

  test("has one title, on its first line", () => {
    if (path.startsWith(".github/")) return;
    expect(proseOf(path).match(/^# .+$/gm)).toHaveLength(1);
    expect(proseOf(path)).toMatch(/^# /);
  });
});

test("every page of docs/ is listed in docs/README.md", () => {
  const index = proseOf("docs/README.md");
  const pages = documents.filter((path) => path.startsWith("docs/") && path !== "docs/README.md");
  expect(pages.filter((path) => !index.includes(`](${path.slice("docs/".length)})`))).toEqual([]);
});

describe("what people ask", () => {
  // Each is a heading, so that a table of contents and a search show it.
  test.each([
    ["docs/orders.md", "When may I resend an order?"],
    ["docs/recipes/proxy-with-its-own-ca.md", "How do I trust my proxy's CA?"],
    ["docs/what-the-vendor-does-not-say.md", "What happens with an unavailable product?"],
    ["docs/errors.md", "Where is the request id?"],
    ["docs/webhooks.md", "Can I list orders changed since yesterday?"],
  ])("%s answers: %s", (path, question) => {
    expect(proseOf(path)).toContain(`\n## ${question}\n`);
  });
});

describe("the README", () => {
  const readme = readFileSync(join(projectRoot, "README.md"), "utf8");

  test("has at most 200 lines", () => {
    expect(readme.split("\n").length - 1).toBeLessThanOrEqual(200);
  });

  test("has the two commands for a clone on its first screen", () => {
    const screen = readme.split("\n").slice(0, 15).join("\n");
    expect(screen).toContain("npm ci && npm start");
    expect(screen).toContain("npm ci && npm test");
  });
});
