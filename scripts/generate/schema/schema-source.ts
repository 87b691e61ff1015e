import openapiTS, { astToString } from "openapi-typescript";
import ts from "typescript";
import { GenerationError, type Json, parseDocument } from "../../document/document.ts";
import { message } from "../../document/message.ts";
import { notice } from "../sources.ts";
import { nameSchemas } from "./named-schemas.ts";
import { openEnums, unknownType } from "./open-enums.ts";

/** The text of `src/generated/schema.ts`. `corrected` is the text of the corrected document. */
export async function schemaSource(corrected: string): Promise<string> {
  const open = openEnums(parseDocument(corrected, "the corrected document"));
  const nodes = await openapiTS(corrected, {
    enumValues: true,
    rootTypes: true,
    rootTypesNoSchemaPrefix: true,
    defaultNonNullable: false,
    silent: true,
    transformProperty: (property, schema, { path = "" }) => open(property, schema as unknown as Json, path), // What was read from the text.,
  }).catch((error: unknown) => {
    const reason = error instanceof Error ? error.message : error;
    throw new GenerationError([message`openapi-typescript can't make types of the document: ${reason}.`]);
  });
  const named = nameSchemas(nodes.filter(isOfUse));
  return `/** ${notice} */\n${unknownType}\n${astToString(named.map(withLiterals))}`;
}

/** The types that openapi-typescript gives its arrays of values serve nothing else. */
function isOfUse(node: ts.Node): boolean {
  return (
    !ts.isTypeAliasDeclaration(node) || !["FlattenedDeepRequired", "ReadonlyArray"].includes(node.name.text)
  );
}

/** Gives an array of an enum's values the type of just those values. */
function withLiterals(node: ts.Node): ts.Node {
  if (!ts.isVariableStatement(node)) return node;
  const { factory } = ts;
  const declarations = node.declarationList.declarations.map((declaration) => {
    const { name, exclamationToken, initializer } = declaration;
    if (initializer === undefined || !ts.isArrayLiteralExpression(initializer)) return declaration;
    const literals = initializer.elements.map((element) =>
      factory.createLiteralTypeNode(element as ts.LiteralTypeNode["literal"]),
    );
    const tuple = ts.setEmitFlags(factory.createTupleTypeNode(literals), ts.EmitFlags.SingleLine);
    const type = factory.createTypeOperatorNode(ts.SyntaxKind.ReadonlyKeyword, tuple);
    return factory.updateVariableDeclaration(declaration, name, exclamationToken, type, initializer);
  });
  const list = factory.createVariableDeclarationList(declarations, node.declarationList.flags);
  return factory.updateVariableStatement(node, node.modifiers, list);
}
