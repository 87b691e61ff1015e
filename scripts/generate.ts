import { parseArgs } from "node:util";
import { GenerationError } from "./document/document.ts";
import { type Generated, generateFiles } from "./generate/generate-files.ts";
import { layoutNotes } from "./generate/layout-notes.ts";
import { followSpellings, format } from "./generate/usages/follow-spellings.ts";
import { staleFiles, writeFiles } from "./generate/write-files.ts";
import { runScript } from "./run-script.ts";

const usage = `Usage: npm run generate [-- --root DIR]
       npm run generate:check

Lays out openapi/published/index.yaml by openapi/shapes.yaml as openapi/wire.yaml, applies openapi/corrections.yaml, and
writes openapi/corrected.yaml and src/generated/ from the result. If a new or retired correction changes how users spell
a field, it is renamed in sources, examples and documents too.

  --check     write nothing, and fail when a generated file is stale
  --root DIR  the project's folder (default: this one)`;

await runScript(usage, async () => {
  const { values } = parseArgs({
    options: { check: { type: "boolean", default: false }, root: { type: "string", default: "." } },
  });
  const generated = await generate(values.root);
  if (generated === undefined) return 1;
  const { files, laidOut, notes } = generated;
  const stale = await staleFiles(values.root, files);
  if (values.check) {
    for (const path of stale)
      console.error(`${path} is stale. Run \`npm run generate\` and commit the result.`);
    if (stale.length === 0) console.log(`All ${files.size} generated files are up to date.`);
    return stale.length === 0 ? 0 : 1;
  }
  const { files: renamed, doubtful } = await followSpellings(values.root, generated);
  const written = new Map([...[...files].filter(([path]) => stale.includes(path)), ...renamed]);
  await writeFiles(values.root, written);
  await format(values.root, [...renamed.keys()]);
  for (const path of files.keys()) console.log(`${written.has(path) ? "written  " : "unchanged"} ${path}`);
  for (const path of renamed.keys()) console.log(`renamed in ${path}`);
  for (const sentence of doubtful) console.log(sentence);
  for (const note of [...layoutNotes(laidOut), ...notes]) console.log(`\n${note}`);
  return 0;
});

async function generate(root: string): Promise<Generated | undefined> {
  try {
    return await generateFiles(root);
  } catch (error) {
    if (!(error instanceof GenerationError)) throw error;
    for (const problem of error.problems) console.error(`error: ${problem}`);
    console.error("\nNothing was written.");
    return undefined;
  }
}
