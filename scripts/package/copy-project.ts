import { cp, mkdtemp, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { projectRoot } from "./project-root.ts";

/** Copies the project without what is built and git's history, for the caller to change and remove. */
export async function copyProject(prefix: string): Promise<string> {
  const root = await mkdtemp(join(tmpdir(), prefix));
  const left = new Set([".git", "dist", "site"].map((name) => join(projectRoot, name)));
  await cp(projectRoot, root, {
    recursive: true,
    filter: (path) => !left.has(path) && basename(path) !== "node_modules",
  });
  await symlink(join(projectRoot, "node_modules"), join(root, "node_modules"), "junction");
  return root;
}
