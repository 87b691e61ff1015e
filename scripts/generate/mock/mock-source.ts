import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { JsonObject } from "../../document/document.ts";
import { projectRoot } from "../../package/project-root.ts";
import { documentTable } from "./mock-tables.ts";
import { SchemaCollector } from "./schema-checks.ts";

/** The packages of which parts are in the checks. */
const packages = ["ajv", "ajv-formats", "fast-deep-equal"];

/** The text of `src/generated/mock-documents.ts`: the documents as the mock in process serves them. */
export async function mockSource(
  notice: string,
  documents: Readonly<Record<string, JsonObject>>,
): Promise<string> {
  const schemas = new SchemaCollector();
  const tables = Object.entries(documents).map(([name, document]) => {
    const operations = Object.entries(documentTable(document, schemas));
    const lines = operations.map(([key, table]) => `    ${JSON.stringify(key)}: ${JSON.stringify(table)},`);
    return `  ${name}: {\n${lines.join("\n")}\n  },`;
  });
  const code = await schemas.compile();
  return `/** ${notice} */
// @ts-nocheck: the checks were compiled from the documents' schemas.

/** What a check found. */
export interface CheckFault {
  readonly instancePath: string;
  readonly keyword: string;
  readonly message?: string;
  readonly params: Readonly<Record<string, unknown>>;
}

/** Returns whether a value is what a schema allows, and leaves behind what is wrong with it. */
export interface Check {
  (value: unknown): boolean;
  readonly errors?: readonly CheckFault[] | null;
}

/** The parameters of one place, by their names in lower case. */
export interface ParametersTable {
  readonly check: string;
  readonly names: readonly string[];
  /** What separates the items of each list; null where the parameter is repeated. */
  readonly lists?: Readonly<Record<string, string | null>>;
}

/** A body of one media type. A form has fields. */
export interface MediaTable {
  readonly check?: string;
  readonly fields?: readonly string[];
}

/** A response: its example, and what checks one of our own. */
export interface ResponseTable {
  readonly contentType?: string;
  readonly check?: string;
  readonly example?: unknown;
  readonly examples?: Readonly<Record<string, unknown>>;
  readonly headers?: Readonly<Record<string, string>>;
}

/** An operation: what it takes, and what it responds with. Each \`check\` is a name in \`checks\`. */
export interface OperationTable {
  readonly needsToken: boolean;
  readonly header?: ParametersTable;
  readonly query?: ParametersTable;
  readonly path?: ParametersTable;
  readonly body?: { readonly required: boolean; readonly contents: Readonly<Record<string, MediaTable>> };
  readonly responses: Readonly<Record<string, ResponseTable>>;
}

/** Operation, such as \`GET /orders\` → its table. */
export type DocumentTable = Readonly<Record<string, OperationTable>>;

export const documents: { ${Object.keys(documents)
    .map((name) => `readonly ${name}: DocumentTable`)
    .join("; ")} } = {
${tables.join("\n")}
};

${await licenses()}
${code.trim()}

export const checks: Readonly<Record<string, Check>> = compiled.checks;
`;
}

/** The licence under which the parts are, with the owner of each. It goes wherever the code goes. */
async function licenses(): Promise<string> {
  const texts = await Promise.all(
    packages.map((name) => readFile(join(projectRoot, "node_modules", name, "LICENSE"), "utf8")),
  );
  const owners = texts.map((text, index) => `${packages[index]}: ${/^Copyright .*$/m.exec(text)?.[0]}`);
  const terms = texts[0]?.split(/^Copyright .*$/m)[1]?.trim() ?? "";
  const lines = ["The MIT License", "", ...owners, "", ...terms.split("\n")];
  return `/*!\n${lines.map((line) => ` * ${line}`.trimEnd()).join("\n")}\n */`;
}
