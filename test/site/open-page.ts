import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type { AxeResults, RunOptions } from "axe-core";
import type { Browser, BrowserContextOptions, Page } from "playwright-core";

const axeSource = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

export interface OpenPage {
  readonly page: Page;
  /** Each console error, failure, and request to anywhere else. */
  readonly faults: string[];
  /** Goes to a page of the site, and waits until its scripts run. */
  show(path: string): Promise<void>;
  close(): Promise<void>;
}

/** Opens a tab for the site at `address`, without any animation. */
export async function openPage(
  browser: Browser,
  address: string,
  options: BrowserContextOptions = {},
): Promise<OpenPage> {
  const context = await browser.newContext({
    viewport: { width: 1280, height: 900 },
    reducedMotion: "reduce",
    ...options,
  });
  const page = await context.newPage();
  const faults: string[] = [];
  page.on("request", (request) => {
    if (!request.url().startsWith(address) && !request.url().startsWith("data:")) faults.push(request.url());
  });
  page.on("response", (response) => {
    if (response.status() >= 400) faults.push(`${response.status()}: ${response.url()}`);
  });
  page.on("console", (message) => {
    if (message.type() === "error") faults.push(`console: ${message.text()}`);
  });
  page.on("pageerror", (error) => faults.push(`error: ${error.message}`));
  return {
    page,
    faults,
    async show(path) {
      await page.goto(address + path);
      if (options.javaScriptEnabled === false) return;
      // Asked from outside: the page's own policy forbids what `waitForFunction` evaluates.
      const isReady = (): Promise<boolean> =>
        page.evaluate("'__vue_app__' in document.querySelector('#app')");
      for (const endMs = Date.now() + 60_000; !(await isReady()); await page.waitForTimeout(50)) {
        if (Date.now() > endMs) throw new Error(`${path} has not come alive within a minute.`);
      }
      await page.locator("h1").first().waitFor();
    },
    close: () => context.close(),
  };
}

/** Visits each path, with several tabs at the same time, which share what the browser has loaded. */
export async function visitAll(
  paths: readonly string[],
  open: () => Promise<OpenPage>,
  visit: (opened: OpenPage, path: string) => Promise<void>,
): Promise<string[]> {
  const left = [...paths];
  const faults = await Promise.all(
    Array.from({ length: 3 }, async () => {
      const opened = await open();
      for (let path = left.shift(); path !== undefined; path = left.shift()) {
        await opened.show(path);
        await visit(opened, path);
      }
      await opened.close();
      return opened.faults;
    }),
  );
  return faults.flat();
}

/** Whatever axe finds, however harmless it calls it: on the whole page, or in the colours of all but its text. */
export async function barriers(page: Page, within: "page" | "frame colours" = "page"): Promise<string[]> {
  if (!(await page.evaluate("'axe' in window"))) {
    await page.evaluate(axeSource);
    // It can't judge text over the shadow at an edge, and would pass it by.
    await page.addStyleTag({ content: ".vp-doc pre, .vp-doc table { background-image: none !important }" });
  }
  const isFrame = within === "frame colours";
  const place = isFrame ? '{ exclude: [".vp-doc"] }' : "document";
  const options: RunOptions = {
    preload: false,
    resultTypes: ["violations"],
    ...(isFrame ? { runOnly: ["color-contrast", "link-in-text-block"] } : {}),
  };
  const run = `axe.run(${place}, ${JSON.stringify(options)})`;
  const { violations } = (await page.evaluate(run)) as AxeResults; // What axe.run resolves with.
  return violations.flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html.slice(0, 200)}`));
}
