import ts from "typescript";
import type { Module } from "./modules.ts";

/** TypeScript's view of the modules, and of all that they import. */
export function serviceFor(
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
