import { readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type BuildOptions, build } from "esbuild";
import { browserSources } from "./build/browser-sources.ts";
import { licencesOf } from "./build/licences.ts";
import { mergeChunks } from "./build/merge-chunks.ts";
import { runCommand } from "./run-command.ts";
import { runScript } from "./run-script.ts";

const usage = `Usage: npm run build

Compiles src/ to dist/: declarations by tsc, which also checks the types, and JavaScript in a few files by esbuild.
Node reads one file in the time that it takes to find the next of thirty. dist/browser/ is for production bundles.`;

const shared = {
  outdir: "dist",
  bundle: true,
  // What two entries share is in one place: an object made by one must be known to the other.
  splitting: true,
  format: "esm",
  target: "es2022",
  logLevel: "warning",
} as const satisfies BuildOptions;

/** What programs import, and their bundlers read. */
const library = {
  ...shared,
  platform: "neutral",
  packages: "external",
  sourcemap: true,
} as const satisfies BuildOptions;

await runScript(usage, async () => {
  await rm("dist", { recursive: true, force: true });
  const code = await runCommand(process.execPath, [
    join("node_modules", "typescript", "bin", "tsc"),
    ...["-p", "tsconfig.build.json"],
  ]);
  if (code !== 0) return code;
  await correctDeclarations();
  // Nothing of the command can be imported.
  await rm(join("dist", "cli"), { recursive: true });
  await buildCommand();
  await build({
    ...library,
    entryPoints: { "browser/index": "src/index.ts" },
    chunkNames: "browser/chunks/[name]-[hash]",
    plugins: [await browserSources()],
  });
  const { metafile } = await build({
    ...library,
    entryPoints: {
      index: "src/index.ts",
      "otel/index": "src/otel/index.ts",
      "stores/index": "src/stores/index.ts",
      "testing/index": "src/testing/index.ts",
      "wrapper/transport/node": "src/wrapper/transport/node.ts",
      "wrapper/transport/web": "src/wrapper/transport/web.ts",
    },
    chunkNames: "chunks/[name]-[hash]",
    external: ["#transport"],
    metafile: true,
  });
  await mergeChunks(metafile.outputs, "dist");
  return 0;
});

/**
 * The command holds what it needs beyond the package's dependencies, and reads of it what one of its commands needs: each
 * is imported when it is called, and so is a file of its own.
 */
async function buildCommand(): Promise<void> {
  const { metafile } = await build({
    ...shared,
    entryPoints: { "cli/main": "src/cli/main.ts" },
    chunkNames: "cli/chunks/[name]-[hash]",
    platform: "node",
    // The package itself, so that errors and stores are those of the other entries.
    external: ["juniper-fulfillment", "juniper-fulfillment/*", "#transport"],
    // Some of what is bundled is CommonJS, and asks for modules of Node.
    banner: {
      js: 'import { createRequire as $createRequire } from "node:module"; const require = $createRequire(import.meta.url);',
    },
    legalComments: "none",
    minifySyntax: true,
    minifyWhitespace: true,
    metafile: true,
  });
  await writeFile(join("dist", "cli", "licences.txt"), await licencesOf(Object.keys(metafile.inputs)));
}

/** tsc leaves `.ts` in the imports of declarations, which TypeScript before 5.7 can't follow. */
async function correctDeclarations(): Promise<void> {
  const files = await readdir("dist", { recursive: true });
  for (const path of files.filter((name) => name.endsWith(".d.ts"))) {
    const file = join("dist", path);
    const text = await readFile(file, "utf8");
    await writeFile(file, text.replace(/(from "\.{1,2}\/[^"]+)\.ts"/g, '$1.js"'));
  }
}
