import { relative } from "node:path";
import ts from "typescript";
import { snippetsIn } from "./snippets.ts";

/** A module that uses the types, as TypeScript sees it, and where it stands in a file of the project. */
export interface Module {
  readonly path: string;
  readonly text: string;
  /** The file, relative to the project, and the place in it of an offset in the module. */
  readonly file: string;
  place(offset: number): number;
}

/** Files of data that are read as a type of ours. */
const data: Readonly<Record<string, string>> = {
  "examples/script/orders.json":
    'readonly { reference: string; order: import("juniper-fulfillment").OrderRequest }[]',
};

/** Every module of the project that is written by hand: sources, the snippets in documents and comments, and data. */
export function modulesOf(root: string, { fileNames }: ts.ParsedCommandLine): Module[] {
  const found = (folder: string, ...extensions: string[]): string[] =>
    ts.sys.directoryExists(`${root}/${folder}`)
      ? ts.sys.readDirectory(`${root}/${folder}`, extensions, ["**/node_modules"])
      : [];
  const sources = [...fileNames, ...found("examples", ".mjs"), ...found("bench", ".mjs")];
  const documents = [
    `${root}/README.md`,
    ...found("docs", ".md"),
    ...found("examples", ".md"),
    ...found("src", ".ts"),
  ];
  return [
    ...sources.map((path) => ({
      path,
      text: read(path),
      file: relative(root, path),
      place: (offset: number) => offset,
    })),
    ...documents.flatMap((path) => snippetModules(root, path)),
    ...Object.entries(data).flatMap(([file, type]) => dataModule(root, file, type)),
  ];
}

function snippetModules(root: string, path: string): Module[] {
  const text = read(path);
  const starts = [0, ...[...text.matchAll(/\n/g)].map(({ index }) => index + 1)];
  const file = relative(root, path);
  return snippetsIn(text).map(({ line, lines }) => ({
    path: `${root}/snippet-${file.replaceAll(/\W/g, "-")}-${line}.ts`,
    text: `${lines.map(({ code }) => code).join("\n")}\nexport {};\n`,
    file,
    place(offset) {
      let rest = offset;
      for (const [index, { margin, code }] of lines.entries()) {
        if (rest <= code.length) return (starts[line + index] ?? 0) + margin.length + rest;
        rest -= code.length + 1;
      }
      throw new Error(`${file} has no place for an edit of its snippet in line ${line + 1}.`);
    },
  }));
}

function dataModule(root: string, file: string, type: string): Module[] {
  if (!ts.sys.fileExists(`${root}/${file}`)) return [];
  const declaration = `export const data: ${type} = `;
  return [
    {
      path: `${root}/data-${file.replaceAll(/\W/g, "-")}.ts`,
      text: declaration + read(`${root}/${file}`),
      file,
      place: (offset) => offset - declaration.length,
    },
  ];
}

function read(path: string): string {
  return ts.sys.readFile(path) ?? "";
}
