import { existsSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";

/**
 * Follows every link of every page within a built site, to its anchor.
 *
 * @throws {Error} that lists those that lead nowhere, and pages that have no content.
 */
export async function checkLinks(folder: string, base: string): Promise<void> {
  const paths = (await readdir(folder, { recursive: true })).filter((path) => path.endsWith(".html"));
  const pages = new Map(
    await Promise.all(
      paths.map(async (path) => [`${base}${path}`, await readFile(join(folder, path), "utf8")] as const),
    ),
  );
  const faults: string[] = [];
  const anchors = new Map([...pages].map(([path, html]) => [path, anchorsOf(html)]));
  for (const [path, html] of pages) {
    // A page that VitePress fails to render is empty, and its build a success.
    if (!/<h1[ >]/.test(html)) faults.push(`${path} is empty.`);
    for (const [, href = ""] of html.matchAll(/ (?:href|src)="([^"]+)"/g)) {
      if (/^(?:[a-z]+:|\/\/)/i.test(href)) continue;
      const { pathname, hash } = new URL(href.replaceAll("&amp;", "&"), `http://site${path}`);
      const target = decodeURIComponent(pathname).replace(/\/$/, "/index.html");
      const anchor = decodeURIComponent(hash.slice(1));
      if (!target.startsWith(base) || !existsSync(join(folder, target.slice(base.length)))) {
        faults.push(`${path} links to ${href}, which isn't there.`);
      } else if (anchor !== "" && anchors.get(target)?.has(anchor) === false) {
        faults.push(`${path} links to ${href}, which isn't a heading.`);
      }
    }
  }
  if (faults.length > 0) throw new Error(`The site has broken pages:\n${[...new Set(faults)].join("\n")}`);
}

function anchorsOf(html: string): Set<string> {
  return new Set([...html.matchAll(/ id="([^"]+)"/g)].map(([, id = ""]) => id));
}
