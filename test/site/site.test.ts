import { readdirSync, readFileSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser, BrowserContextOptions } from "playwright-core";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { listOperations } from "../../scripts/document/document.ts";
import { readRegister } from "../../scripts/document/register.ts";
import { findChromium, startChromium } from "../support/chromium.ts";
import { corrected, corrections } from "../support/documents.ts";
import { buildDocs } from "./build-docs.ts";
import { barriers, type OpenPage, openPage } from "./open-page.ts";

const chromiumPath = findChromium();
const { folder, address } = inject("site");

describe.skipIf(chromiumPath === undefined)("the site", () => {
  let browser: Browser;
  let paths: string[];

  async function open(path: string, options: BrowserContextOptions = {}): Promise<OpenPage> {
    const opened = await openPage(browser, address, options);
    await opened.show(path);
    return opened;
  }

  beforeAll(async () => {
    browser = await startChromium(chromiumPath ?? "");
    paths = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((path) =>
      path.endsWith(".html"),
    );
  });
  afterAll(() => browser?.close());

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
    const { page, faults, close } = await open("index.html");
    await page.locator(".DocSearch-Button").click();
    await page.locator(".VPLocalSearchBox input").fill(words);
    const results = page.locator(".VPLocalSearchBox .result");
    await expect
      .poll(async () =>
        (await results.evaluateAll((links) => links.map((link) => link.getAttribute("href")))).slice(0, 3),
      )
      .toContain(new URL(place, address).pathname + new URL(place, address).hash);
    expect(faults).toEqual([]);
    await close();
  });

  test.each(["light", "dark"] as const)("searches in a dialog without barriers, %s", async (colorScheme) => {
    const { page, close } = await open("index.html", { colorScheme });
    await page.keyboard.press("Control+k");
    const box = page.locator(".VPLocalSearchBox");
    await box.waitFor();
    expect(await barriers(page)).toEqual([]);
    await box.locator("input").fill("resend");
    await box.locator(".result").first().waitFor();
    expect(await barriers(page)).toEqual([]);
    await box.locator(".toggle-layout-button").click();
    await box.locator(".excerpt").first().waitFor();
    expect(await barriers(page)).toEqual([]);
    await box.locator("input").fill("qqzzqq");
    await box.locator(".no-results").waitFor();
    expect(await barriers(page)).toEqual([]);
    await page.keyboard.press("Escape");
    await expect.poll(() => box.count()).toBe(0);
    await close();
  });

  test("names the suggestion that Enter opens, for a screen reader", async () => {
    const { page, close } = await open("index.html");
    await page.keyboard.press("Control+k");
    const input = page.getByRole("combobox", { name: "Search" });
    await input.fill("when may I resend");
    const chosen = page.getByRole("option", { selected: true });
    await chosen.waitFor();
    expect(await input.getAttribute("aria-activedescendant")).toBe(await chosen.getAttribute("id"));
    const place = await chosen.getAttribute("href");
    await page.keyboard.press("Enter");
    await page.waitForURL(`**${place}`);
    await close();
  });

  test("is reached by keyboard, with a skip link first and a visible focus", async () => {
    const { page, close } = await open("operations/create-order.html");
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
    const { page, close } = await open("operations/create-order.html", {
      permissions: ["clipboard-read", "clipboard-write"],
    });
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

  test("shows an example of each response, as the client returns it", () => {
    const page = read("operations/create-order.md");
    const example = /\n### 201\n[\s\S]*?```json\n([\s\S]*?)```/.exec(page)?.[1] ?? "";
    expect(JSON.parse(example)).toHaveProperty("customer.address");
    expect(JSON.parse(example)).toHaveProperty("id");
  });

  test("has the Markdown of each page beside it, lists it in llms.txt, and holds all of it in llms-full.txt", async () => {
    const list = read("llms.txt");
    const full = read("llms-full.txt");
    for (const path of paths.filter((name) => name !== "404.html")) {
      const markdown = path.replace(/html$/, "md");
      expect(read(markdown)).toMatch(/^# /);
      expect(list).toContain(`(${markdown})`);
      expect(full).toContain(read(markdown).replaceAll("<!\u200b--", "<!--").trim());
    }
    const response = await fetch(`${address}operations/create-order.md`);
    expect(response.status).toBe(200);
    expect(await response.text()).toContain("# Create a New Order");
  });

  test("leads on from each page to the one before it and the next", async () => {
    const { page, close } = await open("recipes/catalogue-sync.html");
    const links = page.locator(".VPDocFooter .pager-link");
    await expect.poll(() => links.count()).toBe(2);
    await links.last().click();
    await page.waitForURL(/\/recipes\/contract-tests-in-ci\.html$/);
    await close();
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
