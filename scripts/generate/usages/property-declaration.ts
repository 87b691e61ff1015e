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
  let members: readonly ts.TypeElement[] = components?.members ?? [];
  for (const step of ["schemas", ...place]) {
    const type = memberOf(members, step)?.type;
    members = type === undefined ? [] : membersOf(type);
  }
  return memberOf(members, name);
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
function membersOf(type: ts.TypeNode): readonly ts.TypeElement[] {
  if (ts.isTypeLiteralNode(type)) return type.members;
  if (ts.isArrayTypeNode(type)) return membersOf(type.elementType);
  if (ts.isParenthesizedTypeNode(type)) return membersOf(type.type);
  return ts.isUnionTypeNode(type) || ts.isIntersectionTypeNode(type) ? type.types.flatMap(membersOf) : [];
}
