import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { JsonObject } from "../../scripts/document/document.ts";
import { projectRoot } from "../../scripts/package/project-root.ts";
import { parseOpenApi, refuseAnotherApi } from "../../scripts/spec/recognise.ts";
import { published } from "../support/documents.ts";

const fixture = (name: string): Promise<string> =>
  readFile(join(projectRoot, "test/fixtures/spec", name), "utf8");

describe("what is no OpenAPI 3 document is refused by what it is", () => {
  const cases = [
    ["swagger-2.yaml", /is a Swagger 2\.0 document, and OpenAPI 3 is needed/],
    ["page.html", /is a page of HTML or XML/],
    ["something-else.json", /is not an OpenAPI 3 document: it has no `openapi`/],
  ] as const;
  for (const [name, reason] of cases) {
    test(name, async () => {
      const text = await fixture(name);
      expect(() => parseOpenApi(text, name)).toThrow(reason);
    });
  }

  test("nothing at all", () => {
    expect(() => parseOpenApi(" \n", "it")).toThrow("it is empty");
  });

  test("prose", () => {
    expect(() => parseOpenApi("The service is being maintained.", "it")).toThrow(/YAML or JSON/);
  });

  test("another version of OpenAPI", () => {
    expect(() => parseOpenApi("openapi: 4.0.0", "it")).toThrow("it has `openapi: 4.0.0`");
  });

  test("a document without an operation", () => {
    expect(() => parseOpenApi("openapi: 3.1.0\npaths: {}", "it")).toThrow(/without a single operation/);
  });
});

describe("the document of another API", () => {
  test("is refused, even under the right title", async () => {
    const other = parseOpenApi(await fixture("another-api.yaml"), "it");
    expect(() => refuseAnotherApi(other, published, "it")).toThrow(
      /describes another API, "Order Fulfillment API": it has 1 of the \d+ operations that we know.*--force/,
    );
  });

  test("is not what a new title, a version in the paths and other names of parameters make", () => {
    const paths = Object.entries(published.paths as JsonObject).map(([path, item]) => [
      `/v2${path.replace(/Id\}/g, "Number}")}`,
      item,
    ]);
    const renamed = {
      ...published,
      info: { title: "Fulfilment", version: "2" },
      paths: Object.fromEntries(paths),
    };
    expect(() => refuseAnotherApi(renamed, published, "it")).not.toThrow();
  });
});
