import { mkdir, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { GenerationError } from "../document/document.ts";

/** Which of the files differ from what is on disk, line endings apart. */
export async function staleFiles(root: string, files: ReadonlyMap<string, string>): Promise<string[]> {
  const stale: string[] = [];
  for (const [path, text] of files) {
    const current = await readFile(join(root, path), "utf8").catch(() => undefined);
    if (current?.replaceAll("\r\n", "\n") !== text) stale.push(path);
  }
  return stale;
}

/**
 * Writes every file into a folder of this process first and moves them to their places last, in their order. A failure
 * leaves all as it was, and where a process is killed between two moves, what comes later has not been replaced.
 */
export async function writeFiles(root: string, files: ReadonlyMap<string, string>): Promise<void> {
  const folder = folderOf(root, process.pid);
  const created = await mkdir(folder, { recursive: true });
  const moves: { from: string; to: string }[] = [];
  try {
    for (const [path, text] of files) {
      const to = join(root, path);
      const from = join(folder, `${moves.length}.tmp`);
      await mkdir(dirname(to), { recursive: true });
      moves.push({ from, to });
      await writeFile(from, text);
    }
    for (const { from, to } of moves) await rename(from, to);
  } finally {
    for (const { from } of moves) await rm(from, { force: true });
    if (created !== undefined) await rm(folder, { recursive: true });
  }
}

const prefix = ".writing-";

/** In the project, since a file can't be moved from another disk. It says that the process is at it. */
function folderOf(root: string, pid: number): string {
  return join(root, `${prefix}${pid}`);
}

/**
 * Runs what reads the project's files and replaces them, and refuses to while another process does. What a process
 * that was killed has left is removed.
 */
export async function alone<Result>(root: string, run: () => Promise<Result>): Promise<Result> {
  const folder = folderOf(root, process.pid);
  await mkdir(folder).catch((error: NodeJS.ErrnoException) => {
    // An earlier process may have had the same number.
    if (error.code !== "EEXIST")
      throw new GenerationError([`Nothing can be written to ${root}: ${error.message}`]);
  });
  try {
    // Each has made its folder before it looks for others: two that begin at once can't both miss the other.
    for (const name of await readdir(root)) {
      const pid = Number(name.slice(prefix.length));
      if (!name.startsWith(prefix) || pid === process.pid) continue;
      if (isAlive(pid)) {
        throw new GenerationError([
          `Process ${pid} is writing these files. Wait for its end. If it does something else, delete ${join(root, name)}.`,
        ]);
      }
      await rm(join(root, name), { recursive: true, force: true });
    }
    return await run();
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // Somebody else's process can't be asked, and is there.
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
