import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { build } from "esbuild";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { projectRoot } from "../../../scripts/package/project-root.ts";
import { type ScriptedServer, startScriptedServer } from "../../../scripts/samples/scripted-server.ts";

let server: ScriptedServer;
let folder: string;
beforeEach(async () => {
  server = await startScriptedServer(() => ({ json: { products: [] } }));
  folder = await mkdtemp(join(tmpdir(), "bundle-"));
});
afterEach(async () => {
  await server.close();
  await rm(folder, { recursive: true });
});

/** Bundles a program that makes one call, as for an ESM Lambda, and runs it. */
async function runBundle(options: object, build_: object = {}): Promise<{ stdout: string; stderr: string }> {
  const contents = `
    import { createFulfillmentClient } from "./src/index.ts";
    const client = createFulfillmentClient({ accessToken: "t", baseUrl: "${server.origin}", ...${JSON.stringify(options)} });
    await client.GET("/products").then(({ response }) => console.log(response.status), (error) => console.log(error.name, error.message));`;
  const outfile = join(folder, "out.mjs");
  await build({
    stdin: { contents, resolveDir: projectRoot, loader: "ts" },
    bundle: true,
    platform: "node",
    format: "esm",
    conditions: ["juniper-fulfillment-source"],
    outfile,
    logLevel: "silent",
    ...build_,
  });
  return promisify(execFile)(process.execPath, [outfile]);
}

describe("in a bundle of ES modules by esbuild", () => {
  test("a call is carried by Node's fetch, and a warning says so", async () => {
    const { stdout, stderr } = await runBundle({});
    expect(stdout).toBe("200\n");
    expect(stderr).toContain("could not load undici and uses Node's fetch");
  });

  test("an option that needs undici is an error at once, which says what to do", async () => {
    const { stdout } = await runBundle({ node: { connections: 1 } });
    expect(stdout).toMatch(/^ConfigurationError undici could not be loaded\. .*bundle/);
    expect(server.requests).toHaveLength(0);
  });

  test("undici is used when the bundle has a require", async () => {
    const js = 'import { createRequire } from "node:module"; const require = createRequire(import.meta.url);';
    const { stdout, stderr } = await runBundle({ node: { connections: 1 } }, { banner: { js } });
    expect([stdout, stderr]).toEqual(["200\n", ""]);
  });
});
