import { describe, expect, test } from "vitest";
import { compileErrors } from "../support/compile-examples.ts";
import { allExamples } from "../support/examples.ts";

const examples = allExamples();

describe("the examples of the documentation", () => {
  const errors = compileErrors(examples);
  for (const { place } of examples) {
    test(`compile: ${place}`, () => {
      expect(errors.get(place)).toEqual([]);
    });
  }

  test("are found", () => {
    expect(examples.length).toBeGreaterThan(5);
  });
});
