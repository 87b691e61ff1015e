import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { type Json, type JsonObject, parseDocument } from "../../scripts/document/document.ts";
import { generateFrom, readLayout } from "../../scripts/generate/generate-files.ts";
import { classify } from "../../scripts/generate/privacy/classify.ts";
import { privacyPath, readPrivacy } from "../../scripts/generate/privacy/read-privacy.ts";
import { projectRoot } from "../../scripts/package/project-root.ts";
import { corrected } from "../support/documents.ts";

const read = (path: string): Promise<string> => readFile(join(projectRoot, path), "utf8");
const privacy = async () => readPrivacy(parseDocument(await read(privacyPath), privacyPath));

/** The corrected document with one property more in a shape of it. */
function withProperty(shape: string, name: string, property: Json): JsonObject {
  const document = structuredClone(corrected);
  const { schemas } = document.components as {
    schemas: Record<string, { properties: Record<string, Json> }>;
  };
  Object.assign(schemas[shape]?.properties ?? {}, { [name]: property });
  return document;
}

const problemsOf = async (document: JsonObject): Promise<string> => {
  const known = await privacy();
  try {
    classify([document], known);
    return "";
  } catch (error) {
    return (error as Error).message;
  }
};

describe("the generation refuses", () => {
  test("a new string of the vendor's by its name and place, and says which line to add", async () => {
    const published = await read("openapi/published/index.yaml");
    const piece = "        firstName:\n";
    expect(published).toContain(piece);
    const text = published.replace(piece, `        nickname:\n          type: string\n${piece}`);
    const generated = generateFrom(
      text,
      await read("openapi/corrections.yaml"),
      await readLayout(projectRoot),
    );
    await expect(generated).rejects.toThrow(
      /Customer\.nickname is a string that nobody has classified\. .* in openapi\/privacy\.yaml, below schemas: `\w*Customer: \{ nickname: person \| contact \| health \| secret \| none \}`/,
    );
  });

  test.each<[string, Json]>([
    ["a string that may be null", { type: ["string", "null"] }],
    ["a list of strings", { type: "array", items: { type: "string" } }],
    ["a map of strings", { type: "object", additionalProperties: { type: "string" } }],
    ["an enum", { type: "string", enum: ["A", "B"] }],
    ["one that is composed", { anyOf: [{ type: "integer" }, { type: "string" }] }],
    ["one that refers to a string", { $ref: "#/components/schemas/OrderStatus" }],
    ["one that says nothing of its type", { description: "Whatever it is" }],
  ])("%s", async (_name, property) => {
    expect(await problemsOf(withProperty("Order", "extra", property))).toMatch(/^Order\.extra is a string/);
  });

  test("a string in an object that has no name of its own", async () => {
    const property = { type: "object", properties: { inner: { type: "string" } } };
    expect(await problemsOf(withProperty("Order", "extra", property))).toMatch(
      /^Order\.extra\.inner is a string/,
    );
  });

  test("a class that there is not", () => {
    expect(() => readPrivacy({ schemas: { Order: { id: "public" } } })).toThrow(
      "openapi/privacy.yaml: the class of Order.id is none of person, contact, health, secret, none.",
    );
  });
});

describe("a property that needs no decision", () => {
  test("is a number, or one that is classified", async () => {
    expect(await problemsOf(withProperty("Order", "extra", { type: "integer" }))).toBe("");
    expect(await problemsOf(corrected)).toBe("");
  });

  test("is one that a correction renames: it keeps the class of what travels", async () => {
    const property = { type: "string", "x-wire-name": "line1" };
    const document = withProperty("OrderAddress", "street", property);
    const { fields, paths } = classify([document], await privacy());
    expect(fields).toMatchObject({ street: "contact", line1: "contact" });
    expect(paths).toContain("customer.address.street");
    expect(JSON.stringify(document)).toContain(
      '"street":{"type":"string","x-wire-name":"line1","x-sensitive":"contact"}',
    );
  });
});

test("a field that says nothing elsewhere is sensitive below its own property alone", async () => {
  const { fields } = classify([structuredClone(corrected)], await privacy());
  expect(fields).toMatchObject({ "lineItems.packDescription": "health", "checkpoints.message": "contact" });
  expect(fields).not.toHaveProperty("message");
});
