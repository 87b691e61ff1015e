import { join } from "node:path";
import ts from "typescript";
import { projectRoot } from "../../scripts/package/project-root.ts";

export interface Editor {
  /** The path that the text has. */
  readonly file: string;
  readonly service: ts.LanguageService;
}

/** What an editor asks about a module that is not on disk, as if it were at the top of the project. */
export function editorOf(name: string, text: string): Editor {
  const file = join(projectRoot, name);
  const { config } = ts.readConfigFile(join(projectRoot, "tsconfig.json"), ts.sys.readFile);
  const { options } = ts.parseJsonConfigFileContent(
    { ...config, include: [], files: [] },
    ts.sys,
    projectRoot,
  );
  const service = ts.createLanguageService({
    getScriptFileNames: () => [file],
    getScriptVersion: () => "1",
    getScriptSnapshot(path) {
      const code = path === file ? text : ts.sys.readFile(path);
      return code === undefined ? undefined : ts.ScriptSnapshot.fromString(code);
    },
    getCurrentDirectory: () => projectRoot,
    getCompilationSettings: () => ({ ...options, noUnusedLocals: false }),
    getDefaultLibFileName: ts.getDefaultLibFilePath,
    fileExists: (path) => path === file || ts.sys.fileExists(path),
    readFile: ts.sys.readFile,
    directoryExists: ts.sys.directoryExists,
    getDirectories: ts.sys.getDirectories,
  });
  return { file, service };
}
