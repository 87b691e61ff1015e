import ts from "typescript";
import { dereference, isObject, type Json, type JsonObject } from "../../document/document.ts";
import type { SpellingChange } from "./spelling-changes.ts";

/** The way from an order to each of its shapes, as files of orders and what is printed of them write it. */
function pathsOf(document: JsonObject): Map<string, string[]> {
  const paths = new Map<string, string[]>();
  const walk = (schema: Json | undefined, path: string, around: readonly string[]): void => {
    if (!isObject(schema)) return;
    const shape = /^#\/components\/schemas\/([^/]+)$/.exec(String(schema.$ref))?.[1];
    if (shape !== undefined && around.includes(shape)) return;
    if (shape !== undefined) paths.set(shape, [...(paths.get(shape) ?? []), path]);
    const seen = dereference(document, schema);
    if (!isObject(seen)) return;
    const inner = shape === undefined ? around : [...around, shape];
    for (const [name, child] of Object.entries(isObject(seen.properties) ? seen.properties : {})) {
      walk(child, path === "" ? name : `${path}.${name}`, inner);
    }
    walk(seen.items, `${path}[0]`, inner);
  };
  walk({ $ref: "#/components/schemas/OrderRequest" }, "", []);
  return paths;
}

/**
 * Files that name a field by its path, `customer.address.zipCode`, with its new name: columns of examples, and documents
 * that show what is printed of them. `renamed` holds the texts of those that were renamed in another way already.
 */
export function renameColumns(
  root: string,
  before: JsonObject,
  changes: readonly SpellingChange[],
  renamed: ReadonlyMap<string, string>,
): Map<string, string> {
  const paths = pathsOf(before);
  const columns = changes.flatMap(({ place: [shape = "", ...within], from, to }) =>
    (paths.get(shape) ?? []).map((path) => {
      const parts = [path, ...within].filter((part) => part !== "");
      return { from: [...parts, from].join("."), to: [...parts, to].join(".") };
    }),
  );
  const texts = new Map<string, string>();
  if (columns.length === 0) return texts;
  const files = ["src", "docs", "examples"].flatMap((folder) =>
    ts.sys.directoryExists(`${root}/${folder}`)
      ? ts.sys.readDirectory(`${root}/${folder}`, [".csv", ".md"], ["**/node_modules"])
      : [],
  );
  for (const file of ["README.md", "COMMAND.md", ...files.map((path) => path.slice(root.length + 1))]) {
    const text = renamed.get(file) ?? ts.sys.readFile(`${root}/${file}`) ?? "";
    const next = columns.reduce((done, { from, to }) => {
      const whole = from.replaceAll(/[.[\]]/g, "\\$&");
      return done.replaceAll(new RegExp(`(?<![\\w.?])${whole}(?!\\w)`, "g"), () => to);
    }, text);
    if (next !== text) texts.set(file, next);
  }
  return texts;
}
