import { existsSync } from "node:fs";
import { join } from "node:path";
import { runCommand } from "../../run-command.ts";
import { correctedPath, type Generated, readOptional } from "../generate-files.ts";
import { readmePath, withRegister } from "../register-table.ts";
import { type Renamed, renameUsages } from "./rename-usages.ts";

/** What is written by hand and has to follow what was generated, which is not written yet. */
export async function followSpellings(root: string, { corrected, register }: Generated): Promise<Renamed> {
  const before = await readOptional(root, correctedPath);
  if (before === undefined) return { files: new Map(), doubtful: [] };
  const renamed = renameUsages(root, before, corrected);
  const readme = renamed.files.get(readmePath);
  // The README's table of discrepancies is generated, and the rest of it is written by hand.
  if (readme !== undefined) renamed.files.set(readmePath, withRegister(readme, register));
  return renamed;
}

/** Formats what was renamed: a longer name may not fit its line. */
export async function format(root: string, paths: readonly string[]): Promise<void> {
  const biome = join(root, "node_modules/@biomejs/biome/bin/biome");
  const formatted = paths.filter((path) => !path.endsWith(".md")).map((path) => join(root, path));
  if (formatted.length > 0 && existsSync(biome)) {
    await runCommand(process.execPath, [biome, "check", "--write", ...formatted]);
  }
}
