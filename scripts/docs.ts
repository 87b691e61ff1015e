import { mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { parseArgs } from "node:util";
import { apiReferenceFiles } from "./docs/api-reference.ts";
import { guideFiles, type SiteFiles } from "./docs/guides.ts";
import { writeTypeScriptReference } from "./docs/typescript-reference.ts";
import { runScript } from "./run-script.ts";

const usage = `Usage: npm run docs [-- --out FOLDER]

Builds the documentation, to be read from the disk or served from any path: the guide from README.md, the reference
of the HTTP API from openapi/corrected.yaml, and the reference of the TypeScript exports. Writes to site/.`;

const assets = "scripts/docs/assets";

await runScript(usage, async () => {
  const { values } = parseArgs({ options: { out: { type: "string", default: "site" } } });
  const folder = resolve(values.out);
  if (!(await isOursOrEmpty(folder))) {
    console.error(
      `${values.out} holds something else. Name a folder that is empty, or that this script has made.`,
    );
    return 1;
  }
  await rm(folder, { recursive: true, force: true });
  console.log("Guide, from README.md");
  await write(folder, await guideFiles());
  console.log("HTTP API, from openapi/corrected.yaml");
  await write(folder, await apiReferenceFiles());
  for (const name of ["contents.js", "site.css", "icon.svg", "api-reference.js"]) {
    await writeFile(join(folder, "assets", name), await readFile(join(assets, name)));
  }
  console.log("TypeScript, from what package.json exports");
  if (!(await writeTypeScriptReference(join(folder, "typescript")))) {
    console.error("\nThe TypeScript reference is not complete: correct what is listed above.");
    return 1;
  }
  console.log(`\nOpen ${pathToFileURL(join(folder, "index.html"))}`);
  return 0;
});

async function write(folder: string, files: SiteFiles): Promise<void> {
  for (const [path, content] of files) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), content);
  }
}

/** Whether the folder may be replaced: it isn't there, is empty, or holds a site. */
async function isOursOrEmpty(folder: string): Promise<boolean> {
  const names = await readdir(folder).catch((): string[] => []);
  return names.length === 0 || (names.includes("index.html") && names.includes("assets"));
}
