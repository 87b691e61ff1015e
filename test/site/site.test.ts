import { existsSync, readdirSync, readFileSync } from "node:fs";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import { createRequire } from "node:module";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { extname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import type { AxeResults } from "axe-core";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { listOperations, parseDocument } from "../../scripts/document/document.ts";
import { readOverlay } from "../../scripts/document/overlay.ts";
import { execute } from "../../scripts/package/execute.ts";
import { projectRoot } from "../../scripts/package/project-root.ts";
import { orderSpellings } from "../../scripts/samples/wire-spellings.ts";
import { findChromium, startChromium } from "../support/chromium.ts";

const chromiumPath = findChromium();
if (chromiumPath === undefined) {
  console.log("Skipped: the site is tested in Chromium, which isn't installed. Set CHROMIUM_PATH to one.");
}

const axeSource = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/** One page of each kind. */
const pages = {
  guide: "index.html",
  contributing: "contributing.html",
  "HTTP API": "api/index.html",
  "TypeScript entries": "typescript/index.html",
  "TypeScript exports": "typescript/juniper-fulfillment.html",
  "TypeScript function": "typescript/juniper-fulfillment/submitOrder.html",
  "TypeScript class": "typescript/juniper-fulfillment/ApiError.html",
  "TypeScript schema": "typescript/juniper-fulfillment/Order.html",
  "TypeScript hierarchy": "typescript/hierarchy.html",
} as const;
type PageName = keyof typeof pages;
const pageNames = Object.keys(pages) as PageName[]; // Its own keys.

let site: string;
let browser: Browser;

describe.skipIf(chromiumPath === undefined)("the site", () => {
  beforeAll(async () => {
    site = await mkdtemp(join(tmpdir(), "site-"));
    const args = ["scripts/docs.ts", "--out", site];
    const built = await execute(join("node_modules", ".bin", "tsx"), args, projectRoot);
    expect(built.exitCode, built.stdout + built.stderr).toBe(0);
    expect(built.stdout).toContain(`Open ${pathToFileURL(join(site, "index.html"))}`);
    browser = await startChromium(chromiumPath ?? "");
  });
  afterAll(async () => {
    await browser?.close();
    await rm(site, { recursive: true, force: true });
  });

  for (const name of pageNames) {
    for (const colorScheme of ["light", "dark"] as const) {
      test(`shows without faults, outside requests or barriers: ${name}, ${colorScheme}`, async () => {
        const { page, faults } = await open(name, { colorScheme, width: 1280 });
        expect(await page.locator("h1").first().isVisible()).toBe(true);
        expect(await page.locator(".site-nav a").allTextContents()).toEqual([
          "Guide",
          "HTTP API",
          "TypeScript",
        ]);
        expect(await page.locator(".site-nav a[aria-current]").count()).toBe(1);
        expect(await barriers(page)).toEqual([]);
        await page.setViewportSize({ width: 375, height: 800 });
        await page.waitForTimeout(300);
        expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(375);
        // What changes with the width are places, not colours: once is enough.
        if (colorScheme === "light") expect(await barriers(page)).toEqual([]);
        expect(faults).toEqual([]);
        await page.close();
      });
    }

    test(`is reached by keyboard, with a skip link first and a visible focus: ${name}`, async () => {
      const { page } = await open(name, { width: 1280 });
      await page.keyboard.press("Tab");
      const skipLink = page.locator(".skip-link");
      expect(await skipLink.evaluate((link) => link === document.activeElement)).toBe(true);
      expect((await skipLink.boundingBox())?.y).toBeGreaterThanOrEqual(0);
      await page.keyboard.press("Enter");
      expect(await page.evaluate(() => document.activeElement?.id)).toBe("content");
      await page.keyboard.press("Tab");
      const isMarked = await page.evaluate(() => {
        const element = document.activeElement ?? document.body;
        const { outlineStyle, outlineWidth, boxShadow } = getComputedStyle(element);
        // After the last link of a page, the focus is with the browser.
        if (element === document.body) return true;
        return (outlineStyle !== "none" && outlineWidth !== "0px") || boxShadow !== "none";
      });
      expect(isMarked).toBe(true);
      await page.close();
    });
  }

  test("the API reference shows each operation with a sample of this client", async () => {
    const { page } = await open("HTTP API", { width: 1280 });
    const corrected = parseDocument(readFileSync(join(projectRoot, "openapi/corrected.yaml"), "utf8"), "");
    const ids = listOperations(corrected).map(({ operation }) => String(operation.operationId));
    expect(ids).not.toHaveLength(0);
    for (const id of ids) {
      const sample = page.locator(`[id="operation/${id}"] pre`).first();
      expect(await sample.textContent(), id).toContain("createFulfillmentClient(fromEnv())");
    }
    await page.close();
  });

  test("the API reference marks corrected places, and leads to their row in the guide", async () => {
    const { page } = await open("HTTP API", { width: 1280 });
    const operation = page.locator('[id="operation/createOrder"]');
    for (const { id, kind, user, wire } of orderSpellings) {
      expect(await operation.locator("h2").textContent()).toContain(id);
      const words = `${kind === "name" ? "It" : user} is sent and received as ${wire}.`;
      expect(await page.locator('[id^="schema/"]').getByText(words).count(), words).toBeGreaterThan(0);
    }
    const links = await page.locator('a[href^="../index.html#jh-"]').all();
    const targets = new Set(await Promise.all(links.map((link) => link.getAttribute("href"))));
    const guide = readFileSync(join(site, "index.html"), "utf8");
    const overlay = readFileSync(join(projectRoot, "openapi/corrections.yaml"), "utf8");
    const ids = readOverlay(parseDocument(overlay, "it"), "it").map(({ id }) => id.toLowerCase());
    expect(targets).toEqual(new Set(ids.map((id) => `../index.html#${id}`)));
    for (const target of targets) expect(guide).toContain(`id="${target?.split("#")[1]}"`);
    const [first = ""] = ids;
    await operation.locator(`a[href$="#${first}"]`).first().click();
    await page.waitForURL(new RegExp(`index\\.html#${first}$`));
    expect(await page.locator(`#${first}`).isVisible()).toBe(true);
    await page.close();
  });

  test("the API reference is searched, and unfolds by keyboard without barriers", async () => {
    const { page, faults } = await open("HTTP API", { width: 1280 });
    await page.locator('input[role="search"], [role="search"] input').first().fill("rotate");
    await page.locator('[data-role="search:results"]').getByText("Rotate Webhook Secret").waitFor();
    await page.reload();
    await page.goto(`${address("HTTP API")}#operation/createOrder`);
    await page.locator('[data-item-id$="operation/createOrder"]').first().waitFor();
    expect(await barriers(page)).toEqual([]);
    expect(faults).toEqual([]);
    await page.close();
  });

  test("the TypeScript reference is searched", async () => {
    const { page, faults } = await open("TypeScript exports", { width: 1280 });
    await page.locator("#tsd-search-trigger").click();
    await page.locator("#tsd-search-input").fill("outcomeunknown");
    await page.locator("#tsd-search-results").getByText("OutcomeUnknownError").first().waitFor();
    expect(faults).toEqual([]);
    await page.close();
  });

  test("the TypeScript reference links what a function throws", async () => {
    const { page } = await open("TypeScript function", { width: 1280 });
    const links = await page.locator(".tsd-tag-throws a:not(.tsd-anchor-icon)").allTextContents();
    expect(links).toContain("OutcomeUnknownError");
    expect(links).toContain("InvalidRequestError");
    await page.close();
  });

  test("every relative link of every page leads to a file", () => {
    const broken: string[] = [];
    for (const path of readdirSync(site, { recursive: true, encoding: "utf8" })) {
      if (extname(path) !== ".html") continue;
      const base = pathToFileURL(join(site, path));
      for (const [, href = ""] of readFileSync(base, "utf8").matchAll(/ (?:href|src)="([^"#]+)/g)) {
        if (/^(https?:|data:)/.test(href)) continue;
        if (!existsSync(fileURLToPath(new URL(href, base)))) broken.push(`${path}: ${href}`);
      }
    }
    expect(broken).toEqual([]);
  });

  test("works from a folder of a server", async () => {
    const server = await serve(site, "/docs/some/where");
    const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`; // It listens on a port.
    try {
      for (const name of pageNames) {
        const { page, faults } = await open(name, { width: 1280, root: `${origin}/docs/some/where/` });
        expect(await page.locator("h1").first().isVisible()).toBe(true);
        expect(faults, name).toEqual([]);
        await page.close();
      }
    } finally {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    }
  });
});

interface OpenOptions {
  readonly colorScheme?: "light" | "dark";
  readonly width: number;
  /** Where the site is; the folder on the disk by default. */
  readonly root?: string;
}

function address(name: PageName, root = `${pathToFileURL(site)}/`): string {
  return new URL(pages[name], root).href;
}

/** Opens a page. `faults` grows with each console error, failure, and request to anywhere else. */
async function open(
  name: PageName,
  { colorScheme = "light", width, root }: OpenOptions,
): Promise<{ page: Page; faults: string[] }> {
  const page = await browser.newPage({ colorScheme, viewport: { width, height: 900 } });
  const faults: string[] = [];
  const home = root ?? `${pathToFileURL(site)}/`;
  page.on("request", (request) => {
    const url = request.url();
    if (!url.startsWith(home) && !/^(data|blob):/.test(url)) faults.push(`request: ${url}`);
  });
  page.on("response", (response) => {
    if (response.status() >= 400) faults.push(`${response.status()}: ${response.url()}`);
  });
  page.on("requestfailed", (request) => faults.push(`failed: ${request.url()}`));
  page.on("console", (message) => {
    if (message.type() === "error") faults.push(`console: ${message.text()}`);
  });
  page.on("pageerror", (error) => faults.push(`error: ${error.message}`));
  await page.goto(address(name, home));
  await page.locator("h1").first().waitFor();
  return { page, faults };
}

/** What axe calls serious or critical. */
async function barriers(page: Page): Promise<string[]> {
  await page.evaluate(axeSource);
  // axe can't fetch style sheets from file://, and needs none of them.
  const run = 'axe.run({ preload: false, resultTypes: ["violations"] })';
  const { violations } = (await page.evaluate(run)) as AxeResults; // What axe.run resolves with.
  return violations
    .filter(({ impact }) => impact === "serious" || impact === "critical")
    .flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html.slice(0, 200)}`));
}

const types: Readonly<Record<string, string>> = {
  ".html": "text/html",
  ".css": "text/css",
  ".js": "text/javascript",
  ".svg": "image/svg+xml",
};

function serve(folder: string, base: string): Promise<Server> {
  const server = createServer(async (request, response) => {
    const { pathname } = new URL(request.url ?? "", "http://localhost");
    const path = join(folder, pathname.slice(base.length));
    const content = pathname.startsWith(base) ? await readFile(path).catch(() => undefined) : undefined;
    response.writeHead(content === undefined ? 404 : 200, {
      "content-type": types[extname(path)] ?? "text/plain",
    });
    response.end(content);
  });
  return new Promise((resolve) => server.listen(0, "127.0.0.1", () => resolve(server)));
}
