import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

// What goes wrong is in the error that esbuild throws.
const common = { bundle: true, format: "esm", target: "es2022", logLevel: "silent" } as const;

/**
 * Compiles an entry into the consumer's folder. The package stays an import, so that it is looked up from there and
 * found where it was installed.
 */
export async function compileEntry(consumer: string, name: "program" | "worker" | "page"): Promise<string> {
  const entry = fileURLToPath(new URL(`./entries/${name}.ts`, import.meta.url));
  const outfile = join(consumer, `${name}.mjs`);
  await build({ ...common, entryPoints: [entry], outfile, external: ["juniper-fulfillment"] });
  return outfile;
}

/**
 * Bundles an entry with the package, as is done for a runtime that can't look packages up.
 *
 * @throws {Error} when the bundle holds what is for Node alone.
 */
export async function bundleEntry(
  consumer: string,
  name: "worker" | "page",
  conditions: readonly string[],
): Promise<string> {
  const outfile = join(consumer, `${name}.bundle.mjs`);
  const { metafile } = await build({
    ...common,
    entryPoints: [await compileEntry(consumer, name)],
    outfile,
    platform: "browser",
    conditions: [...conditions],
    metafile: true,
  });
  const inputs = Object.keys(metafile.inputs);
  const wanted = conditions.includes("production") ? "browser/index.js" : "wrapper/transport/web.js";
  if (!inputs.some((path) => path.includes(`node_modules/juniper-fulfillment/dist/${wanted}`)))
    throw new Error(`The bundle for ${conditions.join(", ")} has no ${wanted}.`);
  const stray = inputs.find((path) => /\/undici\/|transport\/node\b/.test(path));
  if (stray !== undefined) throw new Error(`The bundle for ${conditions.join(", ")} holds ${stray}.`);
  return outfile;
}
