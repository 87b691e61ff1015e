import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestProject } from "vitest/node";
import { type ServedSite, serveSite } from "../../scripts/docs/serve-site.ts";
import { findChromium } from "../support/chromium.ts";
import { buildDocs } from "./build-docs.ts";

declare module "vitest" {
  export interface ProvidedContext {
    /** The folder of the built site, and where it is served. */
    readonly site: { readonly folder: string; readonly address: string };
  }
}

/** The path that the site is served from, which is nobody's default. */
const base = "/docs/some/where/";

/** Builds the site with its command and serves it, once for all files of tests. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const folder = await mkdtemp(join(tmpdir(), "site-"));
  let served: ServedSite | undefined;
  if (findChromium() === undefined) {
    console.log("Skipped: the site is tested in Chromium, which isn't installed. Set CHROMIUM_PATH to one.");
  } else {
    const { exitCode, stdout, stderr } = await buildDocs("--out", folder, "--base", base);
    if (exitCode !== 0) throw new Error(`npm run docs has failed.\n${stdout}${stderr}`);
    served = await serveSite(folder, base);
  }
  project.provide("site", { folder, address: served?.address ?? "" });
  return async () => {
    served?.close();
    await rm(folder, { recursive: true, force: true });
  };
}
