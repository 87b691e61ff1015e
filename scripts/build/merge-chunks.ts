import { readFile, rm, writeFile } from "node:fs/promises";
import { join, posix } from "node:path";
import { build, type Metafile } from "esbuild";

/**
 * Puts the chunks that entries share into one file, `shared.js`: to find and read a file takes Node longer than to
 * read some more of one. What is imported with `import()` stays a file of its own.
 *
 * @param outputs What esbuild has written, by their paths from the project's folder.
 * @throws {Error} when two chunks export different things by one name.
 */
export async function mergeChunks(outputs: Metafile["outputs"], folder: string): Promise<void> {
  const code = Object.entries(outputs).filter(([path]) => path.endsWith(".js"));
  const shared = code.filter(([, { entryPoint }]) => entryPoint === undefined);
  const names = shared.flatMap(([, { exports }]) => exports);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) throw new Error(`Two chunks export ${twice}.`);
  const lines = shared.map(
    ([path, { exports }]) => `export { ${exports.join(", ")} } from "./${posix.relative(folder, path)}";`,
  );
  const { outputFiles } = await build({
    stdin: { contents: lines.join("\n"), resolveDir: folder, sourcefile: "shared.js" },
    outfile: join(folder, "shared.js"),
    ...{ bundle: true, format: "esm", target: "es2022", platform: "neutral", logLevel: "warning" },
    external: ["#transport", "node:*", "openapi-fetch", "undici", "@opentelemetry/*", "@stoplight/*"],
    ...{ sourcemap: true, write: false },
  });
  for (const [path] of shared) {
    await rm(path);
    await rm(`${path}.map`);
  }
  for (const { path, contents } of outputFiles) await writeFile(path, contents);
  const chunks = new Set(shared.map(([path]) => path));
  for (const [path] of code.filter(([path]) => !chunks.has(path))) {
    const from = posix.dirname(path);
    const relative = posix.relative(from, posix.join(folder, "shared.js"));
    const text = await readFile(path, "utf8");
    const merged = text.replace(
      /(^import |^\} from |^import .* from )"(\.{1,2}\/[^"]+)"/gm,
      (all, start, target) =>
        chunks.has(posix.join(from, target))
          ? `${start}"${relative.startsWith(".") ? relative : `./${relative}`}"`
          : all,
    );
    await writeFile(path, merged);
  }
}
