import { join } from "node:path";
import ts from "typescript";
import type { Probe } from "./probes.ts";

const helpers = `import type * as Old from "./before.ts";
import type * as New from "./after.ts";
import type { ErrorResponse, MediaType, OkStatus, SuccessResponse } from "openapi-typescript-helpers";
type Full<T> = T extends readonly (infer Item)[] ? Full<Item>[] : T extends object ? { [Key in keyof T]-?: Full<T[Key]> } : T;
type Loose<T> = T extends readonly (infer Item)[] ? Loose<Item>[] : T extends object ? { [Key in keyof T]: Loose<T[Key]> } : true;
type Used<T> = { [Key in keyof T as [Exclude<T[Key], undefined>] extends [never] ? never : Key]: T[Key] };
type Sent<T, Media = unknown> = (T extends { parameters: infer P } ? { parameters: Used<P> } : {}) & Body<Used<T>, Media>;
type Body<T, Media> = T extends { requestBody: { content: infer C } } ? { body: C[keyof C & Media] } : T extends { requestBody?: { content: infer C } } ? { body?: C[keyof C & Media] } : {};
type Medias<T> = T extends { requestBody?: infer B } ? Exclude<B, undefined> extends { content: infer C } ? keyof C : never : never;
type Statuses<T> = Extract<keyof Responses<T>, OkStatus>;
type Responses<T> = T extends { responses: infer R extends Record<string | number, any> } ? R : {};
type Data<T> = SuccessResponse<Responses<T>, MediaType>;
type Failure<T> = ErrorResponse<Responses<T>, MediaType>;
type Known<T, Before> = [Before] extends [undefined] ? never : T;
`;

/** What every program is checked with: TypeScript's own declarations, and those of openapi-typescript. */
const libraries = new Map<string, ts.SourceFile>();

/** The probes that don't compile, by their number. */
export function failedProbes(before: string, after: string, probes: readonly Probe[]): Set<number> {
  if (probes.length === 0) return new Set();
  const folder = join(process.cwd(), "rated-types");
  const lines = probes.map(
    ({ from, to }, index) => `export const p${index} = (value: ${from}): ${to} => value;`,
  );
  const texts = new Map([
    [join(folder, "before.ts"), before],
    [join(folder, "after.ts"), after],
    [join(folder, "probes.ts"), `${helpers}${lines.join("\n")}\n`],
  ]);
  const options: ts.CompilerOptions = {
    strict: true,
    exactOptionalPropertyTypes: true,
    noEmit: true,
    skipLibCheck: true,
    allowImportingTsExtensions: true,
    target: ts.ScriptTarget.ES2022,
    module: ts.ModuleKind.ESNext,
    moduleResolution: ts.ModuleResolutionKind.Bundler,
    types: [],
  };
  const host = ts.createCompilerHost(options);
  const { getSourceFile, fileExists, readFile } = host;
  host.getSourceFile = (path, version, onError) => {
    const text = texts.get(path);
    if (text !== undefined) return ts.createSourceFile(path, text, version);
    const known = libraries.get(path) ?? getSourceFile(path, version, onError);
    if (known !== undefined) libraries.set(path, known);
    return known;
  };
  host.directoryExists = () => true;
  host.fileExists = (path) => texts.has(path) || fileExists(path);
  host.readFile = (path) => texts.get(path) ?? readFile(path);
  const file = join(folder, "probes.ts");
  const program = ts.createProgram([file], options, host);
  const source = program.getSourceFile(file);
  const offset = helpers.split("\n").length - 1;
  const failed = new Set<number>();
  for (const { start } of program.getSemanticDiagnostics(source)) {
    if (source === undefined || start === undefined) continue;
    failed.add(source.getLineAndCharacterOfPosition(start).line - offset);
  }
  return failed;
}
