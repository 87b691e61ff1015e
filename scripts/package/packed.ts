import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execute } from "./execute.ts";
import { projectRoot } from "./project-root.ts";

/** The package as it would be published. */
export interface Tarball {
  readonly path: string;
  /** What is in it, in order. The hashes in the names of chunks change with their contents: `*` stands for them. */
  readonly files: readonly string[];
  remove(): Promise<void>;
}

/** A project with nothing in it but the packed package, as a user installs it. */
export interface Consumer {
  readonly folder: string;
  remove(): Promise<void>;
}

/** Packs what was built last. */
export async function createTarball(): Promise<Tarball> {
  const folder = await mkdtemp(join(tmpdir(), "tarball-"));
  // Scripts are left out, for one of them builds, and other tests use what was built.
  const output = await succeed(
    "npm",
    ["pack", "--json", "--ignore-scripts", "--pack-destination", folder],
    projectRoot,
  );
  const [packed]: [{ filename: string; files: { path: string }[] }] = JSON.parse(output);
  const files = packed.files.map(({ path }) => path.replace(/-[A-Z0-9]{8}(?=\.js)/, "-*"));
  return {
    path: join(folder, packed.filename),
    files: [...new Set(files)].sort(),
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}

/** Packs what was built last, and installs it in an empty project. */
export async function createConsumer(): Promise<Consumer> {
  const folder = await mkdtemp(join(tmpdir(), "consumer-"));
  const tarball = await createTarball();
  await writeFile(
    join(folder, "package.json"),
    '{ "name": "consumer", "private": true, "type": "module" }\n',
  );
  await succeed("npm", ["install", "--no-audit", "--no-fund", "--prefer-offline", tarball.path], folder);
  await tarball.remove();
  return { folder, remove: () => rm(folder, { recursive: true, force: true }) };
}

async function succeed(command: string, args: readonly string[], cwd: string): Promise<string> {
  const { exitCode, stdout, stderr } = await execute(command, args, cwd);
  if (exitCode !== 0) throw new Error(`${command} ${args.join(" ")} failed:\n${stdout}${stderr}`);
  return stdout;
}
