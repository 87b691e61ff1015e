import ts from "typescript";

/** A string that spells a property's name, which the language service doesn't rename. */
export interface KeyLiteral {
  /** Of the word within the quotes. */
  readonly start: number;
  /** Whether it is a key of the property's own type. Any other is somebody's to look at. */
  readonly isKey: boolean;
}

/**
 * The strings of a module that stand for a property: `Pick<Address, "zipCode">`, `Omit<…>`, `Exclude<keyof …>`, and
 * arguments such as those of `pick(address, "zipCode")`. A key is known by the type that stands beside it, and has
 * that very property. Of other strings only those are found that TypeScript takes for one of several names.
 */
export function findKeyLiterals(
  checker: ts.TypeChecker,
  module: ts.SourceFile,
  property: ts.PropertySignature,
): KeyLiteral[] {
  const name = (property.name as ts.Identifier | ts.StringLiteral).text; // What a schema declares has one of these.
  const found: KeyLiteral[] = [];
  const has = (type: ts.Type): boolean =>
    (type.isUnion() ? type.types : [type]).some((one) =>
      checker.getPropertyOfType(checker.getNonNullableType(one), name)?.declarations?.includes(property),
    );
  const hasNode = (node: ts.Node): boolean => {
    if (ts.isTypeOperatorNode(node) && node.operator === ts.SyntaxKind.KeyOfKeyword)
      return hasNode(node.type);
    return has(ts.isTypeNode(node) ? checker.getTypeFromTypeNode(node) : checker.getTypeAtLocation(node));
  };
  const visit = (node: ts.Node): void => {
    if (ts.isStringLiteral(node) && node.text === name) {
      const isKey = neighbours(checker, node).some(hasNode);
      if (isKey || isOneOfSeveral(checker, node)) found.push({ start: node.getStart(module) + 1, isKey });
    }
    ts.forEachChild(node, visit);
  };
  visit(module);
  return found;
}

/** What the string may be a key of, by where it stands. */
function neighbours(checker: ts.TypeChecker, literal: ts.StringLiteral): readonly ts.Node[] {
  let node: ts.Node = literal;
  while (
    ts.isLiteralTypeNode(node.parent) ||
    ts.isUnionTypeNode(node.parent) ||
    ts.isParenthesizedTypeNode(node.parent)
  ) {
    node = node.parent;
  }
  const { parent } = node;
  if (ts.isIndexedAccessTypeNode(parent)) return [parent.objectType];
  if (ts.isBinaryExpression(parent) && parent.operatorToken.kind === ts.SyntaxKind.InKeyword)
    return [parent.right];
  if (ts.isCallExpression(parent))
    return isKeyed(checker, parent, literal) ? others(parent.arguments, node) : [];
  return ts.isTypeReferenceNode(parent) || ts.isExpressionWithTypeArguments(parent)
    ? others(parent.typeArguments ?? [], node)
    : [];
}

function others(list: readonly ts.Node[], node: ts.Node): ts.Node[] {
  return list.filter((other) => other !== node);
}

/** Whether the call asks for a key. Where it takes any string, a word is no name: `Object.hasOwn` is the exception. */
function isKeyed(checker: ts.TypeChecker, call: ts.CallExpression, literal: ts.StringLiteral): boolean {
  return isOneOfSeveral(checker, literal) || call.expression.getText() === "Object.hasOwn";
}

/** A plain string may say anything; one of several literals is a name. */
function isOneOfSeveral(checker: ts.TypeChecker, literal: ts.StringLiteral): boolean {
  if (ts.isLiteralTypeNode(literal.parent)) return true;
  const type = checker.getContextualType(literal);
  return (
    type?.isUnion() === true && type.types.some((one) => one.isStringLiteral() && one.value === literal.text)
  );
}
