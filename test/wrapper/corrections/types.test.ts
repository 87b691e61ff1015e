import { describe, expect, test } from "vitest";
import { isObject, visitObjects } from "../../../scripts/document/document.ts";
import { tokensOf } from "../../../src/cli/document/json-pointer.ts";
import { compileErrors } from "../../support/compile-examples.ts";
import { corrected } from "../../support/documents.ts";

/** The fields that are corrected in a shape of our own: what users write, and what travels. */
const fields: { shape: string; user: string; wire: string; isRequired: boolean }[] = [];
visitObjects(corrected, ({ properties, required }, pointer) => {
  const [, section, shape = "", ...within] = tokensOf(pointer);
  if (section !== "schemas" || within.length > 0 || !isObject(properties)) return;
  for (const [user, property] of Object.entries(properties)) {
    const wire = isObject(property) ? property["x-wire-name"] : undefined;
    const isRequired = Array.isArray(required) && required.includes(user);
    if (typeof wire === "string") fields.push({ shape, user, wire, isRequired });
  }
});

const using = (shape: string, line: string): string =>
  `import type { ${shape} } from "juniper-fulfillment";\ndeclare const value: ${shape};\n${line}`;

describe("the types of a corrected field", () => {
  const examples = fields.flatMap(({ shape, user, wire }) => [
    { place: `${shape} ${user}`, code: using(shape, `console.log(value.${user});`) },
    { place: `${shape} ${wire}`, code: using(shape, `console.log(value.${wire});`) },
    {
      place: `${shape} without ${user}`,
      code: using(
        shape,
        `const { ${user}: _, ...rest } = value;\nconst whole: ${shape} = rest;\nconsole.log(whole);`,
      ),
    },
  ]);
  const errors = compileErrors(examples);

  for (const { shape, user, wire, isRequired } of fields) {
    test(`have ${user} in ${shape}, and no ${wire}`, () => {
      expect(errors.get(`${shape} ${user}`)).toEqual([]);
      expect(errors.get(`${shape} ${wire}`)).toEqual([expect.stringContaining(`'${wire}' does not exist`)]);
    });

    test(`say of ${user} in ${shape} that it is ${isRequired ? "required" : "optional"}`, () => {
      expect(errors.get(`${shape} without ${user}`)).toHaveLength(isRequired ? 1 : 0);
    });
  }

  test("are compiled, however many there are", () => expect(errors.size).toBe(examples.length));
});
