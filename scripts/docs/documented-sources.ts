import ts from "typescript";

/**
 * A program of the package's sources as TypeDoc is to read them. The files on disk stay as they are; what
 * changes keeps its line, so that "Defined in" is right.
 *
 * - `@throws {ApiError} when …` becomes `@throws {@link ApiError} when …`: TypeDoc drops a type in braces.
 * - The generated types get a sentence each, and the named schemas are shown with their properties.
 */
export function documentedProgram(
  entryFiles: readonly string[],
  options: ts.CompilerOptions,
  schemaSentences: ReadonlyMap<string, string>,
): ts.Program {
  const host = ts.createCompilerHost(options, true);
  const { getSourceFile } = host;
  host.getSourceFile = (path, version, onError) => {
    const isOurs = path.includes("/src/") && !path.includes("/node_modules/");
    const text = isOurs ? host.readFile(path) : undefined;
    if (text === undefined) return getSourceFile(path, version, onError);
    const name = path.slice(path.lastIndexOf("/src/"));
    const documented =
      name === "/src/generated/schema.ts"
        ? describeSchema(text, schemaSentences)
        : name === "/src/generated/pagination.ts"
          ? text.replace(/^ {2}"/gm, '  /** The property that holds the items. */ "')
          : linkErrors(text, name.startsWith("/src/wrapper/"));
    return ts.createSourceFile(path, documented, version, true);
  };
  const program = ts.createProgram(entryFiles, options, host);
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

function linkErrors(text: string, isOfMainEntry: boolean): string {
  return text.replace(/@throws \{(\w+)\}/g, (_, name) => {
    if (name === "Error") return "@throws `Error`";
    // TypeDoc looks in the file's own entry. The errors are all exported by the main one.
    return isOfMainEntry
      ? `@throws {@link ${name}}`
      : `@throws {@link juniper-fulfillment!${name} | ${name}}`;
  });
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
    .replace(/@enum \{\w+\}/g, "")
    // A schema refers to another by its exported name, so that the reference can link to it.
    .replace(/components\["schemas"\]\["(\w+)"\]/g, "$1");
  return inOurWords
    .replace(/^export type (\w+) = components\['schemas'\].*$/gm, (_, name) =>
      comment(`${sentences.get(name)} @group Schemas`, declarationOf(inOurWords, name, sentences)),
    )
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
 * The comments of a text with nothing in them that TypeDoc acts on: they hold the vendor's words. `{@include}` would
 * put a file of this machine into the page, and a tag would become one of the page's own.
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
  return text.replaceAll("{@", "{&#64;").replaceAll("<", "&lt;");
}

const kindNames: Readonly<Record<string, string>> = {
  Response: "response",
  Parameter: "parameter",
  RequestBody: "request body",
};

/** A named schema as a declaration of its own: as an alias of a part of `components`, it would show as that. */
function declarationOf(text: string, name: string, sentences: ReadonlyMap<string, string>): string {
  const type = new RegExp(`^        ${name}: (.+|\\{\\n[^]*?^        \\}(?: & .+)?);$`, "m").exec(text)?.[1];
  if (type === undefined) throw new Error(`src/generated/schema.ts declares no schema ${name}.`);
  const lines = type.split("\n");
  const described = lines.map((line, index) => {
    const property = /^\s+(?:readonly )?(?:[\w$]+|"[^"]*")\??: (\w*)/.exec(line);
    if (property === null || lines[index - 1]?.trim().endsWith("*/")) return line;
    // The document says it of the schema that the property refers to, or not at all.
    const sentence = sentences.get(property[1] ?? "") ?? "The document does not describe it.";
    return comment(sentence, line.trimStart());
  });
  const declaration = described.join("\n");
  return /^\{[^&]*\}$/.test(declaration)
    ? `export interface ${name} ${declaration}`
    : `export type ${name} = ${declaration};`;
}

function comment(sentence: string, line: string): string {
  return `/** ${harmless(sentence.trim()).replaceAll("*/", "*&#47;")} */ ${line}`;
}
