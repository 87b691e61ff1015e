import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { errorCodesPath } from "../messages/error-codes.ts";
import { execute } from "./execute.ts";
import { projectRoot } from "./project-root.ts";

/**
 * Builds `dist/` unless it is newer than everything that it is made of. vitest runs it once, before any test: two
 * builds at a time would take each other's files away.
 */
export default async function buildIfStale(): Promise<void> {
  const folders = await Promise.all(
    ["src", "scripts/build", "scripts/messages"].map(async (folder) => {
      const paths = await readdir(join(projectRoot, folder), { recursive: true });
      return paths.map((path) => join(folder, path));
    }),
  );
  const inputs = ["tsconfig.build.json", "scripts/build.ts", errorCodesPath, ...folders.flat()];
  const changedMs = await Promise.all(inputs.map(modifiedMs));
  // The build writes this file last.
  if ((await modifiedMs("dist/index.js").catch(() => 0)) > Math.max(...changedMs)) return;
  const { exitCode, stdout, stderr } = await execute("npm", ["run", "build", "--silent"], projectRoot);
  if (exitCode !== 0) throw new Error(`The build failed:\n${stdout}${stderr}`);
}

async function modifiedMs(path: string): Promise<number> {
  return (await stat(join(projectRoot, path))).mtimeMs;
}
