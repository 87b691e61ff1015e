import { Ajv2020 } from "ajv/dist/2020.js";
import formats from "ajv-formats";
import type { JsonObject } from "./document.ts";
import { strictDocument } from "./strict-document.ts";

/** A validator that knows a document as `strict`, with every object closed. It finds all that is wrong. */
export function strictValidator(document: JsonObject): Ajv2020 {
  const ajv = new Ajv2020({ strict: false, strictNumbers: true, allErrors: true, verbose: true });
  formats.default(ajv);
  return ajv.addSchema(strictDocument(document), "strict");
}
