import { createHash } from "node:crypto";
import type { DefaultTheme, MarkdownEnv, MarkdownRenderer, UserConfig } from "vitepress";
import { type SitePage, sections } from "../pages.ts";
import { markdown } from "./markdown.ts";
import { accessibleSearchDialog } from "./search-dialog.ts";
import { scriptedMark, unscripted, unscriptedDark } from "./unscripted-dark.ts";

/** What the navigation knows of a page. */
export type Listed = Omit<SitePage, "text">;

/** VitePress's configuration for these pages, served from `base`. */
export function siteConfig(pages: readonly Listed[], base: string): UserConfig<DefaultTheme.Config> {
  return {
    title: "juniper-fulfillment",
    description: "A typed fetch client for the Juniper Health Order Fulfillment API that never orders twice.",
    lang: "en",
    base,
    // What all pages share is a file, and not in each of them.
    metaChunk: true,
    head: [
      ["link", { rel: "icon", href: `${base}icon.svg`, type: "image/svg+xml" }],
      ["script", { id: "check-scripts" }, scriptedMark],
    ],
    markdown,
    themeConfig: {
      logo: "/icon.svg",
      nav: sections.flatMap((section) => {
        const first = pages.find((page) => page.section === section);
        return first === undefined ? [] : [{ text: section, link: linkTo(first) }];
      }),
      sidebar: sections.map((section) => sidebarOf(section, pages)),
      search: { provider: "local", options: searchOptions() },
      outline: { level: [2, 3], label: "On this page" },
      externalLinkIcon: false,
    },
    transformHead: ({ page }) =>
      page === "404.md"
        ? []
        : [["link", { rel: "alternate", type: "text/markdown", href: `${base}${page}` }]],
    transformHtml: (html, file) => {
      const marked = html.replace("<html ", `<html class="${unscripted}" `);
      return withContentPolicy(file.endsWith("404.html") ? withWords(marked, base) : marked);
    },
    vite: {
      build: { chunkSizeWarningLimit: 2000 },
      css: { postcss: { plugins: [unscriptedDark] } },
      plugins: [accessibleSearchDialog],
    },
  };
}

/**
 * How pages are searched. A whole word counts for far more than the beginning of one, so that the words of a question
 * find more than everything that begins with an "s".
 */
function searchOptions(): DefaultTheme.LocalSearchOptions {
  const options: DefaultTheme.LocalSearchOptions = {
    miniSearch: { searchOptions: { weights: { prefix: 0.1, fuzzy: 0.1 } } },
  };
  // It runs in the build alone. As a visible property VitePress would write it into the pages, for the browser to
  // evaluate, which their policy forbids.
  Object.defineProperty(options, "_render", { value: renderForSearch });
  return options;
}

/** A page as the index takes it. Headings such as "Parameters" and "Inherited from" are no places to be found. */
function renderForSearch(source: string, env: MarkdownEnv, md: MarkdownRenderer): string {
  const html = md.render(source, env);
  return env.relativePath.startsWith("typescript/") ? html.replace(/<(\/?)h[46]\b/g, "<$1p") : html;
}

/** A section with a link of its own, to its first page. */
function sidebarOf(section: string, pages: readonly Listed[]): DefaultTheme.SidebarItem {
  const [first, ...listed] = pages.filter((page) => page.section === section);
  const items = listed.filter(({ group }) => group === undefined).map(itemOf);
  const groups = [...new Set(listed.flatMap(({ group }) => group ?? []))].map((group) => ({
    text: asHtml(group),
    items: listed.filter((page) => page.group === group).map(itemOf),
  }));
  const link = first === undefined ? {} : { link: linkTo(first) };
  return { text: section, ...link, collapsed: section !== "Start", items: [...items, ...groups] };
}

function itemOf(page: Listed): DefaultTheme.SidebarItem {
  return { text: asHtml(page.title), link: linkTo(page) };
}

/** The navigation takes its words as HTML, and titles are the vendor's. */
function asHtml(words: string): string {
  return words.replace(/[&<>"'{]/g, (character) => `&#${character.charCodeAt(0)};`);
}

function linkTo({ path }: Listed): string {
  return `/${path.replace(/(^|\/)index\.md$/, "$1").replace(/\.md$/, ".html")}`;
}

/** VitePress's page for an address that isn't there is empty without JavaScript. */
function withWords(html: string, base: string): string {
  const words = `<h1>Page not found</h1><p><a href="${base}">Begin at the start</a></p>`;
  return html.replace("</body>", `<noscript>${words}</noscript></body>`);
}

/** The scripts that are written into a page's head: VitePress's two, and ours. No others may run. */
const ownScripts = /<script id="check-(?:dark-mode|mac-os|scripts)">([\s\S]*?)<\/script>/g;

/**
 * What a page may load: the site's own files and the scripts in its head. Should anything of the vendor's get through all the
 * same, it runs nothing and requests nothing from elsewhere.
 */
function withContentPolicy(html: string): string {
  const head = html.slice(0, html.indexOf("</head>"));
  const scripts = [...head.matchAll(ownScripts)].map(
    ([, source = ""]) => `'sha256-${createHash("sha256").update(source).digest("base64")}'`,
  );
  const policy = [
    "default-src 'none'",
    `script-src 'self' ${scripts.join(" ")}`,
    "style-src 'self' 'unsafe-inline'",
    "img-src 'self' data:",
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
  ].join("; ");
  return html.replace("<head>", `<head>\n<meta http-equiv="Content-Security-Policy" content="${policy}">`);
}
