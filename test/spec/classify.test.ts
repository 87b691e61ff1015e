import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { type Json, type JsonObject, parseDocument } from "../../scripts/document/document.ts";
import { generateFrom, readLayout } from "../../scripts/generate/generate-files.ts";
import { classify } from "../../scripts/generate/privacy/classify.ts";
import { privacySource } from "../../scripts/generate/privacy/privacy-table.ts";
import { privacyPath, readPrivacy } from "../../scripts/generate/privacy/read-privacy.ts";
import { projectRoot } from "../../scripts/package/project-root.ts";
import { normalized } from "../../src/wrapper/privacy/sensitive.ts";
import { corrected } from "../support/documents.ts";

// biome-ignore lint/suspicious/noExplicitAny: the edits below know the document.
type Editable = any;

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

const anything = "#/components/schemas/Anything";

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
      /Customer\.nickname is a string that nobody has classified\. .* in openapi\/privacy\.yaml, in \w*Customer below schemas: `nickname: person \| contact \| health \| secret \| none`\.$/m,
    );
  });

  test.each([
    "@type",
    "filter[name]",
    "dc: name",
    "patient #",
    "null",
    "True",
    "1.0",
    "line\nbreak  soft\u00adhyphen\u{e0001}",
  ])("a string called %j, with a line that works when it is added", async (name) => {
    const classes = /person \| contact \| health \| secret \| none/g;
    const lineOf = (problems: string): string =>
      /: `([^`]*)`\.$/.exec(problems)?.[1]?.replace(classes, "person") ?? "";
    const document: Editable = withProperty("Order", name, { type: "string" });
    document.paths["/new shape"] = { get: { responses: { 200: { content: {} } } } };
    const properties = { [name]: { type: "string" }, another: { type: "string" } };
    document.paths["/new shape"].get.responses[200].content = {
      "application/json": { schema: { properties } },
    };
    const [field = "", shape = ""] = (await problemsOf(document)).split("\n").map(lineOf);
    const text = (await read(privacyPath)).replace("\n  Order:\n", `\n  Order:\n    ${field}\n`);
    const known = readPrivacy(parseDocument(`${text}  ${shape}\n`, privacyPath));
    expect(known.get("Order")?.get(name)).toBe("person");
    expect(() => classify([document], known)).not.toThrow();
  });

  test.each<[string, Json]>([
    ["a string that may be null", { type: ["string", "null"] }],
    ["a list of strings", { type: "array", items: { type: "string" } }],
    ["a map of strings", { type: "object", additionalProperties: { type: "string" } }],
    ["an enum", { type: "string", enum: ["A", "B"] }],
    ["one that is composed", { anyOf: [{ type: "integer" }, { type: "string" }] }],
    ["one that refers to a string", { $ref: "#/components/schemas/OrderStatus" }],
    ["one that says nothing of its type", { description: "Whatever it is" }],
    ["one that may be anything", true],
    ["an enum that doesn't say its type", { enum: ["female", "male"] }],
    ["an object that doesn't say what is in it", { type: "object" }],
    ["a map of anything", { type: "object", additionalProperties: true }],
    [
      "a map of strings whose keys have a pattern",
      { type: "object", patternProperties: { "^[a-z]": { type: "string" } } },
    ],
    ["a list that doesn't say what is in it", { type: "array" }],
    [
      "a map of numbers, whose keys are strings",
      { type: "object", additionalProperties: { type: "integer" } },
    ],
    [
      "an object that says what its keys are like",
      { properties: { n: { type: "integer" } }, propertyNames: { format: "email" } },
    ],
    [
      "a composition whose parts leave it a list that doesn't say what is in it",
      { allOf: [{ type: ["array", "integer"] }, { maximum: 50 }] },
    ],
    [
      "one that stands below a number too",
      { anyOf: [{ type: "integer", allOf: [{ $ref: anything }] }, { $ref: anything }] },
    ],
    [
      "an object that takes other strings beside its properties",
      { type: "object", properties: { n: { type: "integer" } }, additionalProperties: { type: "string" } },
    ],
    [
      "a composition around an object that doesn't say what is in it",
      { type: "object", allOf: [{ minProperties: 1 }] },
    ],
  ])("%s", async (_name, property) => {
    const document: Editable = withProperty("Order", "extra", property);
    document.components.schemas.Anything = { minLength: 1 };
    expect(await problemsOf(document)).toMatch(/^Order\.extra is a string/);
  });

  test("a string in an object that has no name of its own", async () => {
    const property = { type: "object", properties: { inner: { type: "string" } } };
    expect(await problemsOf(withProperty("Order", "extra", property))).toMatch(
      /^Order\.extra\.inner is a string/,
    );
  });

  // The class of `Order.id` is known. Whoever else is called so is somebody else.
  const other = { properties: { id: { type: "string" } } };
  test.each<[string, JsonObject, string]>([
    ["in a map", { additionalProperties: other }, "Order{}.id"],
    ["in a map whose keys have a pattern", { patternProperties: { "^x-": other } }, "Order{^x-}.id"],
    ["under a condition", { else: other }, "Order<else>.id"],
    ["where another property is there", { dependentSchemas: { id: other } }, "Order{id}.id"],
    ["in a list of lists", { items: { items: other } }, "Order[][].id"],
  ])("a string %s that is called like one of the object around it", async (_name, keywords, place) => {
    const document: Editable = structuredClone(corrected);
    Object.assign(document.components.schemas.Order, keywords);
    expect(await problemsOf(document)).toContain(`${place} is a string that nobody has classified`);
  });

  test("two strings of one place that aren't the same", async () => {
    const document: Editable = structuredClone(corrected);
    const named = (description: string) => ({
      schema: { type: "object", properties: { name: { type: "string", description } } },
    });
    document.paths["/orders"].get.responses["200"] = {
      content: { "application/json": named("Of a product"), "text/json": named("Of a person") },
    };
    const known = new Map([...(await privacy()), ["listOrders.200", new Map([["name", "none" as const]])]]);
    expect(() => classify([document], known)).toThrow(
      /^listOrders\.200\.name stands for more than one thing, .* openapi\/shapes\.yaml/,
    );
  });

  test("a parameter, and a header of a response", async () => {
    const document: Editable = structuredClone(corrected);
    const schema = { type: "string" };
    document.paths["/orders"].get.parameters.push({ name: "customerEmail", in: "query", schema });
    document.components.headers = { Phone: { content: { "text/plain": { schema } } } };
    const reference = { $ref: "#/components/headers/Phone" };
    document.paths["/orders"].get.responses["200"].headers = { "X-Customer-Phone": reference };
    const problems = await problemsOf(document);
    expect(problems).toContain("in listOrders.query below schemas: `customerEmail: person |");
    expect(problems).toContain("`listOrders.200.headers: { X-Customer-Phone: person |");
  });

  test("a header of a part of a body", async () => {
    const document: Editable = structuredClone(corrected);
    const header = { $ref: "#/components/headers/Patient" };
    document.components.headers = { Patient: { schema: { type: "string" } } };
    const form = { schema: { type: "object" }, encoding: { scan: { headers: { "X-Patient": header } } } };
    document.paths["/orders"].post.requestBody = { content: { "multipart/form-data": form } };
    expect(await problemsOf(document)).toContain(
      '`"createOrder.request<encoding>{scan}.headers": { X-Patient: person |',
    );
  });

  test("a string in the body of a callback", async () => {
    const document: Editable = structuredClone(corrected);
    const schema = { type: "object", properties: { diagnosis: { type: "string" } } };
    const post = { operationId: "changed", requestBody: { content: { "application/json": { schema } } } };
    document.paths["/orders"].post.callbacks = { changed: { "{$request.body#/url}": { post } } };
    expect(await problemsOf(document)).toMatch(/^changed\.request\.diagnosis is a string/);
  });

  test("strings of a body that have no names, unless they are classified as harmless", async () => {
    const document: Editable = structuredClone(corrected);
    const schema = { type: "object", additionalProperties: { type: "string" } };
    document.paths["/orders"].get.responses["200"] = { content: { "application/json": { schema } } };
    expect(await problemsOf(document)).toMatch(
      /^listOrders\.200 holds strings that stand in no field of their own, .*: `listOrders\.200: { "\*": none }`/,
    );
    const known = new Map([...(await privacy()), ["listOrders.200", new Map([["*", "none" as const]])]]);
    expect(() => classify([document], known)).not.toThrow();
  });

  test.each<[string, Json]>([
    ["text", { "text/plain": { schema: { type: "string" } } }],
    ["bytes", { "application/pdf": {} }],
    ["text in JSON", { "application/json": { schema: { type: ["string", "null"] } } }],
  ])("a body that is %s, and takes any class for it", async (_name, content) => {
    const document: Editable = structuredClone(corrected);
    document.paths["/orders"].get.responses["200"] = { content };
    expect(await problemsOf(document)).toMatch(
      /^listOrders\.200 is text that nobody has classified\. .*: `listOrders\.200: { "\*": person \| contact \| health \| secret \| none }`\.$/,
    );
    const known = new Map([...(await privacy()), ["listOrders.200", new Map([["*", "person" as const]])]]);
    expect(() => classify([document], known)).not.toThrow();
  });

  test("to call strings of a body without names personal, by which nothing would hide them", async () => {
    const document: Editable = structuredClone(corrected);
    const schema = { type: "array", items: { type: "string" } };
    document.paths["/orders"].get.responses["200"] = { content: { "application/json": { schema } } };
    const known = new Map([...(await privacy()), ["listOrders.200", new Map([["*", "person" as const]])]]);
    expect(() => classify([document], known)).toThrow(
      /^listOrders\.200 holds strings that stand in no field/,
    );
  });

  test("a schema that is called like one of the token endpoint's, whose classes it would get", async () => {
    const auth = parseDocument(await read("openapi/auth.yaml"), "auth.yaml");
    const document: Editable = structuredClone(corrected);
    document.components.schemas.TokenError = { properties: { error: { type: "string" } } };
    const known = await privacy();
    expect(() => classify([document, auth], known)).toThrow(
      /^TokenError stands in the API's document and in openapi\/auth\.yaml, .* another name in openapi\/shapes\.yaml\.$/,
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
    expect(await problemsOf(withProperty("Order", "extra", { enum: [1, 2] }))).toBe("");
    const closed = { type: "object", additionalProperties: false };
    expect(await problemsOf(withProperty("Order", "extra", closed))).toBe("");
    const limited = { allOf: [{ type: "integer" }, { maximum: 50 }] };
    expect(await problemsOf(withProperty("Order", "extra", limited))).toBe("");
    const number = { anyOf: [{ type: "integer" }, { type: "null" }], allOf: [{ maximum: 50 }] };
    expect(await problemsOf(withProperty("Order", "extra", number))).toBe("");
    const either = {
      properties: { n: { type: "integer" } },
      anyOf: [{ required: ["n"] }, { minProperties: 1 }],
    };
    expect(await problemsOf(withProperty("Order", "extra", either))).toBe("");
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

describe("the table of a classified document", () => {
  test.each([
    "date of birth",
    "geo.lat",
    "patient/e-mail",
  ])("has `%s` as one word, by which `redact` knows it", async (name) => {
    const known = new Map(await privacy());
    known.set("OrderCustomer", new Map([...(known.get("OrderCustomer") ?? []), [name, "person"]]));
    const table = classify([withProperty("OrderCustomer", name, { type: "string" })], known);
    expect(table.paths).toContain(`customer["${name}"]`);
    const words = /person: "(.*)"/.exec(privacySource("", table))?.[1]?.split(" ");
    expect(words?.filter((word) => !word.includes(".")).map(normalized)).toContain(normalized(name));
  });

  test("reaches people in a map by any key, and knows their fields below whatever the key is", async () => {
    const document: Editable = structuredClone(corrected);
    const customer = { $ref: "#/components/schemas/Customer" };
    document.components.schemas.Order.properties.people = { type: "object", additionalProperties: customer };
    document.components.schemas.Customer.properties.name = { type: "string" };
    const known = new Map(await privacy());
    known.set("Customer", new Map([...(known.get("Customer") ?? []), ["name", "person"]]));
    known.set("Order", new Map([...(known.get("Order") ?? []), ["people", "none"]]));
    const { fields, paths } = classify([document], known);
    expect(paths).toContain("people.*.firstName");
    expect(paths).toContain("orders[*].people.*.address.city");
    expect(fields).toHaveProperty("name", "person");
  });

  test.each([
    ["a map", (people: Json) => ({ additionalProperties: people })],
    ["a list of maps", (people: Json) => ({ type: "array", items: { additionalProperties: people } })],
  ])("knows the fields of people in %s that is a response by itself, whatever the keys are", async (_name, held) => {
    const document: Editable = structuredClone(corrected);
    document.components.schemas.Recipient = { type: "object", properties: { name: { type: "string" } } };
    const recipient = { $ref: "#/components/schemas/Recipient" };
    document.components.schemas.Order.properties.recipient = recipient;
    const schema = held(recipient);
    document.paths["/orders"].get.responses["200"] = { content: { "application/json": { schema } } };
    const known = new Map(await privacy());
    known.set("Recipient", new Map([["name", "person"]]));
    known.set("listOrders.200", new Map([["*", "none"]]));
    expect(classify([document], known).fields).toHaveProperty("name", "person");
  });

  test("reaches a person within a person, and says where its paths end", async () => {
    const document = withProperty("OrderCustomer", "guardian", {
      $ref: "#/components/schemas/OrderCustomer",
    });
    const table = classify([document], await privacy());
    expect(table.paths).toContain("customer.guardian.firstName");
    expect(table.paths).not.toContain("customer.guardian.guardian.firstName");
    expect(table.notes).toContain(
      "`pinoPaths` ends at customer.guardian.guardian, which contains itself: what is below isn't hidden from pino. `redact` and `conceal` go on.",
    );
  });
});
