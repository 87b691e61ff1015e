import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { projectRoot } from "../../scripts/package/project-root.ts";
import { pullDocument } from "../../scripts/spec/pull/pull-document.ts";
import { renderVerdict } from "../../scripts/spec/render-verdict.ts";
import { type LayoutOfDocument, layouts } from "../support/layouts.ts";

const page = fileURLToPath(new URL("../../docs/vendor-document.md", import.meta.url));

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "layouts-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** What a pull of the published document in another layout comes to. */
interface Row {
  readonly types: string;
  readonly tables: string;
  readonly corrections: string;
  readonly release: string;
  readonly verdict: string;
  readonly problems: readonly string[];
  /** Files in src/ that would change, and changesets. */
  readonly changed: readonly string[];
}

async function pull({ name, text }: LayoutOfDocument): Promise<Row> {
  const from = join(folder, `${layouts.findIndex((layout) => layout.name === name)}.yaml`);
  await writeFile(from, text);
  const pulled = await pullDocument({ root: projectRoot, from });
  if (pulled.status !== "new") throw new Error(`It is the published document itself: ${name}`);
  const { verdict, files, source } = pulled;
  const changed: string[] = [];
  for (const [path, content] of files) {
    if (path.startsWith(".changeset/")) changed.push(path);
    else if (path.startsWith("src/") && content !== (await readFile(join(projectRoot, path), "utf8")))
      changed.push(path);
  }
  const isIdentical = (isPart: (path: string) => boolean): string => {
    const parts = [...files.keys()].filter((path) => path.startsWith("src/generated/") && isPart(path));
    if (parts.length === 0) return "not generated";
    return parts.some((path) => changed.includes(path)) ? "different" : "identical";
  };
  const fallen = verdict.corrections.filter(({ standing }) => standing !== "holds").map(({ id }) => id);
  return {
    types: isIdentical((path) => path.endsWith("/schema.ts")),
    tables: isIdentical((path) => !path.endsWith("/schema.ts")),
    corrections: fallen.length === 0 ? "all" : `all but ${fallen.join(", ")}`,
    release: verdict.release.bump,
    verdict: renderVerdict(verdict, source),
    problems: verdict.generation.problems,
    changed,
  };
}

const rows = new Map<string, Promise<Row>>();
/** Each layout is pulled once, by whichever test comes first. */
function rowOf(layout: LayoutOfDocument): Promise<Row> {
  const row = rows.get(layout.name) ?? pull(layout);
  rows.set(layout.name, row);
  return row;
}

describe("the same API in another layout", () => {
  for (const layout of layouts) {
    test(`needs no release: ${layout.name}`, async () => {
      const { verdict, ...row } = await rowOf(layout);
      expect(verdict).toContain("The API is the same; only the layout of its document changed. No release.");
      expect(row).toEqual({
        types: "identical",
        tables: "identical",
        corrections: "all",
        release: "none",
        problems: [],
        changed: [],
      });
    });
  }
});

test("the table of layouts in docs/vendor-document.md shows what the pulls come to", async () => {
  const lines = [
    "| the vendor's document | types | tables | corrections standing | release |",
    "|---|---|---|---|---|",
  ];
  for (const layout of layouts) {
    const { types, tables, corrections, release } = await rowOf(layout);
    lines.push(`| ${[layout.name, types, tables, corrections, release].join(" | ")} |`);
  }
  const current = (await readFile(page, "utf8")).replaceAll("\r\n", "\n");
  const [begin, end] = ["<!-- layouts -->\n", "<!-- /layouts -->"];
  const [before = "", rest] = current.split(begin);
  const after = rest?.slice(rest.indexOf(end));
  if (!after?.startsWith(end))
    throw new Error("docs/vendor-document.md has no place for the table of layouts.");
  // `npx vitest run test/spec/layout-table.test.ts -u` writes it.
  await expect(`${before}${begin}${lines.join("\n")}\n${after}`).toMatchFileSnapshot(page);
});
