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
import { readOverlay } from "../../scripts/document/overlay.ts";
import { projectRoot } from "../../scripts/package/project-root.ts";
import { orderSpellings, wireSpellings } from "../../scripts/samples/wire-spellings.ts";
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

  test("are there for each operation", () => {
    const keys = operations.map(({ key }) => key);
    expect([...new Set(samples.map(({ place }) => place.split(",")[0]))]).toEqual(keys);
  });

  test("hold bodies in the user's spelling", () => {
    const [order] = samples.filter(({ place }) => place === "POST /orders, TypeScript");
    for (const { kind, user, wire } of orderSpellings) {
      const [ours, theirs] = kind === "name" ? [` ${user}: `, ` ${wire}: `] : [`: "${user}"`, `: "${wire}"`];
      expect(order?.code).toContain(ours);
      expect(order?.code).not.toContain(theirs);
    }
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
    const corrected = readOverlay(read("openapi/corrections.yaml"), "it").map(({ id }) => id);
    expect(new Set(notes)).toEqual(new Set(corrected));
  });

  test("says how a corrected property travels", () => {
    const { components } = document;
    const text = JSON.stringify(isObject(components) ? components.schemas : {});
    for (const { kind, user, wire } of wireSpellings) {
      expect(text).toContain(
        kind === "name"
          ? `It is sent and received as \`${wire}\`.`
          : `\`${user}\` is sent and received as \`${wire}\`.`,
      );
    }
  });

  test("lists on an operation the corrections that it meets, and none on others", () => {
    const badges = (key: string): unknown =>
      listOperations(document).find((operation) => operation.key === key)?.operation["x-badges"];
    for (const { id } of wireSpellings)
      expect(badges("POST /orders")).toContainEqual(expect.objectContaining({ name: id }));
    expect(badges("GET /shipping-methods")).toBeUndefined();
  });

  test("leaves the corrected document as it is", () => {
    expect(JSON.stringify(corrected)).not.toContain("x-codeSamples");
  });
});
