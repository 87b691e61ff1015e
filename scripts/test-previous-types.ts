import { execFile } from "node:child_process";
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { parseArgs, promisify } from "node:util";
import buildIfStale from "./package/fresh-build.ts";
import { createConsumer } from "./package/packed.ts";
import { projectRoot } from "./package/project-root.ts";
import { runScript } from "./run-script.ts";
import { compile, resolvers, writePrograms } from "./test-package/compile.ts";

const usage = `Usage: npm run test:previous-types [-- --from REF]

Compiles the type tests of the last release against this code, packed and installed: user code that compiled must still
compile, and mistakes must still be errors. It fails on a break, unless a changeset announces a major version. Before the
first release there is nothing to do.

  --from REF  the type tests of this commit or tag (default: the last tag v*)`;

const run = promisify(execFile);
const compiler = join(projectRoot, "node_modules", "typescript");

await runScript(usage, async () => {
  const { values } = parseArgs({ options: { from: { type: "string" } } });
  const from = values.from ?? (await lastRelease());
  if (from === undefined) {
    console.log(
      "There is no release yet: no tag v* leads to this commit, so there are no earlier types to keep.",
    );
    return 0;
  }
  const folder = await mkdtemp(join(tmpdir(), "previous-types-"));
  try {
    const count = await extractTypeTests(from, folder);
    if (count === undefined) {
      console.error(`${from} is not a commit here, or has no type tests. Try git fetch --tags.`);
      return 2;
    }
    await buildIfStale();
    const output = await compileAgainstThis(folder);
    return conclude(
      output,
      `The type tests of ${from} (${count === 1 ? "one file" : `${count} files`})`,
      await announcesMajor(),
    );
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});

async function lastRelease(): Promise<string | undefined> {
  const described = await run("git", ["describe", "--tags", "--abbrev=0", "--match", "v*"]).catch(
    () => undefined,
  );
  return described?.stdout.trim();
}

/** Writes test/types as it was, and resolves with how many files it had; undefined when there were none. */
async function extractTypeTests(from: string, folder: string): Promise<number | undefined> {
  const listed = await run("git", ["ls-tree", "-r", "--name-only", from, "--", "test/types"]).catch(
    () => undefined,
  );
  const paths = listed?.stdout.split("\n").filter((path) => path.endsWith(".ts")) ?? [];
  for (const path of paths) {
    const target = join(folder, path.slice("test/types/".length));
    await mkdir(dirname(target), { recursive: true });
    await writeFile(target, (await run("git", ["show", `${from}:${path}`])).stdout);
  }
  return paths.length > 0 ? paths.length : undefined;
}

async function compileAgainstThis(typeTests: string): Promise<string> {
  const consumer = await createConsumer();
  try {
    const programs = await writePrograms(consumer.folder, typeTests);
    const [nodenext = { flags: [] }] = resolvers;
    return await compile(compiler, consumer.folder, nodenext, programs.modules);
  } finally {
    await consumer.remove();
  }
}

/** Whether a changeset says that the next version is a major one. */
async function announcesMajor(): Promise<boolean> {
  const names = (await readdir(".changeset")).filter((name) => name.endsWith(".md"));
  const texts = await Promise.all(names.map((name) => readFile(join(".changeset", name), "utf8")));
  return texts.some((text) => /^"?juniper-fulfillment"?: major$/m.test(text));
}

function conclude(output: string, tests: string, isMajor: boolean): number {
  if (output === "") {
    console.log(`${tests} compile against this code.`);
    return 0;
  }
  console.error(output);
  if (isMajor) {
    console.log(`${tests} no longer compile. A changeset announces a major version, so that is allowed.`);
    return 0;
  }
  console.error(
    `${tests} no longer compile: that would break users.\nKeep what they use, or announce a major version with npx changeset.`,
  );
  return 1;
}
