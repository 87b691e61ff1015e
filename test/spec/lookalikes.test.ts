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

/** A test of the first discrepancy of the register that is of a kind, while there is one. */
function kind(name: string, says: string, run: (id: string) => void): void {
  const id = register.find(({ alike }) => alike.includes(name))?.id;
  if (id !== undefined) test(`${id}: ${says}`, () => run(id));
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
    kind("postal code", `another ${name}`, (id) => {
      expect(found({ Warehouse: withProperties({ [name]: { type: "string" } }) })).toContain(
        `${id} \`Warehouse.${name}\` is a postal code under another name than \`zipCode\`.`,
      );
    });
  }

  kind("spelling", "a name that is spelled otherwise elsewhere", (id) => {
    expect(found({ Return: withProperties({ created_at: { type: "string" } }) })).toEqual([
      `${id} \`Return.created_at\` is spelled \`createdAt\` elsewhere.`,
    ]);
  });

  kind("value", "another enum with ONE-TIME, and one with its own spelling", () => {
    const [first = ""] = found({ Kind: { type: "string", enum: ["ONE-TIME"] } });
    expect(first).toMatch(/^JH-\d+ `Kind` takes `ONE-TIME`, which is .*`ONE_TIME`.* elsewhere\.$/);
    expect(found({ Kind: { type: "string", enum: ["oneTime"] } })[0]).toMatch(
      /^JH-\d+ `Kind` takes `oneTime`/,
    );
  });

  kind("identifier", "an identifier that has the name of its thing", (id) => {
    const found05 = found({ ProtocolCopied: withProperties({ protocolId: { type: "string" } }) });
    expect(found05).toEqual([
      `${id} \`ProtocolCopied.protocolId\` may be what is \`id\` elsewhere, and not \`protocolId\`.`,
    ]);
  });

  kind("values", "a field that takes any value where others take some", () => {
    expect(found({ Refill: withProperties({ daysSupply: { type: "integer" } }) })[0]).toMatch(
      /^JH-\d+ `Refill\.daysSupply` takes any integer, and `OrderRequest\.daysSupply` only some\.$/,
    );
  });

  kind("error", "an error body of a new shape", (id) => {
    const errors = answer(withProperties({ problems: { type: "array", items: { type: "string" } } }));
    expect(found({}, { "409": errors })).toEqual([
      `${id} The 409 of \`GET /extra\` has a body of a new shape: \`problems\` (array).`,
    ]);
  });

  kind("sum", "another sum in prose", (id) => {
    expect(found({ Split: { type: "object", description: "The parts must sum up to the whole." } })).toEqual([
      `${id} \`Split\` states a sum in prose, which no schema can check.`,
    ]);
  });

  kind("description", "two fields with one description", (id) => {
    const tax = { type: "string", description: "What is added." };
    expect(found({ Bill: withProperties({ tax, toll: tax }) })).toContain(
      `${id} \`Bill.tax\` has the description of \`toll\`.`,
    );
  });

  kind("id", "an id that is not required", (id) => {
    expect(found({ Return: withProperties({ id: { type: "string" } }) })).toEqual([
      `${id} \`Return.id\` is not marked as required.`,
    ]);
  });
});
