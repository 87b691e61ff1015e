import type { ErrorObject, ValidateFunction } from "ajv/dist/2020.js";
import { nearest } from "../../wrapper/nearest.ts";
import type { JsonObject } from "../document/document.ts";
import { tokensOf } from "../document/json-pointer.ts";
import { strictValidator } from "../document/strict-validator.ts";
import type { Problem } from "./submission-line.ts";

/** Holds orders against the schema of their request. A field that it doesn't describe is a problem too. */
export class OrderSchema {
  readonly #validate: ValidateFunction;

  constructor(document: JsonObject) {
    this.#validate = strictValidator(document).compile({ $ref: "strict#/components/schemas/OrderRequest" });
  }

  /** What is wrong with an order, by its fields and without its values. */
  problems(order: unknown): Problem[] {
    if (this.#validate(order)) return [];
    const errors = this.#validate.errors ?? [];
    return errors.flatMap((error) => describe(error)).filter(isFirst);
  }
}

function isFirst({ field, problem }: Problem, index: number, all: readonly Problem[]): boolean {
  return all.findIndex((other) => other.field === field && other.problem === problem) === index;
}

function describe({ instancePath, keyword, params, data, parentSchema }: ErrorObject): Problem[] {
  const field = fieldOf(instancePath);
  const within = (name: string): string => (field === "" ? name : `${field}.${name}`);
  switch (keyword) {
    case "required":
      return [{ field: within(String(params.missingProperty)), problem: "is missing" }];
    case "unevaluatedProperties":
    case "additionalProperties":
      return [unknownField(params, parentSchema, within, field)];
    case "enum":
      return [{ field, problem: `is not one of ${(params.allowedValues as unknown[]).join(", ")}` }];
    case "type":
      return [
        { field, problem: `is ${kindOf(data)}, but must be ${words[String(params.type)] ?? params.type}` },
      ];
    case "maxLength":
      return [{ field, problem: `is longer than ${params.limit} characters` }];
    case "minLength":
      return [{ field, problem: `is shorter than ${params.limit} characters` }];
    case "pattern":
      return [{ field, problem: problemOfPattern(field, String(params.pattern), data) }];
    case "allOf":
    case "anyOf":
    case "oneOf":
      return [];
    default:
      return [{ field, problem: `violates the documented ${keyword}` }];
  }
}

const words: Readonly<Record<string, string>> = {
  integer: "a whole number",
  number: "a number",
  string: "a string",
  object: "an object",
  array: "a list",
  boolean: "true or false",
};

function unknownField(
  params: ErrorObject["params"],
  schema: ErrorObject["parentSchema"],
  within: (name: string) => string,
  field: string,
): Problem {
  const name = String(params.unevaluatedProperty ?? params.additionalProperty);
  const like = nearest(name, Object.keys(Object(schema?.properties)));
  const hint = like === undefined ? "" : `; did you mean ${like}?`;
  // Anything that is not written like a name could be a customer's.
  if (/^[A-Za-z_]\w{0,63}$/.test(name))
    return { field: within(name), problem: `is not a field of an order${hint}` };
  return { field, problem: "has a member that is not a field of an order" };
}

function problemOfPattern(field: string, pattern: string, value: unknown): string {
  if (!/\bzip\w*$/.test(field)) return `does not match ${pattern}`;
  const isShort = typeof value === "string" && /^\d{3,4}$/.test(value);
  const hint = isShort ? ". Has a spreadsheet dropped its leading zero?" : "";
  return `is not a ZIP code, such as 94301 or 94301-1234${hint}`;
}

function fieldOf(instancePath: string): string {
  return tokensOf(instancePath)
    .map((token) => (/^\d+$/.test(token) ? `[${token}]` : `.${token}`))
    .join("")
    .replace(/^\./, "");
}

function kindOf(value: unknown): string {
  if (value === null) return "null";
  if (Array.isArray(value)) return "a list";
  return words[typeof value] ?? typeof value;
}
