import { parseArgs } from "node:util";
import { GenerationError } from "./document/document.ts";
import { generateFiles } from "./generate/generate-files.ts";
import { layoutNotes } from "./generate/layout-notes.ts";
import { followSpellings, format } from "./generate/usages/follow-spellings.ts";
import { alone, staleFiles, writeFiles } from "./generate/write-files.ts";
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
  const { root, check: isCheck } = values;
  const code = await orPrint(() => (isCheck ? check(root) : alone(root, () => generate(root))));
  return code ?? 1;
});

async function check(root: string): Promise<number> {
  const { files } = await generateFiles(root);
  const stale = await staleFiles(root, files);
  for (const path of stale)
    console.error(`${path} is stale. Run \`npm run generate\` and commit the result.`);
  if (stale.length === 0) console.log(`All ${files.size} generated files are up to date.`);
  return stale.length === 0 ? 0 : 1;
}

async function generate(root: string): Promise<number> {
  const generated = await generateFiles(root);
  const { files, laidOut, notes } = generated;
  const stale = await staleFiles(root, files);
  const { files: renamed, doubtful } = await followSpellings(root, generated);
  // The usages first: they are found by the corrected document that is still here.
  const own = [...files].filter(([path]) => stale.includes(path) && !renamed.has(path));
  const written = new Map([...renamed, ...own]);
  await writeFiles(root, written);
  await format(root, [...renamed.keys()]);
  for (const path of files.keys()) console.log(`${written.has(path) ? "written  " : "unchanged"} ${path}`);
  for (const path of renamed.keys()) console.log(`renamed in ${path}`);
  for (const sentence of doubtful) console.log(sentence);
  for (const note of [...layoutNotes(laidOut), ...notes]) console.log(`\n${note}`);
  return 0;
}

/** Undefined where something has to be put right by hand, which it prints. */
async function orPrint(run: () => Promise<number>): Promise<number | undefined> {
  try {
    return await run();
  } catch (error) {
    if (!(error instanceof GenerationError)) throw error;
    for (const problem of error.problems) console.error(`error: ${problem}`);
    console.error("\nNothing was written.");
    return undefined;
  }
}
