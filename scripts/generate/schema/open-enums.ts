import ts from "typescript";
import { dereference, isObject, type Json, type JsonObject } from "../../document/document.ts";
import { schemaRoles } from "../../document/schema-roles.ts";

const { factory } = ts;

/** What the generated file says first: the type of a value that no enum lists. */
export const unknownType = `
/**
 * A value of a response that the document does not list: an API may add one at any time. \`matchStatus\` has a case for it.
 * Its value is known only at run time. To the compiler it is a string that equals no listed value, and no other string
 * can be assigned to it.
 *
 * @typeParam Name The enum that does not list it, such as \`"OrderStatus"\`.
 */
export type Unknown<Name extends string, Base extends string | number = \`unknown \${Name}\`> = Base & {
  /** The enum. It exists only for the compiler. */
  readonly "~unknown": Name;
};
`;

/** A property as openapi-typescript hands it over, with its schema and its place. */
export type OpenProperty = (
  property: ts.PropertySignature,
  schema: Json,
  place: string,
) => ts.PropertySignature;

/**
 * Opens the enums of what programs only read: a property there may also hold a value that the document does not list. In
 * what programs send, or both send and read, enums stay closed.
 */
export function openEnums(document: JsonObject): OpenProperty {
  const roles = schemaRoles(document);
  return (property, schema, place) => {
    const [, , section = "", name = "", ...rest] = place.split("/");
    const isRead =
      section === "schemas" ? roles.get(name) === "response" : /\/(responses|webhooks)\//.test(place);
    const found = isRead ? enumOf(document, schema) : undefined;
    if (found === undefined || property.type === undefined) return property;
    const { values, named = [name, ...rest].map(capitalised).join("") } = found;
    const { modifiers, questionToken, type } = property;
    const open = opened(type, unknownOf(named, values));
    return factory.updatePropertySignature(property, modifiers, property.name, questionToken, open);
  };
}

interface FoundEnum {
  readonly values: readonly Json[];
  /** The component that it is, if it is one. */
  readonly named?: string;
}

/** The enum that a schema is, refers to, or is a list of. */
function enumOf(document: JsonObject, schema: Json | undefined): FoundEnum | undefined {
  if (!isObject(schema)) return undefined;
  const target = dereference(document, schema);
  if (!isObject(target)) return undefined;
  const named = typeof schema.$ref === "string" ? schema.$ref.split("/").at(-1) : undefined;
  if (Array.isArray(target.enum)) return { values: target.enum, ...(named !== undefined && { named }) };
  const inner = Array.isArray(target.allOf) && target.allOf.length === 1 ? target.allOf[0] : target.items;
  return enumOf(document, inner);
}

/** `T` → `T | Unknown`, and `T[]` → `(T | Unknown)[]`. */
function opened(type: ts.TypeNode, unknown: ts.TypeNode): ts.TypeNode {
  if (ts.isArrayTypeNode(type)) return factory.createArrayTypeNode(opened(type.elementType, unknown));
  const types = ts.isUnionTypeNode(type) ? type.types : [type];
  return factory.createUnionTypeNode([...types, unknown]);
}

function unknownOf(name: string, values: readonly Json[]): ts.TypeNode {
  const literal = factory.createLiteralTypeNode(factory.createStringLiteral(name));
  const number = factory.createKeywordTypeNode(ts.SyntaxKind.NumberKeyword);
  const isNumeric = values.every((value) => typeof value === "number" || value === null);
  return factory.createTypeReferenceNode("Unknown", isNumeric ? [literal, number] : [literal]);
}

function capitalised(word: string): string {
  return word.charAt(0).toUpperCase() + word.slice(1);
}
