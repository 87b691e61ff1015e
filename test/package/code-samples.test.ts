import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { documentForReference } from "../../scripts/docs/api-document.ts";
import { codeSamplesOf } from "../../scripts/docs/code-samples.ts";
import {
  isObject,
  type JsonObject,
  listOperations,
  parseDocument,
  visitObjects,
} from "../../scripts/document/document.ts";
import { projectRoot } from "../../scripts/package/project-root.ts";
import { compileErrors } from "../support/compile-examples.ts";

const read = (path: string): JsonObject => parseDocument(readFileSync(join(projectRoot, path), "utf8"), path);
const corrected = read("openapi/corrected.yaml");
const document = documentForReference(corrected, read("openapi/corrections.yaml"));
const operations = listOperations(corrected);

describe("the code samples of the API reference", () => {
  const samples = operations.flatMap((operation) =>
    codeSamplesOf(corrected, operation).map(({ label, source }) => ({
      place: `${operation.key}, ${label}`,
      code: source,
    })),
  );
  const errors = compileErrors(samples);
  for (const { place, code } of samples) {
    test(`compile, and call this client: ${place}`, () => {
      expect(errors.get(place)).toEqual([]);
      expect(code).toContain('from "juniper-fulfillment"');
    });
  }

  test("are there for each of the sixteen operations", () => {
    expect(new Set(samples.map(({ place }) => place.split(",")[0])).size).toBe(16);
  });

  test("hold bodies in the user's spelling", () => {
    const [order] = samples.filter(({ place }) => place === "POST /orders, TypeScript");
    expect(order?.code).toContain('zipCode: "94301"');
    expect(order?.code).toContain('orderType: "ONE_TIME"');
    expect(order?.code).not.toMatch(/\bzip:/);
  });
});

describe("the document of the API reference", () => {
  test("says at each corrected place which correction it is, and links to the guide", () => {
    const notes: string[] = [];
    visitObjects(document, (object) => {
      const id = object["x-discrepancy"];
      if (typeof id !== "string") return;
      expect(object.description).toContain(`**Corrected, [${id}](../index.html#${id.toLowerCase()}).**`);
      notes.push(id);
    });
    expect(new Set(notes)).toEqual(new Set(["JH-01", "JH-02", "JH-03", "JH-10", "JH-11"]));
  });

  test("says how a corrected property travels", () => {
    const { components } = document;
    const schemas = isObject(components) && isObject(components.schemas) ? components.schemas : {};
    expect(JSON.stringify(schemas.OrderAddress)).toContain("It travels as `zip`.");
    expect(JSON.stringify(schemas.Order)).toContain("`ONE_TIME` travels as `ONE-TIME`.");
  });

  test("lists on an operation the corrections that it meets, and none on others", () => {
    const badges = (key: string): unknown =>
      listOperations(document).find((operation) => operation.key === key)?.operation["x-badges"];
    expect(badges("GET /products")).toMatchObject([{ name: "JH-11" }]);
    expect(badges("GET /shipping-methods")).toBeUndefined();
  });

  test("leaves the corrected document as it is", () => {
    expect(JSON.stringify(corrected)).not.toContain("x-codeSamples");
  });
});
