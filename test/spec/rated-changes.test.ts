import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import type { JsonObject } from "../../scripts/document/document.ts";
import { schemaSource } from "../../scripts/generate/schema/schema-source.ts";
import { correctedSource } from "../../scripts/generate/sources.ts";
import { rateTypes } from "../../scripts/spec/rating/rate-types.ts";

/** A library: `BookRequest` is only sent, `Book` is only read, `Author` is both. */
const library = `
openapi: 3.1.0
info: { title: Library, version: "1" }
paths:
  /books:
    get:
      operationId: listBooks
      parameters:
        - { name: sort, in: query, schema: { type: string, enum: [TITLE, YEAR] } }
        - { name: limit, in: query, schema: { type: integer } }
        - { name: genre, in: query, schema: { type: array, items: { type: string } } }
      responses:
        "200":
          description: A page of books.
          content: { application/json: { schema: { $ref: "#/components/schemas/BookPage" } } }
    post:
      operationId: createBook
      requestBody:
        required: true
        content: { application/json: { schema: { $ref: "#/components/schemas/BookRequest" } } }
      responses:
        "201": { description: It., content: { application/json: { schema: { $ref: "#/components/schemas/Book" } } } }
        "422": { description: No., content: { application/json: { schema: { $ref: "#/components/schemas/Problem" } } } }
  /books/{bookId}:
    parameters:
      - { name: bookId, in: path, required: true, schema: { type: string } }
    get:
      operationId: getBook
      responses:
        "200": { description: It., content: { application/json: { schema: { $ref: "#/components/schemas/Book" } } } }
  /books/{bookId}/return:
    parameters:
      - { name: bookId, in: path, required: true, schema: { type: string } }
    post: { operationId: returnBook, responses: { "204": { description: Returned. } } }
  /loans:
    post:
      operationId: createLoan
      requestBody:
        content:
          application/json: { schema: { type: object, properties: { days: { type: integer }, note: { type: string } } } }
      responses:
        "202": { description: Taken. }
webhooks:
  bookReturned:
    post:
      requestBody:
        required: true
        content: { application/json: { schema: { $ref: "#/components/schemas/BookReturned" } } }
      responses: { "200": { description: Taken. } }
components:
  schemas:
    Author: { type: object, required: [name], properties: { name: { type: string }, born: { type: integer } } }
    Book:
      type: object
      required: [id, title, price]
      properties:
        id: { type: string }
        title: { type: string }
        subtitle: { type: [string, "null"] }
        authors: { type: array, items: { $ref: "#/components/schemas/Author" } }
        labels: { type: object, additionalProperties: { type: string } }
        price: { type: object, required: [amount], properties: { amount: { type: number }, currency: { type: string } } }
        medium:
          oneOf:
            - { type: object, required: [kind], properties: { kind: { const: PAPER }, pages: { type: integer } } }
            - { type: object, required: [kind], properties: { kind: { const: EBOOK }, bytes: { type: integer } } }
    BookPage:
      type: object
      required: [books]
      properties: { books: { type: array, items: { $ref: "#/components/schemas/Book" } }, cursor: { type: string } }
    BookRequest:
      type: object
      required: [title]
      properties:
        title: { type: string }
        binding: { type: string, enum: [HARD, SOFT] }
        shelf: { type: string }
        authors: { type: array, items: { $ref: "#/components/schemas/Author" } }
    BookReturned:
      type: object
      required: [bookId]
      properties: { bookId: { type: string }, late: { type: boolean } }
    Problem: { type: object, required: [detail], properties: { detail: { type: string } } }
`;

// biome-ignore lint/suspicious/noExplicitAny: the edits below know the document above.
type Editable = any;

const schema = (d: Editable, name: string): Editable => d.components.schemas[name];
const property = (d: Editable, name: string, key: string): Editable => schema(d, name).properties[key];
const content = (type: JsonObject): JsonObject => ({ content: { "application/json": { schema: type } } });
const parameters = (d: Editable): Editable => d.paths["/books"].get.parameters;

/**
 * The release that each change must get, written down before the rating was run, from the standpoint of a program that
 * calls every operation, reads and builds every shape, and tells all values of an enum apart.
 */
const changes: readonly (readonly [release: string, what: string, edit: (d: Editable) => void])[] = [
  [
    "major",
    "a map of other values",
    (d) => (property(d, "Book", "labels").additionalProperties = { type: "integer" }),
  ],
  [
    "major",
    "a map whose values may be of another type too",
    (d) => (property(d, "Book", "labels").additionalProperties = { type: ["string", "integer"] }),
  ],
  [
    "minor",
    "an optional property deep in a response",
    (d) => (property(d, "Book", "price").properties.tax = { type: "number" }),
  ],
  [
    "major",
    "a property deep in a response that may be gone now",
    (d) => delete property(d, "Book", "price").required,
  ],
  [
    "minor",
    "an optional header",
    (d) => parameters(d).push({ name: "X-Trace", in: "header", schema: { type: "string" } }),
  ],
  [
    "major",
    "a required header",
    (d) => parameters(d).push({ name: "X-Tenant", in: "header", required: true, schema: { type: "string" } }),
  ],
  ["minor", "a value that a query parameter may have", (d) => parameters(d)[0].schema.enum.push("AUTHOR")],
  ["major", "a value that a query parameter may no longer have", (d) => parameters(d)[0].schema.enum.pop()],
  ["major", "a query parameter of another type", (d) => (parameters(d)[1].schema.type = "string")],
  [
    "minor",
    "a query parameter of another type too",
    (d) => (parameters(d)[1].schema.type = ["integer", "string"]),
  ],
  [
    "major",
    "a list of a query parameter that is one value",
    (d) => (parameters(d)[2].schema = { type: "string" }),
  ],
  [
    "major",
    "a path parameter of another type",
    (d) => (d.paths["/books/{bookId}"].parameters[0].schema.type = "integer"),
  ],
  ["major", "a body that is required", (d) => (d.paths["/loans"].post.requestBody.required = true)],
  ["minor", "a body that may be left out", (d) => delete d.paths["/books"].post.requestBody.required],
  [
    "minor",
    "a method of a known path",
    (d) => {
      d.paths["/books/{bookId}"].delete = {
        operationId: "deleteBook",
        responses: { "204": { description: "Gone." } },
      };
    },
  ],
  ["major", "a list of other items", (d) => (property(d, "Book", "authors").items = { type: "string" })],
  [
    "major",
    "a shape that may be null",
    (d) => {
      property(d, "Book", "authors").items = {
        anyOf: [{ $ref: "#/components/schemas/Author" }, { type: "null" }],
      };
    },
  ],
  ["major", "a property that is never null", (d) => (property(d, "Book", "subtitle").type = "string")],
  [
    "major",
    "a branch more of a composition that is read",
    (d) => {
      property(d, "Book", "medium").oneOf.push({ type: "object", properties: { kind: { const: "AUDIO" } } });
    },
  ],
  ["major", "a branch less of a composition that is read", (d) => property(d, "Book", "medium").oneOf.pop()],
  [
    "major",
    "the property in which a list stands, by another name",
    (d) => {
      const { properties } = schema(d, "BookPage");
      properties.items = properties.books;
      delete properties.books;
      schema(d, "BookPage").required = ["items"];
    },
  ],
  [
    "major",
    "an error of another shape beside the known one",
    (d) => {
      const conflict = { type: "object", required: ["bookId"], properties: { bookId: { type: "string" } } };
      d.paths["/books"].post.responses["409"] = { description: "There is one.", ...content(conflict) };
    },
  ],
  [
    "major",
    "another shape of every other error",
    (d) => {
      const other = { type: "object", properties: { code: { type: "integer" } } };
      d.paths["/books"].post.responses.default = { description: "No.", ...content(other) };
    },
  ],
  [
    "major",
    "a response that has lost its body",
    (d) => delete d.paths["/books/{bookId}"].get.responses["200"].content,
  ],
  [
    "minor",
    "a body of a response that had none",
    (d) => {
      const loan = { type: "object", properties: { id: { type: "string" } } };
      d.paths["/loans"].post.responses["202"] = { description: "Taken.", ...content(loan) };
    },
  ],
  [
    "major",
    "a property that is only read, to which programs may assign",
    (d) => (property(d, "Book", "title").readOnly = true),
  ],
  [
    "major",
    "another status of a response that programs name",
    (d) => {
      const { responses } = d.paths["/books"].post;
      responses["200"] = responses["201"];
      delete responses["201"];
    },
  ],
  [
    "major",
    "any status of success instead of the one that programs name",
    (d) => {
      const { responses } = d.paths["/books"].post;
      responses["2XX"] = responses["201"];
      delete responses["201"];
    },
  ],
  [
    "minor",
    "another media type beside the one of a request",
    (d) => {
      const form = { type: "object", properties: { scan: { type: "string" } } };
      d.paths["/books"].post.requestBody.content["multipart/form-data"] = { schema: form };
    },
  ],
  [
    "major",
    "another media type instead of the one of a request",
    (d) => {
      const { content } = d.paths["/books"].post.requestBody;
      content["multipart/form-data"] = content["application/json"];
      delete content["application/json"];
    },
  ],
  [
    "minor",
    "an optional body where there was none",
    (d) =>
      (d.paths["/books/{bookId}/return"].post.requestBody = content({
        type: "object",
        properties: { late: { type: "boolean" } },
      })),
  ],
  [
    "major",
    "a required body where there was none",
    (d) =>
      (d.paths["/books/{bookId}/return"].post.requestBody = {
        required: true,
        ...content({ type: "object", properties: { late: { type: "boolean" } } }),
      }),
  ],
  [
    "minor",
    "a property of a request that may be null too",
    (d) => (property(d, "BookRequest", "shelf").type = ["string", "null"]),
  ],
  [
    "minor",
    "an optional property of a webhook",
    (d) => (schema(d, "BookReturned").properties.by = { type: "string" }),
  ],
  ["major", "a property that a webhook promises", (d) => schema(d, "BookReturned").required.push("late")],
  [
    "major",
    "a property that is gone from a webhook",
    (d) => delete schema(d, "BookReturned").properties.late,
  ],
  [
    "major",
    "a required property that is gone from a request",
    (d) => {
      delete schema(d, "BookRequest").properties.title;
      schema(d, "BookRequest").required = [];
    },
  ],
  [
    "major",
    "a string in a request that has to be one of several",
    (d) => {
      property(d, "BookRequest", "shelf").enum = ["A", "B"];
    },
  ],
  [
    "major",
    "an enum in a request whose list of values is no longer exported",
    (d) => {
      delete property(d, "BookRequest", "binding").enum;
    },
  ],
  [
    "major",
    "a shape that stands inline now",
    (d) => {
      const author = schema(d, "Author");
      property(d, "Book", "authors").items = author;
      property(d, "BookRequest", "authors").items = author;
      delete d.components.schemas.Author;
    },
  ],
  [
    "major",
    "another method",
    (d) => {
      d.paths["/books"].put = d.paths["/books"].post;
      delete d.paths["/books"].post;
    },
  ],
  [
    "major",
    "a property required of a shape that is sent and read",
    (d) => schema(d, "Author").required.push("born"),
  ],
  [
    "minor",
    "an optional property of a shape that is sent and read",
    (d) => {
      schema(d, "Author").properties.died = { type: "integer" };
    },
  ],
  [
    "patch",
    "a composition that says the same",
    (d) => {
      const { id, title, ...rest } = schema(d, "Book").properties;
      d.components.schemas.Book = {
        allOf: [
          { type: "object", required: ["id", "title"], properties: { id, title } },
          { type: "object", required: ["price"], properties: rest },
        ],
      };
    },
  ],
  ["none", "a default of what may be left out", (d) => (property(d, "BookRequest", "shelf").default = "A")],
  [
    "none",
    "limits that no type knows",
    (d) => {
      Object.assign(property(d, "BookRequest", "shelf"), { minLength: 1, pattern: "^[A-Z]$" });
      Object.assign(property(d, "Book", "authors"), { maxItems: 9 });
    },
  ],
  [
    "none",
    "formats, remarks and what is deprecated",
    (d) => {
      Object.assign(property(d, "Book", "title"), { format: "text", deprecated: true });
      Object.assign(property(d, "Book", "id"), { examples: ["1"], title: "Id" });
    },
  ],
  [
    "none",
    "whole numbers where there were any",
    (d) => (property(d, "Book", "price").properties.amount.type = "integer"),
  ],
];

async function rate(edit: (d: Editable) => void, prepare: (d: Editable) => void = () => {}): Promise<string> {
  const [before, after]: [JsonObject, JsonObject] = [parse(library), parse(library)];
  for (const document of [before, after]) prepare(document);
  edit(after);
  const [old = "", now = ""] = await Promise.all(
    [before, after].map((document) => schemaSource(correctedSource(document))),
  );
  const causes = rateTypes({ schema: old, corrected: before }, { schema: now, corrected: after });
  return (
    ["major", "minor", "patch"].find((impact) => causes.some((cause) => cause.impact === impact)) ?? "none"
  );
}

describe("the release that a change asks for, of changes that were rated by hand first:", () => {
  test.each(changes)("%s: %s", async (release, _what, edit) => {
    expect(await rate(edit)).toBe(release);
  });
});

test("a property that programs could not assign to before breaks none, whatever else is called like it", async () => {
  const prepare = (d: Editable): void => {
    property(d, "Book", "title").readOnly = true;
    property(d, "Book", "price").properties.title = { type: "string" };
  };
  expect(await rate((d) => (schema(d, "Book").properties.rank = { type: "integer" }), prepare)).toBe("minor");
  const fixInside = (d: Editable): void => {
    property(d, "Book", "price").properties.title.readOnly = true;
  };
  expect(await rate(fixInside, prepare)).toBe("major");
});
