import { readdirSync } from "node:fs";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { findChromium, startChromium } from "../support/chromium.ts";
import { barriers, openPage, visitAll } from "./open-page.ts";

const chromiumPath = findChromium();
const { folder, address } = inject("site");

const wide = { width: 1280, height: 900 };
const narrow = { width: 390, height: 800 };

/** What is wrong with any page, by the way in which it is looked at. */
class Findings {
  readonly #found: string[] = [];
  add(path: string, faults: readonly string[]): void {
    this.#found.push(...faults.map((fault) => `${path}: ${fault}`));
  }
  get all(): readonly string[] {
    return this.#found;
  }
}

describe.skipIf(chromiumPath === undefined)("every page of the site", () => {
  const light = new Findings();
  const dark = new Findings();
  const printed = new Findings();
  const unscripted = { wide: new Findings(), narrow: new Findings(), dark: new Findings() };
  const darkColors = new Map<string, readonly string[]>();
  let faults: string[];
  let paths: string[];
  let browser: Browser;

  // Each page is loaded twice, with its scripts and without, and looked at in every way while it is there.
  beforeAll(async () => {
    browser = await startChromium(chromiumPath ?? "");
    paths = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((path) =>
      path.endsWith(".html"),
    );
    const withScripts = await visitAll(
      paths,
      () => openPage(browser, address, { colorScheme: "light" }),
      async ({ page }, path) => {
        // All of axe's rules once at each width, and in each scheme. Text has the same colours at any width.
        await look(page, "light", wide);
        light.add(path, [...(await cutOff(page, "main table")), ...(await barriers(page))]);
        await look(page, "light", narrow);
        light.add(path, await barriers(page, "frame colours"));
        await look(page, "dark", narrow);
        dark.add(path, [...(await tooWide(page)), ...(await barriers(page))]);
        await look(page, "dark", wide);
        dark.add(path, await barriers(page, "frame colours"));
        darkColors.set(path, await colors(page));
        await look(page, "dark", { width: 700, height: 900 }, "print");
        printed.add(path, [...(await cutOff(page, "main pre, main table")), ...(await shownOnPaper(page))]);
      },
    );
    const withoutScripts = await visitAll(
      paths.filter((path) => path !== "404.html"),
      () => openPage(browser, address, { colorScheme: "dark", javaScriptEnabled: false }),
      async ({ page }, path) => {
        await look(page, "dark", wide);
        unscripted.wide.add(path, await missing(page));
        const differ = (await colors(page)).filter((color, index) => color !== darkColors.get(path)?.[index]);
        unscripted.dark.add(path, differ);
        await look(page, "dark", narrow);
        unscripted.narrow.add(path, await missing(page));
      },
    );
    faults = [...withScripts, ...withoutScripts];
  });
  afterAll(() => browser?.close());

  test("has no faults, and requests nothing from elsewhere", () => {
    expect(paths.length).toBeGreaterThan(40);
    expect(faults).toEqual([]);
  });

  test("fits into 1280 px, its tables too, without barriers in the light scheme", () => {
    expect(light.all).toEqual([]);
  });

  test("fits into 390 px, its tables too, without barriers in the dark scheme", () => {
    expect(dark.all).toEqual([]);
  });

  test("prints without its navigation, and cuts no code off", () => {
    expect(printed.all).toEqual([]);
  });

  test("shows its text and the navigation without JavaScript, at any width", () => {
    expect(unscripted.wide.all).toEqual([]);
    expect(unscripted.narrow.all).toEqual([]);
  });

  test("follows the dark scheme without JavaScript, in the same colours as with it", () => {
    expect(new Set([...darkColors.values()].map((list) => list[0]))).toEqual(new Set([darkBackground]));
    expect(unscripted.dark.all).toEqual([]);
  });
});

const darkBackground = "BODY rgb(27, 27, 31) rgb(223, 223, 214)";

async function look(
  page: Page,
  colorScheme: "light" | "dark",
  size: { readonly width: number; readonly height: number },
  media: "screen" | "print" = "screen",
): Promise<void> {
  await page.emulateMedia({ colorScheme, media });
  await page.setViewportSize(size);
}

/** What is wider than the place that it has. */
function cutOff(page: Page, selector: string): Promise<string[]> {
  return page.evaluate(
    (elements) =>
      [...document.querySelectorAll(elements)]
        .filter((element) => element.scrollWidth > element.clientWidth + 1)
        .map((element) => `cut off: ${element.outerHTML.slice(0, 100)}`),
    selector,
  );
}

function tooWide(page: Page): Promise<string[]> {
  return page.evaluate((width) => {
    const parts = [document.documentElement, ...document.querySelectorAll("main table, main img")];
    return parts
      .filter((element) => element.getBoundingClientRect().right > width || element.scrollWidth > width)
      .map((element) => `too wide: ${element.tagName}`);
  }, narrow.width);
}

function shownOnPaper(page: Page): Promise<string[]> {
  return page.evaluate(() =>
    [...document.querySelectorAll<HTMLElement>(".VPNav, .VPSidebar, .VPLocalNav, .aside, button.copy")]
      .filter((element) => element.checkVisibility())
      .map((element) => `printed: ${element.outerHTML.slice(0, 100)}`),
  );
}

/** What doesn't show of the two things that each page must show. */
async function missing(page: Page): Promise<string[]> {
  const expected = ["h1", '.VPSidebar a[href$="/operations/create-order.html"]'];
  const visible = await Promise.all(expected.map((selector) => page.locator(selector).isVisible()));
  return expected.filter((_, index) => visible[index] !== true).map((selector) => `not visible: ${selector}`);
}

/** The colours of the body, and of everything in the text and in the sidebar. */
function colors(page: Page): Promise<string[]> {
  return page.evaluate(() =>
    [document.body, ...document.querySelectorAll(".vp-doc *:not(.markdown-link *), .VPSidebar a")].map(
      (element) => {
        const { color, backgroundColor } = getComputedStyle(element);
        return `${element.tagName} ${backgroundColor} ${color}`;
      },
    ),
  );
}
