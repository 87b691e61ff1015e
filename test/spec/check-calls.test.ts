import { describe, expect, test } from "vitest";
import type { Json } from "../../scripts/document/document.ts";
import { layOut } from "../../scripts/document/layout/lay-out.ts";
import { noShapes } from "../../scripts/document/layout/shapes.ts";
import { checkCalls } from "../../scripts/generate/check-calls.ts";
import { corrected, published } from "../support/documents.ts";

// biome-ignore lint/suspicious/noExplicitAny: the edits below know the document.
type Editable = any;

function checked(edit: (document: Editable) => void): ReturnType<typeof checkCalls> {
  const document = structuredClone(corrected);
  edit(document);
  return checkCalls(document);
}

const withParameter = (parameter: Json) =>
  checked(({ paths }) => paths["/products"].get.parameters.push(parameter)).refused;

describe("the generation refuses", () => {
  test.each(["the operation", "its path"])("servers that %s alone has", (place) => {
    const servers = [{ url: "https://intake.example.com/v1" }];
    const document: Editable = structuredClone(published);
    Object.assign(place === "its path" ? document.paths["/orders"] : document.paths["/orders"].post, {
      servers,
    });
    const { refused } = checkCalls(layOut(document, { shapes: noShapes }).wire);
    expect(refused.at(-1)).toMatch(
      /^POST \/orders has servers of its own \(https:\/\/intake\.example\.com\/v1\), .* in openapi\/corrections\.yaml/,
    );
  });

  test.each<[string, Editable, RegExp]>([
    [
      "a list that isn't exploded",
      { schema: { type: "array" }, explode: false },
      /style form, explode: false/,
    ],
    ["a list in another style", { schema: { type: "array" }, style: "pipeDelimited" }, /style pipeDelimited/],
    ["an object whose properties are parameters", { schema: { type: "object" } }, /style form/],
    ["a value that is written as JSON", { content: { "application/json": {} } }, /a document of its own/],
    ["a list by what its items are", { schema: { prefixItems: [{}] }, explode: false }, /explode: false/],
    ["an object by what it has", { schema: { additionalProperties: {} } }, /style form/],
    ["a list of objects", { schema: { items: { properties: {} } } }, /plain values alone/],
    ["a list of some lists", { schema: { prefixItems: [{}, { type: "array" }] } }, /plain values alone/],
    [
      "a list in an object",
      { style: "deepObject", schema: { properties: { ids: { type: ["array", "null"] } } } },
      /plain values alone/,
    ],
    [
      "an object in an object",
      { style: "deepObject", schema: { additionalProperties: { type: "object" } } },
      /plain values alone/,
    ],
  ])("%s in the query", (_name, parameter, words) => {
    const [refused] = withParameter({ name: "ids", in: "query", ...parameter });
    expect(refused).toMatch(/^GET \/products: the parameter ids is /);
    expect(refused).toMatch(words);
  });

  test.each<[string, Editable, string]>([
    ["a list", { schema: { type: "array" } }, "path"],
    ["an object", { schema: { anyOf: [{ type: "string" }, { properties: {} }] } }, "path"],
    ["JSON", { content: { "application/json": {} } }, "path"],
    ["an object", { schema: { type: "object" } }, "header"],
    ["JSON", { content: { "application/json": {} } }, "header"],
    ["anything", { schema: { type: "integer" } }, "cookie"],
  ])("%s in a parameter that can't hold it: %j in the %s", (_name, parameter, kind) => {
    expect(withParameter({ name: "x", in: kind, ...parameter })).toEqual([
      expect.stringMatching(/^GET \/products: the parameter x is .*openapi\/corrections\.yaml/),
    ]);
  });

  test("a path parameter in another style", () => {
    expect(withParameter({ name: "id", in: "path", style: "matrix", schema: {} })[0]).toContain(
      "style matrix",
    );
  });

  test("a body that is JSON by another name alone", () => {
    const { refused } = checked((document) => {
      const { content } = document.paths["/orders"].post.requestBody;
      document.paths["/orders"].post.requestBody = { content: { "application/vnd.v2+json": content } };
    });
    expect(refused[0]).toMatch(
      /^POST \/orders takes application\/vnd\.v2\+json, and the client sends application\/json\./,
    );
  });
});

test("a body that is no JSON is taken, and what a call of it needs is said", () => {
  const { refused, notes } = checked((document) => {
    document.paths["/orders"].post.requestBody = { content: { "multipart/form-data": {} } };
  });
  expect(refused).toEqual([]);
  expect(notes[0]).toMatch(
    /^POST \/orders takes multipart\/form-data, .* a `bodySerializer` and a `content-type`/,
  );
});

describe("what somebody has to teach the client", () => {
  test("is another token endpoint, a scope, or a key", () => {
    const { notes } = checked(({ components, paths }) => {
      const tokenUrl = "https://login.example.com/token";
      components.securitySchemes.oauth2ClientCredentials.flows.clientCredentials.tokenUrl = tokenUrl;
      components.securitySchemes.key = { type: "apiKey", in: "header", name: "X-Key" };
      paths["/orders"].get.security = [{ oauth2ClientCredentials: ["orders:read"] }];
      paths["/orders"].post.security = [{ oauth2ClientCredentials: [], key: [] }];
      paths["/products"].get.security = [{ key: [] }, { oauth2ClientCredentials: [] }];
    });
    expect(notes).toEqual([
      expect.stringMatching(
        /^The document signs in at https:\/\/login\.example\.com\/token, .* src\/wrapper\/environment\.ts/,
      ),
      expect.stringMatching(/^GET \/orders needs .*orders:read/),
      expect.stringMatching(/^POST \/orders needs .*"key"/),
    ]);
  });

  test("is another server than those that it sends to", () => {
    const { notes } = checked((document) => {
      document.servers = [{ url: "https://api.fulfillment.juniperhealth.com/v1/" }, { url: "/v1" }];
    });
    expect(notes).toEqual([
      "The client sends requests to https://api.fulfillment.sandbox.juniperhealth.com/v1, and the document's servers are https://api.fulfillment.juniperhealth.com/v1/, /v1: change src/wrapper/environment.ts if the live API has moved.",
    ]);
  });

  test("is a webhook about something else than an order", () => {
    const schema = { type: "object", properties: { product: { type: "object" } } };
    const { notes } = checked(({ webhooks }) => {
      webhooks.productChanged = { post: { requestBody: { content: { "application/json": { schema } } } } };
    });
    expect(notes).toEqual([
      expect.stringMatching(/^The webhook productChanged is about no `order`, .* src\/webhooks\//),
    ]);
  });
});

test("what the client does by itself is nothing to say", () => {
  const parameters = [
    { name: "ids", in: "query", schema: { type: "array" } },
    { name: "by", in: "query", style: "deepObject", schema: { type: "object" } },
    { name: "one", in: "query", explode: false, schema: { type: "string" } },
    { name: "two", in: "header", schema: { type: "integer" } },
  ];
  for (const parameter of parameters) expect(withParameter(parameter)).toEqual([]);
  const document: Editable = structuredClone(published);
  document.paths["/orders"].post.servers = structuredClone(document.servers);
  expect(checkCalls(layOut(document, { shapes: noShapes }).wire)).toEqual({ refused: [], notes: [] });
});
