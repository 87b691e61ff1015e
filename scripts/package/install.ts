import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { execute } from "./execute.ts";

/** Installs what the folder's lock file asks for, unless it is there already. */
export async function installLocked(folder: string): Promise<void> {
  const [wanted, found] = await Promise.all([
    lockedVersions(join(folder, "package-lock.json")),
    // npm notes here what it installed.
    lockedVersions(join(folder, "node_modules", ".package-lock.json")).catch(() => undefined),
  ]);
  if (isDeepStrictEqual(wanted, found)) return;
  console.log(`Installing ${Object.keys(wanted).length} packages of ${join(folder, "package.json")} …`);
  const { exitCode, stdout, stderr } = await execute("npm", ["ci", "--ignore-scripts"], folder);
  if (exitCode !== 0) throw new Error(`npm ci failed in ${folder}:\n${stdout}${stderr}`);
}

async function lockedVersions(path: string): Promise<Record<string, string | undefined>> {
  const { packages }: { packages: Record<string, { version?: string; optional?: boolean }> } = JSON.parse(
    await readFile(path, "utf8"),
  );
  // The first entry is the folder itself. Optional ones are for other platforms too.
  const entries = Object.entries(packages).filter(([name, { optional }]) => name !== "" && optional !== true);
  return Object.fromEntries(entries.map(([name, { version }]) => [name, version]));
}
