import { mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";

/** Which of the files differ from what is on disk, line endings apart. */
export async function staleFiles(root: string, files: ReadonlyMap<string, string>): Promise<string[]> {
  const stale: string[] = [];
  for (const [path, text] of files) {
    const current = await readFile(join(root, path), "utf8").catch(() => undefined);
    if (current?.replaceAll("\r\n", "\n") !== text) stale.push(path);
  }
  return stale;
}

/** Writes every file beside its place first and moves them there last, so that a failure leaves all as it was. */
export async function writeFiles(root: string, files: ReadonlyMap<string, string>): Promise<void> {
  const moves: { from: string; to: string }[] = [];
  try {
    for (const [path, text] of files) {
      const to = join(root, path);
      const from = `${to}.${process.pid}.tmp`;
      await mkdir(dirname(to), { recursive: true });
      moves.push({ from, to });
      await writeFile(from, text);
    }
    for (const { from, to } of moves) await rename(from, to);
  } finally {
    for (const { from } of moves) await rm(from, { force: true });
  }
}
