import { mkdtemp, readFile, realpath, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, dirname, join, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { type JsonObject, parseDocument } from "../document/document.ts";
import { message } from "../document/message.ts";
import { type OutsideReference, outsideReferences } from "../document/outside-references.ts";
import { decode, type FetchLimits, fetchDocument, shown } from "./fetch-document.ts";
import { runRedocly } from "./redocly.ts";
import { SpecError } from "./spec-error.ts";

/** More files than any vendor's document has. A reference that leads on for ever must end somewhere. */
const maxFiles = 200;

/**
 * One document out of one that refers to others. The others come from the same origin, or from the same folder, under
 * the same limits as the first; they are laid side by side in a temporary folder, and put together by Redocly. A
 * document that refers to nothing outside is returned as it is, byte for byte.
 */
export async function bundleDocument(text: string, location: URL, limits?: FetchLimits): Promise<string> {
  const document = parseDocument(text, shown(location));
  if (outsideReferences(document).length === 0) return text;
  const folder = await mkdtemp(join(tmpdir(), "bundle-"));
  try {
    await layOutParts(document, location, folder, limits);
    const output = join(folder, "bundled.yaml");
    const run = await runRedocly("bundle", [join(folder, "index.json"), "-o", output]);
    if (run.exitCode !== 0) {
      throw new SpecError(message`The parts of ${shown(location)} can't be put together: ${run.output}`);
    }
    const bundled = await readFile(output, "utf8");
    const [left] = outsideReferences(parseDocument(bundled, shown(location)));
    if (left !== undefined) {
      throw new SpecError(
        message`${shown(location)} still refers to "${left.reference}" at ${left.pointer} when it is put together.`,
      );
    }
    return bundled;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Writes the document as `index.json` and what it refers to beside it, with references among these files. */
async function layOutParts(
  root: JsonObject,
  location: URL,
  folder: string,
  limits?: FetchLimits,
): Promise<void> {
  const names = new Map([[withoutHash(location), "index.json"]]);
  const queue: { location: URL; name: string; document?: JsonObject; from?: URL }[] = [
    { location, name: "index.json", document: root },
  ];
  for (const entry of queue) {
    const document = entry.document ?? (await fetchPart(entry.location, entry.from ?? location, limits));
    for (const found of outsideReferences(document)) {
      const target = await resolvePart(found, entry.location, location);
      const key = withoutHash(target);
      let name = names.get(key);
      if (name === undefined) {
        if (names.size >= maxFiles) {
          throw new SpecError(message`${shown(location)} refers to more than ${maxFiles} files.`);
        }
        name = freeName(target, new Set(names.values()));
        names.set(key, name);
        queue.push({ location: new URL(key), name, from: entry.location });
      }
      found.holder.$ref = `./${name}${target.hash}`;
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
    throw new SpecError(message`${shown(from)} refers to what can't be fetched: ${error.message}`);
  });
  if (fetched.status === "unchanged")
    throw new SpecError(message`${shown(location)} sent 304 to a plain request.`);
  return parseDocument(decode(fetched.bytes, shown(location)), shown(location));
}

/**
 * Where a reference leads. A document must not make other files of this machine, or what other servers have, part of
 * ours: a part comes from the document's own origin, or from its own folder.
 */
async function resolvePart(
  { reference, pointer, isPart }: OutsideReference,
  base: URL,
  root: URL,
): Promise<URL> {
  const refuse = (why: string): SpecError =>
    new SpecError(message`${shown(base)} refers to "${reference}" at ${pointer}, ${why}. It is refused.`);
  if (!isPart) throw refuse("where a document has no part of its own");
  if (!URL.canParse(reference, base)) throw refuse("which isn't an address");
  const target = new URL(reference, base);
  if (target.protocol !== root.protocol)
    throw refuse(target.protocol === "file:" ? "a file of this machine" : "which is of another origin");
  if (!/\.(ya?ml|json)$/i.test(target.pathname)) throw refuse("which is no YAML or JSON by its name");
  if (root.protocol !== "file:") {
    if (target.origin !== root.origin) throw refuse("which is of another origin");
  } else if (!(await isWithin(target, root))) {
    throw refuse("outside the folder of the document");
  }
  return target;
}

/** Whether a file is in the folder of another, or below it, also once links are followed. */
async function isWithin(target: URL, root: URL): Promise<boolean> {
  if (target.host !== "") return false;
  const folder = dirname(await realpath(fileURLToPath(root)).catch(() => fileURLToPath(root)));
  const path = fileURLToPath(target);
  const real = await realpath(path).catch(() => path);
  return real.startsWith(folder + sep);
}

function withoutHash(location: URL): string {
  const copy = new URL(location);
  copy.hash = "";
  return copy.href;
}
