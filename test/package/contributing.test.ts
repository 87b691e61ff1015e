import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { missingEvidence } from "../../scripts/document/register.ts";
import {
  correctionsPath,
  generateFrom,
  publishedPath,
  readLayout,
} from "../../scripts/generate/generate-files.ts";
import { projectRoot } from "../../scripts/package/project-root.ts";
import { wire } from "../support/documents.ts";
import { markdownFiles } from "../support/examples.ts";

const read = (path: string): Promise<string> => readFile(join(projectRoot, path), "utf8");

test("the first change that CONTRIBUTING.md leads through is one that the generation takes", async () => {
  const [, group = ""] = /```yaml\n([\s\S]*?)```/.exec(await read("CONTRIBUTING.md")) ?? [];
  const [id = ""] = /JH-\d+/.exec(group) ?? [];
  const corrections = await read(correctionsPath);
  const isAdded = corrections.includes(group.trim());
  const taken = `${id} is another discrepancy by now: let CONTRIBUTING.md show the next id.`;
  if (!isAdded) expect(corrections, taken).not.toContain(`id: ${id}\n`);
  const layout = await readLayout(projectRoot);
  const { files, register } = await generateFrom(
    await read(publishedPath),
    isAdded ? corrections : `${corrections}\n${group}`,
    layout,
  );
  const added = register.filter((entry) => entry.id === id);
  expect(added).toHaveLength(1);
  for (const entry of added) expect(await missingEvidence(entry, wire)).toEqual([]);
  expect(files.get("README.md")).toContain(`| ${id} |`);
});

test("every document names npm scripts that are there", async () => {
  const { scripts } = JSON.parse(await read("package.json"));
  // These examples have scripts of their own.
  for (const path of markdownFiles().filter((file) => !/^examples\/(fleet|outbox)\//.test(file))) {
    const named = [...(await read(path)).matchAll(/npm run (?:--silent )?([\w:-]+)/g)].map(
      ([, name = ""]) => name,
    );
    expect(
      named.filter((name) => !(name in scripts)),
      path,
    ).toEqual([]);
  }
});
