import { resolve } from "node:path";
import ts from "typescript";
import type { JsonObject } from "../../document/document.ts";
import { collectCorrections } from "../wire-marks/collect-corrections.ts";
import { renameColumns } from "./column-paths.ts";
import { findUsages, type Usage, type Usages } from "./find-usages.ts";
import { spellingChanges } from "./spelling-changes.ts";

/** What follows from new spellings in what is written by hand. */
export interface Renamed {
  /** Relative path → text. */
  readonly files: Map<string, string>;
  /** Strings that may name a renamed field, of which the types don't say so: each a sentence with file and line. */
  readonly doubtful: readonly string[];
}

/**
 * What is written by hand and names a field that our users will spell otherwise, with its new name. A correction that
 * comes or goes renames the field in the types, and TypeScript knows where it is used: in sources, in the snippets of
 * documents and comments, and in data. The project must still have its files of `before`.
 */
export function renameUsages(root: string, before: JsonObject, after: JsonObject): Renamed {
  const folder = resolve(root);
  const config = ts.readConfigFile(`${folder}/tsconfig.json`, ts.sys.readFile);
  if (config.error !== undefined) return { files: new Map(), doubtful: [] };
  const changes = spellingChanges(before, after);
  const { certain, doubtful }: Usages =
    changes.length === 0 ? { certain: [], doubtful: [] } : findUsages(folder, config.config, changes);
  const files = new Map<string, string>();
  for (const file of new Set(certain.map((usage) => usage.file))) {
    const own = certain.filter((usage) => usage.file === file);
    files.set(file, applied(read(folder, file), own));
  }
  for (const [file, text] of renameColumns(folder, before, changes, files)) files.set(file, text);
  return {
    files: renameIds(folder, files, before, after),
    doubtful: doubtful.map((usage) => sentenceOf(usage, read(folder, usage.file))),
  };
}

function sentenceOf({ file, start, length, text }: Usage, source: string): string {
  const line = source.slice(0, start).split("\n").length;
  const name = source.slice(start, start + length);
  return `${file}:${line} says "${name}". If that is the field which is \`${text}\` now, edit it by hand.`;
}

/** The documents and the comments switch a correction off to show how: one that is gone gives way to another. */
function renameIds(
  root: string,
  texts: ReadonlyMap<string, string>,
  before: JsonObject,
  after: JsonObject,
): Map<string, string> {
  const renamed = new Map(texts);
  const { ids } = collectCorrections(after);
  const gone = collectCorrections(before).ids.filter((id) => !ids.includes(id));
  const [standing] = ids;
  if (gone.length === 0 || standing === undefined) return renamed;
  const sources = ts.sys.readDirectory(`${root}/src`, [".ts"], ["generated"]);
  const documents = ts.sys.directoryExists(`${root}/docs`)
    ? ts.sys.readDirectory(`${root}/docs`, [".md"])
    : [];
  const files = [...documents, ...sources].map((path) => path.slice(root.length + 1));
  for (const file of ["README.md", ...files]) {
    const text = renamed.get(file) ?? read(root, file);
    const next = gone.reduce((done, id) => done.replaceAll(`"${id}": false`, `"${standing}": false`), text);
    if (next !== text) renamed.set(file, next);
  }
  return renamed;
}

function applied(text: string, usages: readonly Usage[]): string {
  const last = [...usages].sort((one, other) => other.start - one.start);
  return last.reduce(
    (done, { start, length, text: name }) => done.slice(0, start) + name + done.slice(start + length),
    text,
  );
}

function read(root: string, file: string): string {
  return ts.sys.readFile(`${root}/${file}`) ?? "";
}
