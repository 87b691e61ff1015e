import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { parseDocument } from "../../scripts/document/document.ts";
import { generateFrom, type Layout, layOutWire, readLayout } from "../../scripts/generate/generate-files.ts";
import { projectRoot } from "../../scripts/package/project-root.ts";
import { layouts } from "../support/layouts.ts";
import { said } from "../support/said.ts";

const read = (path: string): Promise<string> => readFile(join(projectRoot, path), "utf8");

let layout: Layout;
let corrections: string;
beforeAll(async () => {
  layout = await readLayout(projectRoot);
  corrections = await read("openapi/corrections.yaml");
});

describe("the same API in another layout", () => {
  for (const { name, text } of layouts) {
    test(`makes the same files: ${name}`, async () => {
      const { files, laidOut } = await generateFrom(text, corrections, layout);
      const { unnamed, gone, unions, conflicts } = laidOut;
      expect({ unnamed, gone, unions, conflicts }).toEqual({
        unnamed: [],
        gone: [],
        unions: [],
        conflicts: [],
      });
      const different: string[] = [];
      for (const [path, text] of files) if (text !== (await read(path))) different.push(path);
      expect(different).toEqual([]);
    });

    test(`says in every operation what the vendor's document says: ${name}`, () => {
      const { wire } = layOutWire(text, layout);
      expect(said(wire)).toEqual(said(parseDocument(text, "it")));
    });
  }
});
