import { readFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { readApiDocuments } from "../../scripts/docs/operation-pages.ts";
import { typeScriptPages } from "../../scripts/docs/typescript-pages.ts";

test("the reference has a sentence for every export, and leaves out no type that one of them names", async () => {
  const { corrected } = await readApiDocuments();
  const pages = await typeScriptPages(corrected, await readFile("src/generated/schema.ts", "utf8"));
  expect(pages[0]?.text).toMatch(/\[submitOrder\(\)\]\(\w+\.md#submitorder\)/);
});
