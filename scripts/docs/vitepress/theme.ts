import { useData, withBase } from "vitepress";
import Theme from "vitepress/theme-without-fonts";
import { defineComponent, h, type VNode } from "vue";
import "./site.css";

/** VitePress's own theme, in the fonts of the reader's system, with a link to each page's Markdown. */
export default {
  ...Theme,
  Layout: () => h(Theme.Layout, null, { "doc-footer-before": () => h(MarkdownLink), "not-found": notFound }),
};

function notFound(): VNode {
  const start = h("a", { href: withBase("/") }, "Begin at the start");
  return h("main", { class: "vp-doc not-found" }, [h("h1", "Page not found"), h("p", start)]);
}

const MarkdownLink = defineComponent(() => {
  const { page } = useData();
  // With a target, the link is the browser's: the router knows pages alone.
  return (): VNode =>
    h("p", { class: "markdown-link" }, [
      h("a", { href: withBase(`/${page.value.relativePath}`), target: "_self" }, "This page as Markdown"),
    ]);
});
