import ts from "typescript";
import type { ReferenceTask } from "./reference-tasks.ts";

/** What is generated from the vendor's document, and speaks its words. */
export interface GeneratedSchema {
  /** The text of `src/generated/schema.ts`. */
  readonly schema: string;
  /** What the document says of each schema. */
  readonly sentences: ReadonlyMap<string, string>;
}

/**
 * A program of the package's sources as TypeDoc is to read them. The files on disk stay as they are.
 *
 * - The exports of a task are a file of their own, in memory.
 * - `@throws {ApiError} when …` becomes `@throws {@link ApiError} when …`: TypeDoc drops a type in braces.
 * - The generated types get a sentence each, and the named schemas are shown with their properties.
 */
export function documentedProgram(
  tasks: readonly ReferenceTask[],
  options: ts.CompilerOptions,
  { schema, sentences }: GeneratedSchema,
): ts.Program {
  const host = ts.createCompilerHost(options, true);
  const { getSourceFile } = host;
  const modules = modulesOf(tasks);
  host.getSourceFile = (path, version, onError) => {
    const task = tasks.find(({ file }) => file === path);
    const isOurs = path.includes("/src/") && !path.includes("/node_modules/");
    const text = task?.text ?? (isOurs ? host.readFile(path) : undefined);
    if (text === undefined) return getSourceFile(path, version, onError);
    const name = path.slice(path.lastIndexOf("/src/"));
    const documented =
      name === "/src/generated/schema.ts"
        ? describeSchema(schema, sentences)
        : name === "/src/generated/pagination.ts"
          ? text.replace(/^ {2}"/gm, '  /** The property that holds the items. */ "')
          : linkExports(text, modules);
    return ts.createSourceFile(path, documented, version, true);
  };
  const program = ts.createProgram(
    tasks.map(({ file }) => file),
    options,
    host,
  );
  // TypeDoc leaves out in silence what it can't read.
  const faults = ts.getPreEmitDiagnostics(program);
  if (faults.length > 0) throw new Error(ts.formatDiagnostics(faults.slice(0, 5), diagnosticsHost));
  return program;
}

const diagnosticsHost: ts.FormatDiagnosticsHost = {
  getCurrentDirectory: () => process.cwd(),
  getCanonicalFileName: (path) => path,
  getNewLine: () => "\n",
};

/** The task that each name is exported by. */
function modulesOf(tasks: readonly ReferenceTask[]): Map<string, string> {
  const modules = new Map<string, string>();
  for (const { name, text } of tasks) {
    for (const [, names = ""] of text.matchAll(/export (?:type )?\{([^}]*)\}/g)) {
      for (const [exported] of names.replace(/\btype /g, "").matchAll(/\w+/g)) modules.set(exported, name);
    }
  }
  return modules;
}

/** TypeDoc looks for a name in the module of the comment alone, so a link says which task exports it. */
function linkExports(text: string, modules: ReadonlyMap<string, string>): string {
  return text
    .replace(/@throws \{(\w+)\}/g, (_, name) =>
      name === "Error" ? "@throws `Error`" : `@throws {@link ${name}}`,
    )
    .replace(/\{@link (\w+)\}/g, (link, name) =>
      modules.has(name) ? `{@link ${modules.get(name)}!${name} | ${name}}` : link,
    );
}

/** The sections of the generated types that stand for whole parts of the document. */
const sectionSentences: Readonly<Record<string, string>> = {
  paths: "Every path of the document with its operations: the type argument of an openapi-fetch client.",
  webhooks: "Every webhook of the document.",
  components: "The document's components. Each schema is also exported by its name.",
  operations: "Every operation of the document, by its `operationId`.",
  $defs: "Nothing: the document has no definitions outside its components.",
};

function describeSchema(text: string, sentences: ReadonlyMap<string, string>): string {
  const inOurWords = withHarmlessComments(text)
    .replace(/@description /g, "")
    .replace(/@example (.+?)( \*\/)?$/gm, "For example `$1`.$2")
    .replace(/@enum \{\w+\}/g, "");
  return describeDeclarations(inOurWords, sentences)
    .replace(/^export (interface|type) (paths|webhooks|components|operations|\$defs)\b/gm, (line, _, name) =>
      comment(`${sectionSentences[name]} @group Generated`, line),
    )
    .replace(/^export const (\w+)/gm, (line, name) =>
      comment(
        `The values of \`${name.replace(/Values$/, "")}\`, for checks at run time. @group Values`,
        line,
      ),
    )
    .replace(/^export type (Response|Parameter|RequestBody)(\w+) = .*$/gm, (line, kind, name) =>
      comment(`The ${kindNames[kind]} \`${name}\` of the document's components. @group Generated`, line),
    );
}

/**
 * The comments of a text with nothing in them that TypeDoc or Markdown acts on: they hold the vendor's words.
 * `{@include}` would put a file of this machine into the page, a tag would become one of the page's own, and a fence that
 * is never closed would swallow what follows.
 */
export function withHarmlessComments(text: string): string {
  const scanner = ts.createScanner(ts.ScriptTarget.Latest, false, ts.LanguageVariant.Standard, text);
  let result = "";
  for (let kind = scanner.scan(); kind !== ts.SyntaxKind.EndOfFileToken; kind = scanner.scan()) {
    const token = scanner.getTokenText();
    result += kind === ts.SyntaxKind.MultiLineCommentTrivia ? harmless(token) : token;
  }
  return result;
}

function harmless(text: string): string {
  return text.replace(/[<[{~#|\\]|`{2,}|:{2,}|(?<=\s)@(?!description|example|enum|group)/g, (characters) =>
    [...characters].map((character) => `&#${character.charCodeAt(0)};`).join(""),
  );
}

const kindNames: Readonly<Record<string, string>> = {
  Response: "response",
  Parameter: "parameter",
  RequestBody: "request body",
};

/** Gives the declaration of each schema its sentence, and so each of its properties. */
function describeDeclarations(text: string, sentences: ReadonlyMap<string, string>): string {
  const file = ts.createSourceFile("schema.ts", text, ts.ScriptTarget.Latest);
  return file.statements.reduceRight((done, statement) => {
    const isType = ts.isInterfaceDeclaration(statement) || ts.isTypeAliasDeclaration(statement);
    const sentence = isType ? sentences.get(statement.name.text) : undefined;
    if (sentence === undefined) return done;
    const declaration = describeProperties(statement.getText(file), sentences);
    const described = `\n${comment(`${sentence} @group Schemas`, declaration)}`;
    return done.slice(0, statement.pos) + described + done.slice(statement.end);
  }, text);
}

function describeProperties(declaration: string, sentences: ReadonlyMap<string, string>): string {
  const lines = declaration.split("\n");
  const described = lines.map((line, index) => {
    const property = /^\s+(?:readonly )?(?:[\w$]+|"[^"]*")\??: (\w*)/.exec(line);
    if (property === null || lines[index - 1]?.trim().endsWith("*/")) return line;
    // The document says it of the schema that the property refers to, or not at all.
    const sentence = sentences.get(property[1] ?? "") ?? "The document does not describe it.";
    return comment(sentence, line.trimStart());
  });
  return described.join("\n");
}

function comment(sentence: string, line: string): string {
  return `/** ${harmless(sentence.trim()).replaceAll("*/", "*&#47;")} */ ${line}`;
}
