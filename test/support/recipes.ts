import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { type Execution, execute } from "../../scripts/package/execute.ts";
import { projectRoot } from "../../scripts/package/project-root.ts";
import { examplesIn } from "./examples.ts";

/** A recipe whose files are written down, as its reader does. */
export interface Recipe {
  readonly folder: string;
  /** Imports one of its files into this process. */
  load<Module>(name: string): Promise<Module>;
  /** Runs Node in its folder, to its end. */
  run(args: readonly string[], env?: Readonly<Record<string, string>>): Promise<Execution>;
}

/** What Node is given to run TypeScript that imports the package's sources. */
export const sourceFlags: readonly string[] = ["--import", "tsx", "--conditions=juniper-fulfillment-source"];

/** Writes the named blocks of a page into a folder of the project, from where they find the package, for one test. */
export async function openRecipe(page: string): Promise<Recipe> {
  const folder = await mkdtemp(join(projectRoot, ".recipe-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  for (const { name, code } of examplesIn(`docs/recipes/${page}`)) {
    if (name !== undefined) await writeFile(join(folder, name), `${code}\n`);
  }
  // The one that Fastify brings, as a user would install it. The one at the top is Prism's, which is old.
  await mkdir(join(folder, "node_modules"));
  const pino = join(projectRoot, "node_modules/fastify/node_modules/pino");
  await symlink(pino, join(folder, "node_modules/pino"), "junction");
  return {
    folder,
    load: (name) => import(/* @vite-ignore */ join(folder, name)),
    run: (args, env) => execute(process.execPath, [...sourceFlags, ...args], folder, env),
  };
}
