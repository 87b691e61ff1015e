import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { correctionsPath } from "../generate/generate-files.ts";
import { copyProject } from "../package/copy-project.ts";
import { projectRoot } from "../package/project-root.ts";
import { wireSpellings } from "../samples/wire-spellings.ts";
import { retireCorrections } from "../spec/pull/retire-corrections.ts";

/** A change of the register that must need no other edit by hand. */
export interface Experiment {
  readonly title: string;
  /** The text of corrections.yaml after the change. */
  change(corrections: string): string | Promise<string>;
}

const renaming = wireSpellings.find(({ kind }) => kind === "name")?.id;

export const experiments: readonly Experiment[] = [
  {
    title: "a correction that renames a field comes",
    change: async (corrections) =>
      `${corrections}\n${await readFile(join(projectRoot, "test/fixtures/register/another-correction.yaml"), "utf8")}`,
  },
  ...(renaming === undefined
    ? []
    : [
        {
          title: `${renaming}, which renames a field, goes`,
          change: (corrections: string) => retireCorrections(corrections, [renaming]),
        },
      ]),
];

/** A copy of the project with the change, for the caller to remove. */
export async function createCopy({ change }: Experiment): Promise<string> {
  const root = await copyProject("register-");
  const path = join(root, correctionsPath);
  await writeFile(path, await change(await readFile(path, "utf8")));
  return root;
}
