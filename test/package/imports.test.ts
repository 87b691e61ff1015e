import { readdirSync, readFileSync } from "node:fs";
import { relative } from "node:path";
import { fileURLToPath } from "node:url";
import ts from "typescript";
import { describe, expect, test } from "vitest";

const sourceRoot = fileURLToPath(new URL("../../src", import.meta.url));

/** The rooms of the source, from the top to the bottom. A room may import from itself and from the rows below it. */
const rooms: readonly (readonly string[])[] = [
  ["cli"],
  ["index"],
  ["testing"],
  ["otel"],
  ["stores"],
  ["orders", "settings"],
  ["webhooks"],
  ["pagination"],
  ["wrapper/client"],
  ["wrapper/auth", "wrapper/corrections"],
  ["wrapper/transport"],
  ["wrapper"],
  ["generated"],
];

/** Files of a folder that stand on a floor of their own. */
const ownRooms: Readonly<Record<string, string>> = {
  "wrapper/call": "wrapper/client",
  "wrapper/warm-up": "wrapper/client",
  "wrapper/warm-up.browser": "wrapper/client",
};

/** The one module that may import each package. */
const packages: Readonly<Record<string, string>> = {
  "openapi-fetch": "wrapper/openapi-fetch",
  undici: "wrapper/transport/node-dispatcher",
};

/** The modules that run on Node alone. */
const isForNode = (module: string): boolean =>
  /^(testing|cli|otel)\/|^(wrapper\/transport\/node|stores\/folder-)/.test(module);

interface Import {
  readonly from: string;
  readonly to: string;
}

const imports: Import[] = readdirSync(sourceRoot, { recursive: true, encoding: "utf8" })
  .map((path) => path.replaceAll("\\", "/"))
  .filter((path) => path.endsWith(".ts"))
  .flatMap((path) => {
    const text = readFileSync(`${sourceRoot}/${path}`, "utf8");
    const from = path.replace(/\.ts$/, "");
    return ts
      .preProcessFile(text)
      .importedFiles.map(({ fileName }) => ({ from, to: target(path, fileName) }));
  });

function target(path: string, specifier: string): string {
  if (specifier === "#transport") return "wrapper/transport/node";
  if (specifier === "juniper-fulfillment") return "index";
  if (specifier.startsWith("juniper-fulfillment/"))
    return `${specifier.slice("juniper-fulfillment/".length)}/index`;
  if (!specifier.startsWith(".")) return specifier;
  const url = new URL(specifier, `file:///src/${path}`);
  return relative("/src", url.pathname).replaceAll("\\", "/").replace(/\.ts$/, "");
}

const names = rooms.flat().sort((a, b) => b.length - a.length);
const roomOf = (module: string): string =>
  ownRooms[module] ?? names.find((room) => module === room || module.startsWith(`${room}/`)) ?? "";
const rowOf = (module: string): number => rooms.findIndex((row) => row.includes(roomOf(module)));
const inside = imports.filter(({ to }) => rowOf(to) !== -1);

describe("imports", () => {
  test("each module has its place in the table", () => {
    const modules = [...new Set(imports.map(({ from }) => from))];
    expect(modules.filter((module) => rowOf(module) === -1)).toEqual([]);
  });

  test("run one way, down the table", () => {
    const upward = inside.filter(({ from, to }) => roomOf(from) !== roomOf(to) && rowOf(to) <= rowOf(from));
    expect(upward).toEqual([]);
  });

  test("never go in a circle", () => {
    const next = new Map<string, string[]>();
    for (const { from, to } of inside) next.set(from, [...(next.get(from) ?? []), to]);
    const finished = new Set<string>();
    const circle = (module: string, path: readonly string[]): readonly string[] | undefined => {
      if (path.includes(module)) return [...path.slice(path.indexOf(module)), module];
      if (finished.has(module)) return undefined;
      for (const target of next.get(module) ?? []) {
        const found = circle(target, [...path, module]);
        if (found !== undefined) return found;
      }
      finished.add(module);
      return undefined;
    };
    expect([...next.keys()].map((module) => circle(module, [])).find(Boolean)).toBeUndefined();
  });

  test("of a package happen in one module", () => {
    const strays = imports.filter(({ from, to }) => packages[to] !== undefined && packages[to] !== from);
    expect(strays).toEqual([]);
  });

  test("of other packages, and of Node itself, happen in the testing kit, the command, the tracing, the file ledger and the node transport alone", () => {
    const outside = imports.filter(({ to }) => rowOf(to) === -1 && packages[to] === undefined);
    expect(outside.filter(({ from }) => !isForNode(from))).toEqual([]);
  });
});

test.each(["index.ts", "otel/index.ts", "stores/index.ts"])("%s re-exports and does nothing else", (path) => {
  const file = ts.createSourceFile(
    path,
    readFileSync(`${sourceRoot}/${path}`, "utf8"),
    ts.ScriptTarget.ES2022,
  );
  expect(file.statements.filter((statement) => !ts.isExportDeclaration(statement))).toEqual([]);
});
