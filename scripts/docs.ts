import { readdir } from "node:fs/promises";
import { resolve } from "node:path";
import { parseArgs } from "node:util";
import { buildSite } from "./docs/build-site.ts";
import { serveSite } from "./docs/serve-site.ts";
import { runScript } from "./run-script.ts";

const usage = `Usage: npm run docs [-- --out FOLDER] [--base PATH] [--serve]

Builds the documentation with VitePress: the guides and recipes from the repository's Markdown, the operations of the API
from openapi/corrected.yaml, and the reference of the TypeScript exports.

  --out FOLDER   where to write it (default: site/)
  --base PATH    the path that it will be served from, such as /docs/ (default: /). The pages need a server: opened from
                 disk, they find neither their styles nor each other
  --serve        serve it on this machine when it is built`;

await runScript(usage, async () => {
  const { values } = parseArgs({
    options: {
      out: { type: "string", default: "site" },
      base: { type: "string", default: "/" },
      serve: { type: "boolean", default: false },
    },
  });
  const base = `/${values.base}/`.replace(/\/+/g, "/");
  const folder = resolve(values.out);
  if (!(await isOursOrEmpty(folder))) {
    console.error(
      `${values.out} holds something else. Name a folder that is empty, or that this script has made.`,
    );
    return 1;
  }
  const startedAt = performance.now();
  await buildSite({ out: folder, base });
  console.log(`\n${values.out} is built, in ${Math.round((performance.now() - startedAt) / 1000)} s.`);
  if (values.serve) console.log(`Open ${(await serveSite(folder, base)).address}`);
  else console.log("To read it, run `npm run docs -- --serve`, or serve the folder with any web server.");
  return 0;
});

/** Whether the folder may be replaced: it isn't there, is empty, or holds a site. */
async function isOursOrEmpty(folder: string): Promise<boolean> {
  const names = await readdir(folder).catch((): string[] => []);
  return names.length === 0 || (names.includes("index.html") && names.includes("assets"));
}
