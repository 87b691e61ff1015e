import { readFile } from "node:fs/promises";
import { join } from "node:path";
import ts from "typescript";

/** Names that the generated types use themselves. */
const builtIn = [
  ...["paths", "webhooks", "components", "operations", "$defs", "Unknown"],
  ...["Record", "Partial", "Required", "Readonly", "Pick", "Omit", "Exclude", "Extract", "Array", "Promise"],
  ...["Object", "Function", "String", "Number", "Boolean", "Date", "Error", "Symbol", "Map", "Set"],
];

/** Names that a shape of the vendor's must not take: what the package exports beside the generated types. */
export async function reservedNames(root: string): Promise<Set<string>> {
  const text = await readFile(join(root, "src/index.ts"), "utf8").catch(() => "");
  const file = ts.createSourceFile("index.ts", text, ts.ScriptTarget.Latest);
  const names = file.statements.flatMap((statement) => {
    const clause = ts.isExportDeclaration(statement) ? statement.exportClause : undefined;
    return clause !== undefined && ts.isNamedExports(clause)
      ? clause.elements.map(({ name }) => name.text)
      : [];
  });
  return new Set([...builtIn, ...names]);
}
