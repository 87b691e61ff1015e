import { resolve } from "node:path";
import ts from "typescript";
import type { JsonObject } from "../../document/document.ts";
import { collectCorrections } from "../wire-marks.ts";
import { type Module, modulesOf } from "./modules.ts";
import { propertyOffset } from "./property-declaration.ts";
import { spellingChanges } from "./spelling-changes.ts";

const schemaPath = "src/generated/schema.ts";

interface Edit {
  readonly start: number;
  readonly length: number;
  readonly text: string;
}

/**
 * What is written by hand and names a field that our users will spell otherwise, with its new name: relative path →
 * text. A correction that comes or goes renames the field in the types, and TypeScript knows where it is used: in
 * sources, in the snippets of documents and comments, and in data. The project must still have its files of `before`.
 */
export function renameUsages(root: string, before: JsonObject, after: JsonObject): Map<string, string> {
  const folder = resolve(root);
  const config = ts.readConfigFile(`${folder}/tsconfig.json`, ts.sys.readFile);
  const changes = spellingChanges(before, after);
  if (config.error !== undefined) return new Map();
  const edits = changes.length === 0 ? new Map<string, Edit[]>() : findUsages(folder, config.config, changes);
  const texts = new Map([...edits].map(([file, list]) => [file, applied(read(folder, file), list)]));
  return renameIds(folder, texts, before, after);
}

function findUsages(
  root: string,
  config: object,
  changes: ReturnType<typeof spellingChanges>,
): Map<string, Edit[]> {
  const parsed = ts.parseJsonConfigFileContent(config, ts.sys, root);
  const modules = new Map(modulesOf(root, parsed).map((module) => [module.path, module]));
  const service = serviceFor(root, parsed.options, modules);
  const schema = service.getProgram()?.getSourceFile(`${root}/${schemaPath}`);
  const found = new Map<string, Map<number, Edit>>();
  for (const { place, from, to } of schema === undefined ? [] : changes) {
    const offset = propertyOffset(schema as ts.SourceFile, place, from);
    const preferences = { providePrefixAndSuffixTextForRename: true };
    const locations =
      offset === undefined
        ? []
        : (service.findRenameLocations(`${root}/${schemaPath}`, offset, false, false, preferences) ?? []);
    for (const { fileName, textSpan, prefixText = "", suffixText = "" } of locations) {
      const module = modules.get(fileName);
      if (module === undefined || module.file.startsWith("src/generated/")) continue;
      const list = found.get(module.file) ?? new Map<number, Edit>();
      found.set(module.file, list);
      const start = module.place(textSpan.start);
      list.set(start, { start, length: textSpan.length, text: prefixText + to + suffixText });
    }
  }
  return new Map([...found].map(([file, list]) => [file, [...list.values()]]));
}

function serviceFor(
  root: string,
  options: ts.CompilerOptions,
  modules: ReadonlyMap<string, Module>,
): ts.LanguageService {
  const settings: ts.CompilerOptions = {
    ...options,
    allowJs: true,
    // Examples with a package.json of their own have none of ours beside it.
    paths: {
      "juniper-fulfillment": [`${root}/src/index.ts`],
      "juniper-fulfillment/*": [`${root}/src/*/index.ts`],
    },
  };
  return ts.createLanguageService({
    getCompilationSettings: () => settings,
    getScriptFileNames: () => [...modules.keys()],
    getScriptVersion: () => "1",
    getScriptSnapshot: (path) => {
      const text = modules.get(path)?.text ?? ts.sys.readFile(path);
      return text === undefined ? undefined : ts.ScriptSnapshot.fromString(text);
    },
    getCurrentDirectory: () => root,
    getDefaultLibFileName: ts.getDefaultLibFilePath,
    fileExists: (path) => modules.has(path) || ts.sys.fileExists(path),
    readFile: (path) => modules.get(path)?.text ?? ts.sys.readFile(path),
    readDirectory: ts.sys.readDirectory,
    directoryExists: ts.sys.directoryExists,
    getDirectories: ts.sys.getDirectories,
  });
}

/** The README and the comments switch a correction off to show how: one that is gone gives way to another. */
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
  for (const file of ["README.md", ...sources.map((path) => path.slice(root.length + 1))]) {
    const text = renamed.get(file) ?? read(root, file);
    const next = gone.reduce((done, id) => done.replaceAll(`"${id}": false`, `"${standing}": false`), text);
    if (next !== text) renamed.set(file, next);
  }
  return renamed;
}

function applied(text: string, edits: readonly Edit[]): string {
  const last = [...edits].sort((one, other) => other.start - one.start);
  return last.reduce(
    (done, { start, length, text: name }) => done.slice(0, start) + name + done.slice(start + length),
    text,
  );
}

function read(root: string, file: string): string {
  return ts.sys.readFile(`${root}/${file}`) ?? "";
}
