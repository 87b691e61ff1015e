import { beforeAll, describe, expect, test } from "vitest";
import type { JsonObject } from "../../scripts/document/document.ts";
import { type Layout, layOutWire, readLayout } from "../../scripts/generate/generate-files.ts";
import { projectRoot } from "../../scripts/package/project-root.ts";
import { published } from "../support/documents.ts";

// biome-ignore lint/suspicious/noExplicitAny: the edits below know the document.
type Editable = any;

let layout: Layout;
beforeAll(async () => {
  layout = await readLayout(projectRoot);
});

function edited(edit: (document: Editable) => void): JsonObject {
  const document: Editable = structuredClone(published);
  edit(document);
  return document;
}

const at = (index: number): JsonObject => ({ $ref: `#/components/schemas/Ring${index}` });

/** The document with so many components, each made from the reference to the next, and the last from the first's. */
function withRing(size: number, link: (next: JsonObject, index: number) => JsonObject): JsonObject {
  return edited(({ components }) => {
    for (let index = 0; index < size; index++) {
      components.schemas[`Ring${index}`] = link(at((index + 1) % size), index);
    }
    components.schemas.Order.properties.ring = at(0);
  });
}

const textOf = (document: JsonObject): string => JSON.stringify(document);

describe("a ring of two thousand references", () => {
  test.each<[string, (next: JsonObject) => JsonObject, RegExp]>([
    [
      "that are nothing else",
      (next) => next,
      /Order\.ring: #\/components\/schemas\/Ring\d+ leads back to itself/,
    ],
    [
      "each in an `allOf` of its own",
      (next) => ({ allOf: [next], description: "A link." }),
      /Order\.ring: #\/components\/schemas\/Ring\d+ leads back to itself/,
    ],
    [
      "each beside another branch",
      (next) => ({ allOf: [next, { type: "object", properties: { a: { type: "string" } } }] }),
      /Ring0: its `allOf` contains itself/,
    ],
    ["each twice in an `allOf`", (next) => ({ allOf: [next, next] }), /Ring0: its `allOf` contains itself/],
  ])("%s is refused with its place", (_how, link, words) => {
    expect(() => layOutWire(textOf(withRing(2_000, link)), layout)).toThrow(words);
  });

  test("between responses is refused with its place", () => {
    const document = edited(({ components, paths }) => {
      for (let index = 0; index < 2_000; index++) {
        components.responses[`Ring${index}`] = { $ref: `#/components/responses/Ring${(index + 1) % 2_000}` };
      }
      paths["/orders"].get.responses["500"] = { $ref: "#/components/responses/Ring0" };
    });
    expect(() => layOutWire(textOf(document), layout)).toThrow(
      /listOrders\.500: .* points at nothing, or at itself/,
    );
  });
});

test.each([3, 2_000])("a ring of %d shapes, from property to property, is laid out as it is", (size) => {
  const document = withRing(size, (next, index) => ({
    type: "object",
    description: `Link ${index}.`,
    properties: { next },
  }));
  const { wire } = layOutWire(textOf(document), layout);
  const { schemas } = wire.components as { schemas: Editable };
  expect(schemas.Order.properties.ring).toEqual(at(0));
  for (let index = 0; index < size; index++) {
    const { description, properties } = schemas[`Ring${index}`];
    expect(description).toBe(`Link ${index}.`);
    expect(properties.next).toEqual(at((index + 1) % size));
  }
});

test("a chain that is put together of each part twice is one object, and soon", () => {
  const document = withRing(60, (next, index) =>
    index === 59 ? { type: "object", properties: { end: { type: "string" } } } : { allOf: [next, next] },
  );
  const { wire } = layOutWire(textOf(document), layout);
  const { schemas } = wire.components as { schemas: Editable };
  expect(schemas.Ring0).toEqual({
    type: "object",
    properties: { end: { type: "string" } },
  });
});

describe("a reference with `nullable` beside it, in OpenAPI 3.0", () => {
  const laidOut = (
    place: (document: Editable, reference: JsonObject) => void,
    reference: JsonObject,
  ): Editable => {
    const document = edited((one) => {
      one.openapi = "3.0.3";
      place(one, reference);
    });
    return (layOutWire(textOf(document), layout).wire.components as Editable).schemas;
  };

  test("to a shape of ours is that shape or null", () => {
    const schemas = laidOut(
      ({ components }, reference) => (components.schemas.Order.properties.customer = reference),
      { $ref: "#/components/schemas/OrderCustomer", nullable: true },
    );
    expect(schemas.Order.properties.customer).toEqual({
      anyOf: [{ $ref: "#/components/schemas/OrderCustomer" }, { type: "null" }],
    });
    expect(schemas.OrderCustomer.type).toBe("object");
  });

  test("to anything else is written out, with null among its types", () => {
    const schemas = laidOut(
      ({ components }, reference) => {
        components.schemas.Colour = { type: "string", enum: ["red", "green"] };
        components.schemas.Product.properties.colour = reference;
      },
      { $ref: "#/components/schemas/Colour", nullable: true, description: "Its colour, if it has one." },
    );
    expect(schemas.Product.properties.colour).toEqual({
      type: ["string", "null"],
      enum: ["red", "green", null],
      description: "Its colour, if it has one.",
    });
  });

  test("is no null where it says false", () => {
    const schemas = laidOut(
      ({ components }, reference) => (components.schemas.Order.properties.customer = reference),
      { $ref: "#/components/schemas/OrderCustomer", nullable: false },
    );
    expect(schemas.Order.properties.customer).toEqual({ $ref: "#/components/schemas/OrderCustomer" });
  });
});
