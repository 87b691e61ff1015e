import type { Ajv2020, AnySchemaObject, ErrorObject } from "ajv/dist/2020.js";
import { isObject, type JsonObject, jsonSchemaReference, type Operation } from "../document/document.ts";
import { tokensOf } from "../document/json-pointer.ts";
import { strictValidator } from "../document/strict-validator.ts";

/** Something in a response that the document does not say. Shapes alone: no value of a customer's is in it. */
export interface Finding {
  /** Where, with `[]` for any item of a list: `orders[].customer.address`. Empty for the response as a whole. */
  readonly place: string;
  readonly what: string;
  /** The status of the response, where it is that of an error. */
  readonly status?: number;
}

/** Judges responses by the document, as the client returns them: with every known discrepancy corrected. */
export class ResponseJudge {
  readonly #ajv: Ajv2020;
  readonly #document: JsonObject;

  constructor(corrected: JsonObject) {
    this.#ajv = strictValidator(corrected);
    this.#document = corrected;
  }

  /** Whether the document says of a success of the operation what its JSON is like. */
  describesSuccess({ path, method, operation }: Operation): boolean {
    const responses = isObject(operation.responses) ? operation.responses : {};
    const successes = Object.keys(responses).filter((key) => key.startsWith("2"));
    return successes.some(
      (key) => jsonSchemaReference(this.#document, ["paths", path, method, "responses", key]) !== undefined,
    );
  }

  /** `contentType` is that of the response; undefined where it is not to be judged. */
  judge(operation: Operation, status: number, data: unknown, contentType?: string | null): Finding[] {
    const responses = operation.operation.responses as JsonObject;
    // From the most to the least specific, as OpenAPI 3.1 says of its Responses Object.
    const key = [`${status}`, `${Math.trunc(status / 100)}XX`, "default"].find((name) =>
      Object.hasOwn(responses, name),
    );
    if (key === undefined) return [{ place: "", what: `status ${status} is not documented` }];
    const place = ["paths", operation.path, operation.method, "responses", key];
    const reference = jsonSchemaReference(this.#document, place);
    // A documented response without a body has no shape to judge.
    if (reference === undefined) return [];
    const validate = this.#ajv.compile({ $ref: `strict${reference}` });
    const findings = contentType === undefined || isJson(contentType) ? [] : [wrongType(contentType)];
    if (!validate(data)) findings.push(...(validate.errors ?? []).flatMap(describe));
    return distinct(findings).map((finding) => (status < 400 ? finding : { ...finding, status }));
  }
}

function isJson(contentType: string | null): boolean {
  return /^\s*application\/(.+\+)?json\s*(;|$)/i.test(contentType ?? "");
}

function wrongType(contentType: string | null): Finding {
  const [type = ""] = /^[a-z]+\/[a-z0-9.+-]{1,40}(?=\s*(;|$))/i.exec(contentType ?? "") ?? [];
  const what = type === "" ? "has no content type" : `has the content type ${type}`;
  return { place: "", what: `${what}, where the document says JSON` };
}

function distinct(findings: readonly Finding[]): Finding[] {
  return [...new Map(findings.map((finding) => [JSON.stringify(finding), finding])).values()];
}

/** What is wrong, without the value that is. Errors of a composition's branches are told by the branches. */
function describe(error: ErrorObject): Finding[] {
  const place = placeOf(error.instancePath);
  const { keyword, params, data } = error;
  switch (keyword) {
    case "unevaluatedProperties":
    case "additionalProperties": {
      const name = shown(params.unevaluatedProperty ?? params.additionalProperty);
      return [{ place, what: `${name} is not documented${hintOf(error)}` }];
    }
    case "required":
      return [{ place, what: `${shown(params.missingProperty)} is missing` }];
    case "enum":
    case "const":
      return [{ place, what: `a ${typeOf(data)} is not one of the documented values` }];
    case "type":
      return [{ place, what: `is ${typeOf(data)}, where the document says ${String(params.type)}` }];
    case "allOf":
    case "anyOf":
    case "oneOf":
    case "if":
      return [];
    default:
      return [{ place, what: `violates the documented ${keyword}` }];
  }
}

/** Which documented properties the same object lacks: one of them may have been renamed. */
function hintOf({ parentSchema, data }: ErrorObject): string {
  const documented = Object.keys(((parentSchema as AnySchemaObject).properties ?? {}) as object);
  const absent = documented.filter((name) => !Object.hasOwn(data as object, name));
  return absent.length > 0 && absent.length <= 3 ? ` (and ${absent.join(", ")} is absent)` : "";
}

function placeOf(instancePath: string): string {
  return tokensOf(instancePath)
    .map((token) => (/^\d+$/.test(token) ? "[]" : `.${shown(token)}`))
    .join("")
    .replace(/^\./, "");
}

/** A name that is written like one. Anything else could be a customer's. */
function shown(name: unknown): string {
  return typeof name === "string" && /^[A-Za-z_][\w-]{0,63}$/.test(name)
    ? name
    : "(a name that is not shown)";
}

function typeOf(value: unknown): string {
  if (value === null) return "null";
  return Array.isArray(value) ? "array" : typeof value;
}
