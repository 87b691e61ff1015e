import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execute } from "./execute.ts";
import { projectRoot } from "./project-root.ts";

/** A project with nothing in it but the packed package, as a user installs it. */
export interface Consumer {
  readonly folder: string;
  readonly tarball: string;
  remove(): Promise<void>;
}

/** Packs what was built last, and installs it in an empty project. */
export async function createConsumer(): Promise<Consumer> {
  const folder = await mkdtemp(join(tmpdir(), "consumer-"));
  const remove = () => rm(folder, { recursive: true, force: true });
  try {
    // Scripts are left out, for one of them builds, and other tests use what was built.
    const flags = ["--silent", "--ignore-scripts", "--pack-destination", folder];
    const packed = await succeed("npm", ["pack", ...flags], projectRoot);
    const tarball = join(folder, packed.trim().split("\n").at(-1) ?? "");
    await writeFile(
      join(folder, "package.json"),
      '{ "name": "consumer", "private": true, "type": "module" }\n',
    );
    await succeed("npm", ["install", "--no-audit", "--no-fund", "--prefer-offline", tarball], folder);
    return { folder, tarball, remove };
  } catch (error) {
    await remove();
    throw error;
  }
}

async function succeed(command: string, args: readonly string[], cwd: string): Promise<string> {
  const { exitCode, stdout, stderr } = await execute(command, args, cwd);
  if (exitCode !== 0) throw new Error(`${command} ${args.join(" ")} failed:\n${stdout}${stderr}`);
  return stdout;
}
