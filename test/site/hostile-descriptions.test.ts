import { copyFile, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { apiReferenceFiles } from "../../scripts/docs/api-reference.ts";
import { isObject, type JsonObject, visitObjects } from "../../scripts/document/document.ts";
import { projectRoot } from "../../scripts/package/project-root.ts";
import { findChromium, startChromium } from "../support/chromium.ts";
import { corrected } from "../support/documents.ts";

const chromiumPath = findChromium();

/** The corrected document with something at the end of each description, title and summary. */
function withWords(words: string): JsonObject {
  const document = structuredClone(corrected);
  visitObjects(document, (object) => {
    for (const key of ["description", "summary", "title"]) {
      if (typeof object[key] === "string") object[key] += `\n\n${words}`;
    }
    if (isObject(object.schema)) object.schema.default = words;
  });
  return document;
}

describe.skipIf(chromiumPath === undefined)("the vendor's words on the API page", () => {
  let folder: string;
  let browser: Browser;
  let elsewhere: Server;
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
      "the end of it",
    ].join("\n\n");
    for (const [path, content] of await apiReferenceFiles(withWords(words))) {
      await mkdir(dirname(join(folder, path)), { recursive: true });
      await writeFile(join(folder, path), content);
    }
    for (const name of ["site.css", "icon.svg", "api-reference.js"]) {
      await copyFile(join(projectRoot, "scripts/docs/assets", name), join(folder, "assets", name));
    }
    browser = await startChromium(chromiumPath ?? "");
  });
  afterAll(async () => {
    await browser?.close();
    await new Promise((resolve) => elsewhere.close(resolve));
    await rm(folder, { recursive: true, force: true });
  });

  /** Opens the page, and presses every link of the vendor's. */
  async function read(): Promise<Page> {
    const page = await browser.newPage();
    await page.goto(pathToFileURL(join(folder, "api/index.html")).href);
    await page
      .locator("#reference p", { hasText: /^the end of it$/ })
      .first()
      .waitFor();
    await page.evaluate(() => {
      for (const link of document.querySelectorAll<HTMLElement>("#reference a")) {
        if (link.textContent === "press") link.click();
      }
    });
    await page.waitForTimeout(500);
    return page;
  }

  test("run nothing and request nothing", async () => {
    const page = await read();
    expect(await page.evaluate("window.ran")).toBeUndefined();
    expect(asked).toEqual([]);
    await page.close();
  });

  test("leave the rest of the page as it is", async () => {
    const page = await read();
    expect(await page.locator('[id="operation/createOrder"] h2').first().isVisible()).toBe(true);
    expect(await page.locator("iframe, #reference script, #reference meta").count()).toBe(0);
    await page.close();
  });
});
