import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import ts from "typescript";

const folder = "test/contract";

/** The contract tests that call one of the operations, or speak of one of the discrepancies: `file: test`. */
export async function touchedTests(
  root: string,
  operations: readonly string[],
  ids: readonly string[],
): Promise<string[]> {
  const names = await readdir(join(root, folder)).catch(() => []);
  const touched: string[] = [];
  for (const name of names.filter((file) => file.endsWith(".test.ts")).sort()) {
    const text = await readFile(join(root, folder, name), "utf8");
    const file = ts.createSourceFile(name, text, ts.ScriptTarget.Latest, true);
    for (const { key, owner } of callsIn(file)) {
      if (operations.includes(key)) touched.push(`${folder}/${name}: ${owner}`);
    }
    for (const owner of testsIn(file)) {
      if (ids.some((id) => owner.includes(id))) touched.push(`${folder}/${name}: ${owner}`);
    }
    // The tests of the corrections are made from the overlay, and have their ids from there.
    if (ids.length > 0 && /\$\{id\}:/.test(text)) {
      touched.push(...ids.map((id) => `${folder}/${name}: ${id}`));
    }
  }
  return [...new Set(touched)];
}

/** Each call such as `client.POST("/orders", …)`, and the test or the entry of a table that it stands in. */
function callsIn(file: ts.SourceFile): { key: string; owner: string }[] {
  const calls: { key: string; owner: string }[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isCallExpression(node) && ts.isPropertyAccessExpression(node.expression)) {
      const method = node.expression.name.text;
      if (/^(GET|PUT|POST|PATCH|DELETE)$/.test(method)) {
        for (const path of pathsOf(node)) calls.push({ key: `${method} ${path}`, owner: ownerOf(node) });
      }
    }
    node.forEachChild(visit);
  };
  visit(file);
  return calls;
}

/** A literal path, or the paths of the loop around the call. */
function pathsOf(call: ts.CallExpression): string[] {
  const [path] = call.arguments;
  if (path !== undefined && ts.isStringLiteral(path)) return [path.text];
  const loop = enclosing(call, ts.isForOfStatement);
  const list = loop && (ts.isAsExpression(loop.expression) ? loop.expression.expression : loop.expression);
  return list && ts.isArrayLiteralExpression(list)
    ? list.elements.filter(ts.isStringLiteral).map(({ text }) => text)
    : [];
}

function ownerOf(call: ts.Node): string {
  const test = enclosing(call, isTest);
  if (test !== undefined) return titleOf(test);
  const entry = enclosing(call, ts.isPropertyAssignment);
  return entry === undefined ? "its set-up" : entry.name.getText();
}

function testsIn(file: ts.SourceFile): string[] {
  const titles: string[] = [];
  const visit = (node: ts.Node): void => {
    if (isTest(node)) titles.push(titleOf(node));
    node.forEachChild(visit);
  };
  visit(file);
  return titles;
}

function isTest(node: ts.Node): node is ts.CallExpression {
  return ts.isCallExpression(node) && ts.isIdentifier(node.expression) && node.expression.text === "test";
}

function titleOf(test: ts.CallExpression): string {
  return (test.arguments[0]?.getText() ?? "").slice(1, -1);
}

function enclosing<Kind extends ts.Node>(
  node: ts.Node,
  is: (node: ts.Node) => node is Kind,
): Kind | undefined {
  for (let parent = node.parent; parent !== undefined; parent = parent.parent) if (is(parent)) return parent;
  return undefined;
}
