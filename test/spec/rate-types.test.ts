import { describe, expect, test } from "vitest";
import type { Json, JsonObject } from "../../scripts/document/document.ts";
import { schemaSource } from "../../scripts/generate/schema/schema-source.ts";
import { correctedSource } from "../../scripts/generate/sources.ts";
import { type Cause, rateTypes } from "../../scripts/spec/rating/rate-types.ts";

/** A document in which `Sent` is only sent, `Got` is only read, and `Kind` is both. */
function documentOf(): JsonObject {
  const json = (schema: Json): Json => ({ "application/json": { schema } });
  const ref = (name: string): Json => ({ $ref: `#/components/schemas/${name}` });
  return {
    openapi: "3.1.0",
    info: { title: "Things", version: "1" },
    paths: {
      "/things": {
        get: {
          operationId: "listThings",
          parameters: [{ name: "limit", in: "query", schema: { type: "integer" } }],
          responses: {
            "200": { description: "Things.", content: json({ type: "array", items: ref("Got") }) },
            "400": {
              description: "No.",
              content: json({ type: "object", properties: { detail: { type: "string" } } }),
            },
          },
        },
        post: {
          operationId: "createThing",
          requestBody: { required: true, content: json(ref("Sent")) },
          responses: { "201": { description: "It.", content: json(ref("Got")) } },
        },
      },
    },
    webhooks: {
      thingMade: {
        post: {
          requestBody: { required: true, content: json(ref("Got")) },
          responses: { "200": { description: "Taken." } },
        },
      },
    },
    components: {
      schemas: {
        Sent: {
          type: "object",
          required: ["name"],
          properties: {
            name: { type: "string" },
            kind: ref("Kind"),
            size: { type: "string", enum: ["S", "M"] },
          },
        },
        Got: {
          type: "object",
          required: ["id"],
          properties: {
            id: { type: "string" },
            kind: ref("Kind"),
            note: { type: "string" },
            weight: { type: "integer" },
          },
        },
        Kind: { type: "string", enum: ["A", "B"] },
      },
    },
  };
}

// biome-ignore lint/suspicious/noExplicitAny: the edits below know the document above.
type Editable = any;

async function rate(edit: (document: Editable) => void): Promise<Cause[]> {
  const [before, after] = [documentOf(), documentOf()];
  edit(after);
  const [old, now] = await Promise.all([before, after].map((one) => schemaSource(correctedSource(one))));
  return rateTypes({ schema: old ?? "", corrected: before }, { schema: now ?? "", corrected: after });
}

const worst = (causes: readonly Cause[]): string =>
  ["major", "minor", "patch"].find((impact) => causes.some((cause) => cause.impact === impact)) ?? "none";

const schemas = (document: Editable): Editable => document.components.schemas;
const operation = (document: Editable, method: string): Editable => document.paths["/things"][method];

const cases: readonly (readonly [expected: string, what: string, edit: (document: Editable) => void])[] = [
  ["none", "nothing", () => {}],
  ["none", "another order of values", (d) => schemas(d).Kind.enum.reverse()],
  ["none", "another description", (d) => (schemas(d).Got.description = "Something.")],
  [
    "minor",
    "an optional property in a response",
    (d) => (schemas(d).Got.properties.colour = { type: "string" }),
  ],
  [
    "minor",
    "an optional property in a request",
    (d) => (schemas(d).Sent.properties.colour = { type: "string" }),
  ],
  [
    "minor",
    "an optional query parameter",
    (d) => operation(d, "get").parameters.push({ name: "after", in: "query", schema: { type: "string" } }),
  ],
  ["minor", "a value that a request may have", (d) => schemas(d).Sent.properties.size.enum.push("L")],
  [
    "minor",
    "an operation",
    (d) =>
      (d.paths["/things"].delete = { operationId: "clear", responses: { "204": { description: "Gone." } } }),
  ],
  [
    "minor",
    "a path",
    (d) =>
      (d.paths["/more"] = { get: { operationId: "more", responses: { "204": { description: "None." } } } }),
  ],
  [
    "minor",
    "a shape that nothing else is made of",
    (d) => (schemas(d).New = { type: "object", properties: { a: { type: "string" } } }),
  ],
  [
    "minor",
    "an error that was not documented",
    (d) => (operation(d, "post").responses["409"] = operation(d, "get").responses["400"]),
  ],
  ["major", "a value that a response may have", (d) => schemas(d).Kind.enum.push("C")],
  ["major", "a value that is gone from a response", (d) => schemas(d).Kind.enum.pop()],
  ["major", "a value that is gone from a request", (d) => schemas(d).Sent.properties.size.enum.pop()],
  ["major", "a property that is gone from a response", (d) => delete schemas(d).Got.properties.note],
  ["major", "a property that is gone from a request", (d) => delete schemas(d).Sent.properties.size],
  ["major", "a property that a response no longer promises", (d) => (schemas(d).Got.required = [])],
  ["major", "a property that a response promises", (d) => schemas(d).Got.required.push("note")],
  ["major", "a property that a request requires", (d) => schemas(d).Sent.required.push("size")],
  ["major", "a property that a request no longer requires", (d) => (schemas(d).Sent.required = [])],
  ["major", "another type", (d) => (schemas(d).Got.properties.weight.type = "string")],
  ["major", "a value that may be null", (d) => (schemas(d).Got.properties.note.type = ["string", "null"])],
  ["major", "an operation that is gone", (d) => delete d.paths["/things"].post],
  [
    "major",
    "a path that is called otherwise",
    (d) => {
      d.paths["/stuff"] = d.paths["/things"];
      delete d.paths["/things"];
    },
  ],
  ["major", "a query parameter that is gone", (d) => (operation(d, "get").parameters = [])],
  ["major", "a query parameter that is required", (d) => (operation(d, "get").parameters[0].required = true)],
  [
    "major",
    "a second kind of success",
    (d) =>
      (operation(d, "post").responses["202"] = {
        description: "Later.",
        content: {
          "application/json": { schema: { type: "object", properties: { job: { type: "string" } } } },
        },
      }),
  ],
  [
    "major",
    "a second media type of a response",
    (d) => (operation(d, "post").responses["201"].content["text/csv"] = { schema: { type: "string" } }),
  ],
  [
    "major",
    "a body that is a list now",
    (d) =>
      (operation(d, "post").responses["201"].content["application/json"].schema = {
        type: "array",
        items: { $ref: "#/components/schemas/Got" },
      }),
  ],
  [
    "major",
    "an error of another shape",
    (d) =>
      (operation(d, "get").responses["400"].content["application/json"].schema.properties = {
        problems: { type: "string" },
      }),
  ],
  [
    "major",
    "a webhook that is called otherwise",
    (d) => {
      d.webhooks.thingCreated = d.webhooks.thingMade;
      delete d.webhooks.thingMade;
    },
  ],
  [
    "major",
    "another webhook, which handlers have to tell apart",
    (d) =>
      (d.webhooks.thingLost = {
        post: {
          ...d.webhooks.thingMade.post,
          requestBody: {
            required: true,
            content: {
              "application/json": { schema: { type: "object", properties: { lost: { type: "string" } } } },
            },
          },
        },
      }),
  ],
  [
    "major",
    "a shape that is called otherwise",
    (d) => {
      const text = JSON.stringify(d).replaceAll("Kind", "Sort");
      Object.assign(d, JSON.parse(text));
    },
  ],
];

describe("what a change of the document does to programs that were compiled before it:", () => {
  test.each(cases)("%s: %s", async (expected, _what, edit) => {
    const causes = await rate(edit);
    expect(worst(causes), JSON.stringify(causes)).toBe(expected);
  });
});
