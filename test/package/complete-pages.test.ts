import { readFileSync } from "node:fs";
import { join } from "node:path";
import * as main from "juniper-fulfillment";
import ts from "typescript";
import { describe, expect, test } from "vitest";
import { projectRoot } from "../../scripts/package/project-root.ts";

const read = (path: string): string => readFileSync(join(projectRoot, path), "utf8");

/** The names of an interface's members. */
function membersOf(path: string, name: string): string[] {
  const source = ts.createSourceFile(path, read(path), ts.ScriptTarget.Latest);
  const found = source.statements.filter(ts.isInterfaceDeclaration).filter((one) => one.name.text === name);
  return found.flatMap(({ members }) => members.map((member) => (member.name as ts.Identifier).text));
}

describe("docs/options.md lists every option of", () => {
  test.each([
    ["src/wrapper/options.ts", "FulfillmentClientOptions", ""],
    ["src/wrapper/options.ts", "Credentials", ""],
    ["src/wrapper/options.ts", "CallLimitOptions", ""],
    ["src/wrapper/options.ts", "NodeOptions", "node."],
    ["src/wrapper/hooks.ts", "Hooks", ""],
  ])("%s, %s", (path, name, prefix) => {
    const page = read("docs/options.md");
    const members = membersOf(path, name).filter((member) => member !== "node");
    expect(members.length).toBeGreaterThan(2);
    expect(members.filter((member) => !page.includes(`\`${prefix}${member}\``))).toEqual([]);
  });
});

test("the README and docs/errors.md name every error", () => {
  const pages = read("README.md") + read("docs/errors.md");
  const errors = Object.entries(main)
    .filter(([, value]) => typeof value === "function" && value.prototype instanceof Error)
    .map(([name]) => name);
  expect(errors.length).toBeGreaterThan(10);
  expect(errors.filter((name) => !pages.includes(`\`${name}\``))).toEqual([]);
});
