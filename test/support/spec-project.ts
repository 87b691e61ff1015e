import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { projectRoot } from "../../scripts/package/project-root.ts";
import { sha256 } from "../../scripts/spec/pull/source-record.ts";

export const publishedPath = "openapi/published/index.yaml";

/** A small project of the shape of this one, with a vendor that publishes at `url`. */
export interface SpecProject {
  readonly root: string;
  read(path: string): Promise<string>;
  /** The published document with one piece of its text replaced, which must be in it. */
  edited(piece: string, replacement: string): Promise<string>;
  remove(): Promise<void>;
}

export async function createSpecProject(url = "https://localhost:1/index.yaml"): Promise<SpecProject> {
  const root = await mkdtemp(join(tmpdir(), "spec-project-"));
  const read = (path: string): Promise<string> => readFile(join(root, path), "utf8");
  await cp(join(projectRoot, "test/fixtures/generation"), root, { recursive: true });
  await writeFile(join(root, "package.json"), JSON.stringify({ name: "parcels-client", version: "1.2.3" }));
  const source = { url, origin: "downloaded", date: "2026-01-01", sha256: sha256(await read(publishedPath)) };
  await writeFile(join(root, "openapi/published/source.json"), JSON.stringify(source));
  return {
    root,
    read,
    edited: async (piece, replacement) => {
      const text = await read(publishedPath);
      if (!text.includes(piece)) throw new Error(`The fixture does not hold: ${piece}`);
      return text.replace(piece, replacement);
    },
    remove: () => rm(root, { recursive: true, force: true }),
  };
}
