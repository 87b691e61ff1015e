import { cp, readdir, readFile, writeFile } from "node:fs/promises";
import { join, posix } from "node:path";
import { fileURLToPath } from "node:url";
import { execute } from "../package/execute.ts";
import { projectRoot } from "../package/project-root.ts";

/** The folder with the package.json of the compilers. */
export const compilersFolder: string = fileURLToPath(new URL("./packages", import.meta.url));

/** A way in which a consumer's compiler looks the package up. */
export interface Resolver {
  readonly title: string;
  readonly flags: readonly string[];
  readonly files: keyof Programs;
  /** The first version of TypeScript that knows it. */
  readonly since?: readonly [major: number, minor: number];
}

/** The files that are compiled, in a consumer's folder. */
export interface Programs {
  readonly modules: readonly string[];
  readonly script: readonly string[];
}

const browserTypes = ["--lib", "es2022,dom,dom.iterable"];
const typeRoots = ["--typeRoots", join(projectRoot, "node_modules", "@types")];
const nodeTypes = ["--lib", "es2022", "--types", "node", ...typeRoots];
const nodenext = ["--module", "nodenext"];

export const resolvers: readonly Resolver[] = [
  { title: "nodenext", flags: [...nodenext, ...browserTypes], files: "modules" },
  {
    title: "bundler",
    flags: ["--module", "esnext", "--moduleResolution", "bundler", ...browserTypes],
    files: "modules",
  },
  { title: "nodenext without DOM", flags: [...nodenext, ...nodeTypes], files: "modules" },
  // Node loads ECMAScript modules by `require()` since 20.19, and TypeScript knows it since 5.8.
  { title: "require()", flags: [...nodenext, ...nodeTypes], files: "script", since: [5, 8] },
];

const strict = ["--noEmit", "--strict", "--exactOptionalPropertyTypes", "--noUncheckedIndexedAccess"];
const settings = [...strict, "--declaration", "--target", "es2022", "--skipLibCheck", "false"];

/** Writes into a consumer's folder what is compiled: the type tests, an import of every entry, and a `require()`. */
export async function writePrograms(
  consumer: string,
  typeTests = join(projectRoot, "test", "types"),
): Promise<Programs> {
  const manifest = JSON.parse(await readFile(join(projectRoot, "package.json"), "utf8"));
  const { name, exports }: { name: string; exports: Record<string, unknown> } = manifest;
  const entries = Object.keys(exports).filter((path) => !path.endsWith(".json"));
  // An entry that is for users of another package is compiled beside it.
  const peer = join("node_modules", "@opentelemetry", "api");
  await cp(join(projectRoot, peer), join(consumer, peer), { recursive: true });
  const lines = entries.map((path, index) => `export * as entry${index} from "${posix.join(name, path)}";\n`);
  await writeFile(join(consumer, "entries.mts"), lines.join(""));
  await cp(typeTests, join(consumer, "types"), { recursive: true });
  await cp(fileURLToPath(new URL("./required.cts", import.meta.url)), join(consumer, "required.cts"));
  const tests: string[] = [];
  for (const file of await readdir(typeTests)) {
    if (await needsOnly(name, join(typeTests, file))) tests.push(join("types", file));
  }
  return { modules: ["entries.mts", ...tests], script: ["required.cts"] };
}

/** A type test that needs other packages is left out: whether their declarations compile is not for this one to say. */
async function needsOnly(name: string, path: string): Promise<boolean> {
  const specifiers = [...(await readFile(path, "utf8")).matchAll(/ from "([^"]+)";$/gm)];
  return specifiers.every(([, specifier]) => specifier?.startsWith(name));
}

/** Compiles programs without skipping any declaration, and resolves with what the compiler said against them. */
export async function compile(
  compiler: string,
  consumer: string,
  { flags }: Pick<Resolver, "flags">,
  files: readonly string[],
): Promise<string> {
  const { exitCode, stdout, stderr } = await execute(
    process.execPath,
    [join(compiler, "bin", "tsc"), ...settings, ...flags, ...files],
    consumer,
  );
  if (exitCode === 0) return "";
  if (!/error TS\d+/.test(stdout)) throw new Error(`The compiler in ${compiler} failed:\n${stdout}${stderr}`);
  return stdout;
}
