import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { type JsonObject, parseDocument } from "../document/document.ts";
import { documentForReference } from "./api-document.ts";
import type { SiteFiles } from "./guides.ts";
import { pageSource } from "./page.ts";

const correctedPath = "openapi/corrected.yaml";
const correctionsPath = "openapi/corrections.yaml";

/** What is changed in Redoc's bundle, and why. */
const replacements: readonly (readonly [from: string, to: string])[] = [
  // The logo comes from its vendor's server. Without it nothing is requested from elsewhere.
  ["https://cdn.redoc.ly/redoc/logo-mini.svg", "data:image/svg+xml,"],
  // The colour of patterns, which its theme does not hold, is too dark on a dark page.
  ["#0e7c86", "var(--site-string)"],
];

/**
 * The API reference: Redoc with the document in the page. `redocly build-docs` would load Redoc 3 from its
 * vendor's server at each view, with telemetry; this is the bundle of the npm package, beside the page.
 */
export async function apiReferenceFiles(corrected?: JsonObject): Promise<SiteFiles> {
  const source = corrected ?? parseDocument(await readFile(correctedPath, "utf8"), correctedPath);
  const overlay = parseDocument(await readFile(correctionsPath, "utf8"), correctionsPath);
  const document = documentForReference(source, overlay);
  const bundle = createRequire(import.meta.url).resolve("redoc/bundles/redoc.standalone.js");
  const redoc = withReplacements(await readFile(bundle, "utf8"));
  // "<" would end the script element where the document holds "</script>".
  const json = JSON.stringify(document).replaceAll("<", "\\u003c");
  const page = pageSource({
    title: "HTTP API · juniper-fulfillment",
    section: "api",
    root: "../",
    content: `<main id="content" tabindex="-1">
<div id="reference"><noscript><p class="prose">This page needs JavaScript. The same in one file: openapi/corrected.yaml.</p></noscript></div>
</main>`,
    scripts: `<script type="application/json" id="document">${json}</script>
<script src="../assets/redoc.standalone.js"></script>
<script src="../assets/api-reference.js"></script>
`,
  });
  return new Map<string, string | Uint8Array>([
    ["api/index.html", page],
    ["assets/redoc.standalone.js", redoc],
    ["assets/redoc.standalone.js.LICENSE.txt", await readFile(`${bundle}.LICENSE.txt`)],
  ]);
}

function withReplacements(bundle: string): string {
  return replacements.reduce((text, [from, to]) => {
    if (text.includes(from)) return text.replaceAll(from, to);
    throw new Error(
      `Redoc's bundle no longer holds ${from}: see whether it may go from scripts/docs/api-reference.ts.`,
    );
  }, bundle);
}
