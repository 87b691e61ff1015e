import { describe, expect, test } from "vitest";
import type { JsonObject } from "../../scripts/document/document.ts";
import { collectCorrections } from "../../scripts/generate/wire-marks/collect-corrections.ts";
import type { CorrectionTable } from "../../scripts/generate/wire-marks/table.ts";
import {
  createCorrections,
  type CorrectionTable as RuntimeTable,
} from "../../src/wrapper/corrections/corrections.ts";

const zipCode = { type: "string", "x-wire-name": "zip", "x-discrepancy": "JH-01" };
const kind = {
  type: "string",
  enum: ["ONE_TIME"],
  "x-wire-values": { ONE_TIME: "ONE-TIME" },
  "x-discrepancy": "JH-02",
};

/** A document with one operation, `POST /things`, that takes and returns the schema. */
function documentOf(schema: object, schemas: object = {}, parameters: object[] = []): JsonObject {
  const content = { "application/json": { schema } };
  const post = { operationId: "a", parameters, requestBody: { content }, responses: { 200: { content } } };
  return {
    openapi: "3.1.0",
    paths: { "/things": { post } },
    components: { schemas },
  } as unknown as JsonObject;
}

/** What the runtime makes of a value by the table, on the way out and on the way in. */
function translate(table: CorrectionTable) {
  const corrections = createCorrections(new Set(), undefined, table as RuntimeTable);
  return {
    out: (value: unknown) => corrections.of("POST", "/things")?.request(value),
    in: (value: unknown) => corrections.of("POST", "/things")?.response(200, value),
    query: (value: unknown) => corrections.of("POST", "/things")?.query(value),
  };
}

function check(schema: object, schemas: object, user: unknown, wire: unknown): void {
  const { out, in: back } = translate(collectCorrections(documentOf(schema, schemas)));
  expect(out(user)).toEqual(wire);
  expect(back(structuredClone(wire))).toEqual(user);
}

const reference = (name: string) => ({ $ref: `#/components/schemas/${name}` });

describe("the walk follows", () => {
  const address = { type: "object", properties: { zipCode } };

  test("properties and references", () => {
    check(
      reference("Order"),
      { Order: { properties: { to: reference("Address") } }, Address: address },
      { to: { zipCode: "1" } },
      { to: { zip: "1" } },
    );
  });

  test("a mark beside a $ref", () => {
    const schema = {
      properties: {
        zipCode: { $ref: "#/components/schemas/Zip", "x-wire-name": "zip", "x-discrepancy": "JH-01" },
      },
    };
    check(schema, { Zip: { type: "string" } }, { zipCode: "1" }, { zip: "1" });
  });

  for (const keyword of ["allOf", "oneOf", "anyOf"]) {
    test(keyword, () => {
      const schema = { [keyword]: [{ properties: { name: { type: "string" } } }, reference("Address")] };
      check(schema, { Address: address }, { name: "n", zipCode: "1" }, { name: "n", zip: "1" });
    });
  }

  test("arrays, and arrays of arrays", () => {
    check(
      { type: "array", items: { type: "array", items: address } },
      {},
      [[{ zipCode: "1" }], []],
      [[{ zip: "1" }], []],
    );
  });

  test("additionalProperties, but not into what properties name", () => {
    const schema = { properties: { note: { type: "object" } }, additionalProperties: address };
    check(
      schema,
      {},
      { note: { zipCode: "1" }, home: { zipCode: "1" } },
      { note: { zipCode: "1" }, home: { zip: "1" } },
    );
  });

  test("enums, alone and in arrays", () => {
    check(
      { properties: { kinds: { type: "array", items: kind } } },
      {},
      { kinds: ["ONE_TIME", "X"] },
      { kinds: ["ONE-TIME", "X"] },
    );
  });

  test("schemas that contain themselves", () => {
    const Tree = { properties: { zipCode, children: { type: "array", items: reference("Tree") } } };
    const user = { zipCode: "1", children: [{ zipCode: "2", children: [{ zipCode: "3" }] }] };
    const wire = { zip: "1", children: [{ zip: "2", children: [{ zip: "3" }] }] };
    check(reference("Tree"), { Tree }, user, wire);
  });

  test("schemas that contain each other through compositions", () => {
    const schemas = {
      A: { allOf: [reference("B")], properties: { b: reference("B") } },
      B: { properties: { a: reference("A"), zipCode } },
    };
    check(
      reference("A"),
      schemas,
      { zipCode: "1", b: { a: { zipCode: "2" } } },
      { zip: "1", b: { a: { zip: "2" } } },
    );
  });

  test("query parameters", () => {
    const parameters = [
      {
        name: "zipCode",
        in: "query",
        schema: { type: "string" },
        "x-wire-name": "zip",
        "x-discrepancy": "JH-01",
      },
      { name: "kind", in: "query", schema: kind },
    ];
    const table = collectCorrections(documentOf({ type: "object" }, {}, parameters));
    expect(translate(table).query({ kind: "ONE_TIME", zipCode: "1" })).toEqual({
      kind: "ONE-TIME",
      zip: "1",
    });
  });

  test("an answer by its status, then its range, then the default", () => {
    const content = (schema: object) => ({ content: { "application/json": { schema } } });
    const document = documentOf({ type: "object" });
    const { post } = (document.paths as never)["/things"] as { post: { responses: object } };
    post.responses = {
      "2XX": content({ properties: { zipCode } }),
      default: content({ properties: { kind } }),
    };
    const corrections = createCorrections(new Set(), undefined, collectCorrections(document) as RuntimeTable);
    expect(corrections.of("POST", "/things")?.response(201, { zip: "1" })).toEqual({ zipCode: "1" });
    expect(corrections.of("POST", "/things")?.response(500, { kind: "ONE-TIME" })).toEqual({
      kind: "ONE_TIME",
    });
  });

  test("a success of a status that isn't documented, as the first that is", () => {
    const content = (schema: object) => ({ content: { "application/json": { schema } } });
    const document = documentOf({ type: "object" });
    const { post } = (document.paths as never)["/things"] as { post: { responses: object } };
    post.responses = {
      201: content({ properties: { zipCode } }),
      202: content({ properties: { kind } }),
      default: content({ properties: { kind } }),
    };
    const corrections = createCorrections(new Set(), undefined, collectCorrections(document) as RuntimeTable);
    const read = (status: number) =>
      corrections.of("POST", "/things")?.response(status, { zip: "1", kind: "ONE-TIME" });
    for (const status of [200, 201, 206]) expect(read(status)).toEqual({ zipCode: "1", kind: "ONE-TIME" });
    for (const status of [202, 300, 404]) expect(read(status)).toEqual({ zip: "1", kind: "ONE_TIME" });
  });

  test("nothing, where nothing is marked: the table has no entry for the operation", () => {
    expect(
      collectCorrections(documentOf(reference("A"), { A: { properties: { a: reference("A") } } })),
    ).toEqual({
      ids: [],
      nodes: [],
      operations: {},
    });
  });
});

describe("the walk refuses", () => {
  const refuses = (schema: object, message: RegExp, schemas: object = {}) =>
    expect(() => collectCorrections(documentOf(schema, schemas))).toThrow(message);

  test("a property that is also another one's wire name", () => {
    refuses(
      { properties: { zipCode, zip: { type: "string" } } },
      /JH-01: "zip" is both a property and the wire name/,
    );
  });

  test("a property that only one branch renames", () => {
    refuses(
      { oneOf: [{ properties: { zipCode } }, { properties: { zipCode: { type: "string" } } }] },
      /JH-01: "zipCode" is declared more than once/,
    );
  });

  test("a mark without a discrepancy", () => {
    refuses({ properties: { zipCode: { "x-wire-name": "zip" } } }, /does not say which discrepancy/);
  });

  test("a wire name that is the name itself", () => {
    refuses({ properties: { zip: zipCode } }, /must be another name/);
  });

  test("wire values of an enum that does not have them, or that can't be told apart", () => {
    refuses({ ...kind, enum: ["OTHER"] }, /JH-02: x-wire-values names "ONE_TIME"/);
    refuses({ ...kind, enum: ["A", "B"], "x-wire-values": { A: "x", B: "x" } }, /can't be read back/);
  });

  test("a mark where the walk does not go", () => {
    refuses(
      { patternProperties: { "^z": { properties: { zipCode } } } },
      /JH-01: no operation.* reaches the mark/,
    );
    refuses({ type: "object" }, /JH-01: no operation.* reaches the mark at #\/components\/schemas\/Lonely/, {
      Lonely: { properties: { zipCode } },
    });
  });
});
