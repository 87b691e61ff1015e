import { existsSync, statSync } from "node:fs";
import { copyFile, mkdir, readdir, readFile } from "node:fs/promises";
import { basename, dirname, extname, join, posix } from "node:path";
import { type SitePage, titleOf } from "./pages.ts";

/** What the repository's Markdown says, as pages, and the other files that it links to. */
export interface Guides {
  readonly pages: readonly SitePage[];
  readonly files: ReadonlySet<string>;
}

/**
 * Makes a page of each Markdown file that people are meant to read: those at the root, in `docs/`, and the READMEs of
 * the examples and of `bench/`. Their links lead to the pages, and to copies of the other files that they name.
 *
 * @throws {Error} for a link to something that isn't there.
 */
export async function readGuides(root = "."): Promise<Guides> {
  const sources = await guideSources(root);
  const contents = await readFile(join(root, "docs/README.md"), "utf8").catch(() => "");
  const [, forMaintainers = ""] = contents.split("\n## Maintainers\n");
  const files = new Set<string>();
  const pages: SitePage[] = [];
  for (const source of sources) {
    const path = pageOf(source);
    const text = await withSiteLinks(await readFile(join(root, source), "utf8"), async (target) => {
      const named = posix.join(posix.dirname(source), target);
      const file = statSync(join(root, named), { throwIfNoEntry: false })?.isDirectory()
        ? posix.join(named, "README.md")
        : named;
      if (!statSync(join(root, file), { throwIfNoEntry: false })?.isFile())
        throw new Error(`${source} links to ${target}, which isn't there.`);
      if (sources.includes(file)) return relative(path, pageOf(file));
      files.add(file);
      return relative(path, file);
    });
    const title = shortTitles[source] ?? titleOf(text, source);
    pages.push({ path, ...placeOf(source, forMaintainers), title, text: withoutComments(text) });
  }
  return { pages: inReadingOrder(pages), files };
}

/** Copies the files that pages link to, each to the place that it has in the repository. */
export async function copyLinkedFiles(files: ReadonlySet<string>, folder: string, root = "."): Promise<void> {
  for (const file of files) {
    await mkdir(dirname(join(folder, file)), { recursive: true });
    await copyFile(join(root, file), join(folder, file));
  }
}

async function guideSources(root: string): Promise<string[]> {
  const list = async (folder: string): Promise<string[]> => {
    const names = await readdir(join(root, folder)).catch((): string[] => []);
    return names.map((name) => posix.join(folder, name)).sort();
  };
  const folders = [".", "docs", "docs/recipes"];
  const texts = (await Promise.all(folders.map(list))).flat().filter((path) => extname(path) === ".md");
  const readmes = [...(await list("examples")), "bench"].map((folder) => `${folder}/README.md`);
  return [...texts, ...readmes.filter((path) => existsSync(join(root, path)))];
}

/** `README.md` → `index.md`, `docs/orders.md` → `guides/orders.md`, `examples/fleet/README.md` → `examples/fleet.md`. */
function pageOf(source: string): string {
  if (source === "README.md") return "index.md";
  const path = source.replace(/^docs\/recipes\//, "recipes/").replace(/^docs\//, "guides/");
  return (basename(path) === "README.md" ? `${dirname(path)}.md` : path).toLowerCase();
}

/** What the navigation calls files whose title is the name of the package. */
const shortTitles: Readonly<Record<string, string>> = {
  "README.md": "Introduction",
  "CHANGELOG.md": "Changelog",
};

const reference = ["COMMAND.md", "PRIVACY.md"];

/** `forMaintainers` is the part of the table of contents, `docs/README.md`, that is theirs. */
function placeOf(source: string, forMaintainers: string): Pick<SitePage, "section" | "group"> {
  if (source.startsWith("docs/recipes/")) return { section: "Recipes" };
  if (source.startsWith("examples/")) return { section: "Recipes", group: "Examples" };
  if (reference.includes(source)) return { section: "Reference" };
  const isGuide = source === "README.md" || source.startsWith("docs/");
  const isTheirs = forMaintainers.includes(`](${posix.relative("docs", source)})`);
  return { section: isGuide && !isTheirs ? "Start" : "Maintainers" };
}

/** Recipes by title, and others in the order in which the table of contents names them. */
function inReadingOrder(pages: readonly SitePage[]): SitePage[] {
  const contents = pages.find(({ path }) => path === "guides.md")?.text ?? "";
  const rank = ({ path, section }: SitePage): number => {
    if (["index.md", "guides.md"].includes(path)) return path === "index.md" ? -2 : -1;
    const index = section === "Recipes" ? 0 : contents.indexOf(`(${path}`);
    return index < 0 ? contents.length : index;
  };
  return pages.toSorted((one, other) => rank(one) - rank(other) || one.title.localeCompare(other.title));
}

/** Code, whose brackets are no links, or the target of a link, an image or a reference. */
const codeOrTarget = /^(`{3,}|~{3,})[\s\S]*?^\1|`[^`\n]*`|(?<=\]\()[^)\s]+(?=\))|(?<=^\[[^\]]+\]: )\S+/gm;

async function withSiteLinks(text: string, lead: (target: string) => Promise<string>): Promise<string> {
  const targets = new Map<string, string>();
  for (const [match] of text.matchAll(codeOrTarget)) {
    if (/^[`~#]|^[a-z]+:/i.test(match) || targets.has(match)) continue;
    const [path = "", hash] = match.split("#");
    targets.set(match, `${await lead(path)}${hash === undefined ? "" : `#${hash}`}`);
  }
  return text.replace(codeOrTarget, (match) => targets.get(match) ?? match);
}

/** Without the comments that mark generated parts, which Markdown without HTML would show. */
function withoutComments(text: string): string {
  return text.replace(/^<!--[\s\S]*?-->\n/gm, "");
}

function relative(from: string, to: string): string {
  return posix.relative(posix.dirname(from), to);
}
