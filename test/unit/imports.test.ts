import { readdirSync, readFileSync } from "node:fs";
import { relative } from "node:path";
import { fileURLToPath } from "node:url";
import ts from "typescript";
import { describe, expect, test } from "vitest";

const sourceRoot = fileURLToPath(new URL("../../src", import.meta.url));

/**
 * Which modules each module may import, from the top to the bottom. What a line names may also be imported by
 * every line above it. Types may be imported from anywhere further down.
 */
const layers: readonly (readonly string[])[] = [
  ["index", "stores/index"],
  ["stores/redis-store", "stores/sql-ledger"],
  ["wrapper/webhooks/webhook-handler"],
  ["wrapper/webhooks/delivery-log"],
  ["wrapper/webhooks/verify-webhook", "wrapper/webhooks/sign-webhook", "wrapper/webhooks/webhook-store"],
  ["wrapper/webhooks/secrets"],
  ["wrapper/webhooks/signature"],
  ["wrapper/submit-orders"],
  ["wrapper/batch", "wrapper/shared-pause", "wrapper/client", "wrapper/submit-order"],
  [
    "wrapper/auth",
    "wrapper/corrections",
    "wrapper/preflight",
    "wrapper/path-parameters",
    "wrapper/token-source",
  ],
  ["wrapper/lookup", "wrapper/token-request"],
  ["wrapper/paginate"],
  ["wrapper/retry", "wrapper/result", "wrapper/ledger"],
  ["wrapper/attempt"],
  ["wrapper/transport/node", "wrapper/transport/web"],
  ["wrapper/transport/node-handlers"],
  ["wrapper/transport/fetch", "wrapper/transport/failure", "wrapper/transport/light-request"],
  ["wrapper/transport/light-response"],
  ["wrapper/transport/delegate"],
  ["wrapper/transport/exchange", "wrapper/timing", "wrapper/digest"],
  ["wrapper/options"],
  ["wrapper/hooks"],
  ["wrapper/errors"],
  ["generated/corrections", "generated/pagination", "generated/schema"],
];

/** The one module that may import each package. */
const packages: Readonly<Record<string, string>> = {
  "openapi-fetch": "wrapper/client",
  undici: "wrapper/transport/node",
  oauth4webapi: "wrapper/token-request",
};

/** The modules that run on Node alone. */
const isForNode = (module: string): boolean =>
  module.startsWith("testing/") || module.startsWith("wrapper/transport/node");

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
  if (!specifier.startsWith(".")) return specifier;
  const url = new URL(specifier, `file:///src/${path}`);
  return relative("/src", url.pathname).replaceAll("\\", "/").replace(/\.ts$/, "");
}

const layerOf = (module: string): number => layers.findIndex((layer) => layer.includes(module));
const inPackage = (module: string): boolean => /^(index|wrapper|generated|testing|stores)\b/.test(module);

describe("imports", () => {
  test("each module has its place in the table", () => {
    const modules = new Set(imports.flatMap(({ from, to }) => [from, to]).filter(inPackage));
    const unplaced = [...modules].filter(
      (module) => !module.startsWith("testing/") && layerOf(module) === -1,
    );
    expect(unplaced).toEqual([]);
  });

  test("run one way, down the table", () => {
    const upward = imports.filter(({ from, to }) => {
      if (!inPackage(to) || from.startsWith("testing/")) return false;
      return to.startsWith("testing/") || layerOf(to) < layerOf(from);
    });
    expect(upward).toEqual([]);
  });

  test("of a package happen in one module", () => {
    const strays = imports.filter(({ from, to }) => packages[to] !== undefined && packages[to] !== from);
    expect(strays).toEqual([]);
  });

  test("of other packages, and of Node itself, happen in the testing kit and the node transport alone", () => {
    const outside = imports.filter(({ to }) => !inPackage(to) && packages[to] === undefined);
    expect(outside.filter(({ from }) => !isForNode(from))).toEqual([]);
  });
});

test.each(["index.ts", "stores/index.ts"])("%s re-exports and does nothing else", (path) => {
  const file = ts.createSourceFile(
    path,
    readFileSync(`${sourceRoot}/${path}`, "utf8"),
    ts.ScriptTarget.ES2022,
  );
  expect(file.statements.filter((statement) => !ts.isExportDeclaration(statement))).toEqual([]);
});
