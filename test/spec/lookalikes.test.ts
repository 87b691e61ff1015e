import { describe, expect, test } from "vitest";
import type { Json, JsonObject } from "../../scripts/document/document.ts";
import { readRegister } from "../../scripts/document/register.ts";
import { findLookalikes } from "../../scripts/spec/lookalikes.ts";
import { corrections, wire } from "../support/documents.ts";

const register = readRegister(corrections, "corrections.yaml");

const answer = (schema: Json): Json => ({
  description: "An answer.",
  content: { "application/json": { schema } },
});

/** What is found when the document has more schemas, or a GET /extra with more answers. */
function found(schemas: JsonObject, answers: JsonObject = {}): string[] {
  const { components, paths } = wire as { components: { schemas: JsonObject }; paths: JsonObject };
  const after = {
    ...wire,
    components: { ...components, schemas: { ...components.schemas, ...schemas } },
    paths: { ...paths, "/extra": { get: { operationId: "extra", responses: answers } } },
  };
  return findLookalikes(wire, after, register).map(({ id, text }) => `${id} ${text}`);
}

const withProperties = (properties: JsonObject): JsonObject => ({ type: "object", properties });

describe("something new that looks like a known discrepancy is named", () => {
  test("nothing in the document itself", () => {
    expect(findLookalikes(wire, wire, register)).toEqual([]);
  });

  test("nothing in new fields that are spelled as the old ones are", () => {
    const Warehouse = withProperties({
      zipCode: { type: "string" },
      city: { type: "string" },
      rooms: { type: "integer" },
    });
    expect(found({ Warehouse }, { "400": { $ref: "#/components/responses/BadRequest" } })).toEqual([]);
  });

  for (const name of ["zip", "postalCode", "postcode", "zip_code"]) {
    test(`JH-01: another ${name}`, () => {
      expect(found({ Warehouse: withProperties({ [name]: { type: "string" } }) })).toContain(
        `JH-01 \`Warehouse.${name}\` is a postal code under another name than \`zipCode\`.`,
      );
    });
  }

  test("JH-01: a name that is spelled otherwise elsewhere", () => {
    expect(found({ Return: withProperties({ created_at: { type: "string" } }) })).toEqual([
      "JH-01 `Return.created_at` is spelled `createdAt` elsewhere.",
    ]);
  });

  test("JH-02: another enum with ONE-TIME, and one with its own spelling", () => {
    const [first = ""] = found({ Kind: { type: "string", enum: ["ONE-TIME"] } });
    expect(first).toMatch(/^JH-02 `Kind` takes `ONE-TIME`, which is .*`ONE_TIME`.* elsewhere\.$/);
    expect(found({ Kind: { type: "string", enum: ["oneTime"] } })[0]).toMatch(
      /^JH-02 `Kind` takes `oneTime`/,
    );
  });

  test("JH-05: an identifier that has the name of its thing", () => {
    const found05 = found({ ProtocolCopied: withProperties({ protocolId: { type: "string" } }) });
    expect(found05).toEqual([
      "JH-05 `ProtocolCopied.protocolId` may be what is `id` elsewhere, and not `protocolId`.",
    ]);
  });

  test("JH-06: a field that takes any value where others take some", () => {
    expect(found({ Refill: withProperties({ daysSupply: { type: "integer" } }) })[0]).toMatch(
      /^JH-06 `Refill\.daysSupply` takes any integer, and `OrderRequest\.daysSupply` only some\.$/,
    );
  });

  test("JH-08: an error body of a new shape", () => {
    const errors = answer(withProperties({ problems: { type: "array", items: { type: "string" } } }));
    expect(found({}, { "409": errors })).toEqual([
      "JH-08 The 409 of `GET /extra` has a body of a new shape: `problems` (array).",
    ]);
  });

  test("JH-09: another sum in prose", () => {
    expect(found({ Split: { type: "object", description: "The parts must sum up to the whole." } })).toEqual([
      "JH-09 `Split` states a sum in prose, which no schema can check.",
    ]);
  });

  test("JH-10: two fields with one description", () => {
    const tax = { type: "string", description: "What is added." };
    expect(found({ Bill: withProperties({ tax, toll: tax }) })).toContain(
      "JH-10 `Bill.tax` has the description of `toll`.",
    );
  });

  test("JH-11: an id that is not required", () => {
    expect(found({ Return: withProperties({ id: { type: "string" } }) })).toEqual([
      "JH-11 `Return.id` is not marked as required.",
    ]);
  });
});
