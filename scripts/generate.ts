import { parseArgs } from "node:util";
import { GenerationError } from "./document/document.ts";
import { generateFiles } from "./generate/generate-files.ts";
import { staleFiles, writeFiles } from "./generate/write-files.ts";
import { runScript } from "./run-script.ts";

const usage = `Usage: npm run generate [-- --root DIR]
       npm run generate:check

Applies openapi/corrections.yaml to openapi/published/index.yaml, and writes openapi/corrected.yaml and
src/generated/ from the result.

  --check     write nothing, and fail when a generated file is stale
  --root DIR  the project's folder (default: this one)`;

await runScript(usage, async () => {
  const { values } = parseArgs({
    options: { check: { type: "boolean", default: false }, root: { type: "string", default: "." } },
  });
  const files = await generate(values.root);
  if (files === undefined) return 1;
  const stale = await staleFiles(values.root, files);
  if (values.check) {
    for (const path of stale)
      console.error(`${path} is stale. Run \`npm run generate\` and commit the result.`);
    if (stale.length === 0) console.log(`All ${files.size} generated files are up to date.`);
    return stale.length === 0 ? 0 : 1;
  }
  await writeFiles(values.root, new Map([...files].filter(([path]) => stale.includes(path))));
  for (const path of files.keys()) console.log(`${stale.includes(path) ? "written  " : "unchanged"} ${path}`);
  return 0;
});

async function generate(root: string): Promise<Map<string, string> | undefined> {
  try {
    return await generateFiles(root);
  } catch (error) {
    if (!(error instanceof GenerationError)) throw error;
    for (const problem of error.problems) console.error(`error: ${problem}`);
    console.error("\nNothing was written.");
    return undefined;
  }
}
