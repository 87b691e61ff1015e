import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { parseArgs, styleText } from "node:util";
import buildIfStale from "./package/fresh-build.ts";
import { installLocked } from "./package/install.ts";
import { createConsumer } from "./package/packed.ts";
import { runScript } from "./run-script.ts";
import { compile, compilersFolder, type Resolver, resolvers, writePrograms } from "./test-package/compile.ts";
import { rehearseRelease } from "./test-package/rehearse-release.ts";
import { runCommands } from "./test-package/run-commands.ts";

const usage = `Usage: npm run test:package [-- --commands | --release]

Packs the package, installs it in an empty project, and compiles that project's programs and the type tests with every
version of TypeScript since 5.4 and every module resolution, checking all declarations. The versions are installed at the
first run (scripts/test-package/packages). Then it runs every subcommand there, as COMMAND.md shows them. Last, it releases
a copy of the project to a registry on this machine (scripts/test-package/registry), and installs it from there.

  --commands  only run the subcommands
  --release   only rehearse the release`;

await runScript(usage, async () => {
  const flag = { type: "boolean", default: false } as const;
  const { values } = parseArgs({ options: { commands: flag, release: flag } });
  const isAll = !values.commands && !values.release;
  const complaints: string[] = [];
  let passed = 0;
  const count = (found: readonly string[]): void => {
    if (found.length === 0) passed++;
    else complaints.push(...found);
  };
  if (isAll || values.commands) await useAsConsumer(isAll, count);
  if (isAll || values.release) {
    console.log(`\n${styleText("bold", "A release to a registry on this machine")}`);
    count(await rehearseRelease());
  }
  for (const complaint of complaints) console.error(`\n${complaint}`);
  console.log(`\n${passed} passed, ${complaints.length} failed`);
  return complaints.length === 0 ? 0 : 1;
});

/** Installs the packed package in an empty project, and uses it there. */
async function useAsConsumer(
  isCompiled: boolean,
  tell: (complaints: readonly string[]) => void,
): Promise<void> {
  if (isCompiled) await installLocked(compilersFolder);
  await buildIfStale();
  const consumer = await createConsumer();
  try {
    if (isCompiled) await compileEverywhere(consumer.folder, tell);
    const found = await runCommands(consumer.folder);
    console.log(colour(formatRow("Every subcommand", [found.length === 0 ? "✓" : "✗"])));
    tell(found);
  } finally {
    await consumer.remove();
  }
}

/** Compiles the programs with every compiler, and tells what each has against them. */
async function compileEverywhere(
  consumer: string,
  tell: (complaints: readonly string[]) => void,
): Promise<void> {
  const programs = await writePrograms(consumer);
  const titles = resolvers.map(({ title }) => title);
  console.log(`\n${styleText("bold", formatRow("", titles))}`);
  for (const { compiler, version } of await compilers()) {
    const cells: string[] = [];
    for (const resolver of resolvers) {
      if (!knows(version, resolver)) {
        cells.push("–");
        continue;
      }
      const output = (await compile(compiler, consumer, resolver, programs[resolver.files])).trim();
      tell(
        output === "" ? [] : [`${styleText("red", `TypeScript ${version}, ${resolver.title}`)}\n${output}`],
      );
      cells.push(output === "" ? "✓" : "✗");
    }
    console.log(colour(formatRow(`TypeScript ${version}`, cells)));
  }
}

interface Compiler {
  /** Its folder. */
  readonly compiler: string;
  readonly version: string;
}

/** The compilers that the lock file names, from the oldest to the newest. */
async function compilers(): Promise<Compiler[]> {
  const manifest: { dependencies: Record<string, string> } = JSON.parse(
    await readFile(join(compilersFolder, "package.json"), "utf8"),
  );
  return Object.entries(manifest.dependencies).map(([name, source]) => ({
    compiler: join(compilersFolder, "node_modules", name),
    version: source.slice(source.lastIndexOf("@") + 1),
  }));
}

function knows(version: string, { since = [0, 0] }: Resolver): boolean {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  return major > since[0] || (major === since[0] && minor >= since[1]);
}

function formatRow(name: string, cells: readonly string[]): string {
  const padded = cells.map((cell, index) => cell.padEnd(resolvers[index]?.title.length ?? 0));
  return [name.padEnd(18), ...padded].join("  ").trimEnd();
}

function colour(row: string): string {
  return row.replaceAll("✓", styleText("green", "✓")).replaceAll("✗", styleText("red", "✗"));
}
