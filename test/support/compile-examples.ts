import { dirname, join } from "node:path";
import ts from "typescript";
import { projectRoot } from "../../scripts/package/project-root.ts";
import type { Example } from "./examples.ts";

const settings: ts.CompilerOptions = {
  noUnusedLocals: false,
  // The one that Fastify brings, as a user would install it. The one at the top is Prism's, which is old and has no types.
  paths: { pino: [join(projectRoot, "node_modules/fastify/node_modules/pino/pino.d.ts")] },
};

/**
 * Compiles every example as a module of its own, without writing any of them: place → errors. Those of one document that
 * have a name can import each other.
 */
export function compileErrors(examples: readonly Example[]): Map<string, string[]> {
  const { config } = ts.readConfigFile(join(projectRoot, "tsconfig.json"), ts.sys.readFile);
  const { options } = ts.parseJsonConfigFileContent(
    { ...config, include: [], files: [] },
    ts.sys,
    projectRoot,
  );
  const paths = examples.map(pathOf);
  const files = new Map(examples.map(({ code }, index) => [paths[index], `${code}\nexport {};\n`]));
  const folders = new Set(paths.map((path) => dirname(path)));
  const host = ts.createCompilerHost(options);
  const { fileExists, readFile, getSourceFile, directoryExists } = host;
  host.fileExists = (path) => files.has(path) || fileExists(path);
  host.readFile = (path) => files.get(path) ?? readFile(path);
  host.directoryExists = (path) => folders.has(path) || directoryExists?.(path) === true;
  host.getSourceFile = (path, version) => {
    const text = files.get(path);
    return text === undefined ? getSourceFile(path, version) : ts.createSourceFile(path, text, version, true);
  };
  const program = ts.createProgram(paths, { ...options, ...settings }, host);
  const errors = new Map<string, string[]>();
  for (const [index, { place }] of examples.entries()) {
    const file = program.getSourceFile(paths[index] ?? "");
    const found = ts.getPreEmitDiagnostics(program, file);
    errors.set(
      place,
      found.map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, "\n")),
    );
  }
  return errors;
}

/** Where an example would stand, if it were written: those of one document in a folder. */
function pathOf({ place, name }: Example, index: number): string {
  if (name === undefined) return join(projectRoot, `example-${index}.ts`);
  const [document = ""] = place.split(":");
  return join(projectRoot, `examples-of-${document.replaceAll(/\W/g, "-")}`, name.replace(/js$/, "ts"));
}
