import { type Json, type JsonObject, resolvePointer } from "../document/document.ts";

const string = (description: string, more: JsonObject = {}): JsonObject => ({
  type: "string",
  description,
  ...more,
});

/** The document with so many schemas more, which refer to each other, and an operation that returns every third. */
export function largeDocument(document: JsonObject, schemas: number): JsonObject {
  const large = structuredClone(document);
  const components = resolvePointer(large, "#/components/schemas") as JsonObject; // The published document has some.
  const paths = large.paths as JsonObject;
  const reference = (number: number): Json => ({ $ref: `#/components/schemas/Large${number}` });
  for (let number = 0; number < schemas; number++) {
    components[`Large${number}`] = {
      type: "object",
      description: "One of many.",
      required: ["id", "state"],
      properties: {
        id: string("Its identifier."),
        state: string("How far it is.", { enum: [`NEW_${number}`, "DONE"] }),
        createdAt: string("When it was made.", { format: "date-time" }),
        amount: { type: "number", description: "How much it costs." },
        tags: { type: "array", description: "What it is filed under.", items: { type: "string" } },
        ...(number > 0 && { parent: reference(Math.floor(number / 2)) }),
      },
    };
    if (number % 3 > 0) continue;
    const content = { "application/json": { schema: reference(number) } };
    paths[`/large/${number}`] = {
      get: {
        operationId: `getLarge${number}`,
        summary: "Read one of many",
        responses: { "200": { description: "One of many.", content } },
      },
    };
  }
  return large;
}
