import ts from "typescript";

const { factory } = ts;

/**
 * Declares each schema by its exported name, an object as an interface, and refers to it by that: editors and compilers
 * then show the name. Of an alias of a part of `components` they show all that it stands for.
 */
export function nameSchemas(nodes: readonly ts.Node[]): ts.Node[] {
  const schemas = new Map(schemaMembers(nodes).map((member) => [nameOf(member), member]));
  const exported = new Map<string, string>();
  for (const node of nodes) {
    const name = ts.isTypeAliasDeclaration(node) ? aliased(node) : undefined;
    if (name === undefined || !ts.isTypeAliasDeclaration(node) || !schemas.has(name)) continue;
    exported.set(name, node.name.text);
  }
  const renamed = withReferences(exported);
  return nodes.map((node) => {
    const name = ts.isTypeAliasDeclaration(node) ? aliased(node) : undefined;
    const schema = schemas.get(name ?? "");
    if (ts.isTypeAliasDeclaration(node) && schema?.type !== undefined)
      return declaration(node, schema, renamed(schema.type));
    return renamed(isNamed(node, "components") ? withoutTypes(node, exported) : node);
  });
}

type Referring = <Kind extends ts.Node>(node: Kind) => Kind;

/** Replaces `components["schemas"]["Order"]` by `Order`. */
function withReferences(exported: ReadonlyMap<string, string>): Referring {
  const transformer: ts.TransformerFactory<ts.Node> = (context) => {
    const visit = (node: ts.Node): ts.Node => {
      const name = exported.get(referenced(node) ?? "");
      return name === undefined
        ? ts.visitEachChild(node, visit, context)
        : factory.createTypeReferenceNode(name);
    };
    return visit;
  };
  // What a type reference or a declaration is made of stays one: only types are replaced.
  return <Kind extends ts.Node>(node: Kind) =>
    ts.transform<ts.Node>(node, [transformer]).transformed[0] as Kind;
}

/** The schema that a node refers to: `Order` for `components["schemas"]["Order"]`. */
function referenced(node: ts.Node): string | undefined {
  if (!ts.isIndexedAccessTypeNode(node) || !ts.isIndexedAccessTypeNode(node.objectType)) return undefined;
  const { objectType, indexType } = node.objectType;
  const isComponent =
    ts.isTypeReferenceNode(objectType) &&
    ts.isIdentifier(objectType.typeName) &&
    objectType.typeName.text === "components";
  return isComponent && literal(indexType) === "schemas" ? literal(node.indexType) : undefined;
}

function literal(type: ts.TypeNode): string | undefined {
  return ts.isLiteralTypeNode(type) && ts.isStringLiteral(type.literal) ? type.literal.text : undefined;
}

/** The schema that an alias of openapi-typescript's stands for. It writes the reference as a name with brackets. */
function aliased({ type }: ts.TypeAliasDeclaration): string | undefined {
  if (!ts.isTypeReferenceNode(type) || !ts.isIdentifier(type.typeName)) return undefined;
  return /^components\['schemas'\]\['(.+)'\]$/.exec(type.typeName.text)?.[1];
}

/** `export interface Order { … }`, or `export type OrderStatus = …` for what is no object. */
function declaration(
  { modifiers, name }: ts.TypeAliasDeclaration,
  schema: ts.PropertySignature,
  type: ts.TypeNode,
): ts.Node {
  const declared = ts.isTypeLiteralNode(type)
    ? factory.createInterfaceDeclaration(modifiers, name, undefined, undefined, type.members)
    : factory.createTypeAliasDeclaration(modifiers, name, undefined, type);
  return ts.setSyntheticLeadingComments(declared, ts.getSyntheticLeadingComments(schema));
}

/** `components` with a reference in place of each type that is declared by its name. */
function withoutTypes(
  components: ts.InterfaceDeclaration,
  exported: ReadonlyMap<string, string>,
): ts.InterfaceDeclaration {
  const members = components.members.map((section) => {
    if (!ts.isPropertySignature(section) || section.type === undefined || nameOf(section) !== "schemas")
      return section;
    if (!ts.isTypeLiteralNode(section.type)) return section;
    const schemas = section.type.members.map((schema) => {
      const name = ts.isPropertySignature(schema) ? exported.get(nameOf(schema)) : undefined;
      if (name === undefined || !ts.isPropertySignature(schema)) return schema;
      const { modifiers, questionToken } = schema;
      const reference = factory.createTypeReferenceNode(name);
      return factory.createPropertySignature(modifiers, schema.name, questionToken, reference);
    });
    const { modifiers, name, questionToken } = section;
    const type = factory.createTypeLiteralNode(schemas);
    return factory.updatePropertySignature(section, modifiers, name, questionToken, type);
  });
  const { modifiers, name, typeParameters, heritageClauses } = components;
  return factory.updateInterfaceDeclaration(
    components,
    modifiers,
    name,
    typeParameters,
    heritageClauses,
    members,
  );
}

function schemaMembers(nodes: readonly ts.Node[]): ts.PropertySignature[] {
  const sections = nodes.find((node) => isNamed(node, "components"))?.members.filter(ts.isPropertySignature);
  const type = sections?.find((section) => nameOf(section) === "schemas")?.type;
  return type !== undefined && ts.isTypeLiteralNode(type) ? type.members.filter(ts.isPropertySignature) : [];
}

function isNamed(node: ts.Node, name: string): node is ts.InterfaceDeclaration {
  return ts.isInterfaceDeclaration(node) && node.name.text === name;
}

function nameOf({ name }: ts.PropertySignature): string {
  return ts.isIdentifier(name) || ts.isStringLiteral(name) ? name.text : "";
}
