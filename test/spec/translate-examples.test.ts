import { describe, expect, test } from "vitest";
import type { JsonObject } from "../../scripts/document/document.ts";
import { translateExamples } from "../../scripts/generate/translate-examples.ts";

const address = { type: "object", properties: { zipCode: { type: "string", "x-wire-name": "zip" } } };
const kind = { type: "string", enum: ["ONE_TIME"], "x-wire-values": { ONE_TIME: "ONE-TIME" } };

/** The example of a body after translation. Its schema may refer to Address and Tree. */
function translated(schema: JsonObject, example: unknown): unknown {
  const document = {
    components: {
      schemas: {
        Address: address,
        Tree: {
          allOf: [{ $ref: "#/components/schemas/Address" }],
          properties: { next: { $ref: "#/components/schemas/Tree" } },
        },
        Root: { ...schema, examples: [example] } as JsonObject,
      },
    },
    paths: { "/things": { get: { content: { "application/json": { schema, example } } } } },
  } as unknown as JsonObject;
  const { components, paths } = translateExamples(document) as typeof document & {
    components: { schemas: { Root: { examples: unknown[] } } };
    paths: { "/things": { get: { content: { "application/json": { example: unknown } } } } };
  };
  const body = paths["/things"].get.content["application/json"].example;
  expect(components.schemas.Root.examples).toEqual([body]);
  return body;
}

describe("an example of the vendor's is put into the user's spelling", () => {
  test("in properties, lists, maps and values", () => {
    const schema = {
      properties: {
        to: { $ref: "#/components/schemas/Address" },
        all: { type: "array", items: { oneOf: [{ $ref: "#/components/schemas/Address" }] } },
        kind,
      },
      additionalProperties: { $ref: "#/components/schemas/Address" },
    } as unknown as JsonObject;
    expect(
      translated(schema, {
        to: { zip: "1" },
        all: [{ zip: "2", a: 1 }],
        kind: "ONE-TIME",
        other: { zip: "3" },
      }),
    ).toEqual({
      to: { zipCode: "1" },
      all: [{ zipCode: "2", a: 1 }],
      kind: "ONE_TIME",
      other: { zipCode: "3" },
    });
  });

  test("in schemas that contain themselves", () => {
    const tree = { $ref: "#/components/schemas/Tree" };
    expect(translated(tree, { zip: "1", next: { zip: "2", next: { zip: "3" } } })).toEqual({
      zipCode: "1",
      next: { zipCode: "2", next: { zipCode: "3" } },
    });
  });

  test("and one that is in it already stays as it is, as does what no schema describes", () => {
    expect(translated(address as unknown as JsonObject, { zipCode: "1", zip: "2" })).toEqual({
      zipCode: "1",
      zip: "2",
    });
    expect(translated({ type: "object" }, { to: { zip: "1" } })).toEqual({ to: { zip: "1" } });
  });
});
