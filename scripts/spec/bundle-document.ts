import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { type JsonObject, parseDocument, visitObjects } from "../document/document.ts";
import { decode, type FetchLimits, fetchDocument } from "./fetch-document.ts";
import { runRedocly } from "./redocly.ts";
import { SpecError } from "./spec-error.ts";

/** More files than any vendor's document has. A reference that leads on for ever must end somewhere. */
const maxFiles = 200;

/**
 * One document out of one that refers to others. The others are fetched under the same limits as the first,
 * laid side by side in a temporary folder, and put together by Redocly. A document that refers to nothing
 * outside is returned as it is, byte for byte.
 */
export async function bundleDocument(text: string, location: URL, limits?: FetchLimits): Promise<string> {
  const document = parseDocument(text, location.href);
  if (outsideReferences(document).length === 0) return text;
  const folder = await mkdtemp(join(tmpdir(), "bundle-"));
  try {
    await layOut(document, location, folder, limits);
    const output = join(folder, "bundled.yaml");
    const { exitCode, output: said } = await runRedocly("bundle", join(folder, "index.json"), "-o", output);
    if (exitCode !== 0) throw new SpecError(`The parts of ${location.href} can't be put together:\n${said}`);
    return await readFile(output, "utf8");
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function outsideReferences(document: JsonObject): { object: JsonObject; reference: string }[] {
  const found: { object: JsonObject; reference: string }[] = [];
  visitObjects(document, (object) => {
    if (typeof object.$ref === "string" && !object.$ref.startsWith("#")) {
      found.push({ object, reference: object.$ref });
    }
  });
  return found;
}

/** Writes the document as `index.json` and what it refers to beside it, with references among these files. */
async function layOut(root: JsonObject, location: URL, folder: string, limits?: FetchLimits): Promise<void> {
  const names = new Map([[withoutHash(location), "index.json"]]);
  const queue: { location: URL; name: string; document?: JsonObject; from?: URL }[] = [
    { location, name: "index.json", document: root },
  ];
  for (const entry of queue) {
    const document = entry.document ?? (await fetchPart(entry.location, entry.from ?? location, limits));
    for (const { object, reference } of outsideReferences(document)) {
      const target = resolve(reference, entry.location);
      const key = withoutHash(target);
      let name = names.get(key);
      if (name === undefined) {
        if (names.size >= maxFiles) {
          throw new SpecError(`${location.href} refers to more than ${maxFiles} files.`);
        }
        name = freeName(target, new Set(names.values()));
        names.set(key, name);
        queue.push({ location: new URL(key), name, from: entry.location });
      }
      object.$ref = `./${name}${target.hash}`;
    }
    await writeFile(join(folder, entry.name), JSON.stringify(document));
  }
}

/** Redocly calls a schema that is a file of its own after the file, so that the name has to stay. */
function freeName({ pathname }: URL, taken: ReadonlySet<string>): string {
  const stem =
    basename(pathname)
      .replace(/\.[^.]*$/, "")
      .replace(/[^\w-]/g, "") || "part";
  let name = `${stem}.json`;
  for (let number = 2; taken.has(name); number++) name = `${stem}-${number}.json`;
  return name;
}

async function fetchPart(location: URL, from: URL, limits?: FetchLimits): Promise<JsonObject> {
  const fetched = await fetchDocument(location, limits).catch((error: unknown) => {
    if (!(error instanceof SpecError)) throw error;
    throw new SpecError(`${from.href} refers to what can't be had: ${error.message}`);
  });
  if (fetched.status === "unchanged")
    throw new SpecError(`${location.href} answered 304 to a plain request.`);
  return parseDocument(decode(fetched.bytes, location.href), location.href);
}

/** A document from the network must not make this machine's files part of ours. */
function resolve(reference: string, base: URL): URL {
  if (!URL.canParse(reference, base)) {
    throw new SpecError(`${base.href} refers to "${reference}", which is no address.`);
  }
  const target = new URL(reference, base);
  if (target.protocol === "file:" && base.protocol !== "file:") {
    throw new SpecError(`${base.href} refers to a file of this machine, ${reference}. It is refused.`);
  }
  return target;
}

function withoutHash(location: URL): string {
  const copy = new URL(location);
  copy.hash = "";
  return copy.href;
}
