import { readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { build } from "esbuild";
import { runCommand } from "./run-command.ts";
import { runScript } from "./run-script.ts";

const usage = `Usage: npm run build

Compiles src/ to dist/: declarations by tsc, which also checks the types, and JavaScript in a few files by esbuild.
Node reads one file in the time that it takes to find the next of thirty.`;

await runScript(usage, async () => {
  await rm("dist", { recursive: true, force: true });
  const code = await runCommand(process.execPath, [
    join("node_modules", "typescript", "bin", "tsc"),
    ...["-p", "tsconfig.build.json"],
  ]);
  if (code !== 0) return code;
  await correctDeclarations();
  await build({
    entryPoints: {
      index: "src/index.ts",
      "cli/main": "src/cli/main.ts",
      "stores/index": "src/stores/index.ts",
      "testing/index": "src/testing/index.ts",
      "wrapper/transport/node": "src/wrapper/transport/node.ts",
      "wrapper/transport/web": "src/wrapper/transport/web.ts",
    },
    outdir: "dist",
    bundle: true,
    // What two entries share is in one place: an object made by one must be known to the other.
    splitting: true,
    chunkNames: "chunks/[name]-[hash]",
    format: "esm",
    platform: "neutral",
    target: "es2022",
    packages: "external",
    external: ["#transport"],
    sourcemap: true,
    logLevel: "warning",
  });
  return 0;
});

/** tsc leaves `.ts` in the imports of declarations, which TypeScript before 5.7 can't follow. */
async function correctDeclarations(): Promise<void> {
  const files = await readdir("dist", { recursive: true });
  for (const path of files.filter((name) => name.endsWith(".d.ts"))) {
    const file = join("dist", path);
    const text = await readFile(file, "utf8");
    await writeFile(file, text.replace(/(from "\.{1,2}\/[^"]+)\.ts"/g, '$1.js"'));
  }
}
