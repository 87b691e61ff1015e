import type { MarkdownOptions, MarkdownRenderer } from "vitepress";
import { slugOf } from "../pages.ts";

/**
 * How pages are read: as Markdown, and nothing else. VitePress would take HTML, attributes in braces and `{{ … }}` for a
 * template of Vue, and put other files of this machine into a page. No page of ours needs that, and the vendor's words
 * must not have it.
 */
export const markdown: MarkdownOptions = {
  html: false,
  linkify: false,
  attrs: { disable: true },
  anchor: { slugify: slugOf },
  theme: { light: "github-light-high-contrast", dark: "github-dark-high-contrast" },
  config: (md) => {
    md.disable(["snippet", "emoji"]);
    withoutTemplates(md);
    withBreaksInNames(md);
    withReadableTables(md);
  },
};

/** VitePress leaves `{{ … }}` alone in blocks of code only. */
function withoutTemplates(md: MarkdownRenderer): void {
  const render = md.renderer.render.bind(md.renderer);
  md.renderer.render = (...args) => render(...args).replaceAll("{{", "&#123;&#123;");
}

/** A long name breaks before a capital, where it has to. */
function withBreaksInNames(md: MarkdownRenderer): void {
  const { code_inline: code } = md.renderer.rules;
  if (code === undefined) throw new Error("VitePress no longer has a rule for code.");
  md.renderer.rules.code_inline = (...args) =>
    code(...args).replace(/(?<=>[^<]*[a-z])(?=[A-Z][a-z])/g, "<wbr>");
}

/** A table with more columns than this is set in small print. */
const manyColumns = 6;

/**
 * Names the column in each cell, for narrow screens, where a row is shown as a list. What isn't laid out as a table is
 * none to a screen reader, unless it says so.
 */
function withReadableTables(md: MarkdownRenderer): void {
  const roles: Readonly<Record<string, string>> = {
    table_open: "table",
    thead_open: "rowgroup",
    tbody_open: "rowgroup",
    tr_open: "row",
    th_open: "columnheader",
    td_open: "cell",
  };
  md.core.ruler.push("readable_tables", ({ tokens }) => {
    let table: (typeof tokens)[number] | undefined;
    let columns: string[] = [];
    let column = 0;
    for (const [index, token] of tokens.entries()) {
      // A header without words is none.
      if (token.type === "th_open" && tokens[index + 1]?.content === "") {
        columns.push("");
        for (const part of [token, tokens[index + 2]]) if (part !== undefined) part.tag = "td";
        continue;
      }
      const role = roles[token.type];
      if (role !== undefined) token.attrSet("role", role);
      if (token.type === "table_open") table = token;
      if (token.type === "thead_open") columns = [];
      if (token.type === "thead_close" && columns.length > manyColumns) {
        // Should it not fit all the same, it is scrolled, by keyboard too.
        table?.attrSet("class", "many-columns");
        table?.attrSet("tabindex", "0");
      }
      if (token.type === "tr_open") column = 0;
      if (token.type === "th_open") columns.push(tokens[index + 1]?.content.replaceAll("`", "") ?? "");
      if (token.type === "td_open") token.attrSet("data-column", columns[column++] ?? "");
    }
  });
  delete md.renderer.rules.table_open;
}
