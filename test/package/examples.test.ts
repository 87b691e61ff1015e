import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import ts from "typescript";
import { describe, expect, test } from "vitest";
import { allExamples, examplesIn } from "../support/examples.ts";
import { execute } from "../support/execute.ts";
import { projectRoot } from "../support/project-root.ts";

const examples = allExamples();

/** Compiles every example as a module of its own, without writing any of them. */
function compileErrors(): Map<string, string[]> {
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

describe("the examples of the documentation", () => {
  const errors = compileErrors();
  for (const { place } of examples) {
    test(`compile: ${place}`, () => {
      expect(errors.get(place)).toEqual([]);
    });
  }

  test("are found", () => {
    expect(examples.length).toBeGreaterThan(5);
  });

  test("of the quick start run against the mock as they stand", async () => {
    const [quickStart] = examplesIn("README.md");
    const file = join(projectRoot, `quick-start-${process.pid}.mts`);
    await writeFile(file, quickStart?.code ?? "");
    try {
      const { exitCode, stdout, stderr } = await execute(
        "npx",
        ["tsx", "--conditions=juniper-fulfillment-source", file],
        projectRoot,
      );
      expect(stderr.replace(/^npm warn.*\n/gm, "")).toBe("");
      expect(stdout).toMatch(/^\w+ CREATED 94301\n$/);
      expect(exitCode).toBe(0);
    } finally {
      await rm(file, { force: true });
    }
  });
});
