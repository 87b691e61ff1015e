import type { UserConfig } from "vitepress";

type PostCss = Exclude<NonNullable<NonNullable<UserConfig["vite"]>["css"]>["postcss"], string | undefined>;
type PostCssPlugin = Extract<NonNullable<PostCss["plugins"]>[number], { postcssPlugin: string }>;

/** A page has this class until its scripts run. */
export const unscripted = "unscripted";

/** Takes the class away, before anything is shown. */
export const scriptedMark = `document.documentElement.classList.remove("${unscripted}")`;

/**
 * Lets a page whose scripts don't run follow the reader's scheme. VitePress's styles for the dark one depend on a class that
 * a script sets. Each of them is repeated for pages without scripts, on the condition that the reader prefers dark.
 */
export const unscriptedDark: PostCssPlugin = {
  postcssPlugin: "unscripted-dark",
  Once(root, { AtRule }) {
    root.walkRules(/\.dark\b/, (rule) => {
      const isLight = rule.selector.includes(":not(.dark)");
      const dark = isLight ? ":not(.dark)" : ".dark";
      const selectors = rule.selectors.filter((selector) => selector.includes(dark));
      const repeated = rule.clone({
        selectors: selectors.map((selector) => selector.replace(dark, `.${unscripted}`)),
      });
      if (isLight) rule.selector = rule.selector.replaceAll(dark, `:not(.dark, .${unscripted})`);
      // Paper is white, whatever the screen is.
      const params = isLight
        ? "print, (prefers-color-scheme: light)"
        : "screen and (prefers-color-scheme: dark)";
      rule.after(new AtRule({ name: "media", params, nodes: [repeated] }));
    });
  },
};
