import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { projectRoot } from "../../package/project-root.ts";
import type { Mutant } from "./list.ts";

const programs = {
  schedules: fileURLToPath(new URL("run-schedules.ts", import.meta.url)),
  "vanishing hosts": fileURLToPath(new URL("../vanishing/main.ts", import.meta.url)),
};

/** The changed source. */
export async function mutate({ name, file, from, to }: Mutant): Promise<string> {
  const source = await readFile(join(projectRoot, "src", file), "utf8");
  const pieces = source.split(from);
  if (pieces.length === 2) return pieces.join(to);
  const count = pieces.length - 1;
  throw new Error(
    `"${name}": the piece to replace stands ${count} times in src/${file}, and should stand there once.`,
  );
}

/**
 * Builds the part of the harness that has to notice the mutant, with the mutant in it. Without one it is the source as
 * it is.
 */
export async function buildMutant(
  mutant: Mutant | undefined,
  program: keyof typeof programs,
  outfile: string,
): Promise<void> {
  const { devDependencies, dependencies } = JSON.parse(
    await readFile(join(projectRoot, "package.json"), "utf8"),
  ) as { devDependencies: object; dependencies: object };
  const mutated = mutant && {
    path: join(projectRoot, "src", mutant.file),
    contents: await mutate(mutant),
  };
  await build({
    ...{ entryPoints: [programs[program]], outfile, bundle: true, platform: "node", format: "esm" },
    ...{ target: "node20", conditions: ["juniper-fulfillment-source"], logLevel: "error" },
    external: [...Object.keys(devDependencies), ...Object.keys(dependencies)],
    plugins: [
      {
        name: "mutant",
        setup: ({ onLoad }) =>
          onLoad({ filter: /\.ts$/ }, ({ path }) =>
            path === mutated?.path ? { contents: mutated.contents, loader: "ts" } : undefined,
          ),
      },
    ],
  });
}
