import ts from "typescript";

/** Where `src/generated/schema.ts` declares a property of a schema; undefined if it doesn't. */
export function propertyDeclaration(
  schema: ts.SourceFile,
  place: readonly string[],
  name: string,
): ts.PropertySignature | undefined {
  const components = schema.statements.find(
    (statement): statement is ts.InterfaceDeclaration =>
      ts.isInterfaceDeclaration(statement) && statement.name.text === "components",
  );
  const [shape = "", ...way] = place;
  const schemas = typeMembers(memberOf(components?.members ?? [], "schemas")?.type);
  let members = schemaMembers(schema, memberOf(schemas, shape)?.type);
  for (const step of way) members = typeMembers(memberOf(members, step)?.type);
  return memberOf(members, name);
}

/** The members of a schema, which `components` refers to by the name of its declaration. */
function schemaMembers(schema: ts.SourceFile, type: ts.TypeNode | undefined): readonly ts.TypeElement[] {
  if (type === undefined || !ts.isTypeReferenceNode(type)) return typeMembers(type);
  const name = type.typeName.getText(schema);
  for (const statement of schema.statements) {
    if (ts.isInterfaceDeclaration(statement) && statement.name.text === name) return statement.members;
    if (ts.isTypeAliasDeclaration(statement) && statement.name.text === name)
      return typeMembers(statement.type);
  }
  return [];
}

function memberOf(members: readonly ts.TypeElement[], name: string): ts.PropertySignature | undefined {
  return members.find(
    (member): member is ts.PropertySignature =>
      ts.isPropertySignature(member) && ts.isPropertyName(member.name) && textOf(member.name) === name,
  );
}

function textOf(name: ts.PropertyName): string | undefined {
  return ts.isIdentifier(name) || ts.isStringLiteral(name) ? name.text : undefined;
}

/** The members of an object type, also within lists and compositions. */
function typeMembers(type: ts.TypeNode | undefined): readonly ts.TypeElement[] {
  if (type === undefined) return [];
  if (ts.isTypeLiteralNode(type)) return type.members;
  if (ts.isArrayTypeNode(type)) return typeMembers(type.elementType);
  if (ts.isParenthesizedTypeNode(type)) return typeMembers(type.type);
  return ts.isUnionTypeNode(type) || ts.isIntersectionTypeNode(type) ? type.types.flatMap(typeMembers) : [];
}
