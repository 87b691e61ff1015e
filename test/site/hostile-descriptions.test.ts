import { readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { renderSite } from "../../scripts/docs/build-site.ts";
import { operationPages } from "../../scripts/docs/operation-pages.ts";
import { type SitePage, withOverviews } from "../../scripts/docs/pages.ts";
import { type ServedSite, serveSite } from "../../scripts/docs/serve-site.ts";
import { typeScriptPages } from "../../scripts/docs/typescript-pages.ts";
import { isObject, type JsonObject, parseDocument, visitObjects } from "../../scripts/document/document.ts";
import { projectRoot } from "../../scripts/package/project-root.ts";
import { findChromium, startChromium } from "../support/chromium.ts";
import { corrected, corrections, wire } from "../support/documents.ts";
import { type OpenPage, openPage, visitAll } from "./open-page.ts";

const chromiumPath = findChromium();
const read = (path: string): string => readFileSync(join(projectRoot, path), "utf8");

/** A document with something at the end of each description, title and summary, and in places that are shown as code. */
function withWords(document: JsonObject, words: string): JsonObject {
  const hostile = structuredClone(document);
  visitObjects(hostile, (object) => {
    for (const key of ["description", "summary", "title"]) {
      if (typeof object[key] === "string") object[key] += `\n\n${words}`;
    }
    if (isObject(object.schema)) object.schema.default = words;
    if (Array.isArray(object.examples) && object.type === "string") object.examples = [words];
    if (typeof object.pattern === "string") object.pattern += words;
  });
  return hostile;
}

/** The generated types, with the words in each of their comments. */
function schemaWithWords(words: string): string {
  const inComment = words.replaceAll("*/", "").replaceAll("\n", "\n * ");
  return read("src/generated/schema.ts").replace(/@description .*/g, (line) =>
    line.endsWith("*/") ? `${line.slice(0, -2)} ${inComment} */` : `${line} ${inComment}`,
  );
}

/** What a page has of itself nowhere, or not within its content. */
const strangeElements = [
  "iframe, video, #hostile, .hostile, #directive, .danger, [onclick], [onload], [onerror], [href^='javascript']",
  "body script, body link, body meta, body style",
  ":is(main, aside, .VPNavBarMenu) :is(img, svg, p[style])",
].join();

describe.skipIf(chromiumPath === undefined)("the vendor's words", () => {
  let folder: string;
  let browser: Browser;
  let elsewhere: Server;
  let served: ServedSite;
  let address: string;
  let pages: SitePage[];
  const asked: string[] = [];

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "hostile-site-"));
    elsewhere = createServer((request, response) => {
      asked.push(request.url ?? "");
      response.end();
    });
    await new Promise<void>((resolve) => elsewhere.listen(0, "127.0.0.1", resolve));
    const host = `127.0.0.1:${(elsewhere.address() as AddressInfo).port}`; // It listens on a port.
    const words = [
      '<script>window.ran = "script"</script>',
      `<script src="http://${host}/script.js"></script>`,
      "<script setup>globalThis.ran = 'setup'</script>",
      `<img src="http://${host}/image.png" onerror="window.ran = 'image'">`,
      `![picture](http://${host}/markdown.png)`,
      "<svg onload=\"window.ran = 'svg'\"></svg>",
      `<iframe src="http://${host}/frame"></iframe>`,
      `<style>@import url(http://${host}/style.css); body { background: url(http://${host}/back.png) }</style>`,
      `<p style="background: url(http://${host}/inline.png)">styled</p>`,
      `<link rel="stylesheet" href="http://${host}/link.css">`,
      `<video src="http://${host}/video.mp4" autoplay></video>`,
      `<meta http-equiv="refresh" content="0; url=http://${host}/refresh">`,
      "<a href=\"javascript:window.ran = 'link'\">press</a>",
      "[press](javascript:window.ran='markdown')",
      // What VitePress would take for a template of Vue, for attributes, or for another file of this machine.
      "{{ constructor.constructor(\"globalThis.ran = 'template'\")() }} `{{ 20 + 22 }}`",
      "{{ 20 + 22 }} { { 20 + 22 } } &#123;&#123; 20 + 22 }} {&#123; 20 + 22 }}",
      '<div v-html="\'<b id=directive></b>\'" @click="x" :title="20 + 22"></div>',
      "words {#hostile .hostile onclick=\"window.ran='attribute'\" v-html=\"'x'\"}",
      "<!--@include: ../../../LICENSE-->",
      "`<!--@include: ../../../LICENSE-->`",
      "<<< ../../../LICENSE",
      "[[toc]]",
      "::: danger\nswallowed",
      "```js\nswallowed",
      "~~~\nswallowed",
      "{@include ../../LICENSE}",
      "| a | b |\n|---|---|\n| c | d |",
      "# heading\n\nheading\n=======",
      "the end of it",
    ].join("\n\n");
    const document = withWords(corrected, words);
    const auth = withWords(parseDocument(read("openapi/auth.yaml"), "auth"), words);
    const start = { path: "index.md", section: "Start", title: "Start", text: "# Start\n" } as const;
    pages = withOverviews([
      start,
      ...(await operationPages({ corrected: document, wire: withWords(wire, words), auth, corrections })),
      ...(await typeScriptPages(document, schemaWithWords(words))),
    ]);
    // The links within the TypeScript reference are checked in the site itself.
    await renderSite(pages, new Set(), { out: folder, base: "/" });
    served = await serveSite(folder, "/");
    ({ address } = served);
    browser = await startChromium(chromiumPath ?? "");
  });
  afterAll(async () => {
    await browser?.close();
    served?.close();
    await new Promise((resolve) => elsewhere.close(resolve));
    await rm(folder, { recursive: true, force: true });
  });

  test("run nothing and request nothing, on any page, with or without its policy", async () => {
    for (const bypassCSP of [false, true]) {
      const open = (): Promise<OpenPage> => openPage(browser, address, { bypassCSP });
      const faults = await visitAll(
        pages.map(({ path }) => path.replace(/md$/, "html")),
        open,
        async ({ page }, path) => {
          const found = await page.evaluate((elements) => {
            for (const link of document.querySelectorAll("a")) if (link.textContent === "press") link.click();
            return [...document.querySelectorAll(elements)].map((element) => element.outerHTML.slice(0, 200));
          }, strangeElements);
          expect(found, path).toEqual([]);
          expect(await page.evaluate("window.ran"), path).toBeUndefined();
        },
      );
      const search = await open();
      await search.show("index.html");
      await search.page.locator(".DocSearch-Button").click();
      await search.page.locator(".VPLocalSearchBox input").fill("swallowed");
      await search.page.locator(".VPLocalSearchBox .result").first().waitFor();
      expect(await search.page.evaluate("window.ran")).toBeUndefined();
      await search.page.waitForTimeout(500);
      await search.close();
      expect([...faults, ...search.faults]).toEqual([]);
      expect(asked).toEqual([]);
    }
  });

  test("are shown as they are, and put no file of this machine into a page", async () => {
    const html = readFileSync(join(folder, "operations/create-order.html"), "utf8");
    expect(html).toContain("&lt;script&gt;window.ran");
    expect(html).toContain("the end of it");
    for (const { path } of pages) {
      for (const file of [path, path.replace(/md$/, "html")]) {
        const text = readFileSync(join(folder, file), "utf8");
        expect(text, file).not.toContain("Permission is hereby granted");
        if (file.endsWith("html")) expect(text, file).not.toMatch(/[>\s]42[<\s]/);
      }
    }
  });

  test("leave the rest of the page as it is", async () => {
    const page = await browser.newPage();
    await page.goto(`${address}operations/create-order.html`);
    const headings = await page.locator("main h2").allTextContents();
    expect(headings.map((heading) => heading.replace(/\W+$/, ""))).toEqual([
      "TypeScript: submitOrder",
      "TypeScript",
      "curl",
      "Request body",
      "Responses",
      "What the vendor says in two ways",
    ]);
    await page.goto(`${address}typescript/shapes.html`);
    expect(await page.locator("main h3").count()).toBeGreaterThan(40);
    await page.close();
  });
});
