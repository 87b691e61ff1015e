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
  const schemas = schemaNames(file);
  const source: Source = { file, schemas };
  const found = new Map<string, string>();
  const members = (node: ts.InterfaceDeclaration | ts.TypeLiteralNode, prefix: string): void => {
    for (const member of node.members) {
      if (!ts.isPropertySignature(member) || member.type === undefined) continue;
      const name = textOf(member.name);
      if (prefix === "components/" && ts.isTypeLiteralNode(member.type)) members(member.type, `${name}/`);
      else if (prefix !== "schemas/" || schemas.get(referred(member.type) ?? "") !== name)
        found.set(prefix + name, canonical(member.type, source));
    }
  };
  for (const statement of file.statements) {
    const schema = isDeclaration(statement) ? schemas.get(statement.name.text) : undefined;
    if (schema !== undefined) found.set(`schemas/${schema}`, canonical(statement, source));
    else if (ts.isInterfaceDeclaration(statement)) members(statement, `${statement.name.text}/`);
    if (!ts.isVariableStatement(statement)) continue;
    for (const { name, initializer } of statement.declarationList.declarations) {
      if (initializer && ts.isIdentifier(name)) found.set(name.text, canonical(initializer, source));
    }
  }
  return found;
}

interface Source {
  readonly file: ts.SourceFile;
  /** Name of a declaration → the schema that it declares. */
  readonly schemas: ReadonlyMap<string, string>;
}

/** The declarations that `components` refers to for its schemas. */
function schemaNames({ statements }: ts.SourceFile): Map<string, string> {
  const declared = new Set(statements.filter(isDeclaration).map(({ name }) => name.text));
  const components = statements
    .filter(ts.isInterfaceDeclaration)
    .find(({ name }) => name.text === "components");
  const sections = components?.members.filter(ts.isPropertySignature) ?? [];
  const schemas = sections.find(({ name }) => textOf(name) === "schemas")?.type;
  const names = new Map<string, string>();
  if (schemas === undefined || !ts.isTypeLiteralNode(schemas)) return names;
  for (const { name, type } of schemas.members.filter(ts.isPropertySignature)) {
    const reference = type && referred(type);
    if (reference !== undefined && declared.has(reference)) names.set(reference, textOf(name));
  }
  return names;
}

type Declaration = ts.InterfaceDeclaration | ts.TypeAliasDeclaration;

function isDeclaration(node: ts.Node): node is Declaration {
  return ts.isInterfaceDeclaration(node) || ts.isTypeAliasDeclaration(node);
}

/** The name that a type is alone. */
function referred(type: ts.Node): string | undefined {
  const isName = ts.isTypeReferenceNode(type) && type.typeArguments === undefined;
  return isName && ts.isIdentifier(type.typeName) ? type.typeName.text : undefined;
}

function textOf(name: ts.PropertyName): string {
  return ts.isIdentifier(name) || ts.isStringLiteral(name) ? name.text : "";
}

/**
 * A node's text without comments, its members, alternatives and elements in one order, and every reference to a schema as
 * one to a part of `components`.
 */
function canonical(node: ts.Node, source: Source): string {
  const parts = (nodes: readonly ts.Node[], between: string): string =>
    nodes
      .map((child) => canonical(child, source))
      .sort()
      .join(between);
  const { file, schemas } = source;
  if (ts.isTypeLiteralNode(node) || ts.isInterfaceDeclaration(node))
    return `{ ${parts(node.members, "; ")} }`;
  if (ts.isTypeAliasDeclaration(node)) return canonical(node.type, source);
  if (ts.isUnionTypeNode(node)) return parts(node.types, " | ");
  if (ts.isArrayLiteralExpression(node)) return `[${parts(node.elements, ", ")}]`;
  if (ts.isLiteralTypeNode(node)) return canonical(node.literal, source);
  if (ts.isIndexedAccessTypeNode(node))
    return `${canonical(node.objectType, source)}[${canonical(node.indexType, source)}]`;
  const name = referred(node);
  const schema = schemas.get(name ?? "");
  if (schema !== undefined) return `components["schemas"][${JSON.stringify(schema)}]`;
  if (name !== undefined) return name;
  if (ts.isPropertySignature(node) && node.type !== undefined) {
    const readonly = node.modifiers === undefined ? "" : "readonly ";
    const optional = node.questionToken === undefined ? "" : "?";
    return `${readonly}${node.name.getText(file)}${optional}: ${canonical(node.type, source)}`;
  }
  const children: string[] = [];
  node.forEachChild((child) => {
    children.push(canonical(child, source));
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
