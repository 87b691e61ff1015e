import { readFile } from "node:fs/promises";
import { basename, extname, posix } from "node:path";
import highlighter from "highlight.js";
import markdownIt, { type Token } from "markdown-it";
import anchors from "markdown-it-anchor";
import { escapeHtml, pageSource } from "./page.ts";

/** The pages that are made from Markdown, and what they show: path in the site → content. */
export type SiteFiles = Map<string, string | Uint8Array>;

const start = "README.md";

/**
 * Makes a page of the README, and of every Markdown file of the repository that a page links to. Pictures and
 * other files that are linked go into `assets/`.
 *
 * @throws {Error} for a link to a file or a heading that isn't there.
 */
export async function guideFiles(): Promise<SiteFiles> {
  const files: SiteFiles = new Map();
  const headings = new Map<string, ReadonlySet<string>>();
  const linked: { from: string; to: string; hash: string }[] = [];
  const queue = [start];
  for (const path of queue) {
    const guide = renderGuide(await readText(path), path);
    files.set(pageOf(path), guide.source);
    headings.set(path, guide.headings);
    for (const { to, hash } of guide.links) {
      if (extname(to) !== ".md") files.set(assetOf(to), await readBytes(to, path));
      else if (!queue.includes(to)) queue.push(to);
      if (hash !== "") linked.push({ from: path, to, hash });
    }
  }
  for (const { from, to, hash } of linked) {
    if (!headings.get(to)?.has(hash))
      throw new Error(`${from} links to ${to}#${hash}, which isn't a heading.`);
  }
  return files;
}

/** `README.md` → `index.html`, `CONTRIBUTING.md` → `contributing.html`, `a/README.md` → `a.html`. */
function pageOf(path: string): string {
  if (path === start) return "index.html";
  const name = basename(path) === "README.md" ? posix.dirname(path) : path.replace(/\.md$/, "");
  return `${name.replaceAll("/", "-").toLowerCase()}.html`;
}

function assetOf(path: string): string {
  return `assets/${path.replaceAll("/", "-")}`;
}

interface Guide {
  readonly source: string;
  readonly headings: ReadonlySet<string>;
  readonly links: readonly { readonly to: string; readonly hash: string }[];
}

function renderGuide(text: string, path: string): Guide {
  const markdown = markdownIt({ html: true, highlight }).use(anchors, {
    level: [2, 3],
    slugify: slugOf,
    permalink: anchors.permalink.headerLink({ safariReaderFix: true }),
    tabIndex: false,
  });
  markdown.renderer.rules.table_open = () =>
    '<div class="wide" role="group" aria-label="Table" tabindex="0"><table>';
  markdown.renderer.rules.table_close = () => "</table></div>";
  const tokens = markdown.parse(text, {});
  const links = rewriteLinks(tokens, path);
  nameDiscrepancies(tokens);
  const contents = tokens.flatMap((token, index) =>
    token.type === "heading_open" && token.tag === "h2"
      ? [{ id: `${token.attrGet("id")}`, title: tokens[index + 1]?.content ?? "" }]
      : [],
  );
  const title = tokens[tokens.findIndex(({ tag }) => tag === "h1") + 1]?.content ?? path;
  const source = pageSource({
    title,
    section: "guide",
    root: "",
    content: `<div class="guide">
${contentsSource(contents)}
<main id="content" class="prose" tabindex="-1">
${markdown.renderer.render(tokens, markdown.options, {})}</main>
</div>`,
  });
  const headings = new Set(tokens.map((token) => `${token.attrGet("id")}`));
  return { source, headings, links };
}

function contentsSource(contents: readonly { readonly id: string; readonly title: string }[]): string {
  const links = contents.map(({ id, title }) => `<li><a href="#${id}">${escapeHtml(title)}</a></li>`);
  return `<nav class="contents" aria-label="On this page">
<details open>
<summary>On this page</summary>
<ul>${links.join("")}</ul>
</details>
<script src="assets/contents.js"></script>
<p>References: <a href="api/index.html">HTTP API</a>, <a href="typescript/index.html">TypeScript</a></p>
</nav>`;
}

/** Points relative links at the pages and copies of this site, and says where they led. */
function rewriteLinks(tokens: readonly Token[], path: string): { to: string; hash: string }[] {
  const links: { to: string; hash: string }[] = [];
  for (const token of tokens.flatMap(({ children }) => children ?? [])) {
    const attribute = token.type === "image" ? "src" : "href";
    const href = token.attrGet(attribute);
    if (typeof href !== "string" || /^[a-z]+:/i.test(href)) continue;
    const [file = "", hash = ""] = href.split("#");
    const to = file === "" ? path : posix.join(posix.dirname(path), file);
    const target = extname(to) === "" ? posix.join(to, "README.md") : to;
    links.push({ to: target, hash });
    const page = extname(target) === ".md" ? pageOf(target) : assetOf(target);
    if (file !== "") token.attrSet(attribute, hash === "" ? page : `${page}#${hash}`);
  }
  return links;
}

/** Gives the table's row of each discrepancy an id, such as `jh-01`, for the API reference to link to. */
function nameDiscrepancies(tokens: readonly Token[]): void {
  for (const [index, token] of tokens.entries()) {
    const id = /^JH-\d+$/.exec(tokens[index + 2]?.content ?? "")?.[0];
    if (token.type === "tr_open" && id !== undefined) token.attrSet("id", id.toLowerCase());
  }
}

/** The anchor of a heading, as GitHub makes it, so that a link works in both places. */
function slugOf(title: string): string {
  return title
    .trim()
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\s_-]/gu, "")
    .replaceAll(" ", "-");
}

function highlight(code: string, language: string): string {
  const html = highlighter.getLanguage(language)
    ? highlighter.highlight(code, { language }).value
    : escapeHtml(code);
  return `<pre class="code" tabindex="0"><code>${html}</code></pre>`;
}

function readText(path: string): Promise<string> {
  return readFile(path, "utf8");
}

async function readBytes(path: string, from: string): Promise<Uint8Array> {
  return readFile(path).catch((cause: unknown) => {
    throw new Error(`${from} links to ${path}, which can't be read.`, { cause });
  });
}
