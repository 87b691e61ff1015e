import { pointerOf } from "../../src/cli/document/json-pointer.ts";
import {
  dereference,
  isObject,
  type Json,
  type JsonObject,
  jsonSchema,
  listOperations,
  visitObjects,
} from "../document/document.ts";

/** A property of a schema, with its place and what stands beside it. */
export interface Property {
  readonly pointer: string;
  readonly name: string;
  readonly schema: JsonObject;
  readonly siblings: JsonObject;
}

/** Every property of every schema. */
export function properties(document: JsonObject): Property[] {
  const found: Property[] = [];
  visitObjects(document, (object, pointer) => {
    if (!isObject(object.properties)) return;
    for (const [name, schema] of Object.entries(object.properties)) {
      if (!isObject(schema)) continue;
      found.push({
        pointer: pointerOf(["properties", name], pointer),
        name,
        schema,
        siblings: object.properties,
      });
    }
  });
  return found;
}

/** Every list of text values that a schema is held to. */
export function enumValues(document: JsonObject): { pointer: string; values: string[] }[] {
  const found: { pointer: string; values: string[] }[] = [];
  visitObjects(document, (object, pointer) => {
    const values = Array.isArray(object.enum) ? object.enum.filter((value) => typeof value === "string") : [];
    if (values.length > 0) found.push({ pointer, values });
  });
  return found;
}

/** The properties of each error's body, with the types that tell shapes apart. */
export function errorShapes(document: JsonObject): { key: string; status: string; shape: string }[] {
  return listOperations(document).flatMap(({ key, operation }) =>
    Object.entries(isObject(operation.responses) ? operation.responses : {})
      .filter(([status]) => /^[45]/.test(status))
      .map(([status, response]) => ({ key, status, shape: shapeOf(document, response) })),
  );
}

function shapeOf(document: JsonObject, response: Json): string {
  const schema = dereference(document, jsonSchema(document, response));
  const members = isObject(schema) && isObject(schema.properties) ? Object.entries(schema.properties) : [];
  return members
    .map(([name, member]) => {
      const type = dereference(document, member);
      return `\`${name}\`${isObject(type) && typeof type.type === "string" ? ` (${type.type})` : ""}`;
    })
    .sort()
    .join(", ");
}

/** Every description that speaks of a sum that has to be right. */
export function sumSentences(document: JsonObject): { pointer: string; text: string }[] {
  const found: { pointer: string; text: string }[] = [];
  visitObjects(document, ({ description }, pointer) => {
    if (typeof description !== "string") return;
    if (/\b(must|has to|have to|should)\b[^.]*\b(add up|sum|total|equal)\b/i.test(description)) {
      found.push({ pointer, text: description });
    }
  });
  return found;
}
