import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { parse } from "yaml";
import type { JsonObject } from "./document.ts";

/** The folder of this package, which finds itself by its own name: the built files stand deeper in it than the sources. */
const packageRoot = dirname(createRequire(import.meta.url).resolve("juniper-fulfillment/package.json"));

/** Reads a document of this package: `corrected.yaml`, or the register `corrections.yaml`. */
export async function readOpenApi(name: string): Promise<JsonObject> {
  return parse(await readFile(join(packageRoot, "openapi", name), "utf8")) as JsonObject;
}
