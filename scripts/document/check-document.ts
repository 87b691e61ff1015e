import { structureProblems } from "./check-structure.ts";
import {
  GenerationError,
  httpMethods,
  isObject,
  type JsonObject,
  resolvePointer,
  visitObjects,
} from "./document.ts";
import { message } from "./message.ts";
import { outsideReferences } from "./outside-references.ts";

/** Refuses a document that isn't OpenAPI 3, can't be laid out, names an operation twice, or refers to what isn't there. */
export function checkDocument(document: JsonObject, name: string): void {
  if (typeof document.openapi !== "string" || !/^3\.\d+\.\d+$/.test(document.openapi)) {
    const version = document.openapi === undefined ? "no `openapi`" : `\`openapi: ${document.openapi}\``;
    const found =
      document.swagger === undefined ? `${version}, not \`3.x.y\`` : `Swagger ${document.swagger}`;
    throw new GenerationError([message`${name} is not an OpenAPI 3 document: it has ${found}.`]);
  }
  const problems = [
    ...structureProblems(document, name),
    ...duplicateOperationIds(document, name),
    ...brokenReferences(document, name),
  ];
  if (problems.length > 0) throw new GenerationError(problems);
}

function duplicateOperationIds(document: JsonObject, name: string): string[] {
  const places = new Map<string, string[]>();
  for (const section of ["paths", "webhooks"]) {
    const items = document[section];
    for (const [path, item] of isObject(items) ? Object.entries(items) : []) {
      for (const method of httpMethods) {
        const operation = isObject(item) ? item[method] : undefined;
        if (!isObject(operation) || typeof operation.operationId !== "string") continue;
        const list = places.get(operation.operationId) ?? [];
        places.set(operation.operationId, [...list, `${method.toUpperCase()} ${path}`]);
      }
    }
  }
  return [...places]
    .filter(([, operations]) => operations.length > 1)
    .map(
      ([id, operations]) =>
        message`${name}: operationId "${id}" names ${operations.join(" and ")}. Give each operation a name of its own.`,
    );
}

function brokenReferences(document: JsonObject, name: string): string[] {
  const problems: string[] = [];
  for (const { reference, pointer } of outsideReferences(document)) {
    problems.push(
      message`${name}: $ref "${reference}" at ${pointer} leaves the document. Bundle it into one file.`,
    );
  }
  visitObjects(document, (object, pointer) => {
    const reference = object.$ref;
    if (
      typeof reference === "string" &&
      reference.startsWith("#") &&
      resolvePointer(document, reference) === undefined
    ) {
      const id = typeof object["x-discrepancy"] === "string" ? `${object["x-discrepancy"]}: ` : "";
      problems.push(
        message`${id}${name}: $ref "${reference}" at ${pointer} points at nothing. Add what it names, or correct the reference.`,
      );
    }
  });
  return problems;
}
