import { join } from "node:path";
import ts from "typescript";
import { projectRoot } from "../../scripts/package/project-root.ts";
import type { Example } from "./examples.ts";

/** Compiles every example as a module of its own, without writing any of them: place → errors. */
export function compileErrors(examples: readonly Example[]): Map<string, string[]> {
  const { config } = ts.readConfigFile(join(projectRoot, "tsconfig.json"), ts.sys.readFile);
  const { options } = ts.parseJsonConfigFileContent(
    { ...config, include: [], files: [] },
    ts.sys,
    projectRoot,
  );
  const files = new Map(
    examples.map(({ code }, index) => [join(projectRoot, `example-${index}.ts`), `${code}\nexport {};\n`]),
  );
  const host = ts.createCompilerHost(options);
  const { fileExists, readFile, getSourceFile } = host;
  host.fileExists = (path) => files.has(path) || fileExists(path);
  host.readFile = (path) => files.get(path) ?? readFile(path);
  host.getSourceFile = (path, version) => {
    const text = files.get(path);
    return text === undefined ? getSourceFile(path, version) : ts.createSourceFile(path, text, version, true);
  };
  const program = ts.createProgram([...files.keys()], { ...options, noUnusedLocals: false }, host);
  const errors = new Map<string, string[]>();
  for (const [index, { place }] of examples.entries()) {
    const file = program.getSourceFile(join(projectRoot, `example-${index}.ts`));
    const found = ts.getPreEmitDiagnostics(program, file);
    errors.set(
      place,
      found.map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, "\n")),
    );
  }
  return errors;
}
