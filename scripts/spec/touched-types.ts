import ts from "typescript";

export interface TouchedTypes {
  readonly added: readonly string[];
  readonly removed: readonly string[];
  /** Declared differently. */
  readonly changed: readonly string[];
  /** Declared as before, out of something that changed. */
  readonly affected: readonly string[];
}

/** Compares what two texts of `src/generated/schema.ts` export, comments and the order of members apart. */
export function compareTypes(before: string, after: string): TouchedTypes {
  const old = declarations(before);
  const now = declarations(after);
  const changedPlaces = new Set(
    [...new Set([...old.keys(), ...now.keys()])].filter((place) => old.get(place) !== now.get(place)),
  );
  const affectedPlaces = spread(changedPlaces, now);
  const names = (places: ReadonlySet<string>, keep: (place: string) => boolean): string[] =>
    [...new Set([...places].filter(keep).map(publicName))].sort();
  const added = names(changedPlaces, (place) => !old.has(place));
  const removed = names(changedPlaces, (place) => !now.has(place));
  const changed = names(changedPlaces, (place) => old.has(place) && now.has(place));
  const affected = names(affectedPlaces, (place) => !changedPlaces.has(place));
  // Paths and operations are listed on their own, and are made of nearly everything.
  const isNew = (name: string): boolean => !changed.includes(name) && !name.includes("[");
  return { added, removed, changed, affected: affected.filter(isNew) };
}

/** Each declaration with its place: `schemas/Order`, `operations/createOrder`, or the name of an exported value. */
export function declarations(text: string): Map<string, string> {
  const file = ts.createSourceFile("schema.ts", text, ts.ScriptTarget.Latest);
  const found = new Map<string, string>();
  const members = (node: ts.InterfaceDeclaration | ts.TypeLiteralNode, prefix: string): void => {
    for (const member of node.members) {
      if (!ts.isPropertySignature(member) || member.type === undefined) continue;
      const name = ts.isIdentifier(member.name) || ts.isStringLiteral(member.name) ? member.name.text : "";
      if (prefix === "components/" && ts.isTypeLiteralNode(member.type)) members(member.type, `${name}/`);
      else found.set(prefix + name, canonical(member.type, file));
    }
  };
  for (const statement of file.statements) {
    if (ts.isInterfaceDeclaration(statement)) members(statement, `${statement.name.text}/`);
    if (!ts.isVariableStatement(statement)) continue;
    for (const { name, initializer } of statement.declarationList.declarations) {
      if (initializer && ts.isIdentifier(name)) found.set(name.text, canonical(initializer, file));
    }
  }
  return found;
}

/** A node's text without comments, its members, alternatives and elements in one order. */
function canonical(node: ts.Node, file: ts.SourceFile): string {
  const parts = (nodes: readonly ts.Node[], between: string): string =>
    nodes
      .map((child) => canonical(child, file))
      .sort()
      .join(between);
  if (ts.isTypeLiteralNode(node)) return `{ ${parts(node.members, "; ")} }`;
  if (ts.isUnionTypeNode(node)) return parts(node.types, " | ");
  if (ts.isArrayLiteralExpression(node)) return `[${parts(node.elements, ", ")}]`;
  if (ts.isPropertySignature(node) && node.type !== undefined) {
    const readonly = node.modifiers === undefined ? "" : "readonly ";
    const optional = node.questionToken === undefined ? "" : "?";
    return `${readonly}${node.name.getText(file)}${optional}: ${canonical(node.type, file)}`;
  }
  const children: string[] = [];
  node.forEachChild((child) => {
    children.push(canonical(child, file));
  });
  return children.length === 0 ? node.getText(file) : `${ts.SyntaxKind[node.kind]}(${children.join(" ")})`;
}

/** The places that refer to one of these, directly or through others. */
export function spread(start: ReadonlySet<string>, all: ReadonlyMap<string, string>): Set<string> {
  const reached = new Set(start);
  for (let size = -1; size !== reached.size; ) {
    size = reached.size;
    for (const [place, text] of all) {
      if (!reached.has(place) && references(text).some((other) => reached.has(other))) reached.add(place);
    }
  }
  return reached;
}

/** `components["schemas"]["Order"]` and `operations["createOrder"]` in a canonical text, as places. */
function references(text: string): string[] {
  const words = [...text.matchAll(/"([^"]*)"/g)].map(([, word = ""]) => word);
  return words.flatMap((word, index) => [`${words[index - 1]}/${word}`, `operations/${word}`]);
}

/** The name under which a user finds a place. */
export function publicName(place: string): string {
  const [section = "", ...rest] = place.split("/");
  const name = rest.join("/");
  const prefixes: Readonly<Record<string, string>> = {
    schemas: "",
    responses: "Response",
    parameters: "Parameter",
    requestBodies: "RequestBody",
    headers: "Header",
    pathItems: "PathItem",
  };
  if (name === "") return section;
  const prefix = prefixes[section];
  return prefix === undefined ? `${section}["${name}"]` : prefix + name;
}
