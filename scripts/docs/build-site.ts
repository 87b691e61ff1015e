import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { build } from "vitepress";
import { checkLinks } from "./check-links.ts";
import { copyLinkedFiles, readGuides } from "./guides.ts";
import { llmsText } from "./llms-text.ts";
import { operationPages, readApiDocuments } from "./operation-pages.ts";
import { type SitePage, withOverviews } from "./pages.ts";
import { typeScriptPages } from "./typescript-pages.ts";

export interface SiteOptions {
  /** The folder to write to, which is replaced. */
  readonly out: string;
  /** The path that the site is served from, such as `/docs/`. */
  readonly base: string;
}

/**
 * Builds the site.
 *
 * @throws {Error} for a link or an anchor that leads nowhere, and for an export without documentation.
 */
export async function buildSite(options: SiteOptions): Promise<void> {
  console.log("Guides, from the repository's Markdown");
  const { pages: guides, files } = await readGuides();
  console.log("Operations, from openapi/corrected.yaml");
  const documents = await readApiDocuments();
  const operations = await operationPages(documents);
  console.log("TypeScript, from what package.json exports");
  const schema = await readFile("src/generated/schema.ts", "utf8");
  const reference = await typeScriptPages(documents.corrected, schema);
  await renderSite(withOverviews([...guides, ...operations, ...reference]), files, options);
}

/** Renders pages with VitePress, and writes their Markdown, `llms.txt` and `llms-full.txt` beside them. */
export async function renderSite(
  pages: readonly SitePage[],
  files: ReadonlySet<string>,
  { out, base }: SiteOptions,
): Promise<void> {
  const staging = await mkdtemp("scripts/docs/.staging-");
  try {
    await writePages(staging, pages);
    await copyLinkedFiles(files, staging);
    await writeConfiguration(staging, pages, base);
    await rm(out, { recursive: true, force: true });
    console.log(`${pages.length} pages, with VitePress`);
    await build(staging, { outDir: out });
    await writePages(out, pages);
    await copyLinkedFiles(files, out);
    await writeFile(join(out, "llms.txt"), llmsText(pages));
    await writeFile(join(out, "llms-full.txt"), `${pages.map(({ text }) => text.trim()).join("\n\n")}\n`);
    console.log("Links");
    await checkLinks(out, base);
  } finally {
    await rm(staging, { recursive: true, force: true });
  }
}

async function writePages(folder: string, pages: readonly SitePage[]): Promise<void> {
  for (const { path, text } of pages) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    // VitePress would put another file in the place of such a comment, even within code.
    await writeFile(join(folder, path), text.replace(/<!--(?=\s*@include)/g, "<!\u200b--"));
  }
}

async function writeConfiguration(staging: string, pages: readonly SitePage[], base: string): Promise<void> {
  const listed = pages.map(({ text: _, ...page }) => page);
  await mkdir(join(staging, ".vitepress/theme"), { recursive: true });
  await mkdir(join(staging, "public"), { recursive: true });
  await cp("scripts/docs/vitepress/icon.svg", join(staging, "public/icon.svg"));
  await writeFile(
    join(staging, ".vitepress/config.ts"),
    `import { siteConfig } from "../../vitepress/config.ts";\nexport default siteConfig(${JSON.stringify(listed)}, ${JSON.stringify(base)});\n`,
  );
  await writeFile(
    join(staging, ".vitepress/theme/index.ts"),
    'export { default } from "../../../vitepress/theme.ts";\n',
  );
}
