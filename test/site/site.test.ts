import { readdirSync, readFileSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { AxeResults } from "axe-core";
import type { Browser, BrowserContextOptions, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { serveSite } from "../../scripts/docs/serve-site.ts";
import { listOperations } from "../../scripts/document/document.ts";
import { readRegister } from "../../scripts/document/register.ts";
import { execute } from "../../scripts/package/execute.ts";
import { projectRoot } from "../../scripts/package/project-root.ts";
import { findChromium, startChromium } from "../support/chromium.ts";
import { corrected, corrections } from "../support/documents.ts";

const chromiumPath = findChromium();
if (chromiumPath === undefined) {
  console.log("Skipped: the site is tested in Chromium, which isn't installed. Set CHROMIUM_PATH to one.");
}

const axeSource = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const base = "/docs/some/where/";

let folder: string;
let address: string;
let browser: Browser;
let paths: string[];

function buildDocs(...args: string[]): ReturnType<typeof execute> {
  return execute(join("node_modules", ".bin", "tsx"), ["scripts/docs.ts", ...args], projectRoot);
}

describe.skipIf(chromiumPath === undefined)("the site", () => {
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "site-"));
    const built = await buildDocs("--out", folder, "--base", base);
    expect(built.exitCode, built.stdout + built.stderr).toBe(0);
    address = await serveSite(folder, base);
    browser = await startChromium(chromiumPath ?? "");
    paths = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((path) =>
      path.endsWith(".html"),
    );
  });
  afterAll(async () => {
    await browser?.close();
    await rm(folder, { recursive: true, force: true });
  });

  for (const colorScheme of ["light", "dark"] as const) {
    test(`shows every page without faults, outside requests or barriers, ${colorScheme}`, async () => {
      const found = await onEveryPage(
        { colorScheme, viewport: { width: 1280, height: 900 } },
        async (page) => [
          ...(await page.evaluate(() =>
            [...document.querySelectorAll("main table")]
              .filter((table) => table.scrollWidth > table.clientWidth)
              .map((table) => `cut off: ${table.outerHTML.slice(0, 100)}`),
          )),
          ...(await barriers(page)),
        ],
      );
      expect(found).toEqual([]);
    });
  }

  test("fits every page into 390 px, its tables too, without barriers", async () => {
    const found = await onEveryPage({ viewport: { width: 390, height: 800 } }, async (page) => [
      ...(await page.evaluate(() => {
        const tables = [...document.querySelectorAll("main table, main img")];
        const wide = [document.documentElement, ...tables].filter(
          (element) => element.getBoundingClientRect().right > 390 || element.scrollWidth > 390,
        );
        return wide.map((element) => `too wide: ${element.tagName}`);
      })),
      ...(await barriers(page)),
    ]);
    expect(found).toEqual([]);
  });

  test("shows every page without JavaScript, with its navigation, at any width", async () => {
    for (const width of [390, 1280]) {
      const context = { javaScriptEnabled: false, viewport: { width, height: 800 } };
      const found = await onEveryPage(context, async (page) => {
        if (page.url().endsWith("/404.html")) return [];
        const isThere = [
          await page.locator("h1").isVisible(),
          await page.locator('.VPSidebar a[href$="/operations/create-order.html"]').isVisible(),
        ];
        return isThere.includes(false) ? [`h1, navigation: ${isThere}`] : [];
      });
      expect(found).toEqual([]);
    }
  });

  test("prints every page without its navigation, and cuts no code off", async () => {
    const found = await onEveryPage(
      { viewport: { width: 700, height: 900 }, colorScheme: "dark" },
      async (page) => {
        await page.emulateMedia({ media: "print" });
        return page.evaluate(() => {
          const cut = [...document.querySelectorAll("main pre, main table")].filter(
            (element) => element.scrollWidth > element.clientWidth + 1,
          );
          const shown = [
            ...document.querySelectorAll<HTMLElement>(".VPNav, .VPSidebar, .VPLocalNav, .aside, button.copy"),
          ];
          const visible = shown.filter((element) => element.checkVisibility());
          return [...cut, ...visible].map((element) => element.outerHTML.slice(0, 100));
        });
      },
    );
    expect(found).toEqual([]);
  });

  test.each([
    ["zip", "discrepancies.html#jh-01"],
    ["subscription", "guides/what-the-vendor-does-not-say.html#does-a-subscription-ship-by-itself"],
    ["resend", "guides/orders.html#when-may-i-resend-an-order"],
    ["when may I resend", "guides/orders.html#when-may-i-resend-an-order"],
    ["how do I trust my proxy's CA", "guides/options.html#connections-proxies-and-certificates"],
    [
      "what happens with an unavailable product",
      "guides/what-the-vendor-does-not-say.html#what-happens-with-an-unavailable-product",
    ],
    ["where is the request id", "guides/errors.html#where-is-the-request-id"],
    [
      "can I list orders changed since yesterday",
      "guides/webhooks.html#can-i-list-orders-changed-since-yesterday",
    ],
    ["cancel order", "operations/cancel-order.html#cancel-an-order"],
    ["sign in", "operations/sign-in.html#sign-in"],
    ["maxRetries", "typescript/client.html#maxretries"],
  ])("finds among the first three results, by its search: %s", async (words, place) => {
    const { page, faults, close } = await open({}, "index.html");
    await page.locator(".DocSearch-Button").click();
    await page.locator(".VPLocalSearchBox input").fill(words);
    const results = page.locator(".VPLocalSearchBox .result");
    await expect
      .poll(async () =>
        (await results.evaluateAll((links) => links.map((link) => link.getAttribute("href")))).slice(0, 3),
      )
      .toContain(`${base}${place}`);
    expect(faults).toEqual([]);
    await close();
  });

  test("is reached by keyboard, with a skip link first and a visible focus", async () => {
    const { page, close } = await open({}, "operations/create-order.html");
    await page.keyboard.press("Tab");
    const skipLink = page.locator(".VPSkipLink");
    expect(await skipLink.evaluate((link) => link === document.activeElement)).toBe(true);
    await page.keyboard.press("Enter");
    expect(await page.evaluate(() => document.activeElement?.id)).toBe("VPContent");
    await page.keyboard.press("Tab");
    expect(
      await page.evaluate(() => getComputedStyle(document.activeElement ?? document.body).outlineStyle),
    ).not.toBe("none");
    await close();
  });

  test("copies a sample", async () => {
    const { page, close } = await open(
      { permissions: ["clipboard-read", "clipboard-write"] },
      "operations/create-order.html",
    );
    await page.locator(".language-ts").first().hover();
    await page.locator(".language-ts button.copy").first().click();
    await expect
      .poll(() => page.evaluate("navigator.clipboard.readText()"))
      .toContain("submitOrder(client, order");
    await close();
  });

  test("has a page for each operation, with its samples, its discrepancies and what is inferred", async () => {
    const operations = listOperations(corrected);
    expect(operations).toHaveLength(16);
    const pages = new Map(
      paths
        .filter((path) => path.startsWith("operations/"))
        .map((path) => [path, read(path.replace(/html$/, "md"))]),
    );
    for (const { operation, method, path } of operations) {
      const text = [...pages.values()].find((page) => page.includes(`\n${method.toUpperCase()} ${path}\n`));
      expect(text, `${operation.operationId}`).toContain("createFulfillmentClient(fromEnv())");
      expect(text).toMatch(/^curl .*'https:/m);
    }
    const all = [...pages.values()].join("\n");
    for (const { id } of readRegister(corrections, "it")) {
      expect(read("discrepancies.md")).toContain(`\n## ${id}: `);
      // The base path is no operation's.
      if (id !== "JH-04") expect(all).toContain(`(../discrepancies.md#${id.toLowerCase()})`);
    }
    const places = JSON.stringify(corrected).match(/"x-provenance":"inferred"/g) ?? [];
    expect((all.match(/\[Inferred\]/g) ?? []).length).toBeGreaterThanOrEqual(places.length);
  });

  test("has the Markdown of each page beside it, and lists it in llms.txt", async () => {
    const list = read("llms.txt");
    for (const path of paths.filter((name) => name !== "404.html")) {
      const markdown = path.replace(/html$/, "md");
      expect(read(markdown)).toMatch(/^# /);
      expect(list).toContain(`(${markdown})`);
    }
    const response = await fetch(`${address}operations/create-order.md`);
    expect(response.status).toBe(200);
    expect(await response.text()).toContain("# Create a New Order");
  });

  test("links what a function throws", async () => {
    const throws = /### submitOrder\(\)[\s\S]*?#### Example/.exec(read("typescript/orders.md"))?.[0];
    expect(throws).toContain("[OutcomeUnknownError](errors.md#outcomeunknownerror)");
    expect(throws).toContain("[InvalidRequestError](errors.md#invalidrequesterror)");
  });
});

describe("npm run docs", () => {
  test("leaves a folder alone that holds something else", async () => {
    const other = await mkdtemp(join(tmpdir(), "other-"));
    await writeFile(join(other, "thesis.txt"), "");
    const { exitCode, stderr } = await buildDocs("--out", other);
    expect(exitCode).toBe(1);
    expect(stderr).toContain("holds something else");
    expect(readdirSync(other)).toEqual(["thesis.txt"]);
    await rm(other, { recursive: true });
  });
});

function read(path: string): string {
  return readFileSync(join(folder, path), "utf8");
}

interface Opened {
  readonly page: Page;
  /** Each console error, failure, and request to anywhere else. */
  readonly faults: string[];
  close(): Promise<void>;
}

async function open(options: BrowserContextOptions, path?: string): Promise<Opened> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...options });
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
  if (path !== undefined) await show(page, path, options);
  return { page, faults, close: () => context.close() };
}

async function show(page: Page, path: string, { javaScriptEnabled }: BrowserContextOptions): Promise<void> {
  await page.goto(address + path);
  if (javaScriptEnabled === false) return;
  await expect
    .poll(() => page.evaluate("'__vue_app__' in document.querySelector('#app')"), { timeout: 60_000 })
    .toBe(true);
  await page.locator("h1").first().waitFor();
}

/** What is found on each page, with the page's path, and what went wrong meanwhile. */
async function onEveryPage(
  options: BrowserContextOptions,
  look: (page: Page) => Promise<readonly string[]>,
): Promise<string[]> {
  const { page, faults, close } = await open(options);
  const found: string[] = [];
  expect(paths.length).toBeGreaterThan(40);
  for (const path of paths) {
    await show(page, path, options);
    found.push(...(await look(page)).map((fault) => `${path}: ${fault}`));
  }
  await close();
  return [...found, ...faults];
}

/** Whatever axe finds, however harmless it calls it. */
async function barriers(page: Page): Promise<string[]> {
  await page.evaluate(axeSource);
  const run = 'axe.run({ preload: false, resultTypes: ["violations"] })';
  const { violations } = (await page.evaluate(run)) as AxeResults; // What axe.run resolves with.
  return violations.flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html.slice(0, 200)}`));
}
