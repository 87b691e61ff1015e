import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { checkDocument } from "../document/check-document.ts";
import { GenerationError, parseDocument } from "../document/document.ts";
import { applyOverlay, readOverlay } from "../document/overlay.ts";
import { collectPagination } from "./pagination.ts";
import { correctedSource, correctionsSource, paginationSource, schemaSource } from "./sources.ts";
import { collectCorrections } from "./wire-marks.ts";

export const publishedPath = "openapi/published/index.yaml";
export const correctionsPath = "openapi/corrections.yaml";

/** Everything that follows from the published document and its corrections: relative path → text. */
export async function generateFiles(root: string): Promise<Map<string, string>> {
  return generateFrom(await read(root, publishedPath), await read(root, correctionsPath));
}

/** The same, from the texts of the two. */
export async function generateFrom(
  publishedText: string,
  correctionsText: string,
): Promise<Map<string, string>> {
  const published = parseDocument(publishedText, publishedPath);
  checkDocument(published, publishedPath);
  const actions = readOverlay(parseDocument(correctionsText, correctionsPath), correctionsPath);
  const corrected = await applyOverlay(published, actions);
  checkDocument(corrected, "the corrected document");
  const correctedText = correctedSource(corrected);
  return new Map([
    ["openapi/corrected.yaml", correctedText],
    ["src/generated/schema.ts", await schemaSource(correctedText)],
    ["src/generated/corrections.ts", correctionsSource(collectCorrections(corrected))],
    ["src/generated/pagination.ts", paginationSource(collectPagination(corrected))],
  ]);
}

async function read(root: string, path: string): Promise<string> {
  try {
    return await readFile(join(root, path), "utf8");
  } catch (cause) {
    throw new GenerationError([`${path} can't be read: ${cause instanceof Error ? cause.message : cause}`]);
  }
}
